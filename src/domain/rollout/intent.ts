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

/** What a chart wants to be done next. Restartable: a killed one is done again from its beginning. */
export interface Task {
  /** `revision/position`: unique within a rollout. */
  readonly key: string;
  readonly kind: TaskKind;
  /** The wave row it works for; null for tasks of the whole rollout. */
  readonly waveId: number | null;
  /** Not before this moment. */
  readonly notBefore: EpochMs | null;
}

/** One write of a wave. `decisions` are the recorded decisions that allow an entry; an entry without one cannot be written down. */
export type WaveAction =
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

/** One write that keeps the ledger's anchor in an issue. Of no wave: it changes nothing that a rollout is about. */
export type RecordAction =
  /** Opens the issue that carries `marker`, by which it is found again. */
  | { readonly kind: 'openIssue'; readonly project: string; readonly marker: string }
  /** Adds a note to that issue; notes of the same text are one note. */
  | { readonly kind: 'addNote'; readonly project: string; readonly marker: string; readonly note: string };

/** Every write that is ever sent to GitLab is one of these, and each of them can be looked up there. */
export type WriteAction = WaveAction | RecordAction;

/** A write to GitLab as it is written down before it is sent. */
export interface NewWriteIntent {
  /** Null for what keeps the anchor. */
  readonly waveId: number | null;
  /** Null for the instance switch and for what keeps the anchor. */
  readonly callee: ProjectId | null;
  readonly action: WriteAction;
  readonly createdAt: EpochMs;
}

/**
 * How a write ended, judged by reading back. `done`: it is there and we sent it. `already`: it was there before we wrote,
 * so it is not ours to undo. `absent`: it is not there; nothing happened. `refused`: GitLab said no.
 */
export type IntentOutcome = 'done' | 'already' | 'absent' | 'refused';

/** A write that was written down; open while `outcome` is null. */
export interface WriteIntent extends NewWriteIntent {
  readonly id: number;
  readonly outcome: IntentOutcome | null;
  readonly detail: string | null;
  readonly settledAt: EpochMs | null;
}
