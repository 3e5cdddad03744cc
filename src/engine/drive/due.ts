import type { Task } from '../../domain/rollout/intent.ts';
import type { EpochMs } from '../../domain/values.ts';
import type { RolloutStore } from '../ports.ts';
import { rolloutState, waveState, type RolloutState } from './decide.ts';

/** More than a slow answer may make two readings of GitLab's clock differ. */
const CLOCK_SLACK_MS = 120_000;

/**
 * Is it time for a task? Also where it is put off for longer than its chart ever puts it off: GitLab's clock was set back
 * then, and a wave would soak, or an inventory wait, until the clock has caught up.
 */
export async function isDue(store: RolloutStore, task: Task, now: EpochMs): Promise<boolean> {
  if (task.notBefore === null || task.notBefore <= now) return true;
  const most = await longestWait(store, task);
  return most !== null && task.notBefore - now > most + CLOCK_SLACK_MS;
}

/** Milliseconds; null where a date ends the wait (a freeze) and no span. */
async function longestWait(store: RolloutStore, { kind, waveId }: Task): Promise<number | null> {
  if (kind === 'sweepWave') {
    const wave = (await store.waves()).find(({ id }) => id === waveId);
    return wave ? waveState(wave.checkpoint).context.sweepEveryMs : null;
  }
  return kind === 'readInventory' ? rhythmOf(rolloutState((await store.rollout()).checkpoint)) : null;
}

const rhythmOf = ({ phase, context: { playbook } }: RolloutState): number =>
  phase === 'guarding' ? playbook.guardEveryMs : playbook.inventoryEveryMs;
