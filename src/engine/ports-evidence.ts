import type { FeatureAccess, SharedFeature } from '../domain/access/access.ts';
import type { Project } from '../domain/project.ts';
import type { Schedule, Survey, SurveyKind, UnresolvedAccess } from '../domain/edges/survey.ts';
import type { EpochMs, ProjectId } from '../domain/values.ts';

/** Levels of the features that a project may share with everyone; what is left out was not read. */
export type FeatureLevels = Readonly<Partial<Record<SharedFeature, FeatureAccess>>>;

/** What an inventory found to be different from the one before. Counts are whole; renames are listed up to a hundred. */
export interface InventoryChanges {
  readonly added: number;
  readonly gone: number;
  readonly renamed: number;
  /** Projects whose setting, entries or visibility are no longer the same. */
  readonly switched: number;
  readonly entries: number;
  readonly visibility: number;
  readonly newEdges: number;
  readonly renames: readonly { readonly from: string; readonly to: string }[];
}

/** What is kept of a finished inventory. */
export interface InventorySummary {
  readonly changes: InventoryChanges;
  readonly requests: number;
  readonly jobsCountedAt: EpochMs | null;
  /** When single projects were last looked at. */
  readonly lookedAt: EpochMs | null;
}

/** A file of evidence that was taken in. */
export interface ImportRow {
  readonly sha256: string;
  readonly file: string;
  readonly kind: string;
  readonly at: EpochMs;
  readonly lines: number;
  readonly observations: number;
  /** Lines that named a project which is not known, or an access without a callee. */
  readonly skipped: number;
  /** False when a part of the file could not be read. */
  readonly whole: boolean;
}

/** What the store keeps of looks beside settings, entries and log. Part of `RolloutStore`. */
export interface EvidenceStore {
  /** Those of these ids that are known, in no order. */
  projectsById(ids: readonly ProjectId[]): Promise<readonly Project[]>;
  putFeatures(rows: readonly { readonly id: ProjectId; readonly features: FeatureLevels }[]): Promise<void>;
  /** Before jobs are counted anew: projects without a pipeline are not in the list. */
  clearWeeklyJobs(): Promise<void>;
  putWeeklyJobs(rows: readonly { readonly id: ProjectId; readonly jobs: number }[]): Promise<void>;

  /** Of the last finished inventory; null before the first, and for those of earlier versions. */
  inventorySummary(): Promise<InventorySummary | null>;
  /** Where pages of the last finished inventory ended in this scope, in order; empty when there was none. */
  inventoryPages(scope: string, from: number, limit: number): Promise<readonly string[]>;
  putInventoryPages(seen: number, scope: string, from: number, cursors: readonly string[]): Promise<void>;

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
