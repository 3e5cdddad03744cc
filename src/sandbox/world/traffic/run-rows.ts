import type { EpochMs, Project, User } from '../entities.ts';
import type { AccessKind } from '../vocabulary.ts';

/** Why a job failed, in GitLab's words. */
export type FailureReason = 'script_failure' | 'runner_system_failure' | 'job_execution_timeout';

/** One finished job. Jobs take no simulated time: they are created, started and finished at `at`. */
export interface JobRun {
  /** Grows with time over the whole instance. */
  readonly id: number;
  readonly pipelineId: number;
  readonly project: Project;
  readonly name: string;
  readonly user: User;
  readonly at: EpochMs;
  readonly status: 'success' | 'failed';
  readonly failureReason: FailureReason | null;
  readonly allowFailure: boolean;
}

/** One finished pipeline, as its jobs leave it. */
export interface PipelineRun {
  readonly id: number;
  /** Per-project number, counted from the first pipeline the stand-in remembers. */
  readonly iid: number;
  readonly project: Project;
  readonly user: User;
  readonly at: EpochMs;
  readonly source: 'push' | 'schedule' | 'api';
  /** A failed job that may fail leaves `success`, with `warnings`. */
  readonly status: 'success' | 'failed';
  readonly totalJobs: number;
  /** Failed jobs, those that may fail included. */
  readonly failedJobs: number;
  readonly warnings: boolean;
}

/** A schedule with its next run in simulated time. */
export interface PipelineSchedule {
  readonly id: number;
  readonly project: Project;
  readonly description: string;
  /** Five fields, the closest cron text to the organisation file's period; `nextRunAt` is exact. */
  readonly cron: string;
  readonly periodMs: number;
  readonly owner: User;
  readonly active: boolean;
  readonly createdAt: EpochMs;
  readonly nextRunAt: EpochMs;
  readonly lastPipelineId: number | null;
}

/** One row of `ci_job_token_authorizations`: the caller was let in by the scope. */
export interface AuthLogRow {
  readonly caller: Project;
  readonly lastAuthorizedAt: EpochMs;
}

/** Everything traffic did so far between one caller and callee by one kind of access. */
export interface TruthEdge {
  readonly caller: string;
  readonly callee: string;
  readonly access: AccessKind;
  readonly allowed: number;
  readonly denied: number;
  /** First and last attempt, allowed or denied; only edges with an attempt are listed. */
  readonly first: EpochMs;
  readonly last: EpochMs;
}

/** Which jobs of a project are listed, newest first. */
export interface JobQuery {
  /** Left out: both. */
  readonly status?: 'success' | 'failed';
  /** Only ids below this one (keyset paging). */
  readonly belowId?: number;
  /** Only jobs of this pipeline. */
  readonly pipelineId?: number;
}

/** Which pipelines of a project are listed, newest first. */
export interface PipelineQuery {
  readonly status?: 'success' | 'failed';
  readonly belowId?: number;
  /** Only pipelines later than this moment (`updated_after`). */
  readonly after?: EpochMs;
  /** Only pipelines earlier than this moment (`updated_before`). */
  readonly before?: EpochMs;
}
