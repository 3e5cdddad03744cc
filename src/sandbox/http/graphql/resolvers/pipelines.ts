import { GraphQLError } from 'graphql';
import type { EpochMs } from '../../../world/world.ts';
import type { PipelineQuery, PipelineRun, Project } from '../../../world/world.ts';
import { shaOf } from '../../entities/ci.ts';
import { canReadJobs } from '../../lookup.ts';
import { connectionOf, countUpTo, type PageArgs, type Rows } from './connections.ts';
import { globalId, numberOf, type GraphqlContext } from '../context.ts';
import { resolver, type ResolverMap } from './resolver-map.ts';
import { jobConnection, type JobFilter } from './jobs.ts';

const MAX_IDS = 20;
const COUNT_LIMIT = 10_000;

interface PipelinesArgs extends PageArgs {
  readonly status?: string | null;
  readonly scope?: string | null;
  readonly ref?: string | null;
  readonly refType?: string | null;
  readonly sha?: string | null;
  readonly source?: string | null;
  readonly ids?: readonly string[] | null;
  readonly updatedAfter?: EpochMs | null;
  readonly updatedBefore?: EpochMs | null;
  readonly username?: string | null;
}

/** `project.pipelines`, newest first; it has no one-project limit, unlike `jobs`. */
export const projectPipelines = resolver<Project, PipelinesArgs>((project, args, { stand, viewer }) => {
  if (args.ids != null && args.ids.length > MAX_IDS) {
    throw new GraphQLError(`Argument 'ids' is limited to ${MAX_IDS} values`);
  }
  if (!canReadJobs(stand.world, viewer, project)) return null;
  const matches = pipelineFilter(args, project);
  const rows: Rows<PipelineRun> = {
    keyOf: ({ id }) => id,
    *after(key) {
      const status = args.status?.toLowerCase();
      const query: PipelineQuery = {
        ...(status === 'success' || status === 'failed' ? { status } : {}),
        ...(key === null ? {} : { belowId: key }),
        ...(args.updatedAfter == null ? {} : { after: args.updatedAfter }),
        ...(args.updatedBefore == null ? {} : { before: args.updatedBefore }),
      };
      for (const pipeline of stand.world.pipelines(project.id, query)) if (matches(pipeline)) yield pipeline;
    },
    count() {
      return countUpTo(this.after(null), COUNT_LIMIT);
    },
  };
  return connectionOf(rows, args);
});

function pipelineFilter(args: PipelinesArgs, project: Project): (pipeline: PipelineRun) => boolean {
  const ids = args.ids == null ? null : new Set(args.ids.map((gid) => numberOf(gid, 'Ci::Pipeline')));
  const impossible =
    args.scope === 'RUNNING' ||
    args.scope === 'PENDING' ||
    args.scope === 'TAGS' ||
    args.refType === 'TAGS' ||
    (args.ref != null && args.ref !== project.defaultBranch);
  return (pipeline) =>
    !impossible &&
    (args.status == null || pipeline.status === args.status.toLowerCase()) &&
    (ids === null || ids.has(pipeline.id)) &&
    (args.sha == null || shaOf(pipeline.id) === args.sha) &&
    (args.source == null || pipeline.source === args.source) &&
    (args.username == null || pipeline.user.username === args.username);
}

export const PIPELINE_RESOLVERS: ResolverMap = {
  Pipeline: {
    id: resolver<PipelineRun>(({ id }) => globalId('Ci::Pipeline', id)),
    iid: resolver<PipelineRun>(({ iid }) => String(iid)),
    status: resolver<PipelineRun>(({ status }) => status.toUpperCase()),
    active: resolver<PipelineRun>(() => false),
    child: resolver<PipelineRun>(() => false),
    complete: resolver<PipelineRun>(() => true),
    createdAt: resolver<PipelineRun>(({ at }) => at),
    startedAt: resolver<PipelineRun>(({ at }) => at),
    finishedAt: resolver<PipelineRun>(({ at }) => at),
    updatedAt: resolver<PipelineRun>(({ at }) => at),
    duration: resolver<PipelineRun>(() => 0),
    failedJobsCount: resolver<PipelineRun>(({ failedJobs }) => failedJobs),
    jobs: resolver<PipelineRun, PageArgs & JobFilter & { jobKind?: JobFilter['kind'] }>((pipeline, args, context) =>
      pipelineJobs(pipeline, args, context),
    ),
    latest: resolver<PipelineRun>((pipeline, _, { stand }) => {
      const [newest] = stand.world.pipelines(pipeline.project.id);
      return newest?.id === pipeline.id;
    }),
    path: resolver<PipelineRun>(({ id, project }) => `/${project.fullPath}/-/pipelines/${id}`),
    ref: resolver<PipelineRun>(({ project }) => project.defaultBranch),
    refPath: resolver<PipelineRun>(({ project }) => `refs/heads/${project.defaultBranch}`),
    sha: resolver<PipelineRun, { format?: 'SHORT' | 'LONG' | null }>(({ id }, { format }) =>
      format === 'SHORT' ? shaOf(id).slice(0, 8) : shaOf(id),
    ),
    trigger: resolver<PipelineRun>(() => false),
    yamlErrors: resolver<PipelineRun>(() => false),
  },
};

function pipelineJobs(
  pipeline: PipelineRun,
  args: PageArgs & JobFilter & { readonly jobKind?: JobFilter['kind'] },
  context: GraphqlContext,
): unknown {
  return jobConnection(pipeline.project, { ...args, kind: args.jobKind ?? null }, context, pipeline.id);
}
