import type { FactCounts, FactReading, LookedUpFact } from '../../domain/decisions/facts.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';

/** What one look at one project told. */
export interface ProjectFactsReading {
  readonly project: ProjectId;
  readonly facts: readonly FactReading[];
  /** Users who may change the project, by id; null where they were not read. */
  readonly maintainers: readonly number[] | null;
}

/** An approval of a rule that facts found later, or a stricter playbook, put above the bar. */
export interface Question {
  readonly decision: number;
  readonly score: number;
  /** The risk in words. */
  readonly because: string;
}

/** Facts that bear on risk, project by project, and the approvals of rules that they put into question. */
export interface FactStore {
  /** Keeps what a look told: what it could not read leaves an earlier count with its day. Notes a project that got worse. */
  putFacts(reading: ProjectFactsReading, at: EpochMs): Promise<void>;
  /** Every fact of one project that was ever asked for. */
  factsOf(project: ProjectId): Promise<readonly LookedUpFact[]>;
  /**
   * What counts of all projects, or of these: what was found, and since `freshSince` also that nothing was. `maintainers` is
   * there only where the list was read to its end.
   */
  factCounts(freshSince: EpochMs, projects?: readonly ProjectId[]): Promise<ReadonlyMap<ProjectId, FactCounts>>;
  /** Owners of the active schedules of projects that have some, null for one that GitLab does not name. */
  scheduleOwners(): Promise<ReadonlyMap<ProjectId, readonly (number | null)[]>>;
  /** Projects whose schedules were read to their end since then. */
  schedulesReadSince(since: EpochMs): Promise<ReadonlySet<ProjectId>>;
  /** Of each project, those of its maintainers who own a schedule somewhere. */
  maintainersWithSchedules(): Promise<ReadonlyMap<ProjectId, readonly number[]>>;
  putAdministrators(users: readonly number[]): Promise<void>;
  administrators(): Promise<ReadonlySet<number>>;
  /**
   * Callees with an approved edge of which a look has found more than the rules have weighed; `upTo` goes to `weighed` once they
   * have, and is 0 where there is nothing to weigh. `weighedWith` is what `weighed` was last given, null where it never was.
   */
  worsened(): Promise<{
    readonly callees: ReadonlySet<ProjectId>;
    readonly upTo: number;
    readonly weighedWith: string | null;
  }>;
  weighed(upTo: number, weighedWith: string): Promise<void>;
  /** From now on these approvals count for nothing; one that is in question already stays as it is. */
  putQuestions(questions: readonly Question[], at: EpochMs): Promise<void>;
}
