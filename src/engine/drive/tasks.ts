import { RolloutError } from '../../domain/errors.ts';
import type { Playbook } from '../../domain/playbook.ts';
import { rhythm } from '../../domain/rhythm.ts';
import type { Task } from '../../domain/rollout/intent.ts';
import type { RolloutContext } from '../../domain/rollout/rollout.machine.ts';
import type { Engine } from '../context.ts';
import type { WaveRow } from '../ports.ts';
import type { Advance } from './advance.ts';
import { inventoryTask, planTask, rulesTask, startWaveTask } from './rollout-tasks.ts';
import { applyTask, rollbackAllTask, rollbackTask, sweepTask } from './wave-tasks.ts';

/** The part of a playbook that the rollout chart steers by. */
export function chartSettings(playbook: Playbook): RolloutContext['playbook'] {
  return {
    waitForDecisions: playbook.decisions.undecided === 'wait',
    observeMs: playbook.observe.window,
    inventoryEveryMs: rhythm(playbook.observe.every),
    guardEveryMs: rhythm(playbook.guard.every),
  };
}

/** Does what a chart asked for and returns the event that answers it. Restartable at any point. */
export async function performTask(engine: Engine, task: Task): Promise<Advance> {
  switch (task.kind) {
    case 'readInventory':
      return inventoryTask(engine);
    case 'applyRules':
      return rulesTask(engine);
    case 'computePlan':
      return planTask(engine);
    case 'startWave':
      return startWaveTask(engine);
    case 'applyWave':
      return applyTask(engine, await waveOf(engine, task));
    case 'sweepWave':
      return sweepTask(engine, await waveOf(engine, task));
    case 'rollbackWave':
      return rollbackTask(engine, await waveOf(engine, task));
    case 'rollbackAll':
      return rollbackAllTask(engine);
  }
}

async function waveOf({ store }: Engine, task: Task): Promise<WaveRow> {
  const wave = (await store.waves()).find(({ id }) => id === task.waveId);
  if (wave) return wave;
  throw new RolloutError(
    'STORE_CORRUPT',
    `task ${task.key} names a wave that is not there`,
    'Restore the database from a backup.',
  );
}
