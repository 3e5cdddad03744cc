import type { PipelineActivity } from '../../domain/job.ts';
import { isoTime, projectId, type EpochMs } from '../../domain/values.ts';
import type { Page, ScopeQuery } from '../../engine/ports.ts';
import type { Features } from './capabilities.ts';
import type { GitlabClient } from './client.ts';
import { activityDocument, PIPELINES_ALONG } from './documents.ts';
import { forgeError, HttpFailure } from './errors.ts';
import { readSized, type GraphqlClient } from './graphql.ts';
import { nextCursor } from './complete.ts';
import { projectsOf, scopeName, scopeVariables } from './inventory.ts';
import { PageSizer } from './page-size.ts';
import { readAll } from './rest-lists.ts';
import { RestPipeline, RestProject, type ActivityNode } from './schema.ts';
import { z } from 'zod';

export interface ActivityDeps {
  readonly client: GitlabClient;
  readonly graphql: GraphqlClient;
  readonly features: Features;
  readonly membershipOnly: () => Promise<boolean>;
}

/** GitLab's words for a pipeline whose jobs have all come to an end. */
const FINISHED: ReadonlySet<string> = new Set(['SUCCESS', 'FAILED', 'CANCELED']);

/** A sweep over the pipelines of many projects: which of them deserve a look at their failed jobs. */
export class Activity {
  readonly #deps: ActivityDeps;
  readonly #sizer = new PageSizer(100);

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
    return {
      items: list.nodes.flatMap((node) => (node === null ? [] : toActivity(node))),
      next: nextCursor(list.pageInfo, after, operation),
      total: list.count ?? null,
    };
  }
}

/** A project whose pipelines are hidden deserves a look as well: unknown is not the same as quiet. */
function toActivity(node: ActivityNode): readonly PipelineActivity[] {
  const known = { project: projectId(node.id), path: node.fullPath };
  if (!node.pipelines) return [{ ...known, jobs: 0, suspicious: true, more: true }];
  const pipelines = node.pipelines.nodes.filter((pipeline) => pipeline !== null);
  if (pipelines.length === 0) return [];
  const finished = pipelines.filter(({ status }) => FINISHED.has(status));
  return [
    {
      ...known,
      jobs: finished.reduce((sum, { totalJobs }) => sum + (totalJobs ?? 1), 0),
      // Pipelines still running count too: a job of theirs may have failed already.
      suspicious: pipelines.some(
        ({ status, failedJobsCount, warnings }) =>
          status === 'FAILED' || (failedJobsCount ?? 0) > 0 || warnings === true,
      ),
      more: node.pipelines.pageInfo.hasNextPage,
    },
  ];
}

const REST_PAGE = 20;

/** The same without GraphQL: a request per project, and one per pipeline. The cursor is a page number. */
export async function restActivity(
  client: GitlabClient,
  scope: ScopeQuery,
  since: EpochMs,
  after: string | null,
  membershipOnly: () => Promise<boolean>,
): Promise<Page<PipelineActivity>> {
  const page = Number(after ?? '1');
  const search = new URLSearchParams({ per_page: `${REST_PAGE}`, page: `${page}`, order_by: 'id', sort: 'asc' });
  if (scope.kind === 'group') search.set('include_subgroups', 'true');
  if (scope.kind === 'all' && (await membershipOnly())) search.set('membership', 'true');
  // A project whose last activity is older has run no pipeline since; GitLab keeps that moment to the hour.
  if (scope.kind === 'all') search.set('last_activity_after', isoTime((since - 3_600_000) as EpochMs));
  const endpoint = scope.kind === 'group' ? `groups/${encodeURIComponent(scope.path)}/projects` : 'projects';
  const operation = `read the projects of ${scopeName(scope)}`;
  const first = await client.pages(operation, endpoint, search, RestProject).next();
  if (first.done === true) throw forgeError(new HttpFailure('unreadable', 'an answer without a list'), operation);
  const found = await Promise.all(first.value.items.map((project) => restProjectActivity(client, project, since)));
  return {
    items: found.flatMap((activity) => (activity === null ? [] : [activity])),
    next: first.value.more ? `${page + 1}` : null,
    total: first.value.total,
  };
}

const RestJobStatus = z.object({ status: z.string() });

async function restProjectActivity(
  client: GitlabClient,
  project: z.infer<typeof RestProject>,
  since: EpochMs,
): Promise<PipelineActivity | null> {
  const path = project.path_with_namespace;
  const search = new URLSearchParams({ per_page: `${PIPELINES_ALONG}`, updated_after: isoTime(since) });
  const endpoint = `projects/${project.id}/pipelines`;
  const first = await client.pages(`read the pipelines of ${path}`, endpoint, search, RestPipeline).next();
  if (first.done === true || first.value.items.length === 0) return null;
  const pipelines = first.value.items;
  const jobs = await Promise.all(
    pipelines.map(({ id }) =>
      readAll(
        client,
        `read the jobs of pipeline ${id} of ${path}`,
        `${endpoint}/${id}/jobs`,
        new URLSearchParams({ per_page: '100' }),
        RestJobStatus,
      ),
    ),
  );
  return {
    project: projectId(project.id),
    path,
    jobs: pipelines.reduce(
      (sum, { status }, at) => sum + (FINISHED.has(status.toUpperCase()) ? (jobs[at]?.length ?? 0) : 0),
      0,
    ),
    suspicious:
      pipelines.some(({ status }) => status === 'failed') || jobs.flat().some(({ status }) => status === 'failed'),
    more: first.value.more,
  };
}
