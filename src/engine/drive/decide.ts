import { initialTransition, transition } from 'xstate';
import {
  rolloutMachine,
  type RolloutContext,
  type RolloutEvent,
  type TaskRequest,
} from '../../domain/rollout/rollout.machine.ts';
import { waveMachine, type WaveContext, type WaveEvent } from '../../domain/rollout/wave.machine.ts';
import { restoreRollout, restoreWave, toCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from '../ports.ts';

/** What follows from an event: the next saved state and what the chart wants done. Nothing has happened yet. */
export interface Step {
  readonly checkpoint: Checkpoint;
  readonly tasks: readonly TaskRequest[];
  /** The control state is another one, or was entered anew: tasks asked for earlier no longer count. */
  readonly moved: boolean;
}

/** A state of the rollout's chart. */
export type RolloutPhase =
  | 'inventory'
  | 'observing'
  | 'refreshing'
  | 'deciding'
  | 'awaitingDecisions'
  | 'planning'
  | 'awaitingWidening'
  | 'awaitingPlan'
  | 'starting'
  | 'rolling'
  | 'stopped'
  | 'restoring'
  | 'holding'
  | 'guarding'
  | 'restoringAll'
  | 'restoreBlocked'
  | 'reopening'
  | 'reopenBlocked'
  | 'aborted';

/** A state of a wave's chart. */
export type WavePhase =
  | 'awaitingApproval'
  | 'applying'
  | 'frozen'
  | 'soaking'
  | 'inconclusive'
  | 'held'
  | 'rollingBack'
  | 'rollbackBlocked'
  | 'stale'
  | 'rolledBack'
  | 'passed';

/** A checkpoint of a rollout, brought back to life. */
export interface RolloutState {
  readonly phase: RolloutPhase;
  readonly paused: boolean;
  readonly context: RolloutContext;
}

/** The same of a wave. */
export interface WaveState {
  readonly phase: WavePhase;
  readonly context: WaveContext;
}

interface RecordedAction {
  readonly type: string;
  readonly params?: unknown;
}

/** XState types the params of all actions as one union; `intend` is the only one that is left to the caller. */
const tasksOf = (actions: readonly RecordedAction[]): TaskRequest[] =>
  actions.filter(({ type }) => type === 'intend').map(({ params }) => params as TaskRequest);

/**
 * Reads a checkpoint of a rollout.
 *
 * @throws RolloutError `STORE_CORRUPT` or `STORE_NEWER`
 */
export function rolloutState(checkpoint: Checkpoint): RolloutState {
  const snapshot = restoreRollout(checkpoint);
  const { phase, operator } = snapshot.value;
  return { phase, paused: operator === 'paused', context: snapshot.context };
}

/** The same of a wave. */
export function waveState(checkpoint: Checkpoint): WaveState {
  const snapshot = restoreWave(checkpoint);
  return { phase: snapshot.value as WavePhase, context: snapshot.context };
}

/** The first checkpoint of a rollout, with what is to be done first. */
export function startRollout(playbook: RolloutContext['playbook']): Step {
  const [snapshot, actions] = initialTransition(rolloutMachine, { playbook });
  return { checkpoint: toCheckpoint(snapshot), tasks: tasksOf(actions), moved: true };
}

/** The first checkpoint of a wave, with what is to be done first. Spans are milliseconds. */
export function startWave(
  input: Pick<WaveContext, 'needsApproval' | 'rollbackOnFailure' | 'soakMs' | 'sweepEveryMs' | 'extensionsLeft'>,
): Step {
  const [snapshot, actions] = initialTransition(waveMachine, input);
  return { checkpoint: toCheckpoint(snapshot), tasks: tasksOf(actions), moved: true };
}

/** State + event → next state + tasks. Runs nothing; an event the state has no use for changes nothing. */
export function decideRollout(checkpoint: Checkpoint, event: RolloutEvent): Step {
  const before = restoreRollout(checkpoint);
  const [next, actions] = transition(rolloutMachine, before, event);
  const tasks = tasksOf(actions);
  const moved = tasks.length > 0 || phaseOf(next.value) !== phaseOf(before.value);
  return { checkpoint: toCheckpoint(next), tasks, moved };
}

const phaseOf = (value: unknown): string => JSON.stringify((value as { phase?: unknown }).phase);

/** The same for a wave. */
export function decideWave(checkpoint: Checkpoint, event: WaveEvent): Step {
  const before = restoreWave(checkpoint);
  const [next, actions] = transition(waveMachine, before, event);
  const tasks = tasksOf(actions);
  return { checkpoint: toCheckpoint(next), tasks, moved: tasks.length > 0 || next.value !== before.value };
}

/** Would the rollout listen to this order now? Orders that it would ignore are refused with an explanation instead. */
export const rolloutCan = (checkpoint: Checkpoint, event: RolloutEvent): boolean =>
  restoreRollout(checkpoint).can(event);

/** Has the wave a use for that event as it stands? */
export const waveCan = (checkpoint: Checkpoint, event: WaveEvent): boolean => restoreWave(checkpoint).can(event);
