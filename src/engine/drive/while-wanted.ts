import { RolloutError } from '../../domain/errors.ts';
import type { Task } from '../../domain/rollout/intent.ts';
import type { Engine } from '../context.ts';
import { rolloutState } from './decide.ts';
import type { Forge } from '../ports.ts';

/** Calls that long readings consist of. `allowlist` is not among them: it reads back what was written, whatever was ordered since. */
const READINGS: ReadonlySet<keyof Forge> = new Set([
  'projects',
  'features',
  'owners',
  'projectsById',
  'activity',
  'activityOf',
  'failedJobs',
  'job',
  'earlierRuns',
  'trace',
]);

/**
 * The engine for one task, whose long readings end at their next call once the task is withdrawn or the rollout paused:
 * an abort must not wait for the end of an inventory of hours.
 */
export function whileWanted(engine: Engine, task: Task): Engine {
  const stillWanted = async (): Promise<void> => {
    const open = await engine.store.openTask();
    const { paused } = rolloutState((await engine.store.rollout()).checkpoint);
    if (open?.key === task.key && !paused) return;
    throw new RolloutError(
      'INTERRUPTED',
      'another order came, this reading is no longer wanted',
      'Run `tidegate tick`.',
    );
  };
  const forge = new Proxy(engine.forge, {
    get: (target, name, receiver) => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      if (!READINGS.has(name as keyof Forge)) return member.bind(target) as unknown;
      return async (...values: readonly unknown[]): Promise<unknown> => {
        await stillWanted();
        return Reflect.apply(member, target, values) as Promise<unknown>;
      };
    },
  });
  return { ...engine, forge };
}
