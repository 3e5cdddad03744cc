import { GraphQLError } from 'graphql';
import type { JobQuery, JobRun, Project } from '../../../world/world.ts';
import { shaOf } from '../../entities/ci.ts';
import { canReadJobs } from '../../lookup.ts';
import { connectionOf, countUpTo, type Connection, type PageArgs, type Rows } from './connections.ts';
import { globalId, limitCalls, type GraphqlContext } from '../context.ts';
import { resolver, type ResolverMap } from './resolver-map.ts';
import { htmlSummary } from './trace-summary.ts';

/** What `CiJobConnection.count` counts to by default. */
const COUNT_LIMIT = 1_000;

/** Arguments of a connection of jobs; what is null or left out does not narrow it. */
export interface JobFilter {
  readonly statuses?: readonly string[] | null;
  readonly name?: string | null;
  readonly kind?: 'BUILD' | 'BRIDGE' | null;
  readonly retried?: boolean | null;
}

/** `project.jobs`: GitLab resolves it for one project per request. */
export const projectJobs = resolver<Project, PageArgs & JobFilter>((project, args, context) => {
  limitCalls(context, 'Project', 'jobs', 1);
  return jobConnection(project, args, context, null);
});

interface InstanceFilter extends JobFilter {
  readonly runnerTypes?: readonly string[] | null;
  readonly compatibleRunnerId?: string | null;
  readonly failureReason?: string | null;
}

/** The root's `jobs`: of the whole instance, for administrators alone. Every job here ran on the one instance runner. */
export const instanceJobs = resolver<undefined, PageArgs & InstanceFilter>((_, args, { stand, viewer }) => {
  const { runnerTypes, failureReason } = args;
  if (failureReason != null) refuseOtherFilters(failureReason, runnerTypes ?? []);
  const visible =
    viewer?.user.admin === true &&
    args.compatibleRunnerId == null &&
    (runnerTypes == null || runnerTypes.includes('INSTANCE_TYPE'));
  const list = visible ? (query: JobQuery) => stand.world.instanceJobs(query) : () => [];
  return jobsConnection(args, list, (job) => failureReason == null || job.failureReason === 'runner_system_failure');
});

/** GitLab has an index for this one combination. */
function refuseOtherFilters(failureReason: string, runnerTypes: readonly string[]): void {
  if (failureReason !== 'RUNNER_SYSTEM_FAILURE')
    throw new GraphQLError('failure_reason only supports RUNNER_SYSTEM_FAILURE');
  if (runnerTypes.length !== 1 || runnerTypes[0] !== 'INSTANCE_TYPE')
    throw new GraphQLError('failure_reason can only be used together with runner_type: INSTANCE_TYPE');
}

/** Jobs of a project or of one of its pipelines, newest first. Null where CI/CD is hidden from the viewer. */
export function jobConnection(
  project: Project,
  args: PageArgs & JobFilter,
  { stand, viewer }: GraphqlContext,
  pipelineId: number | null,
): Connection<JobRun> | null {
  if (!canReadJobs(stand.world, viewer, project)) return null;
  const inPipeline = pipelineId === null ? {} : { pipelineId };
  return jobsConnection(args, (query) => stand.world.jobs(project.id, { ...query, ...inPipeline }));
}

function jobsConnection(
  args: PageArgs & JobFilter,
  list: (query: JobQuery) => Iterable<JobRun>,
  passes: (job: JobRun) => boolean = () => true,
): Connection<JobRun> {
  const wanted = args.statuses == null ? null : new Set(args.statuses.map((status) => status.toLowerCase()));
  const [only] = wanted?.size === 1 ? wanted : [];
  const matches = (job: JobRun): boolean =>
    (wanted === null || wanted.has(job.status)) && (args.name == null || job.name.includes(args.name)) && passes(job);
  const rows: Rows<JobRun> = {
    keyOf: ({ id }) => id,
    *after(key) {
      if (args.kind === 'BRIDGE' || args.retried === true) return; // the world has neither
      if (wanted !== null && !wanted.has('failed') && !wanted.has('success')) return;
      const query: JobQuery = {
        ...(only === 'failed' || only === 'success' ? { status: only } : {}),
        ...(key === null ? {} : { belowId: key }),
      };
      for (const job of list(query)) if (matches(job)) yield job;
    },
    count() {
      return countUpTo(this.after(null), COUNT_LIMIT);
    },
  };
  return connectionOf(rows, args);
}

export const JOB_RESOLVERS: ResolverMap = {
  CiJob: {
    id: resolver<JobRun>(({ id }) => globalId('Ci::Build', id)),
    status: resolver<JobRun>(({ status }) => status.toUpperCase()),
    active: resolver<JobRun>(() => false),
    createdAt: resolver<JobRun>(({ at }) => at),
    queuedAt: resolver<JobRun>(({ at }) => at),
    startedAt: resolver<JobRun>(({ at }) => at),
    finishedAt: resolver<JobRun>(({ at }) => at),
    duration: resolver<JobRun>(() => 0),
    exitCode: resolver<JobRun>(({ status, failureReason }) =>
      status === 'success' ? 0 : failureReason === 'script_failure' ? 1 : null,
    ),
    failureMessage: resolver<JobRun>(({ failureReason }) => failureMessage(failureReason)),
    kind: resolver<JobRun>(() => 'BUILD'),
    pipeline: resolver<JobRun>(({ pipelineId }, _, { stand }) => stand.world.pipelineById(pipelineId)),
    refName: resolver<JobRun>(({ project }) => project.defaultBranch),
    refPath: resolver<JobRun>(({ project }) => `/${project.fullPath}/-/commits/${project.defaultBranch}`),
    retried: resolver<JobRun>(() => false),
    retryable: resolver<JobRun>(() => true),
    schedulingType: resolver<JobRun>(() => 'stage'),
    shortSha: resolver<JobRun>(({ pipelineId }) => shaOf(pipelineId).slice(0, 8)),
    source: resolver<JobRun>(({ pipelineId }, _, { stand }) => stand.world.pipelineById(pipelineId)?.source ?? null),
    stage: resolver<JobRun>(() => ({ name: 'test' })),
    stuck: resolver<JobRun>(() => false),
    tags: resolver<JobRun>(() => []),
    trace: resolver<JobRun>((job) => job),
    triggered: resolver<JobRun>(() => false),
    webPath: resolver<JobRun>(({ id, project }) => `/${project.fullPath}/-/jobs/${id}`),
  },
  CiJobTrace: {
    htmlSummary: resolver<JobRun, { lastLines: number }>(({ id }, { lastLines }, { stand }) =>
      htmlSummary(stand.world.trace(id) ?? [], lastLines),
    ),
  },
};

/** The callout texts of GitLab's job page; successful jobs have none. */
function failureMessage(reason: JobRun['failureReason']): string | null {
  switch (reason) {
    case null:
      return null;
    case 'script_failure':
      return 'There has been a script failure. Check the job log for more information';
    case 'runner_system_failure':
      return 'There has been a runner system failure, please try again';
    case 'job_execution_timeout':
      return 'The script exceeded the maximum execution time set for the job';
  }
}
