import type { StoredProject, StoredUser } from '../state/records.ts';
import type { Timetable } from './timetable.ts';
import type { AccessKind, AccessVerdict } from '../vocabulary.ts';
import type { EpochMs } from '../entities.ts';
import type { LiveResult } from './live-run.ts';
import type { JobRun, PipelineRun } from './run-rows.ts';

/** A refusal, with what GitLab says of it. */
export type Denied = Extract<AccessVerdict, { allowed: false }>;

/** One access that a job makes. */
export interface Use {
  readonly callee: StoredProject;
  readonly access: AccessKind;
}

/** How every run of a job ends as long as nothing relevant changes. */
export interface JobOutcome {
  /** Position of the first refused use; the uses after it are not reached. -1: all are let in. */
  readonly deniedAt: number;
  readonly denial: Denied | null;
  /** Positions of uses that are let in without a row in the authentication log. */
  readonly unlogged: readonly number[];
}

/** From when on (that moment excluded) runs end like this; a null outcome: the job does not run. */
export interface Segment {
  readonly after: EpochMs;
  readonly outcome: JobOutcome | null;
}

/** A job of the organisation file, with its past as segments instead of one row per run. */
export interface StoredJob extends Timetable {
  /** Position among all jobs, which makes part of its runs' ids. */
  readonly slot: number;
  readonly project: StoredProject;
  readonly name: string;
  readonly user: StoredUser;
  readonly allowFailure: boolean;
  /** Share of runs that fail for the job's own reasons. */
  readonly flaky: number;
  readonly uses: readonly Use[];
  readonly seed: number;
  readonly script: readonly string[] | null;
  readonly variables: Readonly<Record<string, string>>;
  /** From the start on its scheduled runs are somebody else's work: they are begun and ended, not foreseen. */
  readonly live: boolean;
  readonly timeoutMs: number;
  readonly artifacts: Readonly<Record<string, string>> | null;
  readonly segments: Segment[];
  plan: PipelinePlan;
}

/** Jobs of one project that run at the same times for the same person: one pipeline. */
export interface PipelinePlan extends Timetable {
  readonly slot: number;
  readonly project: StoredProject;
  readonly user: StoredUser;
  readonly scheduled: boolean;
  /** Jobs whose scripts are run have pipelines of their own. */
  readonly live: boolean;
  readonly jobs: StoredJob[];
}

/** A run of a job outside its schedule. A live one did its accesses itself: its outcome says nothing of the uses. */
export interface ExtraRun {
  readonly jobId: number;
  readonly pipelineId: number;
  readonly job: StoredJob;
  readonly at: EpochMs;
  readonly outcome: JobOutcome;
  readonly ownFailure: boolean;
  readonly source: PipelineRun['source'];
  /** Whether it is the first of its pipeline. */
  readonly first: boolean;
  readonly live: LiveResult | null;
}

/** One request by a real client with a job's token. */
export interface ExtraAttempt extends Use {
  readonly caller: StoredProject;
  readonly at: EpochMs;
  readonly verdict: AccessVerdict;
}

/** One run with what its trace needs to know. */
export interface DetailedRun {
  readonly run: JobRun;
  readonly job: StoredJob;
  readonly outcome: JobOutcome;
  readonly live: LiveResult | null;
}
