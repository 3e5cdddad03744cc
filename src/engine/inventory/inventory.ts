import { RolloutError } from '../../domain/errors.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { EpochMs } from '../../domain/values.ts';
import { fenced, type Engine } from '../context.ts';
import { countJobs, jobsAreDue, readFeatures } from './facts.ts';
import { followGroups } from './names.ts';
import { readMissed } from './missed.ts';
import { readNamed, readProjects, type Step } from './pages.ts';
import { openCursor, type Cursor, type Stage } from './position.ts';
import { Progress } from './progress.ts';
import { expectedLooks, looksAreDue, surveyEstimate, takeLooks } from './survey.ts';
import type { InventoryChanges } from '../ports.ts';
import { Looks } from '../survey/look.ts';

export { keepAgain } from './readings.ts';
export { followGroups } from './names.ts';
export { scopeFilter, scopesOf } from './scope.ts';

const STEPS: Readonly<Record<Exclude<Stage, 'survey'>, Step>> = {
  projects: readProjects,
  named: readNamed,
  missed: readMissed,
  features: readFeatures,
  jobs: countJobs,
};

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
 * Reads every project in scope with settings, entries and log, then what else the evidence needs. Each page is committed
 * with the place where the next one starts, so a killed inventory goes on where it stopped.
 *
 * @throws RolloutError `NOTHING_SELECTED` when the playbook's scope holds no project
 */
export async function readInventory(engine: Engine): Promise<InventoryResult> {
  const { store } = engine;
  const before = await store.inventories();
  await followGroups(engine);
  let cursor = await openCursor(store);
  const progress = new Progress(
    engine,
    cursor.position.requests,
    before.count === 0 ? null : (await store.countProjects()).inScope,
  );
  const looks = new Looks(engine);
  let ahead = await expectedLooks(engine, cursor.position, progress.projects ?? 0);
  for (let open: Cursor | null = cursor; open !== null;) {
    engine.signal.throwIfAborted();
    const begun: Cursor = { ...open, position: { ...open.position, requests: progress.requests } };
    const { stage } = begun.position;
    const step = stage === 'survey' ? await takeLooks(engine, looks, begun) : await STEPS[stage](engine, begun);
    open = step.cursor;
    cursor = step.cursor ?? begun;
    progress.total(begun.position.scope, step.total);
    const enters = stage !== 'survey' && cursor.position.stage === 'survey';
    if (enters && looksAreDue(cursor.position, engine.clock.now())) await announce(engine);
    if (step.total !== null || enters)
      ahead = await expectedLooks(engine, cursor.position, progress.projects ?? cursor.done);
    report(engine, progress, cursor, ahead);
  }
  const { inScope: selected } = await store.countProjects();
  if (selected === 0) throw nothingSelected(engine.playbook);
  return finish(engine, cursor, progress.requests, before.count === 0);
}

/** What the looks at single projects will cost, before the first of them. */
async function announce(engine: Engine): Promise<void> {
  const estimate = await surveyEstimate(engine);
  if (estimate !== null) engine.notify.note(estimate);
}

function report(engine: Engine, progress: Progress, { done, position }: Cursor, looks: number): void {
  const due = { jobs: jobsAreDue(position, engine.clock.now()), looks };
  const { requests, expected, leftMs, total } = progress.report(position, done, due);
  const { limitKnown } = engine.forge.pace();
  engine.notify.progress({ what: 'inventory', done, total, requests, expectedRequests: expected, leftMs, limitKnown });
}

async function finish(
  engine: Engine,
  { seen, done, position }: Cursor,
  requests: number,
  first: boolean,
): Promise<InventoryResult> {
  const { store, clock } = engine;
  const at = clock.now();
  const { gone, changes } = await fenced(engine, async () => {
    const unseen = await store.forgetUnseen(seen);
    const all = { ...position.changes, gone: unseen.length };
    await store.finishInventory(seen, at, {
      changes: all,
      requests,
      jobsCountedAt: position.jobsCountedAt,
      // Kept while the budget of a day is spent, so that the next day counts from its beginning.
      lookedAt: looksAreDue(position, at) ? at : position.lookedAt,
    });
    return { gone: unseen.map(({ path }) => path), changes: all };
  });
  return { at, projects: done, gone, changes, first, requests };
}

const nothingSelected = (playbook: Playbook): RolloutError =>
  new RolloutError(
    'NOTHING_SELECTED',
    `the playbook selects no project: groups ${JSON.stringify(playbook.scope.groups)}, projects ${JSON.stringify(playbook.scope.projects)}, without ${JSON.stringify(playbook.scope.exclude)}`,
    'Check `scope` in tidegate.yaml, and that the token can see these groups (`tidegate doctor`).',
  );
