import type { RequestPace } from './system.ts';
import type { FactReading } from '../../domain/decisions/facts.ts';
import type { Schedule } from '../../domain/edges/survey.ts';
import type { SeededProof } from '../../domain/plan/reconcile.ts';
import type { AllowlistState, EntryPermissions, EntryTarget, ProjectRef } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { ProjectFactsReading } from './facts.ts';
import type { Job, PipelineActivity } from '../../domain/watch/job.ts';
import type {
  Capabilities,
  FeatureReading,
  FileText,
  Identity,
  InventoryPage,
  Page,
  ProjectReading,
  RepositoryListing,
  ScopeQuery,
} from './readings.ts';

/** An issue as it is opened. */
export interface IssueText {
  /** Full path. */
  readonly project: string;
  /** A word that no other issue holds; it ends the description. */
  readonly marker: string;
  readonly title: string;
  readonly description: string;
}

/** An issue by its number within its project. */
export interface IssueRef {
  readonly iid: number;
  /** Null where GitLab tells no address. */
  readonly url: string | null;
}

/**
 * Asked at the last moment before a write leaves this process, after every wait for a turn: may it still be sent?
 * Throws when it may not. Made for one committed intent, in `apply/intents.ts` and nowhere else; the transport sends no
 * write without one.
 */
export type Permit = (() => Promise<void>) & { readonly __brand: 'Permit' };

/**
 * The code host in our words. Reads are retried by the adapter; writes are sent once. Failures are `RolloutError`:
 * `FORGE_REFUSED` (GitLab said no), `FORGE_NOT_FOUND`, `FORGE_UNAVAILABLE` (worth another try; a write may or may not
 * have taken effect), `FORGE_UNREADABLE` (an answer that makes no sense), `TOKEN_REFUSED` (401).
 */
export interface Forge {
  capabilities(): Promise<Capabilities>;
  identity(): Promise<Identity>;
  /**
   * Projects with settings, entries and log; a project that could not be read comes with `unread` set.
   *
   * @param ahead - where pages behind `after` ended in an earlier inventory; several of them may then come at once
   */
  projects(scope: ScopeQuery, after: string | null, ahead?: readonly string[]): Promise<InventoryPage>;
  /** Feature levels of the public or internal projects of a scope. */
  features(scope: ScopeQuery, visibility: 'public' | 'internal', after: string | null): Promise<Page<FeatureReading>>;
  /** The same for named projects (at most 50 ids); ids that no longer exist are left out. */
  projectsById(ids: readonly ProjectId[]): Promise<readonly ProjectReading[]>;
  /** By path, following a rename; null when it does not exist or cannot be seen. */
  projectByPath(path: string): Promise<ProjectRef | null>;
  /** The same, or by id, with its feature levels, which come in the same answer. */
  namedProject(project: string | number): Promise<(ProjectRef & FeatureReading) | null>;
  /** By path or id; null when it does not exist or cannot be seen. GitLab does not lead from an old path to the new one. */
  group(group: string | number): Promise<{ readonly id: number; readonly path: string } | null>;
  /** Projects in a group and below it now, as far as the token sees them; null where that cannot be told. One request. */
  groupSize(path: string): Promise<number | null>;
  /** All entries and both settings of one callee, read now. */
  allowlist(callee: ProjectRef): Promise<AllowlistState>;
  addEntry(callee: ProjectRef, entry: EntryTarget & EntryPermissions, permit: Permit): Promise<void>;
  removeEntry(callee: ProjectRef, entry: EntryTarget, permit: Permit): Promise<void>;
  setPermissions(callee: ProjectRef, entry: EntryTarget & EntryPermissions, permit: Permit): Promise<void>;
  /** Turns the allowlist on: only with proof that nothing approved is missing. */
  enforce(callee: ProjectRef, proof: SeededProof, permit: Permit): Promise<void>;
  reopen(callee: ProjectRef, permit: Permit): Promise<void>;
  /**
   * What is called within goes out although the process was told to stop, once and without waiting: a write in flight is
   * to be read back, a list that lacks an entry opened again.
   */
  finishing<T>(work: () => Promise<T>): Promise<T>;
  /** Waits until nothing that was sent at that moment and never answered can take effect any more. */
  outlast(moment: EpochMs): Promise<void>;
  /** Null where the token may not read it. */
  instanceEnforced(): Promise<boolean | null>;
  setInstanceEnforced(enforced: boolean, permit: Permit): Promise<void>;
  /** The oldest issue of a project whose description holds that marker; null when there is none. */
  findIssue(project: string, marker: string): Promise<IssueRef | null>;
  openIssue(wanted: IssueText, permit: Permit): Promise<void>;
  hasNote(project: string, issue: IssueRef, note: string): Promise<boolean>;
  /** Of these users, newest first; at most a hundred. */
  latestNotes(project: string, issue: IssueRef, authors: ReadonlySet<string>): Promise<readonly string[]>;
  addNote(project: string, issue: IssueRef, note: string, permit: Permit): Promise<void>;
  /** Pipelines updated since then, per project; projects without any are left out. */
  activity(scope: ScopeQuery, since: EpochMs, after: string | null): Promise<Page<PipelineActivity>>;
  /** The same for named projects (at most 50 ids). */
  activityOf(projects: readonly ProjectId[], since: EpochMs): Promise<readonly PipelineActivity[]>;
  /**
   * Failed jobs finished at or after `since`, newest first, retried ones included. `pipelines` names those in which a failed
   * job is known to be: they are asked for theirs where the list by itself does not reach back far enough.
   */
  failedJobs(project: ProjectId, since: EpochMs, pipelines: readonly number[]): Promise<readonly Job[]>;
  /** One job; null when it does not exist or cannot be seen. */
  job(project: ProjectId, id: number): Promise<Job | null>;
  /** The latest finished runs of a job of that name that ended before `before`, newest first, at most `limit`. */
  earlierRuns(project: ProjectId, name: string, before: EpochMs, limit: number): Promise<readonly Job[]>;
  /** Active pipeline schedules. */
  schedules(project: ProjectId): Promise<readonly Schedule[]>;
  /** The files of the default branch; null where there is no repository. */
  repository(project: ProjectId): Promise<RepositoryListing | null>;
  /** One file, by the project's id or path; null where there is none. `ref` null: the default branch. */
  file(project: ProjectId | string, path: string, ref: string | null): Promise<FileText | null>;
  /** The latest successful jobs, one of each name, newest first; at most a hundred. */
  succeededJobs(project: ProjectId): Promise<readonly Job[]>;
  /** The job log as it streams in; never kept. */
  trace(project: ProjectId, job: number): Promise<AsyncIterable<Uint8Array>>;
  /** Effective access level of a user on a project; 0 when no member, null when it cannot be told. */
  memberLevel(project: ProjectId, userId: number): Promise<number | null>;
  /** Names of users who may change the project's list, at most five: those of the project itself before inherited ones. */
  owners(project: ProjectId): Promise<readonly string[]>;
  /**
   * What bears on the risk of edges: packages, Terraform states, forks and people, of any number of projects in the order given;
   * where GraphQL answers some dozens per request. What cannot be read comes with the reason.
   */
  projectFacts(projects: readonly ProjectId[]): Promise<readonly ProjectFactsReading[]>;
  /** How many environments of a project are protected, twenty or more as twenty; one request. */
  protectedEnvironments(project: ProjectId): Promise<FactReading>;
  /** User ids; null where the token is not told. */
  administrators(): Promise<readonly number[] | null>;
  /** Requests sent so far, retries included. */
  requestCount(): number;
  pace(): RequestPace;
  /** Begins with what an earlier process has learned of a limit that GitLab does not tell. */
  paceFrom(learnedRpm: number): void;
}
