import type { EpochMs, Project, User } from '../entities.ts';
import type { FailureReason, PipelineRun } from './run-rows.ts';
import type { AccessKind } from '../vocabulary.ts';

/** A job token presented by a real client on behalf of a job. */
export interface Attempt {
  readonly caller: number;
  readonly user: number;
  readonly callee: number;
  readonly access: AccessKind;
  /** Upper-case policies the endpoint declares; left out: those of the access kind. */
  readonly policies?: readonly string[];
  /** Uploads and changes: they need a developer, and no callee is open to all for them. Default false. */
  readonly writes?: boolean;
}

/** A job that is in progress: its token lives, and it is in no list until it ends. */
export interface LiveRun {
  readonly id: number;
  readonly pipelineId: number;
  readonly project: Project;
  readonly name: string;
  readonly user: User;
  readonly at: EpochMs;
  readonly source: PipelineRun['source'];
  /** Lines of its script; null where the organisation file gives none. */
  readonly script: readonly string[] | null;
  /** Variables the organisation file gives the job; they win over GitLab's own. */
  readonly variables: Readonly<Record<string, string>>;
  /** Longest time the script may take, in real milliseconds. */
  readonly timeoutMs: number;
}

/** How a job in progress ended, and its whole log. */
export interface LiveResult {
  readonly failureReason: FailureReason | null;
  readonly trace: string;
}
