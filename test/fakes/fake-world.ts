import type { FactCounts } from '../../src/domain/decisions/facts.ts';
import { sameTarget, type AllowlistEntry, type AllowlistState } from '../../src/domain/project.ts';
import { epochMs, groupId, projectId, type EpochMs, type ProjectId } from '../../src/domain/values.ts';
import type { Job } from '../../src/domain/watch/job.ts';
import type { Schedule } from '../../src/domain/edges/survey.ts';
import { trace } from '../trace/trace-builder.ts';
import type { FeatureLevels } from '../../src/engine/ports.ts';
import type { FakeClock } from './fake-clock.ts';

export interface FakeProject {
  readonly id: ProjectId;
  path: string;
  visibility: 'private' | 'internal' | 'public';
  archived: boolean;
  personal: boolean;
  stored: boolean;
  entries: AllowlistEntry[];
  log: Map<ProjectId, EpochMs>;
  accessLevel: number;
  /** No answer but 403. */
  hidden: boolean;
}

export interface FakeJob extends Job {
  readonly log: string;
}

/** A use that jobs of one project make of another. */
export interface FakeUse {
  readonly caller: string;
  readonly callee: string;
}

const GITLAB_URL = 'https://gitlab.example.com';

/** The organisation behind the fake forge: who is let in, what the log shows, which jobs ran. Knows nothing of calls. */
export class FakeWorld {
  readonly clock: FakeClock;
  readonly projects = new Map<ProjectId, FakeProject>();
  readonly groups = new Map<string, number>();
  readonly uses: FakeUse[] = [];
  /** Files of the default branch, by project. */
  readonly files = new Map<ProjectId, Map<string, string>>();
  readonly schedules = new Map<ProjectId, readonly Schedule[]>();
  /** What bears on risk, by project; what is left out is 0. */
  readonly facts = new Map<ProjectId, FactCounts>();
  readonly maintainers = new Map<ProjectId, readonly number[]>();
  administrators: readonly number[] = [];
  readonly jobs: FakeJob[] = [];
  /** Levels of features that are told with a single project. */
  readonly features = new Map<ProjectId, FeatureLevels>();
  /** Where a former path leads to, as GitLab redirects. */
  readonly redirects = new Map<string, ProjectId>();
  /** Access level of every job's user on every project. */
  userLevel: number | null = 30;
  instanceEnforced = false;
  #lastId = 99;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  /** The same world in a life of its own. */
  copy(clock: FakeClock): FakeWorld {
    const copy = new FakeWorld(clock);
    for (const [id, project] of this.projects) copy.projects.set(id, structuredClone(project));
    for (const [path, id] of this.groups) copy.groups.set(path, id);
    copy.uses.push(...this.uses);
    for (const [id, files] of this.files) copy.files.set(id, new Map(files));
    for (const [id, schedules] of this.schedules) copy.schedules.set(id, schedules);
    for (const [id, facts] of this.facts) copy.facts.set(id, facts);
    for (const [id, users] of this.maintainers) copy.maintainers.set(id, users);
    copy.administrators = this.administrators;
    for (const [id, features] of this.features) copy.features.set(id, features);
    copy.jobs.push(...this.jobs);
    copy.instanceEnforced = this.instanceEnforced;
    copy.#lastId = this.#lastId;
    return copy;
  }

  project(path: string, change: Partial<Omit<FakeProject, 'id' | 'path'>> = {}): FakeProject {
    this.#lastId += 1;
    const id = projectId(this.#lastId);
    const project: FakeProject = {
      ...{ id, path, visibility: 'private', archived: false, personal: false, stored: false, entries: [] },
      ...{ log: new Map(), accessLevel: 40, hidden: false },
      ...change,
    };
    this.projects.set(id, project);
    for (const group of groupsAbove(path)) if (!this.groups.has(group)) this.groups.set(group, 500 + this.groups.size);
    return project;
  }

  /** Renames a project, or moves it: there is no redirect. */
  move(path: string, to: string): void {
    this.at(path).path = to;
  }

  /** Renames a group with everything below it. */
  moveGroup(path: string, to: string): void {
    const there = (one: string): string =>
      one === path || one.startsWith(`${path}/`) ? to + one.slice(path.length) : one;
    for (const project of this.projects.values()) project.path = there(project.path);
    const groups = [...this.groups];
    this.groups.clear();
    for (const [group, id] of groups) this.groups.set(there(group), id);
  }

  /** Declares that jobs of `caller` use `callee` each time traffic runs. */
  use(caller: string, callee: string): void {
    this.uses.push({ caller, callee });
  }

  at(path: string): FakeProject {
    const project = [...this.projects.values()].find((known) => known.path === path);
    if (!project) throw new Error(`the fake world has no ${path}`);
    return project;
  }

  effective(project: FakeProject): boolean {
    return project.stored || this.instanceEnforced;
  }

  state(project: FakeProject): AllowlistState {
    return { stored: project.stored, effective: this.effective(project), entries: structuredClone(project.entries) };
  }

  /** A person, or the tool, writes an entry; nothing happens when it is there. */
  addEntry(callee: FakeProject, target: Pick<AllowlistEntry, 'kind' | 'id' | 'path'>, by: string, policies?: string[]) {
    if (callee.entries.some((entry) => sameTarget(entry, target))) return;
    const { kind, id, path } = target;
    const permissions = { defaultPermissions: policies === undefined, policies: policies ?? [] };
    callee.entries.push({ kind, id, path, ...permissions, addedBy: by, createdAt: this.clock.now() });
  }

  removeEntry(callee: FakeProject, target: Pick<AllowlistEntry, 'kind' | 'id' | 'path'>): void {
    callee.entries = callee.entries.filter((entry) => !sameTarget(entry, target));
  }

  groupEntry(path: string): Pick<AllowlistEntry, 'kind' | 'id' | 'path'> {
    return { kind: 'group', id: groupId(this.groups.get(path) ?? 0), path };
  }

  admits(callee: FakeProject, caller: FakeProject): boolean {
    if (!this.effective(callee) || callee === caller) return true;
    return callee.entries.some(({ kind, id, path }) =>
      kind === 'project' ? id === caller.id : caller.path.startsWith(`${path}/`) && !caller.personal,
    );
  }

  /** Every declared use happens once, now. */
  traffic(): void {
    for (const { caller, callee } of this.uses) {
      const from = [...this.projects.values()].find(({ path }) => path === caller);
      const to = [...this.projects.values()].find(({ path }) => path === callee);
      if (from && to) this.runJob(from, to);
    }
  }

  runJob(caller: FakeProject, callee: FakeProject): void {
    const allowed = this.admits(callee, caller);
    const now = this.clock.now();
    // GitLab dates a log row five minutes after the access.
    if (allowed) callee.log.set(caller.id, epochMs(now + 300_000));
    this.jobs.push({
      id: 9_000 + this.jobs.length,
      project: caller.id,
      name: `use ${leafOf(callee.path)}`,
      status: allowed ? 'success' : 'failed',
      finishedAt: now,
      startedAt: now,
      failureReason: allowed ? null : 'script_failure',
      allowFailure: false,
      user: { id: 7, username: 'ci-bot' },
      webUrl: null,
      pipeline: null,
      log: allowed ? 'Job succeeded\n' : deniedTrace(caller.path, callee.path),
    });
  }

  /** Any job that has just ended. */
  endJob(caller: FakeProject, change: Partial<FakeJob> & Pick<FakeJob, 'name' | 'log'>): FakeJob {
    const now = this.clock.now();
    const job: FakeJob = {
      ...{ id: 9_000 + this.jobs.length, project: caller.id, status: 'failed', finishedAt: now, startedAt: now },
      ...{ failureReason: 'script_failure', allowFailure: false, user: { id: 7, username: 'ci-bot' } },
      ...{ webUrl: null, pipeline: null },
      ...change,
    };
    this.jobs.push(job);
    return job;
  }

  /** A job that failed for a reason of its own. */
  failJob(caller: FakeProject, log: string): void {
    const now = this.clock.now();
    const about = { id: 9_000 + this.jobs.length, project: caller.id, name: 'test', status: 'failed' as const };
    const rest = {
      failureReason: 'script_failure',
      allowFailure: false,
      user: null,
      webUrl: null,
      pipeline: null,
      log,
    };
    this.jobs.push({ ...about, finishedAt: now, startedAt: now, ...rest });
  }
}

const leafOf = (path: string): string => path.split('/').at(-1) ?? path;

const groupsAbove = (path: string): readonly string[] =>
  path.split('/').flatMap((_, index, parts) => (index === 0 ? [] : [parts.slice(0, index).join('/')]));

export const deniedTrace = (caller: string, callee: string): string =>
  trace([
    {
      run: `git clone ${GITLAB_URL}/${callee}.git`,
      prints: [
        `Cloning into '${leafOf(callee)}'...`,
        `remote: Authentication by CI/CD job token not allowed from ${leafOf(caller)} to ${leafOf(callee)}.`,
        `fatal: unable to access '${GITLAB_URL}/${callee}.git/': The requested URL returned error: 403`,
      ],
    },
  ]);
