import { Hono } from 'hono';
import type { PipelineQuery, PipelineRun } from '../../world/world.ts';
import { pipelineBasic, pipelineDetails, scheduleDetails, scheduleEntity } from '../entities/ci.ts';
import { authenticated } from '../authenticate.ts';
import type { Routes, SandboxEnv, Stand } from '../env.ts';
import { notFound } from '../answers/errors.ts';
import { integerParam, projectOf } from '../lookup.ts';
import { counted, offsetPage, type Countable } from '../answers/pages.ts';
import { optionalChoice, optionalMoment, optionalText, queryParams, type Params } from '../params.ts';
import { ciProject, pipelineOf } from './jobs.ts';

const PIPELINE_STATUSES = [
  'created',
  'waiting_for_resource',
  'preparing',
  'pending',
  'running',
  'success',
  'failed',
  'canceling',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
  'waiting_for_callback',
] as const;
/** GitLab stops counting here too. */
const COUNTED_ROWS = 10_000;

/** Pipelines and pipeline schedules. */
export function pipelineRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const { world } = stand;
  routes.get('/projects/:id/pipelines', (call) => {
    const params = queryParams(call);
    const project = ciProject(stand, call);
    const rows = pipelineRows(() => world.pipelines(project.id, pipelineQuery(params)), params);
    return call.json(offsetPage(call, params, rows).map((pipeline) => pipelineBasic(world, pipeline)));
  });
  routes.get('/projects/:id/pipelines/latest', (call) => {
    const [latest] = world.pipelines(ciProject(stand, call).id);
    if (latest === undefined) throw notFound();
    return call.json(pipelineDetails(world, latest));
  });
  routes.get('/projects/:id/pipelines/:pipeline_id', (call) =>
    call.json(pipelineDetails(world, pipelineOf(stand, call))),
  );
  routes.get('/projects/:id/pipeline_schedules', (call) => {
    const page = offsetPage(call, queryParams(call), counted(world.schedules(ciProject(stand, call).id)));
    return call.json(page.map((schedule) => scheduleEntity(world, schedule)));
  });
  routes.get('/projects/:id/pipeline_schedules/:schedule_id', (call) => {
    authenticated(call);
    const id = integerParam(call, 'schedule_id');
    const schedule = world.schedules(projectOf(stand, call).id).find((candidate) => candidate.id === id);
    if (schedule === undefined) throw notFound('Pipeline Schedule');
    return call.json(scheduleDetails(world, schedule));
  });
  return routes;
}

function pipelineQuery(params: Params): PipelineQuery {
  const status = optionalChoice(params, 'status', PIPELINE_STATUSES);
  const after = optionalMoment(params, 'updated_after');
  const before = optionalMoment(params, 'updated_before');
  return {
    ...(status === 'success' || status === 'failed' ? { status } : {}),
    ...(after === null ? {} : { after }),
    ...(before === null ? {} : { before }),
  };
}

/** Pages are taken from the newest first; `sort=asc` turns the list round and has to make all of it. */
function pipelineRows(read: () => Iterable<PipelineRun>, params: Params): Countable<PipelineRun> {
  const matches = pipelineFilter(params);
  const ascending = optionalChoice(params, 'sort', ['asc', 'desc']) === 'asc';
  const take = (limit: number): PipelineRun[] => {
    const rows: PipelineRun[] = [];
    for (const pipeline of read()) {
      if (rows.length >= limit) break;
      if (matches(pipeline)) rows.push(pipeline);
    }
    return rows;
  };
  return {
    get total(): number {
      return take(COUNTED_ROWS + 1).length;
    },
    slice: (start, end) =>
      ascending ? take(Number.POSITIVE_INFINITY).reverse().slice(start, end) : take(end).slice(start),
  };
}

function pipelineFilter(params: Params): (pipeline: PipelineRun) => boolean {
  const status = optionalChoice(params, 'status', PIPELINE_STATUSES);
  const scope = optionalChoice(params, 'scope', ['running', 'pending', 'finished', 'branches', 'tags']);
  const [source, ref, username] = ['source', 'ref', 'username'].map((name) => optionalText(params, name));
  return (pipeline) =>
    (status === null || pipeline.status === status) &&
    (scope === null || scope === 'finished' || scope === 'branches') &&
    (source == null || pipeline.source === source) &&
    (ref == null || pipeline.project.defaultBranch === ref) &&
    (username == null || pipeline.user.username === username);
}
