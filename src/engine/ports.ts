import type { Decision, NewDecision } from '../domain/decisions/decision.ts';
import type { Edge, EdgeDetail, EdgeState } from '../domain/edges/edge.ts';
import type { Evidence } from '../domain/edges/evidence.ts';
import type { Disposition, EarlierRuns, Finding, FailureRecord } from '../domain/watch/denial.ts';
import type { Judgement, SoakObservation } from '../domain/watch/gate.ts';
import type { IntentOutcome, NewWriteIntent, Task, WriteIntent } from '../domain/rollout/intent.ts';
import type { Job, PipelineActivity } from '../domain/watch/job.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { AllowlistState, EntryPermissions, EntryTarget, Project, ProjectRef } from '../domain/project.ts';
import type { SeededProof } from '../domain/plan/reconcile.ts';
import type { RiskLook } from '../domain/decisions/risk.ts';
import type { Schedule } from '../domain/edges/survey.ts';
import type { EpochMs, ProjectId } from '../domain/values.ts';
import type { EvidenceStore, FeatureLevels, InventorySummary } from './ports-evidence.ts';

/** What this GitLab offers, asked once per run. */
export interface Capabilities {
  readonly version: string;
  readonly enterprise: boolean | null;
  /** GraphQL answers at all; without it REST is read project by project. */
  readonly graphql: boolean;
  /** `ciJobTokenAuthLogs` exists (17.6 and later). */
  readonly authLog: boolean;
  /** Entries can be read with their permissions (`ciJobTokenScopeAllowlist`, 17.6). */
  readonly entryPermissions: boolean;
  /** Names of `CiJobTokenScopePolicies`; empty where fine-grained entries do not exist. */
  readonly policies: readonly string[];
  /** `pipelines { warnings }` exists, so that hidden failures show in a sweep. */
  readonly pipelineWarnings: boolean;
}

/** Who the token is, and what it may do. */
export interface Identity {
  readonly userId: number;
  readonly username: string;
  readonly admin: boolean;
  readonly bot: boolean;
  /** Scopes of the token; null where GitLab does not tell. */
  readonly scopes: readonly string[] | null;
  readonly tokenExpiresAt: string | null;
  /** Instance enforcement; null where the token may not read it. */
  readonly instanceEnforced: boolean | null;
}

/** Which projects a page is taken from: below one group, or all that the token sees. */
export type ScopeQuery = { readonly kind: 'group'; readonly path: string } | { readonly kind: 'all' };

/** One row of the authentication log of a callee. */
export interface LogRow {
  readonly caller: ProjectRef;
  readonly lastAuthorizedAt: EpochMs;
}

/** A project as one inventory page brings it, with the log rows read along. */
export interface ProjectReading {
  /** `inScope` is not GitLab's to say and is left to the engine. */
  readonly project: Omit<Project, 'inScope'>;
  readonly log: readonly LogRow[];
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; null at the end. */
  readonly next: string | null;
  /** Size of the whole list where GitLab tells it. */
  readonly total: number | null;
}

/** Paths of a repository, with an id that changes with a file's content. */
export interface RepositoryListing {
  readonly files: readonly { readonly path: string; readonly id: string }[];
  /** False when there are more files than were listed. */
  readonly whole: boolean;
}

/** A file as text, or why it cannot be read as one. */
export type FileText = { readonly text: string; readonly why: null } | { readonly text: null; readonly why: string };

/** A page of the inventory, or several that came together. */
export interface InventoryPage extends Page<ProjectReading> {
  /** Where pages ended, `next` included: the next inventory asks for several of them at once. */
  readonly ends: readonly string[];
  /** How many of the places that were given ahead are behind us. */
  readonly used: number;
}

/** Levels of the features of one project that may be shared with everyone. */
export interface FeatureReading {
  readonly id: ProjectId;
  readonly features: FeatureLevels;
}

/** One note in the one issue of a project that carries `marker`. Notes of the same text are one note. */
export interface IssueNote {
  /** Full path. */
  readonly project: string;
  /** A word that no other issue holds. */
  readonly marker: string;
  readonly title: string;
  readonly description: string;
  readonly note: string;
}

/**
 * Asked at the last moment before a write leaves this process, after every wait for a turn: may it still be sent?
 * Throws when it may not.
 */
export type Permit = () => Promise<void>;

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
  /** The same with its feature levels, which come in the same answer. */
  namedProject(path: string): Promise<(ProjectRef & FeatureReading) | null>;
  groupByPath(path: string): Promise<{ readonly id: number; readonly path: string } | null>;
  /** All entries and both settings of one callee, read now. */
  allowlist(callee: ProjectRef): Promise<AllowlistState>;
  addEntry(callee: ProjectRef, entry: EntryTarget & EntryPermissions, permit: Permit): Promise<void>;
  removeEntry(callee: ProjectRef, entry: EntryTarget, permit: Permit): Promise<void>;
  setPermissions(callee: ProjectRef, entry: EntryTarget & EntryPermissions, permit: Permit): Promise<void>;
  /** Turns the allowlist on: only with proof that nothing approved is missing. */
  enforce(callee: ProjectRef, proof: SeededProof, permit: Permit): Promise<void>;
  reopen(callee: ProjectRef, permit: Permit): Promise<void>;
  /** Null where the token may not read it. */
  instanceEnforced(): Promise<boolean | null>;
  setInstanceEnforced(enforced: boolean, permit: Permit): Promise<void>;
  /** Looks before it writes, so that neither issue nor note is ever doubled. Returns the address of the issue. */
  addNoteOnce(wanted: IssueNote, permit: Permit): Promise<string | null>;
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
  /** The latest successful jobs, of different names, newest first. */
  succeededJobs(project: ProjectId, limit: number): Promise<readonly Job[]>;
  /** The job log as it streams in; never kept. */
  trace(project: ProjectId, job: number): Promise<AsyncIterable<Uint8Array>>;
  /** Effective access level of a user on a project; 0 when no member, null when it cannot be told. */
  memberLevel(project: ProjectId, userId: number): Promise<number | null>;
  /** Names of users who may change the project's list, at most five: those of the project itself before inherited ones. */
  owners(project: ProjectId): Promise<readonly string[]>;
  /** What bears on the risk of one edge and takes about six requests; null for what cannot be read. */
  edgeLook(caller: ProjectId, callee: ProjectId): Promise<RiskLook>;
  /** Requests sent so far, retries included. */
  requestCount(): number;
  /** The least time between two requests that GitLab's limit or `--max-rpm` leaves, in ms; 0 where none is known. */
  paceMs(): number;
}

/** GitLab's time: log times are compared with enforcement times, so one clock has to tell both. */
export interface Clock {
  now(): EpochMs;
  /** This machine's own clock, for the ledger's second time. */
  local(): EpochMs;
}

/** What happened, for whoever watches: progress lines, never data. */
export interface Notifier {
  progress(event: ProgressEvent): void;
  note(text: string): void;
  /** The same for what a person should hear of at once, wherever he is. */
  alert(text: string): void;
}

export interface ProgressEvent {
  readonly what: string;
  readonly done: number;
  readonly total: number | null;
  readonly requests: number;
  /** Requests that it will have taken at its end; null where that cannot be told. */
  readonly expectedRequests?: number | null;
  readonly leftMs?: number | null;
}

/** Who acts: recorded with every ledger row. */
export interface Actor {
  readonly osUser: string;
  readonly gitlabUser: string | null;
  /** URL of the CI job that runs us, where one does. */
  readonly ciJob: string | null;
}

export interface LedgerEntry {
  readonly kind: string;
  /** What it is about: `wave 2`, `acme/libs/core`, `acme/apps/web -> acme/libs/core`. */
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface LedgerRow extends LedgerEntry {
  readonly seq: number;
  readonly at: EpochMs;
  readonly localAt: EpochMs;
  readonly actor: Actor;
  readonly previous: string;
  readonly hash: string;
}

/** A saved machine: `{version, value, context}` as JSON data. */
export interface Checkpoint {
  readonly version: number;
  readonly value: unknown;
  readonly context: unknown;
}

export interface RolloutRow {
  readonly id: string;
  readonly gitlabUrl: string;
  readonly playbookName: string;
  /** The playbook's text as it was when last read, for the report and for noticing a change. */
  readonly playbookText: string;
  readonly createdAt: EpochMs;
  /** Grows with each commit; a writer names the one it read. */
  readonly revision: number;
  readonly checkpoint: Checkpoint;
  /** Grows whenever a decision is recorded. */
  readonly decisionsRevision: number;
  readonly capabilities: Capabilities | null;
  readonly identity: Identity | null;
}

export interface WaveRow {
  readonly id: number;
  readonly number: number;
  readonly planHash: string;
  readonly kind: 'pilot' | 'wave' | 'organisation';
  readonly checkpoint: Checkpoint;
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
}

export type CalleeStep = 'pending' | 'seeded' | 'enforced' | 'failed' | 'rolled-back' | 'kept';

/** Progress of one callee within one wave. */
export interface WaveCallee {
  readonly waveId: number;
  readonly callee: ProjectId;
  readonly path: string;
  readonly step: CalleeStep;
  /** Live state read just before the first write; null before that. What rollback restores. */
  readonly before: AllowlistState | null;
  readonly enforcedAt: EpochMs | null;
  readonly problem: string | null;
}

/** What one sweep saw, added up per wave. */
export interface SweepRow {
  readonly id: number;
  readonly waveId: number | null;
  readonly since: EpochMs;
  readonly until: EpochMs;
  readonly projects: number;
  /** Jobs of known callers of the wave since the last sweep, and of everybody since the last whole one. */
  readonly callerJobs: number;
  readonly allJobs: number;
  /** What could not be read, one line each; not empty means the sweep proves nothing for them. */
  readonly unread: readonly string[];
  /** Every project in scope was asked, not the known callers alone. */
  readonly whole: boolean;
  /** What the wave was judged as afterwards, with the numbers; null for rows of versions that did not keep it. */
  readonly judged: JudgedSweep | null;
}

export interface JudgedSweep extends Judgement {
  readonly seen: SoakObservation;
  /** Schedules that an extended soak waits for, one line each. */
  readonly waitsFor: readonly string[];
}

/** A failed job that GitLab told of and nobody has looked at. Nothing but the ids is believed. */
export interface JobHint {
  readonly jobId: number;
  readonly project: ProjectId;
  readonly toldAt: EpochMs;
  /** Looks that came too early, before GitLab showed its end. */
  readonly attempts: number;
}

export interface FailureFilter {
  readonly waveId?: number;
  /** Any of these. */
  readonly dispositions?: readonly Disposition[];
  readonly before?: EarlierRuns;
  readonly since?: EpochMs;
}

/** What tells where a rollout stands, counted rather than listed: cheap however large the organisation is. */
export interface OverviewRows {
  readonly gitlabUrl: string;
  readonly checkpoint: Checkpoint;
  readonly projects: Awaited<ReturnType<RolloutStore['countProjects']>>;
  readonly edges: Awaited<ReturnType<RolloutStore['countEdges']>>;
  /** Approvals of edges past their date, counted as approved above: each is to be decided anew. */
  readonly expired: number;
  /** In order of creation; `steps` are callees by step, those without any left out; `judged`: after the latest sweep. */
  readonly waves: readonly (WaveRow & {
    readonly steps: Readonly<Partial<Record<CalleeStep, number>>>;
    readonly judged: JudgedSweep | null;
  })[];
  /** Whether any job was refused, or may have been: then there are findings to work out. */
  readonly refusals: boolean;
  readonly task: Task | null;
  readonly findings: readonly Finding[];
}

export interface EdgeFilter {
  readonly callee?: ProjectId;
  /** Of any of these callees. */
  readonly callees?: readonly ProjectId[];
  readonly caller?: ProjectId;
  readonly state?: EdgeState;
}

export interface Lease {
  readonly holder: string;
  /** Fencing token: grows with each taking; a store call with an older one is refused. */
  readonly token: number;
  readonly expiresAt: EpochMs;
}

/**
 * Everything durable. Calls inside `transaction` are atomic together; a call outside one is a transaction of its own.
 * Every call is asynchronous so that another database can stand behind the same port.
 * `fence` makes a transaction fail with `LEASE_LOST` unless that lease still holds.
 */
export interface RolloutStore extends EvidenceStore {
  transaction<T>(work: () => Promise<T>, fence?: Lease): Promise<T>;
  close(): void;

  /** Copies everything, consistent while it is in use, to a file that does not exist yet. */
  backup(file: string): Promise<void>;
  /** What is damaged, one line each; empty when the file is whole. */
  checkIntegrity(): Promise<readonly string[]>;

  /** Throws `ORDER_REFUSED` when there is none: `init` first. */
  rollout(): Promise<RolloutRow>;
  createRollout(row: Omit<RolloutRow, 'revision' | 'decisionsRevision'>): Promise<void>;
  /** Saves the machine; throws `STALE_REVISION` when somebody else saved since `read`. Returns the new revision. */
  saveRollout(checkpoint: Checkpoint, read: number): Promise<number>;
  savePlaybook(name: string, text: string): Promise<void>;
  saveServer(capabilities: Capabilities, identity: Identity): Promise<void>;

  putTask(task: Task): Promise<void>;
  /** The one task that is not settled; null when there is none. */
  openTask(): Promise<Task | null>;
  settleTask(key: string): Promise<void>;

  /** Inserts or updates by id; `seen` numbers the inventory that brought them. */
  putProjects(projects: readonly Project[], seen: number): Promise<void>;
  /** Makes sure that callers known by name alone have a row, without touching what is known of them. */
  putCallers(refs: readonly ProjectRef[]): Promise<void>;
  updateAllowlist(id: ProjectId, state: AllowlistState, readAt: EpochMs): Promise<void>;
  project(id: ProjectId): Promise<Project | null>;
  projectByPath(path: string): Promise<Project | null>;
  /** In order of path; `unread`: those alone that could not be read, or were. */
  projects(filter?: { readonly inScope?: boolean; readonly unread?: boolean }): Promise<readonly Project[]>;
  /** Projects in scope by what they are now, without loading them. */
  countProjects(): Promise<{
    readonly inScope: number;
    readonly enforced: number;
    readonly open: number;
    readonly unread: number;
    readonly known: number;
  }>;
  /** Projects in scope that the inventory `seen` did not bring: gone, moved away or hidden. */
  forgetUnseen(seen: number): Promise<readonly ProjectRef[]>;
  /** Where a half-done inventory stands; null when none is under way. */
  inventoryCursor(): Promise<{ readonly seen: number; readonly cursor: string; readonly done: number } | null>;
  setInventoryCursor(
    cursor: { readonly seen: number; readonly cursor: string; readonly done: number } | null,
  ): Promise<void>;
  /** Number of the last finished inventory; 0 before the first. */
  inventories(): Promise<{ readonly count: number; readonly firstAt: EpochMs | null; readonly lastAt: EpochMs | null }>;
  finishInventory(seen: number, at: EpochMs, summary?: InventorySummary): Promise<void>;

  /** Adds observations: the same (caller, callee, source, access, where) again widens its first/last seen. Keeps `edges` in step. */
  putEvidence(evidence: readonly Evidence[]): Promise<void>;
  /** In order of callee path, then caller path. */
  edges(filter?: EdgeFilter): Promise<readonly Edge[]>;
  edge(caller: ProjectId, callee: ProjectId): Promise<EdgeDetail | null>;
  /** Uses of a callee that were noticed, by caller: at least so many, as GitLab's log keeps the last one only. */
  usesOf(callee: ProjectId): Promise<ReadonlyMap<ProjectId, number>>;
  countEdges(): Promise<Readonly<Record<EdgeState, number>>>;

  /** Records decisions and the state of their edges; returns their ids in the same order. */
  putDecisions(decisions: readonly NewDecision[]): Promise<readonly number[]>;
  decision(id: number): Promise<Decision | null>;
  /** Every decision on an edge, oldest first. */
  decisionsOn(caller: ProjectId, callee: ProjectId): Promise<readonly Decision[]>;
  /** The latest decision on each group entry of a callee, or of all. */
  groupEntryDecisions(callee?: ProjectId): Promise<readonly Decision[]>;
  /** The decisions in force (latest per edge) of one callee, or of all. */
  edgeDecisions(callee?: ProjectId): Promise<readonly Decision[]>;
  /**
   * Of the decisions in force on edges, those that grant less than default permissions or have expired at `now`; of
   * some callees, or of all.
   */
  deviatingDecisions(now: EpochMs, callees?: readonly ProjectId[]): Promise<readonly Decision[]>;
  /**
   * SHA-256 over the stored form of `count` decisions from the id `first` on: what the ledger keeps of a batch that a rule
   * made, so that `verifyLedger` finds any of them that was altered, removed or added.
   */
  decisionDigest(first: number, count: number): Promise<string>;

  savePlan(plan: Plan): Promise<void>;
  plan(hash: string): Promise<Plan | null>;
  plans(): Promise<
    readonly { readonly hash: string; readonly createdAt: EpochMs; readonly approvedBy: string | null }[]
  >;
  approvePlan(hash: string, by: string): Promise<void>;

  createWave(wave: Omit<WaveRow, 'id'>, callees: readonly ProjectRef[]): Promise<number>;
  saveWave(id: number, change: Partial<Pick<WaveRow, 'checkpoint' | 'startedAt' | 'endedAt'>>): Promise<void>;
  /** In order of creation: a wave that was rolled back and planned again has two rows. */
  waves(): Promise<readonly WaveRow[]>;
  waveCallees(waveId: number): Promise<readonly WaveCallee[]>;
  saveWaveCallee(
    waveId: number,
    callee: ProjectId,
    change: Partial<Omit<WaveCallee, 'waveId' | 'callee' | 'path'>>,
  ): Promise<void>;

  putIntents(intents: readonly NewWriteIntent[]): Promise<readonly WriteIntent[]>;
  settleIntents(ids: readonly number[], outcome: IntentOutcome, detail: string | null, at: EpochMs): Promise<void>;
  /** Intents without an outcome: after a crash these are looked up on GitLab before anything else happens. */
  openIntents(): Promise<readonly WriteIntent[]>;
  /** Intents of a wave, oldest first. */
  intents(waveId: number): Promise<readonly WriteIntent[]>;

  /** Returns its id. */
  putSweep(sweep: Omit<SweepRow, 'id' | 'judged'>): Promise<number>;
  /** Stores what the wave was judged as after that sweep. */
  judgeSweep(id: number, judged: JudgedSweep): Promise<void>;
  sweeps(waveId: number | null): Promise<readonly SweepRow[]>;
  /** Keyed by job id: reading a job again changes nothing. */
  putFailures(failures: readonly FailureRecord[]): Promise<void>;
  failures(filter?: FailureFilter): Promise<readonly FailureRecord[]>;
  /** Judges a failure anew: only what was open may change, as later runs settle it. */
  settleFailure(jobId: number, change: Pick<FailureRecord, 'disposition' | 'reason' | 'confidence'>): Promise<void>;
  knownFailures(jobIds: readonly number[]): Promise<ReadonlySet<number>>;
  /** Remembers jobs to be looked at; one that is known, or judged already, stays as it is. Returns how many are new. */
  putHints(hints: readonly Omit<JobHint, 'attempts'>[]): Promise<number>;
  /** Oldest first. */
  hints(limit: number): Promise<readonly JobHint[]>;
  dropHints(jobIds: readonly number[]): Promise<void>;
  /** Counts a look that came too early. */
  postponeHint(jobId: number): Promise<void>;
  putFinding(finding: Omit<Finding, 'id'>): Promise<void>;
  findings(): Promise<readonly Finding[]>;

  appendLedger(entries: readonly LedgerEntry[], at: EpochMs): Promise<void>;
  ledger(filter?: { readonly after?: number; readonly limit?: number }): Promise<readonly LedgerRow[]>;
  /** The last row: where the chain stands, and how GitLab's clock differed from this machine's. */
  latestLedger(): Promise<LedgerRow | null>;
  /** Recomputes the chain; names the first row that does not fit, or says that no row has the hash `anchor`. */
  verifyLedger(
    anchor?: string,
  ): Promise<{ readonly rows: number; readonly last: string; readonly problem: string | null }>;

  /**
   * Takes the lease, or takes over an expired one, or one whose holder `isGone` (a process of this machine that has
   * died); throws `LEASE_HELD` naming the holder.
   */
  takeLease(holder: string, ttlMs: number, isGone?: (holder: string) => boolean): Promise<Lease>;
  renewLease(lease: Lease, ttlMs: number): Promise<Lease>;
  releaseLease(lease: Lease): Promise<void>;
}
