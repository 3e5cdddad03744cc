import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { Disposition, EarlierRuns, FailureRecord, Finding } from '../../domain/watch/denial.ts';
import type { Judgement, SoakObservation } from '../../domain/watch/gate.ts';

/** What one sweep saw, added up per wave. */
export interface SweepRow {
  readonly id: number;
  readonly waveId: number | null;
  readonly since: EpochMs;
  readonly until: EpochMs;
  readonly projects: number;
  /** Jobs of known callers of the wave since the last sweep, and of everybody since the last whole one. */
  readonly callerJobs: number;
  readonly allJobs: number;
  /** What could not be read, one line each; not empty means the sweep proves nothing for them. */
  readonly unread: readonly string[];
  /** Every project in scope was asked, not the known callers alone. */
  readonly whole: boolean;
  /** What the wave was judged as afterwards, with the numbers; null for rows of versions that did not keep it. */
  readonly judged: JudgedSweep | null;
}

/** What a wave was judged as after a look, with the numbers it rests on. */
export interface JudgedSweep extends Judgement {
  readonly seen: SoakObservation;
  /** Schedules that an extended soak waits for, one line each. */
  readonly waitsFor: readonly string[];
}

/** A failed job that GitLab told of and nobody has looked at. Nothing but the ids is believed. */
export interface JobHint {
  readonly jobId: number;
  readonly project: ProjectId;
  readonly toldAt: EpochMs;
  /** Looks that came too early, before GitLab showed its end. */
  readonly attempts: number;
}

/** A filter of failed jobs: those that match every part that is given. */
export interface FailureFilter {
  readonly waveId?: number;
  /** Any of these. */
  readonly dispositions?: readonly Disposition[];
  readonly before?: EarlierRuns;
  readonly since?: EpochMs;
}

/** What the watch saw: sweeps, failed jobs with what was made of them, and findings for a person. */
export interface WatchStore {
  /** Returns its id. */
  putSweep(sweep: Omit<SweepRow, 'id' | 'judged'>): Promise<number>;
  /** Stores what the wave was judged as after that sweep. */
  judgeSweep(id: number, judged: JudgedSweep): Promise<void>;
  sweeps(waveId: number | null): Promise<readonly SweepRow[]>;
  /** Keyed by job id: reading a job again changes nothing. */
  putFailures(failures: readonly FailureRecord[]): Promise<void>;
  failures(filter?: FailureFilter): Promise<readonly FailureRecord[]>;
  /** Judges a failure anew: only what was open may change, as later runs settle it. */
  settleFailure(jobId: number, change: Pick<FailureRecord, 'disposition' | 'reason' | 'confidence'>): Promise<void>;
  knownFailures(jobIds: readonly number[]): Promise<ReadonlySet<number>>;
  /** Remembers jobs to be looked at; one that is known, or judged already, stays as it is. Returns how many are new. */
  putHints(hints: readonly Omit<JobHint, 'attempts'>[]): Promise<number>;
  /** Oldest first. */
  hints(limit: number): Promise<readonly JobHint[]>;
  dropHints(jobIds: readonly number[]): Promise<void>;
  /** Counts a look that came too early. */
  postponeHint(jobId: number): Promise<void>;
  putFinding(finding: Omit<Finding, 'id'>): Promise<void>;
  findings(): Promise<readonly Finding[]>;
}
