import type { EpochMs, ProjectId } from '../../src/domain/values.ts';
import type { RolloutStore } from '../../src/engine/ports.ts';
import { random } from './random.ts';

const PEOPLE = 5_000;
const SCHEDULERS = 200;
const DAY_MS = 86_400_000;

/**
 * What looks at single projects tell of a large organisation: some people may push anywhere and a few maintain; one project in
 * ten hands out packages, one in twenty guards an environment, has forks or runs by a schedule, one in thirty keeps a state.
 */
export function facts(): {
  readonly lookUp: (store: RolloutStore, project: ProjectId, at: EpochMs) => Promise<void>;
} {
  const next = random(2);
  const below = (count: number): number => Math.floor(next() * count);
  const some = (share: number, most: number): number => (next() < share ? 1 + below(most) : 0);
  return {
    lookUp: async (store, project, at) => {
      const maintainers = Array.from({ length: 1 + below(4) }, () => 1 + below(PEOPLE));
      const counts = {
        ...{ packages: some(1 / 10, 20), terraformStates: some(1 / 30, 5), protectedEnvironments: some(1 / 20, 3) },
        ...{ forks: some(1 / 20, 10), pushers: 2 + below(60), maintainers: maintainers.length },
      } as const;
      const read = Object.entries(counts) as [keyof typeof counts, number][];
      await store.putFacts(
        { project, facts: read.map(([fact, count]) => ({ fact, count, problem: null })), maintainers },
        at,
      );
      if (next() < 1 / 20) {
        const when = { cron: '0 3 * * *', everyMs: DAY_MS, lastRunAt: at, nextRunAt: null };
        await store.putSchedules(project, [{ id: project, owner: 1 + below(SCHEDULERS), ...when }]);
      }
      for (const kind of ['facts', 'environments', 'schedules'] as const)
        await store.putSurvey({ project, kind, at, mark: null, problem: null });
    },
  };
}
