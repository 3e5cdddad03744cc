import { projectId, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type {
  Capabilities,
  Clock,
  Forge,
  Identity,
  InventoryPage,
  ProjectReading,
  ScopeQuery,
} from '../../engine/ports.ts';
import { Activity, restActivity, restActivityById } from './activity.ts';
import { Allowlist } from './allowlist.ts';
import { readFeatures, toCapabilities, type Features } from './capabilities.ts';
import type { GitlabClient } from './http/client.ts';
import { forgeError, HttpFailure } from './http/errors.ts';
import { featurePage, featuresOf } from './inventory/features.ts';
import { GROUP_SIZE } from './graphql/documents.ts';
import type { GraphqlClient } from './graphql/graphql.ts';
import { InstanceEnforcement, readIdentity } from './identity.ts';
import { Inventory } from './inventory/inventory.ts';
import { addNote, findIssue, hasNote, latestNotes, openIssue } from './issues.ts';
import { earlierRuns, failedJobs, jobById, Members, succeededJobs, trace } from './jobs.ts';
import { restById, restPage } from './http/rest-lists.ts';
import { RestGroup, RestProject } from './graphql/schema.ts';
import { ProjectFacts } from './inventory/facts.ts';
import { administrators, ProtectedEnvironments } from './inventory/rest-facts.ts';
import { fileOf, repositoryOf, schedulesOf } from './inventory/survey.ts';
import { unlessOff } from './switched-off.ts';

/** What the forge is put together from. */
export interface ForgeDeps {
  readonly client: GitlabClient;
  readonly graphql: GraphqlClient;
  readonly clock: Clock;
  readonly notify: (text: string) => void;
  /** So long after it was sent a request that was not answered may still take effect. */
  readonly lateMs: number;
}

/** What depends on the server's features, made once they are known. */
interface Rooms {
  readonly features: Features;
  readonly inventory: Inventory;
  readonly allowlist: Allowlist;
  readonly activity: Activity;
  readonly facts: ProjectFacts;
}

/** A GitLab behind the port: joins the readers and writers, asks for features once, chooses GraphQL or REST. */
export function connectForge(deps: ForgeDeps): Forge {
  const { client } = deps;
  const enforcement = new InstanceEnforcement(client);
  const who = once(() => readIdentity(client));
  const membershipOnly = async (): Promise<boolean> => !(await who()).admin;
  const rooms = once(() => openRooms(deps, enforcement, membershipOnly, who));
  const members = new Members(client, who);
  const environments = new ProtectedEnvironments(client);
  const allowlist = async (): Promise<Allowlist> => (await rooms()).allowlist;
  return {
    capabilities: async (): Promise<Capabilities> => toCapabilities((await rooms()).features),
    // The token stays who it is while a process runs; the instance's switch may be set meanwhile, by ourselves too.
    identity: async (): Promise<Identity> => ({ ...(await who()), instanceEnforced: await enforcement.read() }),
    projects: async (scope, after, ahead = []) => {
      // A new inventory finds out anew whether the instance enforces.
      if (after === null) enforcement.forget();
      return readPage(deps, await rooms(), { scope, after, ahead }, membershipOnly);
    },
    features: (scope, visibility, after) => featurePage(client, scope, visibility, after, membershipOnly),
    projectsById: async (ids) => readById(deps, await rooms(), ids),
    projectByPath: async (path) => {
      const found = await namedProject(client, path);
      return found && { id: found.id, path: found.path };
    },
    namedProject: (project) => namedProject(client, project),
    group: (group) => groupAt(client, group),
    groupSize: async (path) => ((await rooms()).features.graphql ? groupSize(deps, path) : null),
    allowlist: async (callee) => (await allowlist()).read(callee),
    addEntry: async (callee, entry, permit) => (await allowlist()).add(callee, entry, permit),
    removeEntry: async (callee, entry, permit) => (await allowlist()).remove(callee, entry, permit),
    setPermissions: async (callee, entry, permit) => (await allowlist()).setPermissions(callee, entry, permit),
    enforce: async (callee, proof, permit) => (await allowlist()).enforce(callee, proof, permit),
    reopen: async (callee, permit) => (await allowlist()).reopen(callee, permit),
    finishing: (work) => client.transport.finishing(work),
    outlast: (moment) => outlast(deps, moment),
    instanceEnforced: () => enforcement.read(),
    setInstanceEnforced: (enforced, permit) => enforcement.write(enforced, permit),
    findIssue: (project, marker) => findIssue(client, project, marker),
    openIssue: (wanted, permit) => openIssue(client, wanted, permit),
    hasNote: (project, issue, note) => hasNote(client, project, issue, note),
    latestNotes: (project, issue, authors) => latestNotes(client, project, issue, authors),
    addNote: (project, issue, note, permit) => addNote(client, project, issue, note, permit),
    activity: async (scope, since, after) => readActivity(deps, await rooms(), scope, since, after, membershipOnly),
    activityOf: async (ids, since) => {
      const { features, activity } = await rooms();
      return features.graphql ? activity.byId(ids, since) : restActivityById(client, ids, since);
    },
    failedJobs: (project, since, pipelines) =>
      unlessOff(client, project, 'builds', [], () => failedJobs(client, project, since, pipelines)),
    job: (project, id) => jobById(client, project, id),
    earlierRuns: (project, name, before, limit) => earlierRuns(client, project, name, before, limit),
    schedules: (project) => schedulesOf(client, project),
    repository: (project) => unlessOff(client, project, 'repository', null, () => repositoryOf(client, project)),
    file: (project, path, ref) => fileOf(client, project, path, ref),
    succeededJobs: (project) => unlessOff(client, project, 'builds', [], () => succeededJobs(client, project)),
    trace: (project, job) => trace(client, project, job),
    memberLevel: (project, userId) => members.level(project, userId),
    owners: (project) => members.owners(project),
    projectFacts: async (ids) => (await rooms()).facts.read(ids),
    protectedEnvironments: (project) => environments.read(project),
    administrators: () => administrators(client, who),
    requestCount: () => client.transport.sent,
    pace: () => {
      const { paceMs, pauses, learnedRpm, limitKnown } = client.transport.budget;
      return { leastMs: paceMs, pauses, learnedRpm, limitKnown };
    },
    paceFrom: (learnedRpm) => {
      client.transport.budget.startAt(learnedRpm);
    },
  };
}

async function outlast({ client, clock, notify, lateMs }: ForgeDeps, moment: EpochMs): Promise<void> {
  const leftMs = Math.min(moment + lateMs - clock.now(), lateMs);
  if (leftMs <= 0) return;
  notify(
    `A write that was not answered may still take effect: waiting ${Math.ceil(leftMs / 1_000)} s before it is taken back`,
  );
  await client.once('wait for a write that was not answered', () => client.transport.sleep(leftMs));
}

async function openRooms(
  deps: ForgeDeps,
  enforcement: InstanceEnforcement,
  membershipOnly: () => Promise<boolean>,
  identity: () => Promise<Pick<Identity, 'admin'>>,
): Promise<Rooms> {
  const { client, graphql, clock, notify } = deps;
  const features = await readFeatures(client, graphql);
  const inventory = new Inventory({ client, graphql, enforcement, clock, notify, membershipOnly }, features);
  const allowlist = new Allowlist({ client, graphql, enforcement, clock, features, inventory });
  const activity = new Activity({ client, graphql, features, membershipOnly });
  const facts = new ProjectFacts({ client, graphql, features, identity });
  return { features, inventory, allowlist, activity, facts };
}

/** Cursors name the protocol they belong to, as one of GraphQL means nothing to REST and may be taken up by a later run. */
async function readPage(
  { client, clock }: ForgeDeps,
  { features, inventory }: Rooms,
  {
    scope,
    after,
    ahead,
  }: { readonly scope: ScopeQuery; readonly after: string | null; readonly ahead: readonly string[] },
  membershipOnly: () => Promise<boolean>,
): Promise<InventoryPage> {
  const protocol = features.graphql ? 'graphql' : 'rest';
  const cursor = openCursor(protocol, after);
  if (!features.graphql) {
    const page = await restPage(client, clock, scope, cursor, membershipOnly);
    return { ...page, next: sealCursor(protocol, page.next) };
  }
  // Without the entries in the answer, pages are small and cost further requests anyway.
  const known = features.entryPermissions ? ahead.filter((end) => end.startsWith(`${protocol}:`)) : [];
  const page =
    known.length === 0
      ? await inventory.page(scope, cursor)
      : await inventory.again(
          scope,
          cursor,
          known.map((end) => end.slice(protocol.length + 1)),
        );
  return { ...page, next: sealCursor(protocol, page.next), ends: page.ends.map((end) => `${protocol}:${end}`) };
}

async function readActivity(
  { client }: ForgeDeps,
  { features, activity }: Rooms,
  scope: ScopeQuery,
  since: EpochMs,
  after: string | null,
  membershipOnly: () => Promise<boolean>,
): ReturnType<Forge['activity']> {
  const protocol = features.graphql ? 'graphql' : 'rest';
  const cursor = openCursor(protocol, after);
  const page = features.graphql
    ? await activity.page(scope, since, cursor)
    : await restActivity(client, scope, since, cursor, membershipOnly);
  return { ...page, next: sealCursor(protocol, page.next) };
}

async function readById(
  { client, clock }: ForgeDeps,
  { features, inventory }: Rooms,
  ids: readonly ProjectId[],
): Promise<readonly ProjectReading[]> {
  return features.graphql ? inventory.byId(ids) : restById(client, clock, ids);
}

const sealCursor = (protocol: string, cursor: string | null): string | null =>
  cursor === null ? null : `${protocol}:${cursor}`;

function openCursor(protocol: string, sealed: string | null): string | null {
  if (sealed === null) return null;
  if (sealed.startsWith(`${protocol}:`)) return sealed.slice(protocol.length + 1);
  const hint = 'Start the inventory anew; the server answers another way than when it began.';
  throw forgeError(
    new HttpFailure('unreadable', 'its cursor belongs to another protocol', { hint }),
    'go on with the list',
  );
}

async function namedProject(client: GitlabClient, named: string | number): ReturnType<Forge['namedProject']> {
  const project = await client.readOr(null, `look up project ${named}`, async () =>
    RestProject.parse(await client.projects.show(named)),
  );
  if (project === null) return null;
  return { id: projectId(project.id), path: project.path_with_namespace, features: featuresOf(project) };
}

async function groupAt(client: GitlabClient, named: string | number): ReturnType<Forge['group']> {
  const group = await client.readOr(null, `look up group ${named}`, async () => {
    const { body } = await client.transport.json(
      'GET',
      `api/v4/groups/${encodeURIComponent(named)}?with_projects=false`,
    );
    return RestGroup.parse(body);
  });
  return group === null ? null : { id: group.id, path: group.full_path };
}

async function groupSize({ client, graphql }: ForgeDeps, path: string): Promise<number | null> {
  return client.readOr(null, `count the projects of group ${path}`, async () => {
    const { data } = await graphql.query(GROUP_SIZE, { group: path });
    return data.group?.projects?.count ?? null;
  });
}

/** Asks once and keeps the answer; a failure is not kept. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}
