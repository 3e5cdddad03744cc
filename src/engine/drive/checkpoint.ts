import { z } from 'zod';
import { rolloutMachine } from '../../domain/rollout/rollout.machine.ts';
import { waveMachine } from '../../domain/rollout/wave.machine.ts';
import { CHECKPOINT_VERSION, corrupt, upgraded } from './checkpoint-version.ts';
import type { Checkpoint } from '../ports.ts';

const moment = z.number().nullable();

const rolloutContext = z.strictObject({
  playbook: z.strictObject({
    waitForDecisions: z.boolean(),
    observeMs: z.number(),
    inventoryEveryMs: z.number(),
    guardEveryMs: z.number(),
  }),
  observeUntil: moment,
  nextInventoryAt: moment,
  undecided: z.number(),
  decisionsRevision: z.number(),
  planHash: z.string().nullable(),
  unsigned: z.number(),
  held: z.number(),
  waveId: z.number().nullable(),
  staleInRow: z.number(),
});

const waveContext = z.strictObject({
  needsApproval: z.boolean(),
  rollbackOnFailure: z.boolean(),
  soakMs: z.number(),
  sweepEveryMs: z.number(),
  extensionsLeft: z.number(),
  soakUntil: moment,
  nextSweepAt: moment,
  frozenUntil: moment,
  verdict: z.enum(['passed', 'failed', 'inconclusive']).nullable(),
  resumedAt: moment,
});

type RolloutSnapshot = ReturnType<typeof rolloutMachine.resolveState>;
type WaveSnapshot = ReturnType<typeof waveMachine.resolveState>;

/** Brings a saved rollout back to life; a state that this chart does not have is refused, never guessed. */
export function restoreRollout(checkpoint: Checkpoint): RolloutSnapshot {
  const current = upgraded(checkpoint);
  const context = rolloutContext.safeParse(current.context);
  if (!context.success) throw corrupt(z.prettifyError(context.error));
  try {
    return rolloutMachine.resolveState({ value: current.value as never, context: context.data });
  } catch (error) {
    throw corrupt(`unknown state ${JSON.stringify(current.value)}`, error);
  }
}

/** The same for a wave. */
export function restoreWave(checkpoint: Checkpoint): WaveSnapshot {
  const current = upgraded(checkpoint);
  const context = waveContext.safeParse(current.context);
  if (!context.success) throw corrupt(z.prettifyError(context.error));
  try {
    return waveMachine.resolveState({ value: current.value as never, context: context.data });
  } catch (error) {
    throw corrupt(`unknown state ${JSON.stringify(current.value)}`, error);
  }
}

/** The saved form of a snapshot. */
export function toCheckpoint(snapshot: { readonly value: unknown; readonly context: unknown }): Checkpoint {
  return { version: CHECKPOINT_VERSION, value: snapshot.value, context: snapshot.context };
}
