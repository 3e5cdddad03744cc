import type { Verdict } from '../../domain/watch/gate.ts';
import { corrupt, upgraded } from './checkpoint-version.ts';
import type { RolloutPhase, WavePhase } from './decide.ts';
import type { Checkpoint } from '../ports.ts';

/** What a saved rollout says of itself. */
export interface SavedRollout {
  readonly phase: RolloutPhase;
  readonly paused: boolean;
  readonly observeUntil: number | null;
  readonly planHash: string | null;
  readonly waveId: number | null;
  readonly undecided: number;
  readonly unsigned: number;
  readonly staleInRow: number;
}

/** The same of a saved wave. */
export interface SavedWave {
  readonly phase: WavePhase;
  readonly verdict: Verdict | null;
  readonly soakUntil: number | null;
}

const ROLLOUT_PHASES: Readonly<Record<RolloutPhase, true>> = {
  ...{ inventory: true, observing: true, refreshing: true, deciding: true, awaitingDecisions: true, planning: true },
  ...{ awaitingWidening: true, awaitingPlan: true, starting: true, rolling: true, stopped: true, restoring: true },
  ...{ holding: true, guarding: true, restoringAll: true, restoreBlocked: true, reopening: true, reopenBlocked: true },
  aborted: true,
};
const WAVE_PHASES: Readonly<Record<WavePhase, true>> = {
  ...{ awaitingApproval: true, applying: true, frozen: true, soaking: true, inconclusive: true, held: true },
  ...{ rollingBack: true, rollbackBlocked: true, stale: true, rolledBack: true, passed: true },
};

interface Values {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
}

function valuesOf(checkpoint: Checkpoint): Values {
  const { value, context } = upgraded(checkpoint);
  if (typeof context === 'object' && context !== null) return { value, context: context as Values['context'] };
  throw corrupt('it has no context');
}

function phaseIn<T extends string>(phases: Readonly<Record<T, true>>, phase: unknown): T {
  if (typeof phase === 'string' && Object.hasOwn(phases, phase)) return phase as T;
  throw corrupt(`unknown state ${JSON.stringify(phase)}`);
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/**
 * Reads a saved rollout without bringing its chart back to life, for those who only look: loading charts takes longer
 * than everything else that `status` does. Says what `rolloutState` says.
 */
export function savedRollout(checkpoint: Checkpoint): SavedRollout {
  const { value, context } = valuesOf(checkpoint);
  const { phase, operator } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    phase: phaseIn(ROLLOUT_PHASES, phase),
    paused: operator === 'paused',
    observeUntil: numberOrNull(context['observeUntil']),
    planHash: textOrNull(context['planHash']),
    waveId: numberOrNull(context['waveId']),
    undecided: numberOrNull(context['undecided']) ?? 0,
    unsigned: numberOrNull(context['unsigned']) ?? 0,
    staleInRow: numberOrNull(context['staleInRow']) ?? 0,
  };
}

/** The same for a wave. */
export function savedWave(checkpoint: Checkpoint): SavedWave {
  const { value, context } = valuesOf(checkpoint);
  return {
    phase: phaseIn(WAVE_PHASES, value),
    verdict: textOrNull(context['verdict']) as Verdict | null,
    soakUntil: numberOrNull(context['soakUntil']),
  };
}
