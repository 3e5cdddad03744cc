import type { EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import type { InventoryChanges } from '../ports.ts';
import { tellDrift, untold } from '../record/drift.ts';
import { unrecordedCallees, unrecordedFindings } from '../record/unrecorded.ts';
import type { Cursor } from './position.ts';
import { looksAreDue } from './survey.ts';

/** What a finished inventory found. */
export interface InventoryResult {
  /** When it ended, by GitLab's clock. */
  readonly at: EpochMs;
  readonly projects: number;
  /** Paths of projects that are no longer there, moved out of scope or are hidden. */
  readonly gone: readonly string[];
  /** What differs from the inventory before; everything is new in the first. */
  readonly changes: InventoryChanges;
  readonly first: boolean;
  readonly requests: number;
}

/**
 * Ends an inventory: what was not seen leaves the scope, and the record says what was found, in the transaction that ends it.
 * Whoever reads an inventory leaves the same record, and a process that dies right after it has lost none of the findings,
 * which no later inventory would find again.
 *
 * @param first - whether it was the first: then everything is new, and nothing has changed
 */
export async function conclude(
  engine: Engine,
  { seen, done, position }: Cursor,
  requests: number,
  first: boolean,
): Promise<InventoryResult> {
  const { store, clock } = engine;
  const at = clock.now();
  return fenced(engine, async () => {
    const gone = (await store.forgetUnseen(seen)).map(({ path }) => path);
    const changes = { ...position.changes, gone: gone.length };
    await store.finishInventory(seen, at, {
      ...{ changes, requests, jobsCountedAt: position.jobsCountedAt },
      // Kept while the budget of a day is spent, so that the next day counts from its beginning.
      lookedAt: looksAreDue(position, at) ? at : position.lookedAt,
    });
    const result = { at, projects: done, gone, changes, first, requests };
    await record(engine, result);
    return result;
  });
}

async function record(engine: Engine, result: InventoryResult): Promise<void> {
  const { store } = engine;
  const { at, projects, gone, changes, first, requests } = result;
  const { inScope, unread } = await store.countProjects();
  const body = { projects, inScope, unread, gone, requests, changes: first ? null : changes };
  await store.appendLedger([{ kind: 'inventory', subject: 'the organisation', body }], at);
  for (const path of gone) {
    const text = 'gone, moved out of scope or hidden since the last inventory';
    await store.putFinding({ at, kind: 'moved', subject: path, text });
  }
  for (const { from, to } of changes.renames)
    await store.putFinding({ at, kind: 'moved', subject: to, text: `renamed or moved: it was ${from}` });
  const { identity } = await store.rollout();
  if (identity === null) return;
  const unrecorded = unrecordedFindings(await unrecordedCallees(store), identity.username, at);
  await tellDrift(engine, await untold(store, unrecorded));
}
