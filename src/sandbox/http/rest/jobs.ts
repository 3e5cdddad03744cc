import { Hono } from 'hono';
import type { JobQuery, JobRun, PipelineRun, Project, World } from '../../world/world.ts';
import { jobEntity } from '../entities/ci.ts';
import { authenticated } from '../authenticate.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError, forbidden, invalidParameter, methodNotAllowed, notFound, unauthorized } from '../answers/errors.ts';
import { presentedJobToken } from '../job-token/present.ts';
import { canReadJobs, integerParam, projectOf } from '../lookup.ts';
import { decodeCursor, encodeCursor, keysetLink, offsetPage, pageRequest, uncounted } from '../answers/pages.ts';
import { optionalText, queryParams, textList, type Params } from '../params.ts';
import { traceResponse } from './trace.ts';

const JOB_STATUSES = [
  'canceled',
  'canceling',
  'created',
  'failed',
  'manual',
  'pending',
  'preparing',
  'running',
  'scheduled',
  'skipped',
  'success',
  'waiting_for_callback',
  'waiting_for_resource',
] as const;

/** Jobs of a project and of a pipeline, single jobs and their logs. */
export function jobRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const { world } = stand;
  // The job a token belongs to: the one thing every job may ask.
  routes.get('/job', (call) => {
    const run = presentedJobToken(stand, call, ['request', 'bearer'])?.run ?? null;
    if (run === null) throw unauthorized();
    const { id, pipelineId, project, name, user, at } = run;
    const job = { id, pipelineId, project, name, user, at, status: 'success', failureReason: null } as const;
    const entity = jobEntity(world, { ...job, allowFailure: false });
    return call.json({ ...entity, status: 'running', finished_at: null });
  });
  routes.get('/projects/:id/jobs', (call) => listJobs(stand, call));
  routes.get('/projects/:id/jobs/:job_id', (call) => call.json(jobEntity(world, jobOf(stand, call))));
  routes.get('/projects/:id/jobs/:job_id/trace', (call) => traceResponse(stand, call, jobOf(stand, call)));
  routes.get('/projects/:id/pipelines/:pipeline_id/jobs', (call) => {
    const params = queryParams(call);
    const pipeline = pipelineOf(stand, call);
    const jobs = world.jobs(pipeline.project.id, { pipelineId: pipeline.id });
    return call.json(offsetPage(call, params, uncounted(scoped(jobs, params))).map((job) => jobEntity(world, job)));
  });
  // The world's jobs are builds: no pipeline has a bridge.
  routes.get('/projects/:id/pipelines/:pipeline_id/bridges', (call) => {
    pipelineOf(stand, call);
    return call.json(offsetPage(call, queryParams(call), uncounted([])));
  });
  return routes;
}

/** The project of a CI route: its jobs must be readable, else 403. */
export function ciProject(stand: Stand, call: Call): Project {
  authenticated(call);
  const project = projectOf(stand, call);
  if (!canReadJobs(stand.world, call.get('viewer'), project)) throw forbidden();
  return project;
}

/** The pipeline named by `:pipeline_id` if it belongs to the project. */
export function pipelineOf(stand: Stand, call: Call): PipelineRun {
  const project = ciProject(stand, call);
  const pipeline = stand.world.pipelineById(integerParam(call, 'pipeline_id'));
  if (pipeline?.project.id !== project.id) throw notFound();
  return pipeline;
}

function jobOf(stand: Stand, call: Call): JobRun {
  const project = ciProject(stand, call);
  const job = stand.world.jobById(integerParam(call, 'job_id'));
  if (job?.project.id !== project.id) throw notFound();
  return job;
}

function listJobs(stand: Stand, call: Call): Response {
  const project = ciProject(stand, call);
  const params = queryParams(call);
  const { world } = stand;
  const present = (job: JobRun): Record<string, unknown> => jobEntity(world, job);
  if (optionalText(params, 'pagination') !== 'keyset') {
    return call.json(offsetPage(call, params, uncounted(jobsOf(world, project, params, null))).map(present));
  }
  if ((optionalText(params, 'order_by') ?? 'id') !== 'id' || (optionalText(params, 'sort') ?? 'desc') !== 'desc') {
    throw methodNotAllowed('Keyset pagination is not yet available for this type of request');
  }
  const text = optionalText(params, 'cursor');
  const below = text === null ? null : decodeCursor(text);
  if (text !== null && below === null) throw new ApiError(400, { error: 'cursor is invalid' });
  const { perPage } = pageRequest(params);
  const rows = uncounted(jobsOf(world, project, params, below)).slice(0, perPage + 1);
  const page = rows.slice(0, perPage);
  const last = page.at(-1);
  keysetLink(call, rows.length > perPage && last !== undefined ? { cursor: encodeCursor(last.id) } : null);
  return call.json(page.map(present));
}

/** A finished world holds only failed and successful jobs; asking for other states is legal and finds none. */
function jobsOf(world: World, project: Project, params: Params, below: number | null): Iterable<JobRun> {
  const wanted = wantedStatuses(params);
  const [only] = wanted?.length === 1 ? wanted : [];
  const query: JobQuery = {
    ...(only === 'failed' || only === 'success' ? { status: only } : {}),
    ...(below === null ? {} : { belowId: below }),
  };
  return scoped(world.jobs(project.id, query), params);
}

function* scoped(jobs: Iterable<JobRun>, params: Params): Iterable<JobRun> {
  const wanted = wantedStatuses(params);
  if (wanted !== null && !wanted.includes('failed') && !wanted.includes('success')) return;
  for (const job of jobs) if (wanted === null || wanted.includes(job.status)) yield job;
}

function wantedStatuses(params: Params): readonly string[] | null {
  const scope = textList(params, 'scope');
  if (scope.length === 0) return null;
  const unknown = scope.find((status) => !(JOB_STATUSES as readonly string[]).includes(status));
  if (unknown !== undefined) throw invalidParameter('scope does not have a valid value');
  return scope;
}
