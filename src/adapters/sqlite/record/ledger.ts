import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { EpochMs } from '../../../domain/values.ts';
import type { Actor, Clock, LedgerEntry, LedgerRow, LedgerStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { decisionDigest } from '../knowledge/decision-digest.ts';
import { jsonReader } from '../json/json.ts';
import { actorSchema, bodySchema } from '../json/schemas.ts';

interface LedgerRecord {
  readonly seq: number;
  readonly at: EpochMs;
  readonly localAt: EpochMs;
  readonly actor: string;
  readonly kind: string;
  readonly subject: string;
  readonly body: string;
  readonly previous: string;
  readonly hash: string;
}

/** What the first row names as the one before it. */
const GENESIS = '0'.repeat(64);
const readActor = jsonReader(actorSchema);
const readBody = jsonReader(bodySchema);

const COLUMNS = 'seq, at, local_at as localAt, actor, kind, subject, body, previous, hash';
const LAST = 'select seq, hash from ledger order by seq desc limit 1';
const ADD = `
  insert into ledger (seq, at, local_at, actor, kind, subject, body, previous, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const LATEST = `select ${COLUMNS} from ledger order by seq desc limit 1`;
const LIST = `select ${COLUMNS} from ledger where seq > ? order by seq limit ?`;
/** From the very first, also where somebody has put a row in front of the first one of ours. */
const WHOLE = `select ${COLUMNS} from ledger order by seq`;

/** RFC 8785, so that the same values always make the same text, whatever wrote them. */
function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('a ledger entry has no JSON form');
  return text;
}

type Content = Omit<LedgerRecord, 'previous' | 'hash'>;

/**
 * The canonical form of a row, put together from those of its parts: `actor` and `body` are canonical already, and of a
 * million decisions neither is to be written out twice.
 */
function contentOf({ seq, at, localAt, actor, kind, subject, body }: Content): string {
  const [kindText, subjectText] = [canonical(kind), canonical(subject)];
  return `{"actor":${actor},"at":${at},"body":${body},"kind":${kindText},"localAt":${localAt},"seq":${seq},"subject":${subjectText}}`;
}

const hashOf = (previous: string, content: Content): string =>
  createHash('sha256').update(previous).update(contentOf(content)).digest('hex');

function append(connection: Connection, entries: readonly LedgerEntry[], at: EpochMs, localAt: EpochMs, who: Actor) {
  const last = connection.statement<[], { readonly seq: number; readonly hash: string }>(LAST).get();
  const actor = canonical(who);
  let seq = last?.seq ?? 0;
  let previous = last?.hash ?? GENESIS;
  for (const { kind, subject, body: values } of entries) {
    seq += 1;
    const body = canonical(values);
    const hash = hashOf(previous, { seq, at, localAt, actor, kind, subject, body });
    connection.statement(ADD).run(seq, at, localAt, actor, kind, subject, body, previous, hash);
    previous = hash;
  }
}

function toRow(record: LedgerRecord): LedgerRow {
  const cell = { table: 'ledger', row: record.seq };
  return { ...record, actor: readActor(record.actor, cell), body: readBody(record.body, cell) };
}

/** A row that speaks for a batch of decisions binds them by their digest. */
const batchSchema = z.looseObject({ first: z.int(), count: z.int().min(1), digest: z.string() });

/** Why the decisions that a row speaks for are not those that were recorded; null when they are. */
function batchFault(connection: Connection, { seq, kind, body }: LedgerRow): string | null {
  if (kind !== 'decisions') return null;
  const batch = batchSchema.safeParse(body);
  if (!batch.success) return `row ${seq} cannot be read`;
  const { first, count, digest } = batch.data;
  if (decisionDigest(connection, first, count) === digest) return null;
  return `the decisions ${first} to ${first + count - 1} are not those that row ${seq} recorded`;
}

/** Why a row does not follow the one before it; null when it does. */
function fault(connection: Connection, record: LedgerRecord, seq: number, previous: string): string | null {
  if (record.seq < seq) return `row ${record.seq} was put in`;
  if (record.seq > seq) return `row ${seq} is missing`;
  if (record.previous !== previous) return `row ${seq} does not name the row before it`;
  try {
    const row = toRow(record);
    // As they were written, to the letter: a text that is no JSON could take over part of its neighbours, and one that
    // means the same to us (a key twice, say) could mean something else to whoever reads the file.
    const written = canonical(row.actor) === record.actor && canonical(row.body) === record.body;
    if (!written || hashOf(previous, record) !== record.hash) return `row ${seq} was altered`;
    return batchFault(connection, row);
  } catch {
    return `row ${seq} cannot be read`;
  }
}

function verify(connection: Connection, anchor: string | null): Awaited<ReturnType<LedgerStore['verifyLedger']>> {
  let rows = 0;
  let last = GENESIS;
  let anchored = anchor === null;
  for (const record of connection.statement<[], LedgerRecord>(WHOLE).iterate()) {
    const problem = fault(connection, record, rows + 1, last);
    if (problem !== null) return { rows, last, problem };
    rows += 1;
    last = record.hash;
    anchored ||= last === anchor;
  }
  const cut = `no row has the anchor ${anchor}: rows were cut off the end, or it is of another ledger`;
  return { rows, last, problem: anchored ? null : cut };
}

/**
 * The audit record. Each row's hash is SHA-256 over the hash before it and the canonical JSON of its own content, so a row
 * cannot be changed, moved or taken out of the middle unseen. Rows cut off the end leave no gap: keep `last` elsewhere.
 */
export function ledgerStore(connection: Connection, clock: Clock, actor: () => Actor): LedgerStore {
  return {
    appendLedger: (entries, at) => connection.write(() => append(connection, entries, at, clock.local(), actor())),
    ledger: ({ after = 0, limit = -1 } = {}) =>
      connection.read(() => connection.statement<[number, number], LedgerRecord>(LIST).all(after, limit).map(toRow)),
    latestLedger: () =>
      connection.read(() => {
        const record = connection.statement<[], LedgerRecord>(LATEST).get();
        return record ? toRow(record) : null;
      }),
    verifyLedger: (anchor) => connection.read(() => verify(connection, anchor ?? null)),
  };
}
