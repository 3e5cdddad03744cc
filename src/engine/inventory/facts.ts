import { epochMs, type EpochMs } from '../../domain/values.ts';
import { fenced } from '../context.ts';
import type { Step } from './pages.ts';
import { following, saveCursor, type Cursor, type Position } from './position.ts';
import { scopesOf, scopeToday } from './scope.ts';

const SHARED = ['public', 'internal'] as const;
const WEEK_MS = 7 * 86_400_000;

/**
 * Feature levels of public and internal projects, which decide what they share without an entry. They are read each time:
 * nothing that GitLab shows moves when somebody closes a feature. Where no project has such a visibility nothing is asked.
 */
export const readFeatures: Step = async (engine, { seen, done, position }) => {
  const lists = scopesOf(await scopeToday(engine)).flatMap((scope) =>
    SHARED.map((visibility) => ({ scope, visibility })),
  );
  const list = lists[position.scope];
  if (!list) return { cursor: following({ seen, done, position }), total: null };
  const skip = { seen, done, position: { ...position, scope: position.scope + 1, after: null } };
  if (position.shared[list.visibility] === 0) return { cursor: skip, total: null };
  const page = await engine.forge.features(list.scope, list.visibility, position.after);
  const cursor: Cursor = page.next === null ? skip : { seen, done, position: { ...position, after: page.next } };
  await fenced(engine, async () => {
    await engine.store.putFeatures(page.items);
    await saveCursor(engine.store, cursor);
  });
  return { cursor, total: null };
};

/** Counting takes a page per hundred projects, for a number that moves slowly. */
export const jobsAreDue = ({ jobsCountedAt }: Position, now: EpochMs): boolean =>
  jobsCountedAt === null || now - jobsCountedAt >= WEEK_MS;

/** How many jobs ran within a week, per project: counted once a week, as it is a measure of size and no evidence. */
export const countJobs: Step = async (engine, { seen, done, position }) => {
  const { store, clock, forge } = engine;
  const scope = scopesOf(await scopeToday(engine))[position.scope];
  const now = clock.now();
  const beginning = position.scope === 0 && position.after === null;
  if (!scope || (beginning && !jobsAreDue(position, now))) {
    return { cursor: following({ seen, done, position }), total: null };
  }
  const page = await forge.activity(scope, epochMs(now - WEEK_MS), position.after);
  const next =
    page.next === null ? { ...position, scope: position.scope + 1, after: null } : { ...position, after: page.next };
  const cursor = { seen, done, position: { ...next, jobsCountedAt: now } };
  await fenced(engine, async () => {
    // Projects without a pipeline are not in the list.
    if (beginning) await store.clearWeeklyJobs();
    await store.putWeeklyJobs(page.items.map(({ project, jobs }) => ({ id: project, jobs })));
    await saveCursor(store, cursor);
  });
  return { cursor, total: null };
};
