import type { Playbook } from '../../domain/playbook.ts';
import type { SurveyKind } from '../../domain/edges/survey.ts';
import { counted, epochMs, type EpochMs } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import type { Looks } from '../survey/look.ts';
import { fenced } from '../context.ts';
import { edgeCount } from './pages.ts';
import { following, saveCursor, type Cursor, type Position } from './position.ts';

const DAY_MS = 86_400_000;
/** So many at once; they are committed one by one. */
const AT_ONCE = 4;
/** As many as one request tells facts of. */
const FACTS_AT_ONCE = 50;

interface LookCost {
  /** Looked at again after so long, or when the repository moved. */
  readonly staleMs: number;
  /** What could not be read is tried again after so long. */
  readonly retryMs: number;
  /** Requests that a look takes at least, for the estimate that is shown beforehand and the share of each round. */
  readonly requests: number;
  readonly atOnce: number;
}

/** What a look of each kind takes here. A right that is missing today will be tomorrow: facts are not asked for daily. */
function costsOf({ evidence }: Playbook, graphql: boolean): Readonly<Record<SurveyKind, LookCost>> {
  const facts = { staleMs: evidence.factsMaxAge / 2, retryMs: Math.min(7 * DAY_MS, evidence.factsMaxAge / 2) };
  const week = { staleMs: 7 * DAY_MS, retryMs: DAY_MS, atOnce: AT_ONCE };
  return {
    facts: graphql
      ? { ...facts, requests: 1 / FACTS_AT_ONCE, atOnce: FACTS_AT_ONCE }
      : { ...facts, requests: 3, atOnce: AT_ONCE },
    environments: { ...facts, requests: 1, atOnce: AT_ONCE },
    schedules: { ...week, requests: 1 },
    scan: { ...week, staleMs: 30 * DAY_MS, requests: 3 },
    traces: { ...week, requests: 2 },
  };
}

const kindCosts = async ({ forge, playbook }: Engine): Promise<Readonly<Record<SurveyKind, LookCost>>> =>
  costsOf(playbook, (await forge.capabilities()).graphql);
const LEAST_REQUESTS = 200;
/** A day, less what a daily job may come early. */
const PAUSE_MS = 20 * 3_600_000;

/** The budget is that of a day: an inventory soon after another one asks for what can have changed, and no more. */
export const looksAreDue = ({ lookedAt }: Position, now: EpochMs): boolean =>
  lookedAt === null || now - lookedAt >= PAUSE_MS;

/** Kinds of looks that the playbook asks for, in this order. */
function surveyKinds({ evidence: { surveys } }: Playbook): readonly SurveyKind[] {
  return [
    ...(surveys.facts ? (['facts', 'environments'] as const) : []),
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
export async function expectedLooks(engine: Engine, position: Position, projects: number): Promise<number> {
  const { store, playbook, clock } = engine;
  if (!looksAreDue(position, clock.now())) return 0;
  const costs = await kindCosts(engine);
  let requests = 0;
  for (const kind of surveyKinds(playbook)) {
    const { all, done } = await store.countSurveys(kind);
    requests += Math.ceil(Math.max(0, Math.max(all, projects) - done) * costs[kind].requests);
  }
  return Math.min(requests, surveyBudget(playbook, projects));
}

const KIND_NAMES: Readonly<Record<SurveyKind, string>> = {
  facts: 'risk facts',
  environments: 'protected environments',
  schedules: 'schedules',
  scan: 'scan',
  traces: 'traces',
};

/** What the looks that are due would take in all, in words; null when none is due. */
export async function surveyEstimate(engine: Engine): Promise<string | null> {
  const { store, playbook } = engine;
  const { inScope } = await store.countProjects();
  const budget = surveyBudget(playbook, inScope);
  const costs = await kindCosts(engine);
  const parts: string[] = [];
  let requests = 0;
  for (const kind of budget === 0 ? [] : surveyKinds(playbook)) {
    const { all, done } = await store.countSurveys(kind);
    if (all === done) continue;
    const least = Math.ceil((all - done) * costs[kind].requests);
    requests += least;
    parts.push(`${KIND_NAMES[kind]} of ${counted(all - done, 'project')}, at least ${counted(least, 'request')}`);
  }
  if (parts.length === 0) return null;
  const inventories = Math.ceil(requests / budget);
  return `To look at: ${parts.join('; ')}. At most ${counted(budget, 'request')} go there each day, so it takes ${counted(inventories, 'day')} or more (evidence.surveys.requests).`;
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
  const { staleMs, retryMs, requests, atOnce } = (await kindCosts(engine))[kind];
  const before = { stale: epochMs(now - staleMs), retry: epochMs(now - retryMs) };
  const due = share <= 0 ? [] : await looks.due(kind, before, Math.min(atOnce, Math.ceil(share / requests)));
  if (due.length === 0) {
    const next = { ...position, scope: position.scope + 1, kept: 0, surveyed: position.surveyed + position.kept };
    return { cursor: { seen, done, position: next }, total: null };
  }
  const sent = forge.requestCount();
  const edges = await edgeCount(engine);
  await looks.take(kind, due);
  const { changes } = position;
  const newEdges = changes.newEdges + (await edgeCount(engine)) - edges;
  const kept = position.kept + forge.requestCount() - sent;
  const cursor = { seen, done, position: { ...position, kept, changes: { ...changes, newEdges } } };
  await fenced(engine, () => saveCursor(store, cursor));
  return { cursor, total: null };
}
