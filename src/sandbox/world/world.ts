import type { AccessKind, AccessVerdict, FeatureLevel, Features, Visibility } from './vocabulary.ts';

/** Milliseconds since 1970, in the stand-in's simulated time. */
export type EpochMs = number;

/** A group or a person's own namespace. User namespaces never stand on an allowlist and have no parent. */
export interface Namespace {
  readonly kind: 'group' | 'user';
  readonly id: number;
  /** Last path segment. */
  readonly path: string;
  readonly fullPath: string;
  readonly parent: Namespace | null;
  /** A group is as visible as its most visible project. */
  readonly visibility: Visibility;
  readonly createdAt: EpochMs;
}

/** One line of a callee's allowlist; `targetId` is a project or a group id, by `kind`. */
export interface Entry {
  readonly kind: 'project' | 'group';
  readonly targetId: number;
  readonly createdAt: EpochMs;
  /** User id, or null where it is not known (the organisation file's own entries). */
  readonly addedBy: number | null;
  readonly autopopulated: boolean;
  readonly defaultPermissions: boolean;
  /** Upper-case `CiJobTokenScopePolicies` names; empty while `defaultPermissions` is true. */
  readonly policies: readonly string[];
}

export interface Project {
  readonly id: number;
  /** Last path segment: what GitLab's denial texts name. */
  readonly path: string;
  readonly fullPath: string;
  readonly namespace: Namespace;
  readonly visibility: Visibility;
  readonly archived: boolean;
  readonly createdAt: EpochMs;
  readonly defaultBranch: string;
  /** The stored inbound setting; {@link World.effectiveInbound} adds the instance's enforcement. */
  readonly inboundEnabled: boolean;
  /** Whether fine-grained permissions are switched on for this callee. */
  readonly policiesEnabled: boolean;
  readonly pushOwnRepository: boolean;
  readonly pushFromAllowlisted: boolean;
  readonly features: Features;
  /** Repository files by path. */
  readonly files: Readonly<Record<string, string>>;
}

export interface User {
  readonly id: number;
  readonly username: string;
  readonly admin: boolean;
  readonly createdAt: EpochMs;
}

/** A membership as GitLab's `members/all` shows it: the highest one that reaches the project or group. */
export interface Member {
  readonly user: User;
  readonly accessLevel: number;
}

/** One row of `ci_job_token_authorizations`: the caller was let in by the scope. */
export interface AuthLogRow {
  readonly caller: Project;
  readonly lastAuthorizedAt: EpochMs;
}

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

/** What a write changed, in the words of the request journal. Null in a result: nothing changed. */
export interface Change {
  readonly kind: 'setting' | 'entry_added' | 'entry_removed' | 'policies' | 'instance';
  /** Full path of the callee; null for the instance. */
  readonly project: string | null;
  /** Full path of the entry; null for settings. */
  readonly entry: string | null;
  readonly value: boolean | ChangedPolicies | null;
}

export interface ChangedPolicies {
  readonly defaultPermissions: boolean;
  readonly policies: readonly string[];
}

/** Why GitLab refuses a write; the HTTP face words it. */
export type Refusal =
  | 'project_not_found'
  | 'target_not_found'
  | 'already_listed'
  | 'not_listed'
  | 'project_limit'
  | 'group_limit'
  | 'self_entry'
  | 'not_a_group'
  | 'self_not_removable'
  | 'enforced_by_instance'
  | 'policies_off'
  | 'unknown_policy'
  | 'path_taken'
  | 'no_such_job';

export type Outcome =
  { readonly ok: true; readonly change: Change | null } | { readonly ok: false; readonly refusal: Refusal };

/** What an added entry holds beside its target. The world stores default permissions while the callee's policies are off. */
export interface NewEntry {
  readonly kind: 'project' | 'group';
  readonly targetId: number;
  readonly addedBy: number | null;
  /** Default true. */
  readonly defaultPermissions?: boolean;
  /** Default none. */
  readonly policies?: readonly string[];
  /** Default false. */
  readonly autopopulated?: boolean;
}

/** The parts of a project that `PUT /projects/:id` and `projectCiCdSettingsUpdate` change beside the inbound setting. */
export interface ProjectUpdate {
  readonly visibility?: Visibility;
  readonly archived?: boolean;
  readonly policiesEnabled?: boolean;
  readonly pushOwnRepository?: boolean;
  readonly pushFromAllowlisted?: boolean;
  readonly features?: Partial<Readonly<Record<keyof Features, FeatureLevel>>>;
  /** Replaces these files and keeps the rest. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A found project, and whether the path asked for is an old one (GitLab redirects GET, refuses the rest with 405). */
export interface Found {
  readonly project: Project;
  readonly moved: boolean;
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

export interface JobQuery {
  /** Left out: both. */
  readonly status?: 'success' | 'failed';
  /** Only ids below this one (keyset paging). */
  readonly belowId?: number;
  /** Only jobs of this pipeline. */
  readonly pipelineId?: number;
}

export interface PipelineQuery {
  readonly status?: 'success' | 'failed';
  readonly belowId?: number;
  /** Only pipelines later than this moment (`updated_after`). */
  readonly after?: EpochMs;
  /** Only pipelines earlier than this moment (`updated_before`). */
  readonly before?: EpochMs;
}

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
  /** Lines of its script; null where the organisation file gives none. */
  readonly script: readonly string[] | null;
  /** Longest time the script may take, in real milliseconds. */
  readonly timeoutMs: number;
}

/** How a job in progress ended, and its whole log. */
export interface LiveResult {
  readonly failureReason: FailureReason | null;
  readonly trace: string;
}

/**
 * The simulated organisation behind the stand-in. Time stands still except in {@link World.advance}; a change takes
 * effect for every run later than the present moment. Lists are live, sorted by id and must not be changed.
 */
export interface World {
  /** `MAJOR.MINOR.PATCH` as the instance reports it. */
  readonly version: string;
  now(): EpochMs;
  /** Moves the clock on by a whole number of milliseconds ≥ 0 and lets the traffic of that time happen. */
  advance(byMs: number): void;
  /** Address that traces and web links show, without a trailing slash. */
  externalUrl(): string;
  setExternalUrl(url: string): void;

  projects(): readonly Project[];
  projectById(id: number): Project | null;
  /** Full path in any case; old paths of moved projects are found too. */
  findProject(fullPath: string): Found | null;
  groups(): readonly Namespace[];
  groupById(id: number): Namespace | null;
  groupByPath(fullPath: string): Namespace | null;
  /** Direct subgroups, by id. */
  subgroups(groupId: number): readonly Namespace[];
  /** Projects of a group, by id; `descendants` adds those of all groups below it. */
  projectsIn(groupId: number, descendants: boolean): readonly Project[];
  users(): readonly User[];
  userById(id: number): User | null;
  userByName(username: string): User | null;

  /** Highest role on the project, ancestor groups included: 0 none, 10 guest … 50 owner; an administrator has 50. */
  accessLevel(userId: number, projectId: number): number;
  groupAccessLevel(userId: number, groupId: number): number;
  /** Whether the person (not a job) may see it at all. */
  canReadProject(userId: number, projectId: number): boolean;
  canReadGroup(userId: number, groupId: number): boolean;
  /** Members with inherited ones, by user id; administrators only where they are members. */
  members(projectId: number): readonly Member[];
  groupMembers(groupId: number): readonly Member[];

  enforced(): boolean;
  effectiveInbound(projectId: number): boolean;
  /** Entries of a callee in the order they were added; entries of deleted targets are gone. */
  entries(projectId: number): readonly Entry[];
  setInbound(projectId: number, enabled: boolean): Outcome;
  setEnforced(enabled: boolean): Outcome;
  addEntry(projectId: number, entry: NewEntry): Outcome;
  removeEntry(projectId: number, kind: Entry['kind'], targetId: number): Outcome;
  updatePolicies(projectId: number, kind: Entry['kind'], targetId: number, value: ChangedPolicies): Outcome;
  updateProject(projectId: number, update: ProjectUpdate): Outcome;
  /** After a push: exactly these files from now on. */
  replaceFiles(projectId: number, files: Readonly<Record<string, string>>): Outcome;
  /** Moves or renames; missing groups on the way are made, the old path is remembered for redirects. */
  moveProject(projectId: number, newFullPath: string): Outcome;
  /** Its jobs stop, its rows and the entries that name it go. */
  deleteProject(projectId: number): Outcome;
  /** Called after each change of state, whoever made it. Returns the way to stop. */
  onChange(listener: (change: Change) => void): () => void;

  /** Rows of the callee's authentication log, by caller id; a row shows 5 minutes after the access. */
  authLog(projectId: number): readonly AuthLogRow[];
  /** Newest first, made while they are read: take only what is needed. */
  jobs(projectId: number, query?: JobQuery): Iterable<JobRun>;
  jobById(jobId: number): JobRun | null;
  pipelines(projectId: number, query?: PipelineQuery): Iterable<PipelineRun>;
  pipelineById(pipelineId: number): PipelineRun | null;
  schedules(projectId: number): readonly PipelineSchedule[];
  /** The job's log in chunks, or null for an unknown job. */
  trace(jobId: number): Iterable<string> | null;
  /** Runs a job of the organisation now, outside its schedule. */
  runJob(
    projectPath: string,
    name: string,
  ): { readonly ok: true; readonly job: JobRun } | { readonly ok: false; readonly refusal: Refusal };

  /** Runs all jobs of a project now, in one pipeline. */
  runPipeline(
    projectPath: string,
  ): { readonly ok: true; readonly pipeline: PipelineRun } | { readonly ok: false; readonly refusal: Refusal };
  /** Whether the organisation file gives this job a script. */
  hasScript(projectPath: string, name: string): boolean;
  /** Starts a job whose work somebody else does, with its token; its `uses` play no part. */
  beginRun(
    projectPath: string,
    name: string,
  ): { readonly ok: true; readonly run: LiveRun } | { readonly ok: false; readonly refusal: Refusal };
  /** Ends a job in progress: from now on it is in the lists. Null for a job that is not in progress. */
  endRun(jobId: number, result: LiveResult): JobRun | null;
  /** What a finished job left behind by path; null where the job or its artifacts are not there. */
  artifacts(jobId: number): Readonly<Record<string, string>> | null;

  /** Whether downloads of packages and artifacts are redirected to object storage. */
  readonly objectStorage: boolean;
  /** GitLab's rule for a job token, without any effect. */
  judge(attempt: Attempt): AccessVerdict;
  /**
   * Judges and counts it: the truth gets it, and the log where GitLab would write one.
   *
   * @param answered2xx - default true; what was let in and then answered otherwise leaves no row in the log
   */
  attempt(attempt: Attempt, answered2xx?: boolean): AccessVerdict;
  truth(): Iterable<TruthEdge>;
}
