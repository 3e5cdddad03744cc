import type { EpochMs, ProjectId } from '../values.ts';

/** Looks at one project beside its settings and log: each costs requests of its own, those at facts come by the page. */
export type SurveyKind = 'facts' | 'environments' | 'schedules' | 'scan' | 'traces';

/** The last look of one kind at one project. */
export interface Survey {
  readonly project: ProjectId;
  readonly kind: SurveyKind;
  readonly at: EpochMs;
  /** What was found there, so that a look at the same again tells nothing new; null where nothing names it. */
  readonly mark: string | null;
  /** Why the look is incomplete; null when it was whole. */
  readonly problem: string | null;
}

/** An active pipeline schedule of a project. */
export interface Schedule {
  readonly id: number;
  /** User id of the one it runs as; null where GitLab names nobody. */
  readonly owner: number | null;
  readonly cron: string;
  /** The longest pause between two runs, in milliseconds. */
  readonly everyMs: number;
  readonly lastRunAt: EpochMs | null;
  readonly nextRunAt: EpochMs | null;
}

/** An access of a caller whose callee could not be named. */
export interface UnresolvedAccess {
  readonly caller: ProjectId;
  readonly source: 'scan' | 'trace' | 'import';
  /** File and line, or job. */
  readonly where: string;
  /** What stands there in place of a callee, redacted. */
  readonly expression: string;
  readonly access: string;
  readonly why: string;
  readonly seenAt: EpochMs;
}
