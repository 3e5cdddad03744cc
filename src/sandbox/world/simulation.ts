import { listEntries } from './allowlists.ts';
import { authLogOf } from './auth-log.ts';
import { buildDirectory, buildJobs } from './build.ts';
import { Changes } from './changes.ts';
import type { Directory } from './directory.ts';
import { durationMs } from './durations.ts';
import { isLimited, judgeRequest, usualWording } from './instance.ts';
import type { Instance, TokenRequest } from './instance.ts';
import { accessLevel, canReadGroup, canReadProject, memberLevel, membersOf, namespaceLevel } from './membership.ts';
import type { Organisation } from './organisation-schema.ts';
import type { StoredNamespace, StoredProject, StoredUser } from './records.ts';
import type { DenialWording } from './refusals.ts';
import { RunIds } from './run-ids.ts';
import { Runs } from './runs.ts';
import { cronOf, nextRunAt } from './schedules.ts';
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
  private clock: W.EpochMs;
  private url: string;
  /** Logs read at this moment: what happens now shows later, so only the clock and a deletion change them. */
  private readonly logs = new Map<number, readonly W.AuthLogRow[]>();

  constructor(parts: Parts) {
    this.parts = parts;
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
    const plans = this.parts.traffic.plansOf(project).filter(({ scheduled }) => scheduled);
    return plans.map((plan) => ({
      id: plan.slot + 1,
      project,
      description: plan.jobs.map(({ name }) => name).join(', '),
      cron: cronOf(plan),
      periodMs: plan.every,
      owner: plan.user,
      active: !project.archived,
      createdAt: this.parts.beginning,
      nextRunAt: nextRunAt(plan, this.clock),
      lastPipelineId: this.parts.runs.lastPipelineId(plan, this.clock),
    }));
  }

  trace(jobId: number): Iterable<string> | null {
    const run = this.parts.runs.jobById(jobId, this.clock);
    return run === null ? null : traceOf(run, this.url);
  }

  runJob(projectPath: string, name: string): ReturnType<W.World['runJob']> {
    const { directory, traffic, jobIds, pipelineIds, runs } = this.parts;
    const found = directory.findProject(projectPath);
    if (found === null) return { ok: false, refusal: 'project_not_found' };
    const job = traffic.jobsOf(found.project).find((candidate) => candidate.name === name);
    const run = job === undefined ? null : traffic.runNow(job, this.clock, jobIds, pipelineIds);
    const detail = run === null ? null : runs.jobById(run.jobId, this.clock);
    return detail === null ? { ok: false, refusal: 'no_such_job' } : { ok: true, job: detail.run };
  }

  judge(attempt: W.Attempt): AccessVerdict {
    return judgeRequest(this.parts.instance, this.toRequest(attempt));
  }

  attempt(attempt: W.Attempt): AccessVerdict {
    const request = this.toRequest(attempt);
    const verdict = judgeRequest(this.parts.instance, request);
    const { caller, callee, access } = request;
    this.parts.traffic.record({ caller, callee, access, at: this.clock, verdict });
    return verdict;
  }

  private toRequest({ caller, user, callee, access, policies }: W.Attempt): TokenRequest {
    const { directory } = this.parts;
    const request = {
      caller: directory.project(caller),
      user: directory.user(user),
      callee: directory.project(callee),
    };
    if (request.caller === null || request.user === null || request.callee === null)
      throw new RangeError('an attempt names what is not there');
    return { caller: request.caller, user: request.user, callee: request.callee, access, policies: policies ?? null };
  }

  truth(): Iterable<W.TruthEdge> {
    return truthOf(this.parts.traffic, this.clock);
  }
}
