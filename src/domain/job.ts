import type { EpochMs, ProjectId } from './values.ts';

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
}

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
}
