import { RolloutError } from '../../src/domain/errors.ts';
import type { FactReading, KeptFact } from '../../src/domain/decisions/facts.ts';
import { sameTarget, type EntryPermissions, type EntryTarget, type ProjectRef } from '../../src/domain/project.ts';
import type { Job, PipelineActivity } from '../../src/domain/watch/job.ts';
import type { SeededProof } from '../../src/domain/plan/reconcile.ts';
import type { Schedule } from '../../src/domain/edges/survey.ts';
import type { EpochMs, ProjectId } from '../../src/domain/values.ts';
import type {
  Capabilities,
  FeatureReading,
  FileText,
  Forge,
  Identity,
  InventoryPage,
  IssueRef,
  IssueText,
  Page,
  Permit,
  ProjectFactsReading,
  ProjectReading,
  RepositoryListing,
  RequestPace,
  ScopeQuery,
} from '../../src/engine/ports.ts';
import type { FakeProject, FakeWorld } from './fake-world.ts';

/** One call as the hooks of a test see it. */
export interface ForgeCall {
  /** From 1, over the life of the fake. */
  readonly n: number;
  readonly name: keyof Forge;
  readonly write: boolean;
  readonly callee: number | null;
}

export interface FakeWrite {
  readonly kind: 'add' | 'remove' | 'permissions' | 'enforce' | 'reopen' | 'instance';
  readonly callee: number | null;
  readonly target: EntryTarget | null;
}

export const ME = 'tidegate-bot';

export const unavailable = (what = 'the fake'): RolloutError =>
  new RolloutError('FORGE_UNAVAILABLE', `${what}: 503`, 'Resume when GitLab responds.');

const refused = (words: string): RolloutError =>
  new RolloutError('FORGE_REFUSED', words, 'Read the message GitLab gave.');
const issueOf = (project: string): IssueRef => ({
  iid: 1,
  url: `https://gitlab.example.com/${project}/-/issues/1`,
});
const missing = (id: number): RolloutError =>
  new RolloutError('FORGE_NOT_FOUND', `project ${id} does not exist any more`, 'Take another inventory.');

/** A GitLab over a `FakeWorld`, in one process and without HTTP. `before` and `after` may throw, or edit the world. */
export class FakeForge implements Forge {
  readonly world: FakeWorld;
  /** Every write that took effect, in order. */
  readonly writes: FakeWrite[] = [];
  readonly calls: ForgeCall[] = [];
  /** Markers of the issues that were opened. */
  readonly issues: string[] = [];
  /** Notes of the one issue there is. */
  readonly notes: string[] = [];
  /** Who wrote a note; those not in here are ours. */
  readonly authors = new Map<string, string>();
  before: (call: ForgeCall) => void | Promise<void> = () => undefined;
  /** Runs once a call has taken effect: what it throws is a lost answer. */
  after: (call: ForgeCall) => void | Promise<void> = () => undefined;
  identityNow: Identity = {
    userId: 1,
    username: ME,
    admin: true,
    bot: true,
    scopes: ['api'],
    tokenExpiresAt: null,
    instanceEnforced: false,
  };
  readonly #pageSize = 3;

  constructor(world: FakeWorld) {
    this.world = world;
  }

  capabilities(): Promise<Capabilities> {
    return this.#call('capabilities', null, () => ({
      version: '18.5.0',
      enterprise: true,
      graphql: true,
      authLog: true,
      entryPermissions: true,
      policies: ['READ_JOBS', 'READ_PACKAGES', 'READ_REPOSITORIES'],
      pipelineWarnings: true,
    }));
  }

  identity(): Promise<Identity> {
    return this.#call('identity', null, () => ({
      ...this.identityNow,
      instanceEnforced: this.identityNow.admin ? this.world.instanceEnforced : null,
    }));
  }

  projects(scope: ScopeQuery, after: string | null): Promise<InventoryPage> {
    return this.#call('projects', null, () => {
      const page = this.#page(
        this.#inScope(scope).map((one) => this.#read(one)),
        after,
      );
      return { ...page, ends: page.next === null ? [] : [page.next], used: 0 };
    });
  }

  features(): Promise<Page<FeatureReading>> {
    return this.#call('features', null, () => this.#page([], null));
  }

  projectsById(ids: readonly ProjectId[]): Promise<readonly ProjectReading[]> {
    return this.#call('projectsById', null, () =>
      ids.flatMap((id) => this.world.projects.get(id) ?? []).map((project) => this.#read(project)),
    );
  }

  projectByPath(path: string): Promise<ProjectRef | null> {
    return this.#call('projectByPath', null, () => {
      const { projects, redirects } = this.world;
      const found = [...projects.values()].find((one) => one.path === path || redirects.get(path) === one.id);
      return found ? { id: found.id, path: found.path } : null;
    });
  }

  async namedProject(project: string | number): Promise<(ProjectRef & FeatureReading) | null> {
    const at = typeof project === 'string' ? project : (this.world.projects.get(project as ProjectId)?.path ?? '');
    const found = await this.projectByPath(at);
    return found && { ...found, features: this.world.features.get(found.id) ?? {} };
  }

  group(group: string | number): Promise<{ readonly id: number; readonly path: string } | null> {
    return this.#call('group', null, () => {
      const found = [...this.world.groups].find(([path, id]) => path === group || id === group);
      return found ? { id: found[1], path: found[0] } : null;
    });
  }

  groupSize(path: string): Promise<number | null> {
    const below = ({ path: project }: { readonly path: string }): boolean => project.startsWith(`${path}/`);
    return this.#call('groupSize', null, () => [...this.world.projects.values()].filter(below).length);
  }

  allowlist({ id }: ProjectRef) {
    return this.#call('allowlist', id, () => this.world.state(this.#visible(id)));
  }

  addEntry({ id }: ProjectRef, entry: EntryTarget & EntryPermissions, permit: Permit): Promise<void> {
    return this.#write('addEntry', id, { kind: 'add', callee: id, target: entry }, permit, () =>
      this.world.addEntry(this.#visible(id), entry, ME, entry.defaultPermissions ? undefined : [...entry.policies]),
    );
  }

  removeEntry({ id }: ProjectRef, entry: EntryTarget, permit: Permit): Promise<void> {
    return this.#write('removeEntry', id, { kind: 'remove', callee: id, target: entry }, permit, () =>
      this.world.removeEntry(this.#visible(id), entry),
    );
  }

  setPermissions({ id }: ProjectRef, entry: EntryTarget & EntryPermissions, permit: Permit): Promise<void> {
    return this.#write('setPermissions', id, { kind: 'permissions', callee: id, target: entry }, permit, () => {
      const { defaultPermissions, policies } = entry;
      const project = this.#visible(id);
      project.entries = project.entries.map((one) =>
        sameTarget(one, entry) ? { ...one, defaultPermissions, policies } : one,
      );
    });
  }

  enforce({ id }: ProjectRef, proof: SeededProof, permit: Permit): Promise<void> {
    if (proof.callee !== id) throw new Error('the proof is of another project');
    return this.#write('enforce', id, { kind: 'enforce', callee: id, target: null }, permit, () => {
      this.#visible(id).stored = true;
    });
  }

  reopen({ id }: ProjectRef, permit: Permit): Promise<void> {
    return this.#write('reopen', id, { kind: 'reopen', callee: id, target: null }, permit, () => {
      if (this.world.instanceEnforced)
        throw refused('Job token scope cannot be disabled for this project because it is enforced for the instance.');
      this.#visible(id).stored = false;
    });
  }

  finishing<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  /** Requests that are still under way in this GitLab; each takes effect when it is waited for. */
  readonly underWay: (() => void)[] = [];

  outlast(): Promise<void> {
    return this.#call('outlast', null, () => this.underWay.splice(0).forEach((land) => land()));
  }

  instanceEnforced(): Promise<boolean | null> {
    return this.#call('instanceEnforced', null, () => (this.identityNow.admin ? this.world.instanceEnforced : null));
  }

  setInstanceEnforced(enforced: boolean, permit: Permit): Promise<void> {
    return this.#write('setInstanceEnforced', null, { kind: 'instance', callee: null, target: null }, permit, () => {
      this.world.instanceEnforced = enforced;
    });
  }

  findIssue(project: string, marker: string): Promise<IssueRef | null> {
    return this.#call('findIssue', null, () => (this.issues.includes(marker) ? issueOf(project) : null));
  }

  async openIssue({ marker }: IssueText, permit: Permit): Promise<void> {
    await permit();
    return this.#call('openIssue', null, () => void this.issues.push(marker), true);
  }

  hasNote(_project: string, _issue: IssueRef, note: string): Promise<boolean> {
    return this.#call('hasNote', null, () => this.notes.includes(note));
  }

  latestNotes(_project: string, _issue: IssueRef, authors: ReadonlySet<string>): Promise<readonly string[]> {
    const author = (note: string): string => this.authors.get(note) ?? ME;
    return this.#call('latestNotes', null, () => this.notes.filter((note) => authors.has(author(note))).toReversed());
  }

  async addNote(_project: string, _issue: IssueRef, note: string, permit: Permit): Promise<void> {
    await permit();
    return this.#call('addNote', null, () => void this.notes.push(note), true);
  }

  activity(scope: ScopeQuery, since: EpochMs, after: string | null): Promise<Page<PipelineActivity>> {
    return this.#call('activity', null, () => {
      const rows = this.#inScope(scope).flatMap(({ id, path }): PipelineActivity[] => {
        const jobs = this.#jobsOf(id, since);
        const suspicious = jobs.some(({ status }) => status === 'failed');
        const pipelines = jobs.flatMap(({ pipeline, status }) => (status === 'failed' && pipeline ? [pipeline] : []));
        return [{ project: id, path, jobs: jobs.length, suspicious, more: false, pipelines }];
      });
      return this.#page(rows, after);
    });
  }

  activityOf(projects: readonly ProjectId[], since: EpochMs): Promise<readonly PipelineActivity[]> {
    return this.#call('activityOf', null, () =>
      projects.flatMap((id) => {
        const project = this.world.projects.get(id);
        if (!project || project.hidden) return [];
        const jobs = this.#jobsOf(id, since);
        const suspicious = jobs.some(({ status }) => status === 'failed');
        return [{ project: id, path: project.path, jobs: jobs.length, suspicious, more: false, pipelines: [] }];
      }),
    );
  }

  job(project: ProjectId, id: number): Promise<Job | null> {
    return this.#call(
      'job',
      project,
      () => this.world.jobs.find((job) => job.id === id && job.project === project) ?? null,
    );
  }

  projectFacts(projects: readonly ProjectId[]): Promise<readonly ProjectFactsReading[]> {
    return this.#call('projectFacts', null, () =>
      projects.map((project) => {
        const kept = ['packages', 'terraformStates', 'pushers', 'forks', 'maintainers'] as const;
        return {
          project,
          facts: kept.map((fact) => this.#fact(project, fact)),
          maintainers: this.world.maintainers.get(project) ?? [],
        };
      }),
    );
  }

  protectedEnvironments(project: ProjectId): Promise<FactReading> {
    return this.#call('protectedEnvironments', project, () => this.#fact(project, 'protectedEnvironments'));
  }

  administrators(): Promise<readonly number[] | null> {
    return this.#call('administrators', null, () => (this.identityNow.admin ? this.world.administrators : null));
  }

  #fact(project: ProjectId, fact: KeptFact): FactReading {
    const count = this.world.facts.get(project)?.[fact] ?? 0;
    return { fact, count, problem: null };
  }

  owners(project: ProjectId): Promise<readonly string[]> {
    return this.#call('owners', project, () => ['olga']);
  }

  failedJobs(project: ProjectId, since: EpochMs): Promise<readonly Job[]> {
    return this.#call('failedJobs', project, () => {
      this.#visible(project);
      return this.#jobsOf(project, since).filter(({ status }) => status === 'failed');
    });
  }

  earlierRuns(project: ProjectId, name: string, before: EpochMs, limit: number): Promise<readonly Job[]> {
    return this.#call('earlierRuns', project, () =>
      this.#jobsOf(project, null)
        .filter((job) => job.name === name && (job.finishedAt ?? 0) < before)
        .toReversed()
        .slice(0, limit),
    );
  }

  schedules(project: ProjectId): Promise<readonly Schedule[]> {
    return this.#call('schedules', project, () => this.world.schedules.get(project) ?? []);
  }

  repository(project: ProjectId): Promise<RepositoryListing | null> {
    return this.#call('repository', project, () => {
      const files = this.world.files.get(project);
      return files ? { files: [...files].map(([path, text]) => ({ path, id: text })), whole: true } : null;
    });
  }

  file(project: ProjectId | string, path: string): Promise<FileText | null> {
    return this.#call('file', typeof project === 'number' ? project : null, () => {
      const id = typeof project === 'number' ? project : this.world.at(project).id;
      const text = this.world.files.get(id)?.get(path);
      return text === undefined ? null : { text, why: null };
    });
  }

  succeededJobs(project: ProjectId): Promise<readonly Job[]> {
    return this.#call('succeededJobs', project, () => {
      const newest = new Map<string, Job>();
      for (const job of this.#jobsOf(project, null)) if (job.status === 'success') newest.set(job.name, job);
      return [...newest.values()].sort((a, b) => b.id - a.id);
    });
  }

  trace(project: ProjectId, job: number): Promise<AsyncIterable<Uint8Array>> {
    return this.#call('trace', project, () => {
      const text = this.world.jobs.find(({ id }) => id === job)?.log ?? '';
      return chunks(text);
    });
  }

  memberLevel(project: ProjectId): Promise<number | null> {
    return this.#call('memberLevel', project, () => this.world.userLevel);
  }

  pace(): RequestPace {
    return { leastMs: 0, pauses: { toComeMs: 0, behindMs: 0 }, learnedRpm: null, limitKnown: false };
  }

  paceFrom(): void {
    // Nothing here is refused for haste.
  }

  requestCount(): number {
    return this.calls.length;
  }

  async #call<T>(name: keyof Forge, callee: number | null, work: () => T, write = false): Promise<T> {
    const call: ForgeCall = { n: this.calls.length + 1, name, write, callee };
    this.calls.push(call);
    await this.before(call);
    const result = work();
    await this.after(call);
    return result;
  }

  async #write(
    name: keyof Forge,
    callee: number | null,
    write: FakeWrite,
    permit: Permit,
    work: () => void,
  ): Promise<void> {
    await permit();
    await this.#call(
      name,
      callee,
      () => {
        work();
        this.writes.push(write);
      },
      true,
    );
  }

  #visible(id: ProjectId): FakeProject {
    const project = this.world.projects.get(id);
    if (!project) throw missing(id);
    if (project.hidden) throw refused(`project ${id}: 403 Forbidden`);
    return project;
  }

  #inScope(scope: ScopeQuery): readonly FakeProject[] {
    if (scope.kind === 'group' && !this.world.groups.has(scope.path)) {
      throw new RolloutError('FORGE_NOT_FOUND', `group ${scope.path} does not exist`, 'Take another inventory.');
    }
    return [...this.world.projects.values()].filter(
      ({ path }) => scope.kind === 'all' || path.startsWith(`${scope.path}/`),
    );
  }

  #jobsOf(project: ProjectId, since: EpochMs | null): readonly Job[] {
    return this.world.jobs.filter(
      (job) => job.project === project && (since === null || (job.finishedAt ?? 0) >= since),
    );
  }

  #read(project: FakeProject): ProjectReading {
    const { id, path, visibility, archived, personal, accessLevel, hidden } = project;
    const log = hidden
      ? []
      : [...project.log].map(([caller, lastAuthorizedAt]) => ({
          caller: { id: caller, path: this.world.projects.get(caller)?.path ?? `gone/${caller}` },
          lastAuthorizedAt,
        }));
    return {
      project: {
        ...{ id, path, visibility, archived, personal, accessLevel },
        allowlist: hidden ? null : this.world.state(project),
        unread: hidden ? '403 Forbidden' : null,
        log: hidden ? null : { rows: log.length, cut: false },
        readAt: this.world.clock.now(),
      },
      log,
    };
  }

  #page<T>(rows: readonly T[], after: string | null): Page<T> {
    const start = Number(after ?? 0);
    const end = start + this.#pageSize;
    return {
      items: rows.slice(start, end),
      next: end < rows.length ? String(end) : null,
      total: after === null ? rows.length : null,
    };
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream that has everything at once
async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
