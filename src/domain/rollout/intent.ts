import type { EntryPermissions, EntryTarget } from '../project.ts';
import type { EpochMs, ProjectId } from '../values.ts';

/** What a machine wants to happen next. Restartable: done again from the start, a task reaches the same end. */
export type TaskKind =
  | 'readInventory'
  | 'applyRules'
  | 'computePlan'
  | 'startWave'
  | 'applyWave'
  | 'sweepWave'
  | 'rollbackWave'
  | 'rollbackAll';

export interface Task {
  /** `revision/position`: unique within a rollout. */
  readonly key: string;
  readonly kind: TaskKind;
  /** The wave row it works for; null for tasks of the whole rollout. */
  readonly waveId: number | null;
  /** Not before this moment. */
  readonly notBefore: EpochMs | null;
}

/** One write to GitLab. `decisions` are the recorded decisions that allow an entry; an entry without one cannot be written down. */
export type WriteAction =
  | {
      readonly kind: 'addEntry';
      readonly entry: EntryTarget & EntryPermissions;
      readonly decisions: readonly [number, ...number[]];
    }
  | { readonly kind: 'removeEntry'; readonly entry: EntryTarget & EntryPermissions }
  /** Gives an entry that stands other permissions: narrower ones when tightening, those of before when rolling back. */
  | { readonly kind: 'setPermissions'; readonly entry: EntryTarget & EntryPermissions }
  /** Puts back what this rollout removed and somebody had added before it: a rollback needs no decision. */
  | { readonly kind: 'restoreEntry'; readonly entry: EntryTarget & EntryPermissions }
  | { readonly kind: 'enforce' }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'setInstance'; readonly enforced: boolean };

export interface NewWriteIntent {
  readonly waveId: number;
  /** Null for the instance switch. */
  readonly callee: ProjectId | null;
  readonly action: WriteAction;
  readonly createdAt: EpochMs;
}

/**
 * How a write ended, judged by reading back. `done`: it is there and we sent it. `already`: it was there before we wrote,
 * so it is not ours to undo. `absent`: it is not there; nothing happened. `refused`: GitLab said no.
 */
export type IntentOutcome = 'done' | 'already' | 'absent' | 'refused';

export interface WriteIntent extends NewWriteIntent {
  readonly id: number;
  readonly outcome: IntentOutcome | null;
  readonly detail: string | null;
  readonly settledAt: EpochMs | null;
}
