import type { PipelineActivity } from '../../domain/watch/job.ts';
import type { Project } from '../../domain/project.ts';
import { epochMs, samePath, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import { followGroups, scopesOf } from '../inventory/inventory.ts';
import type { SweepRow, WaveRow } from '../ports.ts';

/** GitLab's times have whole seconds; what ends in the second of the last look must not fall between two sweeps. */
export const OVERLAP_MS = 1_000;

/** Projects per request where they are asked for by id, and where they come by the page. */
const BY_ID = 50;
const BY_PAGE = 100;

/** From where a sweep looks, and how far. */
export interface SweepPlan {
  readonly until: EpochMs;
  /** End of the last sweep: jobs of known callers are counted from here. */
  readonly since: EpochMs;
  /** End of the last sweep over everything: jobs of everybody are counted from here. */
  readonly wholeSince: EpochMs;
  /** Failed jobs are looked for from here: the last sweep that could read everything it looked at. */
  readonly lookFrom: EpochMs;
  readonly whole: boolean;
  /** Jobs of known callers counted since the last sweep over everything. */
  readonly countedSince: number;
}

/**
 * Decides how far a sweep looks. The known callers are asked every time; everything in scope at the first sweep, at the last,
 * once in `sweepScopeEvery`, and whenever that takes no more requests than asking the callers by id.
 *
 * @param all - sweeps of this wave, oldest first
 * @param earlier - end of the last sweep of the wave before: what failed since then nobody has looked at
 */
export function planSweep(
  { playbook }: Pick<Engine, 'playbook'>,
  wave: WaveRow,
  all: readonly SweepRow[],
  earlier: EpochMs | null,
  now: { readonly until: EpochMs; readonly last: boolean; readonly callers: number; readonly inScope: number },
): SweepPlan {
  const { until } = now;
  const began = wave.startedAt ?? until;
  // Looks that lie ahead were before GitLab's clock was set back.
  const sweeps = all.filter((sweep) => sweep.until <= until);
  const lastWhole = sweeps.findLast(({ whole }) => whole);
  const wholeSince = lastWhole?.until ?? began;
  const isCheaper = Math.ceil(now.callers / BY_ID) >= Math.ceil(now.inScope / BY_PAGE);
  const lastRead = sweeps.findLast(({ unread }) => unread.length === 0);
  return {
    until,
    since: sweeps.at(-1)?.until ?? began,
    wholeSince,
    lookFrom: lastRead?.until ?? (earlier !== null && earlier <= until ? earlier : began),
    whole: !lastWhole || now.last || isCheaper || until - wholeSince >= playbook.gates.sweepScopeEvery,
    countedSince: sweeps
      .filter(({ until: at }) => at > wholeSince)
      .reduce((all, { callerJobs }) => all + callerJobs, 0),
  };
}

/** What one sweep learned without reading a single job. */
export interface Activity {
  /** Projects in which a job may have failed, with their pipelines; by id. */
  readonly suspects: ReadonlyMap<ProjectId, PipelineActivity>;
  readonly counts: Pick<SweepRow, 'projects' | 'callerJobs' | 'allJobs'>;
  /** Known callers that no answer named: gone, or hidden from the token. */
  readonly unseen: readonly ProjectId[];
}

type Projects = ReadonlyMap<ProjectId, Project>;

/** Asks for the pipelines that changed: of everything in scope by the page, of known callers by id. */
export async function readActivity(
  engine: Engine,
  projects: Projects,
  wave: WaveRow,
  callers: ReadonlySet<ProjectId>,
  plan: SweepPlan,
): Promise<Activity> {
  const { whole, since, wholeSince, lookFrom } = plan;
  const asked = epochMs((whole ? wholeSince : since) - OVERLAP_MS);
  const read = (from: EpochMs): Promise<Seen> =>
    whole ? readWhole(engine, projects, wave, callers, from) : readCallers(engine, [...callers], from);
  const now = await read(asked);
  // What an earlier sweep could not read is still to be read; counted is it only once.
  const before = lookFrom < asked ? await read(epochMs(lookFrom - OVERLAP_MS)) : now;
  const suspects = new Map([...before.items, ...now.items].filter(([, { suspicious, more }]) => suspicious || more));
  let callerJobs = 0;
  let allJobs = 0;
  for (const { project, jobs } of now.items.values()) {
    allJobs += jobs;
    if (callers.has(project)) callerJobs += jobs;
  }
  const counts = whole
    ? { projects: now.items.size, callerJobs: Math.max(0, callerJobs - plan.countedSince), allJobs }
    : { projects: now.items.size, callerJobs, allJobs: 0 };
  return { suspects, counts, unseen: now.unseen };
}

interface Seen {
  readonly items: ReadonlyMap<ProjectId, PipelineActivity>;
  readonly unseen: readonly ProjectId[];
}

async function readWhole(
  engine: Engine,
  projects: Projects,
  wave: WaveRow,
  callers: ReadonlySet<ProjectId>,
  since: EpochMs,
): Promise<Seen> {
  const items = new Map<ProjectId, PipelineActivity>();
  const scopes = scopesOf(await followGroups(engine));
  for (const scope of scopes) {
    let after: string | null = null;
    do {
      engine.signal.throwIfAborted();
      const page = await engine.forge.activity(scope, since, after);
      for (const item of page.items) items.set(item.project, item);
      after = page.next;
      engine.notify.progress({
        what: `wave ${wave.number}: watching`,
        done: items.size,
        total: page.total,
        requests: engine.forge.requestCount(),
      });
    } while (after !== null);
  }
  // Callers outside the scope's groups are in no page.
  const groups = scopes.flatMap((scope) => (scope.kind === 'group' ? [`${scope.path}/`] : ['']));
  const isPaged = (path: string): boolean => groups.some((group) => samePath(path.slice(0, group.length), group));
  const others = [...callers].filter((caller) => !items.has(caller) && !isPaged(projects.get(caller)?.path ?? ''));
  const outside = await readCallers(engine, others, since);
  return { items: new Map([...items, ...outside.items]), unseen: outside.unseen };
}

async function readCallers(engine: Engine, callers: readonly ProjectId[], since: EpochMs): Promise<Seen> {
  const items = new Map<ProjectId, PipelineActivity>();
  for (let start = 0; start < callers.length; start += BY_ID) {
    engine.signal.throwIfAborted();
    for (const item of await engine.forge.activityOf(callers.slice(start, start + BY_ID), since)) {
      items.set(item.project, item);
    }
  }
  return { items, unseen: callers.filter((caller) => !items.has(caller)) };
}
