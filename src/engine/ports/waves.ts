import type { AllowlistEntry, AllowlistState, ProjectRef } from '../../domain/project.ts';
import type { IntentOutcome, NewWriteIntent, WriteIntent } from '../../domain/rollout/intent.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { Checkpoint } from './rollout.ts';

/** One wave that was begun; `id` is the row, `number` the one in its plan. */
export interface WaveRow {
  readonly id: number;
  readonly number: number;
  readonly planHash: string;
  readonly kind: 'pilot' | 'wave' | 'organisation';
  readonly checkpoint: Checkpoint;
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
  /** When the owners of its callees were told of it; null when they were not, or are not to be. */
  readonly ownersToldAt: EpochMs | null;
  /** When they were told how it ended. */
  readonly noticesEndedAt: EpochMs | null;
}

/** How far a callee has come within its wave; `kept`: left as people made it meanwhile, or out of sight. */
export type CalleeStep = 'pending' | 'seeded' | 'enforced' | 'failed' | 'rolled-back' | 'kept';

/** Progress of one callee within one wave. */
export interface WaveCallee {
  readonly waveId: number;
  readonly callee: ProjectId;
  readonly path: string;
  readonly step: CalleeStep;
  /** Live state read just before the first write; null before that. What rollback restores. */
  readonly before: AllowlistState | null;
  readonly enforcedAt: EpochMs | null;
  readonly problem: string | null;
  /** Who took it back by itself, and why; it is not planned again until a person lifts this. Null otherwise. */
  readonly hold: string | null;
}

/** Waves and how far each callee of them is. */
export interface WaveStore {
  createWave(
    wave: Omit<WaveRow, 'id' | 'ownersToldAt' | 'noticesEndedAt'>,
    callees: readonly ProjectRef[],
  ): Promise<number>;
  saveWave(
    id: number,
    change: Partial<Pick<WaveRow, 'checkpoint' | 'startedAt' | 'endedAt' | 'ownersToldAt' | 'noticesEndedAt'>>,
  ): Promise<void>;
  /** In order of creation: a wave that was rolled back and planned again has two rows. */
  waves(): Promise<readonly WaveRow[]>;
  waveCallees(waveId: number): Promise<readonly WaveCallee[]>;
  /** Of all waves: what a person took back by itself and has not let go since. */
  heldCallees(): Promise<readonly WaveCallee[]>;
  /** Of all waves: what they enforced, and what is open as it was last read. */
  openAgain(): Promise<readonly WaveCallee[]>;
  saveWaveCallee(
    waveId: number,
    callee: ProjectId,
    change: Partial<Omit<WaveCallee, 'waveId' | 'callee' | 'path'>>,
  ): Promise<void>;
}

/** Writes to GitLab: written down before they are sent, settled once. */
export interface IntentStore {
  putIntents(intents: readonly NewWriteIntent[]): Promise<readonly WriteIntent[]>;
  settleIntents(ids: readonly number[], outcome: IntentOutcome, detail: string | null, at: EpochMs): Promise<void>;
  /** Intents without an outcome: after a crash these are looked up on GitLab before anything else happens. */
  openIntents(): Promise<readonly WriteIntent[]>;
  isOpenIntent(id: number): Promise<boolean>;
  /** Intents of a wave, oldest first; null: those of none. */
  intents(waveId: number | null): Promise<readonly WriteIntent[]>;
  /**
   * Entries of projects in scope, as they were last read, that `username` added after `since` and that no intent accounts
   * for: none that wanted them was settled later than GitLab says they came.
   *
   * @param since - by GitLab's clock
   */
  unrecordedEntries(username: string, since: EpochMs): Promise<readonly UnrecordedEntry[]>;
}

/** An entry that nothing in the record accounts for, and where it stands. */
export interface UnrecordedEntry {
  readonly callee: ProjectRef;
  readonly entry: AllowlistEntry;
}
