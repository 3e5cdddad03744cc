import { readinessJudge, type ReadinessJudge } from '../domain/readiness.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Schedule } from '../domain/survey.ts';
import type { EpochMs, ProjectId } from '../domain/values.ts';
import type { RolloutStore } from './ports.ts';

/** The judge of readiness with all that it looks at: when observation began, and what schedules the callers have. */
export async function loadReadiness(
  store: Pick<RolloutStore, 'inventories' | 'schedules' | 'surveys'>,
  playbook: Pick<Playbook, 'observe' | 'evidence'>,
  now: EpochMs,
): Promise<ReadinessJudge> {
  const { firstAt } = await store.inventories();
  const schedules = new Map<ProjectId, Schedule[]>();
  for (const { project, ...schedule } of await store.schedules(playbook.observe.window)) {
    schedules.set(project, [...(schedules.get(project) ?? []), schedule]);
  }
  const schedulesRead = new Set((await store.surveys('schedules')).map(({ project }) => project));
  return readinessJudge({ playbook, observedSince: firstAt, now, schedules, schedulesRead });
}
