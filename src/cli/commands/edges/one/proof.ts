import { isDeepStrictEqual } from 'node:util';
import type { Decision } from '../../../../domain/decisions/decision.ts';
import { isoTime } from '../../../../domain/values.ts';
import type { LedgerRow, RolloutStore } from '../../../../engine/ports.ts';
import type { Dossier } from './dossier.ts';

const PAGE = 5_000;

/** What the ledger says on one edge: the rows that speak of it, and whether they bear out the decision that stands. */
export interface Proof {
  readonly rows: readonly { readonly seq: number; readonly kind: string; readonly subject: string }[];
  /** The same rows counted by kind, in order of their first. */
  readonly kinds: readonly {
    readonly kind: string;
    readonly rows: number;
    readonly first: number;
    readonly last: number;
    readonly lastAt: string;
  }[];
  /** The row that recorded the decision in force; null when there is no decision or no such row. */
  readonly decisionSeq: number | null;
  /** `altered`: the stored decision differs from what was recorded when it was made. */
  readonly decision: 'none' | 'recorded' | 'missing' | 'altered';
  /** Null when the whole chain of hashes holds. */
  readonly ledgerProblem: string | null;
  readonly ledgerRows: number;
  readonly lastHash: string;
}

/** Looks for one edge in the whole ledger, page by page, and checks the chain. */
export async function findProof(store: RolloutStore, dossier: Dossier): Promise<Proof> {
  const found: LedgerRow[] = [];
  const intents = new Set<unknown>();
  for (let after = 0; ;) {
    const page = await store.ledger({ after, limit: PAGE });
    found.push(...page.filter((row) => speaksOf(row, dossier, intents)));
    if (page.length < PAGE) break;
    after = page.at(-1)?.seq ?? after;
  }
  const { rows, last, problem } = await store.verifyLedger();
  const row = found.findLast((one) => recorded(one, dossier.decision)) ?? null;
  return {
    rows: found.map(({ seq, kind, subject }) => ({ seq, kind, subject })),
    kinds: countKinds(found),
    decisionSeq: row?.seq ?? null,
    decision:
      dossier.decision === null ? 'none' : row === null ? 'missing' : await compare(store, dossier.decision, row),
    ledgerProblem: problem,
    ledgerRows: rows,
    lastHash: last,
  };
}

function countKinds(found: readonly LedgerRow[]): Proof['kinds'] {
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const rows = found.filter((row) => row.kind === kind);
    const first = rows[0]?.seq ?? 0;
    const last = rows.at(-1);
    return { kind, rows: rows.length, first, last: last?.seq ?? first, lastAt: last ? isoTime(last.at) : '' };
  });
}

function speaksOf(
  { kind, subject, body }: LedgerRow,
  { caller, callee, entry, history }: Dossier,
  intents: Set<unknown>,
): boolean {
  switch (kind) {
    case 'decisions':
      return history.some(({ id }) => isInBatch(body, id));
    case 'decision':
      // By id, as a project may have been renamed since.
      return isDeepStrictEqual(body['subject'], { kind: 'edge', caller: caller.id, callee: callee.id });
    case 'failure':
      return subject === `${caller.path} -> ${callee.path}`;
    case 'intent': {
      if (subject !== callee.path || !concerns(body['action'], caller.id, entry)) return false;
      intents.add(body['id']);
      return true;
    }
    case 'outcome':
      return subject === callee.path && intents.has(body['id']);
    default:
      return false;
  }
}

/** Writes that bear on the caller: the switch of the callee, the caller's own entry, and the entry that admits it. */
function concerns(action: unknown, caller: number, entry: Dossier['entry']): boolean {
  if (typeof action !== 'object' || action === null) return false;
  if (!('entry' in action)) return true;
  const { kind, id } = action.entry as { readonly kind?: unknown; readonly id?: unknown };
  return (kind === 'project' && id === caller) || (kind === entry?.kind && id === entry?.id);
}

/** Is this the row that recorded the decision, alone or in a batch of a rule's? */
const recorded = ({ kind, body }: LedgerRow, decision: Decision | null): boolean =>
  decision !== null &&
  ((kind === 'decision' && body['id'] === decision.id) || (kind === 'decisions' && isInBatch(body, decision.id)));

function isInBatch({ first, count }: LedgerRow['body'], id: number): boolean {
  return typeof first === 'number' && typeof count === 'number' && id >= first && id < first + count;
}

async function compare(
  store: RolloutStore,
  decision: Decision,
  { kind, body }: LedgerRow,
): Promise<'recorded' | 'altered'> {
  if (kind === 'decisions') {
    const digest = await store.decisionDigest(Number(body['first']), Number(body['count']));
    return digest === body['digest'] ? 'recorded' : 'altered';
  }
  // Rows of before a field existed lack it; the decision then has nothing there either.
  const same = Object.entries(decision).every(([key, value]) => isDeepStrictEqual(body[key] ?? null, value));
  return same ? 'recorded' : 'altered';
}
