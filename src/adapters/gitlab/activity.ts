import type { PipelineActivity } from '../../domain/watch/job.ts';
import { isoTime, projectId, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { Page, ScopeQuery } from '../../engine/ports.ts';
import type { Features } from './capabilities.ts';
import type { GitlabClient } from './http/client.ts';
import { activityByIdDocument, activityDocument, PIPELINES_ALONG } from './graphql/documents.ts';
import { isForgeError } from './http/errors.ts';
import { readSized, type GraphqlClient } from './graphql/graphql.ts';
import { nextCursor } from './inventory/complete.ts';
import { projectsOf, scopeName, scopeVariables } from './inventory/inventory.ts';
import { PageSizer } from './http/page-size.ts';
import { Places } from './http/places.ts';
import { projectList } from './http/project-list.ts';
import { readAll } from './http/rest-lists.ts';
import { projectGid, RestPipeline, RestProject, type ActivityNode } from './graphql/schema.ts';
import { z } from 'zod';

/** What reading pipelines and jobs takes. */
export interface ActivityDeps {
  readonly client: GitlabClient;
  readonly graphql: GraphqlClient;
  readonly features: Features;
  readonly membershipOnly: () => Promise<boolean>;
}

/** GitLab's words for a pipeline whose jobs have all come to an end. */
const FINISHED: ReadonlySet<string> = new Set(['SUCCESS', 'FAILED', 'CANCELED']);

/** GitLab's largest list of ids. */
const MAX_IDS = 50;

/** A sweep over the pipelines of many projects: which of them deserve a look at their failed jobs. */
export class Activity {
  readonly #deps: ActivityDeps;
  readonly #sizer = new PageSizer(100);
  readonly #places = new Places();

  constructor(deps: ActivityDeps) {
    this.#deps = deps;
  }

  async page(scope: ScopeQuery, since: EpochMs, after: string | null): Promise<Page<PipelineActivity>> {
    const { client, graphql, features, membershipOnly } = this.#deps;
    const document = activityDocument(scope.kind, features.pipelineFields, features.parts.archivedArgument);
    const variables = { ...(await scopeVariables(scope, after, membershipOnly)), since: isoTime(since) };
    const operation = `read the pipelines of ${scopeName(scope)}`;
    const { data, problems } = await readSized(client, operation, this.#sizer, (first) =>
      graphql.query(document, { ...variables, first }),
    );
    const list = projectsOf(data, scope, problems, operation);
    const next = nextCursor(list.pageInfo, after, operation);
    this.#places.check(scopeName(scope), after, next, operation);
    return { items: await this.#activities(list.nodes), next, total: list.count ?? null };
  }

  /** Of projects by id; those that the token cannot see are left out. */
  async byId(ids: readonly ProjectId[], since: EpochMs): Promise<readonly PipelineActivity[]> {
    const { client, graphql, features } = this.#deps;
    const document = activityByIdDocument(features.pipelineFields, features.parts.archivedArgument);
    const found: PipelineActivity[] = [];
    for (let at = 0; at < ids.length;) {
      let asked: readonly ProjectId[] = [];
      const { data } = await readSized(client, 'read the pipelines of projects by id', this.#sizer, (first) => {
        asked = ids.slice(at, at + Math.min(first, MAX_IDS));
        return graphql.query(document, { ids: asked.map(projectGid), first: asked.length, since: isoTime(since) });
      });
      found.push(...(await this.#activities(data.projects?.nodes ?? [])));
      at += asked.length;
    }
    return found;
  }

  /** Only whoever would see jobs if there were any is told by `jobsEnabled` that CI is off: everybody else is told the same. */
  async #activities(nodes: readonly (ActivityNode | null)[]): Promise<readonly PipelineActivity[]> {
    const seen = nodes.filter((node) => node !== null);
    const doubtful = seen.some((node) => node.jobsEnabled === false && !isReporter(node));
    const administrator = doubtful && !(await this.#deps.membershipOnly());
    return seen.map((node) =>
      node.jobsEnabled === false && (administrator || isReporter(node)) ? withoutCi(node) : toActivity(node),
    );
  }
}

const HIDDEN = { jobs: 0, suspicious: true, more: true, pipelines: [] } as const;

/** From this role on nobody is kept from the jobs of a project. */
const REPORTER = 20;
const isReporter = ({ maxAccessLevel }: ActivityNode): boolean => (maxAccessLevel?.integerValue ?? 0) >= REPORTER;

const withoutCi = ({ id, fullPath: path }: ActivityNode): PipelineActivity => ({
  ...{ project: projectId(id), path },
  ...{ jobs: 0, suspicious: false, more: false, pipelines: [] },
});

/** A project whose pipelines are hidden deserves a look as well: unknown is not the same as quiet. */
function toActivity({ id, fullPath: path, ...lists }: ActivityNode): PipelineActivity {
  const project = projectId(id);
  if (!lists.pipelines) return { ...HIDDEN, project, path };
  const pipelines = [lists.pipelines, lists.children].flatMap((list) => list?.nodes ?? []).flatMap((one) => one ?? []);
  const finished = pipelines.filter(({ status }) => FINISHED.has(status));
  // Pipelines still running count too: a job of theirs may have failed already.
  const suspicious = pipelines.filter(
    ({ status, failedJobsCount, warnings, retried }) =>
      status === 'FAILED' || (failedJobsCount ?? 0) > 0 || warnings === true || (retried?.count ?? 0) > 0,
  );
  return {
    project,
    path,
    jobs: finished.reduce((sum, { totalJobs }) => sum + (totalJobs ?? 1), 0),
    suspicious: suspicious.length > 0,
    more: lists.pipelines.pageInfo.hasNextPage || lists.children?.pageInfo.hasNextPage === true,
    pipelines: suspicious.map((pipeline) => pipeline.id),
  };
}

const REST_PAGE = 20;

/** The same without GraphQL: a request per project, and one per pipeline. */
export async function restActivity(
  client: GitlabClient,
  scope: ScopeQuery,
  since: EpochMs,
  after: string | null,
  membershipOnly: () => Promise<boolean>,
): Promise<Page<PipelineActivity>> {
  const page = await projectList(client, scope, after, membershipOnly, REST_PAGE);
  const items = await Promise.all(page.items.map((project) => restProjectActivity(client, project, since)));
  return { ...page, items };
}

/** The same for projects by id; those that the token cannot see are left out. */
export async function restActivityById(
  client: GitlabClient,
  ids: readonly ProjectId[],
  since: EpochMs,
): Promise<readonly PipelineActivity[]> {
  const found = await Promise.all(
    ids.map(async (id) => {
      const project = await client.readOr(null, `look up project ${id}`, async () =>
        RestProject.parse((await client.transport.json('GET', `api/v4/projects/${id}`)).body),
      );
      return project && restProjectActivity(client, project, since);
    }),
  );
  return found.flatMap((activity) => activity ?? []);
}

const RestJobStatus = z.object({ status: z.string() });

/**
 * What cannot be read of one project deserves a look as well, as with GraphQL, and keeps nobody from reading the others. GitLab
 * refuses the pipelines of a project without CI.
 */
async function restProjectActivity(
  client: GitlabClient,
  project: z.infer<typeof RestProject>,
  since: EpochMs,
): Promise<PipelineActivity> {
  try {
    return await restPipelines(client, project, since);
  } catch (error) {
    if (!isForgeError(error, 'FORGE_REFUSED', 'FORGE_NOT_FOUND', 'FORGE_UNAVAILABLE', 'FORGE_UNREADABLE')) throw error;
    return { ...HIDDEN, project: projectId(project.id), path: project.path_with_namespace };
  }
}

async function restPipelines(
  client: GitlabClient,
  project: z.infer<typeof RestProject>,
  since: EpochMs,
): Promise<PipelineActivity> {
  const path = project.path_with_namespace;
  const endpoint = `projects/${project.id}/pipelines`;
  const lists = await Promise.all([
    changedPipelines(client, path, endpoint, since, {}),
    changedPipelines(client, path, endpoint, since, { source: 'parent_pipeline' }),
  ]);
  const pipelines = lists.flatMap(({ items }) => items);
  const jobs = await Promise.all(
    pipelines.map(({ id }) =>
      readAll(
        client,
        `read the jobs of pipeline ${id} of ${path}`,
        `${endpoint}/${id}/jobs`,
        new URLSearchParams({ per_page: '100', include_retried: 'true' }),
        RestJobStatus,
      ),
    ),
  );
  const suspicious = pipelines.filter(
    ({ status }, at) => status === 'failed' || jobs[at]?.some((job) => job.status === 'failed') === true,
  );
  return {
    project: projectId(project.id),
    path,
    jobs: pipelines.reduce(
      (sum, { status }, at) => sum + (FINISHED.has(status.toUpperCase()) ? (jobs[at]?.length ?? 0) : 0),
      0,
    ),
    suspicious: suspicious.length > 0,
    more: lists.some(({ more }) => more),
    pipelines: suspicious.map(({ id }) => id),
  };
}

async function changedPipelines(
  client: GitlabClient,
  path: string,
  endpoint: string,
  since: EpochMs,
  filter: Readonly<Record<string, string>>,
): Promise<{ readonly items: readonly z.infer<typeof RestPipeline>[]; readonly more: boolean }> {
  const search = new URLSearchParams({ per_page: `${PIPELINES_ALONG}`, updated_after: isoTime(since), ...filter });
  const first = await client.pages(`read the pipelines of ${path}`, endpoint, search, RestPipeline).next();
  return first.done === true ? { items: [], more: false } : first.value;
}
