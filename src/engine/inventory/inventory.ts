import { RolloutError } from '../../domain/errors.ts';
import { counted } from '../../domain/values.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Engine } from '../context.ts';
import { conclude, type InventoryResult } from './conclude.ts';
import { countJobs, jobsAreDue, readFeatures } from './facts.ts';
import { followGroups } from './names.ts';
import { readMissed } from './missed.ts';
import { readNamed, readProjects, type Step } from './pages.ts';
import { openCursor, type Cursor, type Stage } from './position.ts';
import { Progress } from './progress.ts';
import { expectedLooks, looksAreDue, surveyEstimate, takeLooks } from './survey.ts';
import { Looks } from '../survey/look.ts';

export type { InventoryResult } from './conclude.ts';
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
  if (cursor.position.requests > 0) {
    engine.notify.note(
      `Going on with the inventory that was interrupted: ${counted(cursor.done, 'project')} read so far.`,
    );
  }
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
  return conclude(engine, cursor, progress.requests, before.count === 0);
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

const nothingSelected = (playbook: Playbook): RolloutError =>
  new RolloutError(
    'NOTHING_SELECTED',
    `the playbook selects no project: groups ${JSON.stringify(playbook.scope.groups)}, projects ${JSON.stringify(playbook.scope.projects)}, without ${JSON.stringify(playbook.scope.exclude)}`,
    'Check `scope` in tidegate.yaml, and that the token can see these groups (`tidegate doctor`).',
  );
