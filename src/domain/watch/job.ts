import type { EpochMs, ProjectId } from '../values.ts';

/** A CI job as far as the watch needs it. */
export interface Job {
  readonly id: number;
  readonly project: ProjectId;
  readonly name: string;
  readonly status: 'success' | 'failed' | 'canceled' | 'running' | 'other';
  readonly finishedAt: EpochMs | null;
  readonly startedAt: EpochMs | null;
  readonly failureReason: string | null;
  readonly allowFailure: boolean;
  readonly user: { readonly id: number; readonly username: string } | null;
  readonly webUrl: string | null;
  /** Null where GitLab does not tell. */
  readonly pipeline: number | null;
}

/** GitLab's reasons for a job that no runner took up: it made no request that could have been refused. */
const NEVER_RAN: ReadonlySet<string> = new Set([
  ...['archived_failure', 'builds_disabled', 'ci_quota_exceeded', 'data_integrity_failure', 'deployment_rejected'],
  ...['failed_outdated_deployment_job', 'forward_deployment_failure', 'missing_dependency_failure'],
  ...['no_matching_runner', 'protected_environment_failure', 'runner_unsupported', 'scheduler_failure'],
  ...['stale_schedule', 'unmet_prerequisites', 'user_blocked'],
]);

/** Whether the job got far enough to be refused anything. An unknown reason counts as a yes. */
export const canHaveBeenRefused = ({ startedAt, failureReason }: Job): boolean =>
  startedAt !== null && !NEVER_RAN.has(failureReason ?? '');

/** What a sweep learns of one project without reading its jobs. */
export interface PipelineActivity {
  readonly project: ProjectId;
  readonly path: string;
  /** Jobs of the finished pipelines updated since the moment asked for. */
  readonly jobs: number;
  /** Some pipeline failed, or passed with warnings, which can hide a failed job that was allowed to fail. */
  readonly suspicious: boolean;
  /** More pipelines than one page holds: the counts are a lower bound and the project deserves a look. */
  readonly more: boolean;
  /** Ids of the pipelines that make it suspicious, as far as they are known. */
  readonly pipelines: readonly number[];
}
