import type { Playbook } from '../../domain/playbook.ts';
import type { SurveyKind } from '../../domain/edges/survey.ts';
import { counted, epochMs, type EpochMs } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import type { Looks } from '../survey/look.ts';
import { fenced } from '../context.ts';
import { edgeCount } from './pages.ts';
import { following, saveCursor, type Cursor, type Position } from './position.ts';

const DAY_MS = 86_400_000;
/** Looked at again after so long, or when the repository moved. */
const STALE_MS: Readonly<Record<SurveyKind, number>> = { schedules: 7 * DAY_MS, scan: 30 * DAY_MS, traces: 7 * DAY_MS };
/** Requests that a look takes at least, for the estimate that is shown beforehand. */
const COST: Readonly<Record<SurveyKind, number>> = { schedules: 1, scan: 3, traces: 2 };
/** So many at once; they are committed one by one. */
const AT_ONCE = 4;
const LEAST_REQUESTS = 200;
/** A day, less what a daily job may come early. */
const PAUSE_MS = 20 * 3_600_000;

/** The budget is that of a day: an inventory soon after another one asks for what can have changed, and no more. */
export const looksAreDue = ({ lookedAt }: Position, now: EpochMs): boolean =>
  lookedAt === null || now - lookedAt >= PAUSE_MS;

/** Kinds of looks that the playbook asks for, in this order. */
function surveyKinds({ evidence: { surveys } }: Playbook): readonly SurveyKind[] {
  return [
    ...(surveys.schedules ? (['schedules'] as const) : []),
    ...(surveys.scan ? (['scan'] as const) : []),
    ...(surveys.traces > 0 ? (['traces'] as const) : []),
  ];
}

/** Requests that the looks of one inventory may take. */
function surveyBudget({ evidence: { surveys } }: Playbook, inScope: number): number {
  const { requests } = surveys;
  if (typeof requests === 'number') return requests;
  return Math.max(LEAST_REQUESTS, Math.ceil((inScope * Number(requests.slice(0, -1))) / 100));
}

/** Requests that the looks of an inventory over so many projects will take, as far as that can be told before. */
export async function expectedLooks(
  { store, playbook, clock }: Engine,
  position: Position,
  projects: number,
): Promise<number> {
  if (!looksAreDue(position, clock.now())) return 0;
  let requests = 0;
  for (const kind of surveyKinds(playbook)) {
    const { all, done } = await store.countSurveys(kind);
    requests += Math.max(0, Math.max(all, projects) - done) * COST[kind];
  }
  return Math.min(requests, surveyBudget(playbook, projects));
}

/** What the looks that are due would take in all, in words; null when none is due. */
export async function surveyEstimate(engine: Engine): Promise<string | null> {
  const { store, playbook } = engine;
  const { inScope } = await store.countProjects();
  const budget = surveyBudget(playbook, inScope);
  const parts: string[] = [];
  let requests = 0;
  for (const kind of budget === 0 ? [] : surveyKinds(playbook)) {
    const { all, done } = await store.countSurveys(kind);
    if (all === done) continue;
    const least = (all - done) * COST[kind];
    requests += least;
    parts.push(`${kind} of ${counted(all - done, 'project')}, about ${counted(least, 'request')}`);
  }
  if (parts.length === 0) return null;
  const inventories = Math.ceil(requests / budget);
  return `To look at: ${parts.join('; ')}. At most ${counted(budget, 'request')} go there each day, so ${inventories === 1 ? 'this inventory sees to all of them' : `it takes about ${counted(inventories, 'day')}`} (evidence.surveys.requests).`;
}

/**
 * Looks at single projects beside settings and log, as far as the budget of this inventory goes. Each kind has its share;
 * what one leaves goes to the next.
 */
export async function takeLooks(
  engine: Engine,
  looks: Looks,
  { seen, done, position }: Cursor,
): Promise<{ readonly cursor: Cursor | null; readonly total: null }> {
  const { store, clock, forge, playbook } = engine;
  const kinds = surveyKinds(playbook);
  const kind = kinds[position.scope];
  const now = clock.now();
  if (kind === undefined || !looksAreDue(position, now))
    return { cursor: following({ seen, done, position }), total: null };
  const budget = surveyBudget(playbook, (await store.countProjects()).inScope) - position.surveyed;
  const share = Math.ceil(budget / (kinds.length - position.scope)) - position.kept;
  const before = { stale: epochMs(now - STALE_MS[kind]), retry: epochMs(now - DAY_MS) };
  const due = share <= 0 ? [] : await looks.due(kind, before, Math.min(AT_ONCE, Math.ceil(share / COST[kind])));
  if (due.length === 0) {
    const next = { ...position, scope: position.scope + 1, kept: 0, surveyed: position.surveyed + position.kept };
    return { cursor: { seen, done, position: next }, total: null };
  }
  const sent = forge.requestCount();
  const edges = await edgeCount(engine);
  const taken = await Promise.allSettled(due.map((project) => looks.take(kind, project)));
  const failed = taken.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const { changes } = position;
  const newEdges = changes.newEdges + (await edgeCount(engine)) - edges;
  const kept = position.kept + forge.requestCount() - sent;
  const cursor = { seen, done, position: { ...position, kept, changes: { ...changes, newEdges } } };
  await fenced(engine, () => saveCursor(store, cursor));
  return { cursor, total: null };
}
