import type { Schedule, Survey, SurveyKind, UnresolvedAccess } from '../../domain/edges/survey.ts';
import type { Project } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';

/** A file of evidence that was taken in. */
export interface ImportRow {
  readonly sha256: string;
  readonly file: string;
  readonly kind: string;
  readonly at: EpochMs;
  readonly lines: number;
  readonly observations: number;
  /** Lines that named a project which is not known. */
  readonly skipped: number;
  /** Lines that may hold evidence and could not be read, named no callee, or were more than are taken in at once. */
  readonly unread: number;
  /** False when either was left out. */
  readonly whole: boolean;
}

/** Looks at single projects, what they could not tell, and files of evidence that were taken in. */
export interface SurveyStore {
  survey(project: ProjectId, kind: SurveyKind): Promise<Survey | null>;
  putSurvey(survey: Survey): Promise<void>;
  /**
   * Projects in scope, or callers of those, whose turn it is for such a look: never looked at first, then those whose
   * repository moved since, then those looked at before `stale`, or before `retry` where there was a problem. At most
   * `limit`. Schedules are looked at for callers alone.
   */
  dueForSurvey(
    kind: SurveyKind,
    before: { readonly stale: EpochMs; readonly retry: EpochMs },
    limit: number,
  ): Promise<readonly Project[]>;
  /** Projects that such looks are for, and how many have had one. */
  countSurveys(kind: SurveyKind): Promise<{ readonly all: number; readonly done: number; readonly problems: number }>;
  /** Of these projects, or of all: every look that was taken. */
  surveys(kind?: SurveyKind): Promise<readonly Survey[]>;

  /** How far back the authentication log is known to reach; null where no row was ever read. */
  oldestLogRow(): Promise<EpochMs | null>;
  /** Replaces the schedules that are known of a project. */
  putSchedules(project: ProjectId, schedules: readonly Schedule[]): Promise<void>;
  /** Schedules that pause for at least so long, of all projects. */
  schedules(atLeastMs: number): Promise<readonly (Schedule & { readonly project: ProjectId })[]>;

  /** Replaces what such looks at a caller left open. */
  putUnresolved(
    caller: ProjectId,
    source: UnresolvedAccess['source'],
    items: readonly UnresolvedAccess[],
  ): Promise<void>;
  unresolved(caller?: ProjectId): Promise<readonly UnresolvedAccess[]>;

  /** A file of the same content again takes the place of what was kept of it. */
  putImport(row: ImportRow): Promise<void>;
  imports(): Promise<readonly ImportRow[]>;
}
