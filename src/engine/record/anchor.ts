import { RolloutError } from '../../domain/errors.ts';
import type { Writer } from '../apply/intents.ts';
import { fenced, type Engine } from '../context.ts';
import type { LedgerRow, RolloutStore } from '../ports.ts';
import { addNoteOnce, settleOpenNotes } from './notes.ts';
import { counted } from '../../domain/values.ts';

/** Where the ledger stands. Whoever keeps both can tell later whether rows were cut off its end. */
export interface Anchor {
  readonly rows: number;
  /** Hash of the last row; empty for a ledger without rows. */
  readonly hash: string;
}

/** The latest row of the ledger, which vouches for all before it. */
export async function currentAnchor(store: RolloutStore): Promise<Anchor> {
  const last = await store.latestLedger();
  return { rows: last?.seq ?? 0, hash: last?.hash ?? '' };
}

/** Rows after which the record is worth keeping elsewhere: something was done to GitLab, or a person gave an order. */
const WORTH_KEEPING: ReadonlySet<string> = new Set([
  'wave-applied',
  'wave-failed',
  'verdict',
  'rollback',
  'order',
  'approval',
]);

/**
 * Keeps the anchor in an issue of the project that the playbook names, once something worth it was recorded since the
 * last time. An issue that cannot be written is told and tried again by the next tick: it must not hold up a rollout.
 */
export async function keepAnchor(engine: Engine): Promise<void> {
  const project = engine.playbook.ledger.anchorIssue;
  if (project === undefined || !(await hasNews(engine.store))) return;
  await unlessOutOfReach(engine, `could not be kept in an issue of ${project}`, () => publishAnchor(engine, project));
}

/** What a run that was killed left open in an issue is looked up, also where the playbook names no issue any more. */
export async function settleOpenAnchors(engine: Engine): Promise<void> {
  await unlessOutOfReach(engine, 'could not be looked up', () => settleOpenNotes(engine));
}

async function unlessOutOfReach(engine: Engine, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RolloutError) || !NOT_OURS.has(error.code)) throw error;
    engine.notify.note(`The anchor of the ledger ${what}: ${error.message}`);
  }
}

/**
 * Holds the record against the anchor that was kept last, where the playbook keeps it: rows that were cut off the end, or a
 * database from a backup, show by themselves then. What is found is told, and stands as a finding; it stops nobody, as a
 * backup may have been put back on purpose.
 */
export async function compareAnchor(engine: Engine): Promise<void> {
  const project = engine.playbook.ledger.anchorIssue;
  if (project === undefined) return;
  await unlessOutOfReach(engine, `could not be compared with that in the issue of ${project}`, async () => {
    const kept = await keptAnchor(engine, project);
    if (kept === null || (await isInLedger(engine.store, kept))) return;
    const { rows } = await currentAnchor(engine.store);
    const text = `the issue of ${project} keeps anchor ${kept.hash} for ${counted(kept.rows, 'row')}, and the ledger of this database has ${rows < kept.rows ? `${rows} by now` : 'another row there'}: it is older than what was done, or was altered. Compare \`tidegate ledger show\` with what stands on GitLab; \`tidegate adopt\` takes up what was written since a backup`;
    const finding = { at: engine.clock.now(), kind: 'drift', subject: 'the ledger', text } as const;
    if ((await engine.store.findings()).some(({ subject }) => subject === finding.subject)) return;
    await fenced(engine, () => engine.store.putFinding(finding));
    engine.notify.alert(`The ledger: ${text}.`);
  });
}

/** As `publishAnchor` writes it. */
const NOTE = /^(\d+) rows?, anchor ([0-9a-f]{64})$/;

/** The anchor of the most rows among our latest notes: a database that was cut keeps shorter ones after it. */
async function keptAnchor({ forge, store }: Engine, project: string): Promise<Anchor | null> {
  const issue = await forge.findIssue(project, markerOf((await store.rollout()).id));
  if (issue === null) return null;
  const notes = await forge.latestNotes(project, issue, await anchorKeepers(store));
  const anchors = notes.flatMap((note): Anchor[] => {
    const [, rows, hash] = NOTE.exec(note.trim()) ?? [];
    return rows === undefined || hash === undefined ? [] : [{ rows: Number(rows), hash }];
  });
  return anchors.reduce<Anchor | null>((most, one) => (most === null || one.rows > most.rows ? one : most), null);
}

/** Who writes our notes: whoever may comment on the issue could write others. The token may be another user's by now. */
async function anchorKeepers(store: RolloutStore): Promise<ReadonlySet<string>> {
  const { identity } = await store.rollout();
  const last = await lastRow(store, ({ kind }) => kind === 'anchor');
  return new Set([identity?.username, last?.actor.gitlabUser].filter((name) => typeof name === 'string'));
}

async function isInLedger(store: RolloutStore, { rows, hash }: Anchor): Promise<boolean> {
  const [row] = await store.ledger({ after: rows - 1, limit: 1 });
  return row?.hash === hash;
}

/** Of this rollout alone: a database that was made anew has a ledger of its own. */
const markerOf = (rollout: string): string => `tidegate-ledger-${rollout}`;

/** Rows of the ledger that are read at once, from its end. */
const PAGE = 500;

/** Was something worth keeping recorded after the last anchor? There are few rows between. */
async function hasNews(store: RolloutStore): Promise<boolean> {
  const found = await lastRow(store, ({ kind }) => kind === 'anchor' || WORTH_KEEPING.has(kind));
  return found !== null && found.kind !== 'anchor';
}

async function lastRow(store: RolloutStore, fits: (row: LedgerRow) => boolean): Promise<LedgerRow | null> {
  for (let end = (await currentAnchor(store)).rows; end > 0; end -= PAGE) {
    const start = Math.max(0, end - PAGE);
    const found = (await store.ledger({ after: start, limit: end - start })).findLast(fits);
    if (found) return found;
  }
  return null;
}

const NOT_OURS: ReadonlySet<string> = new Set([
  'FORGE_REFUSED',
  'FORGE_NOT_FOUND',
  'FORGE_UNAVAILABLE',
  'FORGE_UNREADABLE',
]);

/**
 * Writes the anchor as a note of the one issue that keeps those of this rollout, and records that it did.
 *
 * @returns the anchor, and the issue's address where GitLab tells one
 */
export async function publishAnchor(
  engine: Writer,
  project: string,
): Promise<Anchor & { readonly issue: string | null }> {
  const { store, clock } = engine;
  const { id } = await store.rollout();
  const last = await store.latestLedger();
  // Nothing since the last time: what was kept then is kept, and recording that again would itself be news.
  const kept = last?.kind === 'anchor' && last.subject === project ? anchorIn(last) : null;
  const anchor = kept ?? (await currentAnchor(store));
  const issue = await addNoteOnce(
    engine,
    {
      project,
      marker: markerOf(id),
      title: 'Tidegate: anchors of the ledger',
      description: `Each note names how many rows the ledger of this rollout had, and the hash of the last one. \`tidegate ledger verify --anchor HASH\` fails when rows up to there were altered, or cut off.`,
    },
    `${counted(anchor.rows, 'row')}, anchor ${anchor.hash}`,
  );
  if (kept) return { ...kept, issue };
  await fenced(engine, () =>
    store.appendLedger([{ kind: 'anchor', subject: project, body: { ...anchor, issue } }], clock.now()),
  );
  return { ...anchor, issue };
}

function anchorIn({ body }: LedgerRow): Anchor | null {
  const { rows, hash } = body;
  return typeof rows === 'number' && typeof hash === 'string' ? { rows, hash } : null;
}
