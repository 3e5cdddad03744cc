import type { TaskKind } from '../../domain/rollout/intent.ts';
import type { EpochMs } from '../../domain/values.ts';
import type { Overview } from './overview.ts';

/** What comes next in a rollout: a task of its own, or something a person is asked for. */
export interface NextStep {
  readonly what: string;
  /** The commands that go on, exact ones in backquotes. */
  readonly how: string;
  /** Not before this moment; null where it can be done now. */
  readonly notBefore: EpochMs | null;
  /** Whether nothing goes on until a person acts. */
  readonly person: boolean;
}

const TASKS: Readonly<Record<TaskKind, string>> = {
  readInventory: 'an inventory',
  applyRules: 'the rules are applied',
  computePlan: 'a plan is computed',
  startWave: 'a wave starts',
  applyWave: 'the projects of the wave are changed',
  sweepWave: 'a look at failed jobs',
  rollbackWave: 'the wave is rolled back',
  rollbackAll: 'every wave is taken back',
};

/** What comes next; null where nothing does. A pause comes before everything, then the open task. */
export function nextStep({ paused, next, waitsFor }: Pick<Overview, 'paused' | 'next' | 'waitsFor'>): NextStep | null {
  if (paused) return { what: 'it is paused', how: '`tidegate resume`', notBefore: null, person: true };
  if (next) return { what: TASKS[next.task], how: '`tidegate tick`', notBefore: next.notBefore, person: false };
  return waitsFor && { what: waitsFor.what, how: waitsFor.next, notBefore: null, person: true };
}
