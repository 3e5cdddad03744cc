import { putEntry } from './state/allowlists.ts';
import { Directory, lastSegment } from './state/directory.ts';
import { durationMs } from './organisation/durations.ts';
import { hashText } from './hash.ts';
import type { Organisation, OrganisationJob, OrganisationProject } from './organisation/schema.ts';
import type { StoredProject, StoredUser } from './state/records.ts';
import { ROOT_USER } from './organisation/references.ts';
import type { PipelinePlan, StoredJob } from './traffic/records.ts';
import { ROLES } from './vocabulary.ts';
import type { EpochMs } from './entities.ts';

const YEAR = 365 * 86_400_000;
/** Scripts run in real time, while somebody waits. */
const DEFAULT_TIMEOUT = '1m';

/** Makes namespaces, users and projects of a description whose references were checked. */
export function buildDirectory(organisation: Organisation, beginning: EpochMs): Directory {
  const madeAt = beginning - 2 * YEAR;
  const directory = new Directory(madeAt);
  const described = organisation.users.map(({ name, admin, memberships }) => ({
    user: directory.addUser(name, admin),
    memberships,
  }));
  if (directory.userNamed(ROOT_USER) === null) directory.addUser(ROOT_USER, true);
  for (const path of organisation.groups) directory.namespaceAt(path);
  addProjects(directory, organisation.projects, beginning - YEAR);
  for (const { user, memberships } of described) {
    for (const [path, role] of Object.entries(memberships)) addMembership(directory, user, path, ROLES[role]);
  }
  for (const { path, allowlist } of organisation.projects) addEntries(directory, path, allowlist, madeAt);
  return directory;
}

function addProjects(directory: Directory, projects: readonly OrganisationProject[], createdAt: EpochMs): void {
  const taken = new Set(projects.flatMap(({ id }) => (id === undefined ? [] : [id])));
  let next = 1;
  for (const described of projects) {
    while (described.id === undefined && taken.has(next)) next++;
    const id = described.id ?? next++;
    const { path: fullPath, visibility, archived, inboundEnabled, policiesEnabled, features, files } = described;
    directory.addProject({
      id,
      path: lastSegment(fullPath),
      fullPath,
      namespace: directory.namespaceAt(fullPath.slice(0, fullPath.lastIndexOf('/'))),
      visibility,
      archived,
      createdAt,
      defaultBranch: 'main',
      inboundEnabled,
      policiesEnabled,
      pushOwnRepository: false,
      pushFromAllowlisted: false,
      features,
      files,
      ...{ forkedFrom: null, forks: 0 },
      protectedEnvironments: described.protectedEnvironments,
      terraformStates: described.terraformStates,
      packages: described.packages,
      deleted: false,
      allowlist: { projects: null, groups: null },
    });
  }
  for (const { path, forkedFrom } of projects) if (forkedFrom !== undefined) addFork(directory, path, forkedFrom);
}

function addFork(directory: Directory, path: string, origin: string): void {
  const stored = (at: string): StoredProject | null => directory.project(directory.findProject(at)?.project.id ?? 0);
  const [fork, from] = [stored(path), stored(origin)];
  if (fork === null || from === null) return;
  fork.forkedFrom = from.id;
  from.forks += 1;
}

function addMembership(directory: Directory, user: StoredUser, path: string, level: number): void {
  const project = directory.findProject(path)?.project;
  const group = directory.groupAt(path);
  if (project !== undefined) user.projectLevels.set(project.id, level);
  else if (group !== null) user.groupLevels.set(group.id, level);
}

function addEntries(
  directory: Directory,
  path: string,
  allowlist: OrganisationProject['allowlist'],
  createdAt: EpochMs,
): void {
  const callee = directory.findProject(path)?.project;
  for (const { project, group, policies } of allowlist) {
    const kind = project === undefined ? 'group' : 'project';
    const target = project === undefined ? directory.groupAt(group ?? '') : directory.findProject(project)?.project;
    if (callee === undefined || target === null || target === undefined) continue;
    putEntry(callee.allowlist, {
      kind,
      targetId: target.id,
      createdAt,
      addedBy: null,
      autopopulated: false,
      defaultPermissions: policies === undefined,
      policies: policies ?? [],
    });
  }
}

/** The jobs of the organisation and the pipelines that they run in. */
export interface Timetables {
  readonly jobs: readonly StoredJob[];
  readonly plans: readonly PipelinePlan[];
}

/** Makes the jobs. Those of a project with the same times and user share a pipeline; a job without a user is root's. */
export function buildJobs(
  organisation: Organisation,
  directory: Directory,
  { start, scripts }: { readonly start: EpochMs; readonly scripts: boolean },
): Timetables {
  const plans: PipelinePlan[] = [];
  const plansByProject = new Map<StoredProject, PipelinePlan[]>();
  const projects = new Map<string, StoredProject>();
  const find = (path: string): StoredProject => {
    const found = projects.get(path) ?? directory.findProject(path)?.project;
    if (found === undefined) throw new Error(`no project ${path}: the description was not checked`);
    projects.set(path, found);
    return found;
  };
  const jobs = organisation.jobs.map((described, slot) => {
    const project = find(described.project);
    const wanted = {
      ...planFor(described, project, directory, start),
      live: scripts && described.script !== undefined,
    };
    let own = plansByProject.get(project);
    if (own === undefined) plansByProject.set(project, (own = []));
    const plan = own.find((known) => samePlan(known, wanted)) ?? { ...wanted, slot: plans.length, jobs: [] };
    if (plan.slot === plans.length) {
      plans.push(plan);
      own.push(plan);
    }
    const job: StoredJob = {
      slot,
      project,
      name: described.name,
      user: plan.user,
      every: plan.every,
      phase: plan.phase,
      allowFailure: described.allowFailure,
      flaky: described.flaky,
      uses: described.uses.map(({ callee, access }) => ({ callee: find(callee), access })),
      seed: hashText(`${String(organisation.seed)} ${described.project} ${described.name}`),
      script: described.script ?? null,
      variables: described.variables ?? {},
      live: plan.live,
      timeoutMs: durationMs(described.timeout ?? DEFAULT_TIMEOUT),
      artifacts: described.artifacts ?? null,
      segments: [],
      plan,
    };
    plan.jobs.push(job);
    return job;
  });
  return { jobs, plans };
}

type WantedPlan = Omit<PipelinePlan, 'slot' | 'jobs'>;

function planFor(
  job: OrganisationJob,
  project: StoredProject,
  directory: Directory,
  start: EpochMs,
): Omit<WantedPlan, 'live'> {
  const user = directory.userNamed(job.user ?? ROOT_USER);
  if (user === null) throw new Error(`no user ${String(job.user)}: the description was not checked`);
  const every = durationMs(job.every);
  // Only where in its period a job runs matters, so `at` may be longer than `every`.
  const phase = start + (durationMs(job.at) % every);
  return { project, user, every, phase, scheduled: job.schedule };
}

function samePlan(left: WantedPlan, right: WantedPlan): boolean {
  return (
    left.every === right.every &&
    left.phase === right.phase &&
    left.user === right.user &&
    left.scheduled === right.scheduled &&
    left.live === right.live
  );
}
