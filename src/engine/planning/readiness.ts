import { followedCallers } from './followed.ts';
import { readinessJudge, type ReadinessJudge } from '../../domain/access/readiness.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Schedule } from '../../domain/edges/survey.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { RolloutStore } from '../ports.ts';

type ReadinessStore = Pick<RolloutStore, 'inventories' | 'schedules' | 'surveys' | 'unresolved' | 'oldestLogRow'>;

/** The judge of readiness with all that it looks at: when observation began, and what schedules the callers have. */
export async function loadReadiness(
  store: ReadinessStore,
  playbook: Pick<Playbook, 'observe' | 'evidence'>,
  now: EpochMs,
): Promise<ReadinessJudge> {
  const { firstAt } = await store.inventories();
  const surprising = await surprisingSchedules(store, playbook.observe.window);
  const schedulesRead = new Set((await store.surveys('schedules')).map(({ project }) => project));
  return readinessJudge({ playbook, observedSince: firstAt, now, schedules: surprising, schedulesRead });
}

/**
 * Schedules that may do what no evidence shows. One that ran while GitLab already wrote its log left its rows there; of a
 * caller whose files were followed to their ends it is known without its running.
 */
async function surprisingSchedules(
  store: ReadinessStore,
  atLeastMs: number,
): Promise<ReadonlyMap<ProjectId, readonly Schedule[]>> {
  const logSince = await store.oldestLogRow();
  const known = await followedCallers(store);
  const byCaller = new Map<ProjectId, Schedule[]>();
  for (const { project, ...schedule } of await store.schedules(atLeastMs)) {
    const { lastRunAt } = schedule;
    const logged = lastRunAt !== null && logSince !== null && lastRunAt >= logSince;
    if (!logged && !known.has(project)) byCaller.set(project, [...(byCaller.get(project) ?? []), schedule]);
  }
  return byCaller;
}
