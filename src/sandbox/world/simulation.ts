import { listEntries } from './allowlists.ts';
import { authLogOf } from './auth-log.ts';
import { buildDirectory, buildJobs } from './build.ts';
import { Changes } from './changes.ts';
import type { Directory } from './directory.ts';
import { durationMs } from './durations.ts';
import { isLimited, judgeRequest, requestOf, usualWording } from './instance.ts';
import type { Instance } from './instance.ts';
import { accessLevel, canReadGroup, canReadProject, memberLevel, membersOf, namespaceLevel } from './membership.ts';
import type { Organisation } from './organisation-schema.ts';
import type { StoredNamespace, StoredProject, StoredUser } from './records.ts';
import type { DenialWording } from './refusals.ts';
import { RunIds } from './run-ids.ts';
import { Runs } from './runs.ts';
import { RunsByHand } from './runs-by-hand.ts';
import { schedulesOf } from './schedules.ts';
import { traceOf } from './traces.ts';
import { Traffic } from './traffic.ts';
import { truthOf } from './truth.ts';
import { isAtLeast, parseVersion } from './version.ts';
import { ROLES } from './vocabulary.ts';
import type { AccessVerdict } from './vocabulary.ts';
import type * as W from './world.ts';

export interface WorldOptions {
  /** Wins over the description's version. */
  readonly version?: string;
  /** How refusals name the callee where versions are not known for certain; default by version. */
  readonly denialWording?: DenialWording;
  /** Whether downloads are redirected to object storage (and so leave no row in the log). Default true. */
  readonly objectStorage?: boolean;
  /** Whether a project may stand on its own allowlist; default from 18.0, the release is not known for certain. */
  readonly selfEntries?: boolean;
  /** Whether enforcement bars switching off; default from 18.0, the release is not known for certain. */
  readonly offRefused?: boolean;
  /** Default `https://gitlab.example.com`. */
  readonly externalUrl?: string;
}

/** Sets up the world of a checked description; its history has happened and the clock stands at its start. */
export function createWorld(organisation: Organisation, options: WorldOptions = {}): W.World {
  const text = options.version ?? organisation.version;
  const version = parseVersion(text);
  const instance: Instance = {
    version,
    wording: options.denialWording ?? usualWording(version),
    objectStorage: options.objectStorage ?? true,
    selfEntries: options.selfEntries ?? isAtLeast(version, 18, 0),
    offRefused: options.offRefused ?? isAtLeast(version, 18, 0),
    enforced: organisation.enforced ?? isAtLeast(version, 18, 0),
  };
  const start = Date.parse(organisation.start);
  const beginning = start - durationMs(organisation.history);
  const directory = buildDirectory(organisation, beginning);
  const { jobs, plans } = buildJobs(organisation, directory, start);
  const traffic = new Traffic(instance, plans, jobs, beginning);
  const jobIds = new RunIds(beginning, jobs.length);
  const pipelineIds = new RunIds(beginning, plans.length);
  const runs = new Runs(traffic, jobIds, pipelineIds, beginning);
  const changes = new Changes(directory, instance, traffic);
  return new Simulation({
    text,
    instance,
    start,
    beginning,
    directory,
    traffic,
    jobIds,
    pipelineIds,
    runs,
    changes,
    externalUrl: options.externalUrl,
  });
}

interface Parts {
  readonly text: string;
  readonly instance: Instance;
  readonly start: W.EpochMs;
  readonly beginning: W.EpochMs;
  readonly directory: Directory;
  readonly traffic: Traffic;
  readonly jobIds: RunIds;
  readonly pipelineIds: RunIds;
  readonly runs: Runs;
  readonly changes: Changes;
  readonly externalUrl: string | undefined;
}

/** The world put together: it looks things up by id and leaves the work to the rooms behind it. */
class Simulation implements W.World {
  readonly version: string;
  private readonly parts: Parts;
  private readonly byHand: RunsByHand;
  private clock: W.EpochMs;
  private url: string;
  /** Logs read at this moment: what happens now shows later, so only the clock and a deletion change them. */
  private readonly logs = new Map<number, readonly W.AuthLogRow[]>();

  constructor(parts: Parts) {
    this.parts = parts;
    this.byHand = new RunsByHand(parts);
    this.version = parts.text;
    this.clock = parts.start;
    this.url = parts.externalUrl ?? 'https://gitlab.example.com';
  }

  now(): W.EpochMs {
    return this.clock;
  }

  advance(byMs: number): void {
    if (!Number.isSafeInteger(byMs) || byMs < 0)
      throw new RangeError(`time only moves on, by whole milliseconds: ${String(byMs)}`);
    if (byMs === 0) return;
    this.parts.traffic.settle(this.clock);
    this.clock += byMs;
    this.logs.clear();
  }

  externalUrl(): string {
    return this.url;
  }

  setExternalUrl(url: string): void {
    this.url = url.replace(/\/+$/, '');
  }

  projects(): readonly W.Project[] {
    return this.parts.directory.projects();
  }

  projectById(id: number): W.Project | null {
    return this.parts.directory.project(id);
  }

  findProject(fullPath: string): W.Found | null {
    return this.parts.directory.findProject(fullPath);
  }

  groups(): readonly W.Namespace[] {
    return this.parts.directory.groups();
  }

  groupById(id: number): W.Namespace | null {
    return this.parts.directory.group(id);
  }

  groupByPath(fullPath: string): W.Namespace | null {
    return this.parts.directory.groupAt(fullPath);
  }

  subgroups(groupId: number): readonly W.Namespace[] {
    return this.parts.directory.group(groupId)?.children ?? [];
  }

  projectsIn(groupId: number, descendants: boolean): readonly W.Project[] {
    const group = this.parts.directory.group(groupId);
    if (group === null) return [];
    return descendants ? this.parts.directory.projectsBelow(group) : group.projects;
  }

  users(): readonly W.User[] {
    return this.parts.directory.users();
  }

  userById(id: number): W.User | null {
    return this.parts.directory.user(id);
  }

  userByName(username: string): W.User | null {
    return this.parts.directory.userNamed(username);
  }

  accessLevel(userId: number, projectId: number): number {
    return this.withUserAndProject(userId, projectId, accessLevel) ?? 0;
  }

  groupAccessLevel(userId: number, groupId: number): number {
    return (
      this.withUserAndGroup(userId, groupId, (user, group) =>
        user.admin ? ROLES.owner : namespaceLevel(user, group),
      ) ?? 0
    );
  }

  canReadProject(userId: number, projectId: number): boolean {
    return this.withUserAndProject(userId, projectId, canReadProject) ?? false;
  }

  canReadGroup(userId: number, groupId: number): boolean {
    return this.withUserAndGroup(userId, groupId, canReadGroup) ?? false;
  }

  private withUserAndProject<Result>(
    userId: number,
    projectId: number,
    ask: (user: StoredUser, project: StoredProject) => Result,
  ): Result | null {
    const user = this.parts.directory.user(userId);
    const project = this.parts.directory.project(projectId);
    return user === null || project === null ? null : ask(user, project);
  }

  private withUserAndGroup<Result>(
    userId: number,
    groupId: number,
    ask: (user: StoredUser, group: StoredNamespace) => Result,
  ): Result | null {
    const user = this.parts.directory.user(userId);
    const group = this.parts.directory.group(groupId);
    return user === null || group === null ? null : ask(user, group);
  }

  members(projectId: number): readonly W.Member[] {
    const project = this.parts.directory.project(projectId);
    return project === null ? [] : membersOf(this.parts.directory.users(), (user) => memberLevel(user, project));
  }

  groupMembers(groupId: number): readonly W.Member[] {
    const group = this.parts.directory.group(groupId);
    return group === null ? [] : membersOf(this.parts.directory.users(), (user) => namespaceLevel(user, group));
  }

  enforced(): boolean {
    return this.parts.instance.enforced;
  }

  effectiveInbound(projectId: number): boolean {
    const project = this.parts.directory.project(projectId);
    return project !== null && isLimited(this.parts.instance, project);
  }

  entries(projectId: number): readonly W.Entry[] {
    const project = this.parts.directory.project(projectId);
    return project === null ? [] : listEntries(project.allowlist);
  }

  setInbound(projectId: number, enabled: boolean): W.Outcome {
    return this.parts.changes.setInbound(projectId, enabled);
  }

  setEnforced(enabled: boolean): W.Outcome {
    return this.parts.changes.setEnforced(enabled);
  }

  addEntry(projectId: number, entry: W.NewEntry): W.Outcome {
    return this.parts.changes.addEntry(projectId, entry, this.clock);
  }

  removeEntry(projectId: number, kind: W.Entry['kind'], targetId: number): W.Outcome {
    return this.parts.changes.removeEntry(projectId, kind, targetId);
  }

  updatePolicies(projectId: number, kind: W.Entry['kind'], targetId: number, value: W.ChangedPolicies): W.Outcome {
    return this.parts.changes.updatePolicies(projectId, kind, targetId, value, this.clock);
  }

  updateProject(projectId: number, update: W.ProjectUpdate): W.Outcome {
    return this.parts.changes.updateProject(projectId, update);
  }

  replaceFiles(projectId: number, files: Readonly<Record<string, string>>): W.Outcome {
    return this.parts.changes.replaceFiles(projectId, files);
  }

  moveProject(projectId: number, newFullPath: string): W.Outcome {
    return this.parts.changes.moveProject(projectId, newFullPath);
  }

  deleteProject(projectId: number): W.Outcome {
    this.logs.clear();
    return this.parts.changes.deleteProject(projectId);
  }

  onChange(listener: (change: W.Change) => void): () => void {
    return this.parts.changes.onChange(listener);
  }

  authLog(projectId: number): readonly W.AuthLogRow[] {
    const project = this.parts.directory.project(projectId);
    if (project === null) return [];
    let rows = this.logs.get(projectId);
    if (rows === undefined) {
      rows = authLogOf(this.parts.traffic, project, this.clock);
      this.logs.set(projectId, rows);
    }
    return rows;
  }

  jobs(projectId: number, query: W.JobQuery = {}): Iterable<W.JobRun> {
    const project = this.parts.directory.project(projectId);
    return project === null ? [] : this.parts.runs.jobs(project, this.clock, query);
  }

  jobById(jobId: number): W.JobRun | null {
    return this.parts.runs.jobById(jobId, this.clock)?.run ?? null;
  }

  pipelines(projectId: number, query: W.PipelineQuery = {}): Iterable<W.PipelineRun> {
    const project = this.parts.directory.project(projectId);
    return project === null ? [] : this.parts.runs.pipelines(project, this.clock, query);
  }

  pipelineById(pipelineId: number): W.PipelineRun | null {
    return this.parts.runs.pipelineById(pipelineId, this.clock);
  }

  schedules(projectId: number): readonly W.PipelineSchedule[] {
    const project = this.parts.directory.project(projectId);
    if (project === null) return [];
    return schedulesOf(this.parts, project, this.clock);
  }

  trace(jobId: number): Iterable<string> | null {
    const run = this.parts.runs.jobById(jobId, this.clock);
    if (run === null) return null;
    return run.live === null ? traceOf(run, this.url) : [run.live.trace];
  }

  runJob(projectPath: string, name: string): ReturnType<W.World['runJob']> {
    return this.byHand.runJob(projectPath, name, this.clock);
  }

  runPipeline(projectPath: string): ReturnType<W.World['runPipeline']> {
    return this.byHand.runPipeline(projectPath, this.clock);
  }

  hasScript(projectPath: string, name: string): boolean {
    return this.byHand.hasScript(projectPath, name);
  }

  beginRun(projectPath: string, name: string): ReturnType<W.World['beginRun']> {
    return this.byHand.begin(projectPath, name, this.clock);
  }

  endRun(jobId: number, result: W.LiveResult): W.JobRun | null {
    return this.byHand.end(jobId, result, this.clock);
  }

  artifacts(jobId: number): Readonly<Record<string, string>> | null {
    const found = this.parts.runs.jobById(jobId, this.clock);
    return found?.run.status === 'success' ? found.job.artifacts : null;
  }

  get objectStorage(): boolean {
    return this.parts.instance.objectStorage;
  }

  judge(attempt: W.Attempt): AccessVerdict {
    return judgeRequest(this.parts.instance, requestOf(this.parts.directory, attempt));
  }

  attempt(attempt: W.Attempt, answered2xx = true): AccessVerdict {
    const request = requestOf(this.parts.directory, attempt);
    const judged = judgeRequest(this.parts.instance, request);
    const verdict: AccessVerdict = judged.allowed && !answered2xx ? { allowed: true, logged: false } : judged;
    const { caller, callee, access } = request;
    this.parts.traffic.record({ caller, callee, access, at: this.clock, verdict });
    return verdict;
  }

  truth(): Iterable<W.TruthEdge> {
    return truthOf(this.parts.traffic, this.clock);
  }
}
