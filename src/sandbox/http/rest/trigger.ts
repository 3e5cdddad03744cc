import { Hono } from 'hono';
import { authenticated } from '../authenticate.ts';
import { jobEntity, pipelineDetails } from '../entities/ci.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError, forbidden, invalidParameter, notFound, textOf } from '../answers/errors.ts';
import { judgeRun } from '../job-token/admit.ts';
import { integerParam, levelOn, projectOf } from '../lookup.ts';
import { bodyParams, optionalText } from '../params.ts';

/** Starting work by hand: retried jobs and the trigger endpoint. */
export function triggerRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const { world } = stand;
  routes.post('/projects/:id/jobs/:job_id/retry', (call) => {
    const viewer = authenticated(call);
    const project = projectOf(stand, call);
    const job = world.jobById(integerParam(call, 'job_id'));
    if (job?.project.id !== project.id) throw notFound();
    if (levelOn(world, viewer, project) < 30) throw forbidden();
    const outcome = world.runJob(project.fullPath, job.name);
    if (!outcome.ok) throw forbidden('Job is not retryable');
    return call.json(jobEntity(world, outcome.job), 201);
  });
  for (const path of ['/projects/:id/trigger/pipeline', '/projects/:id/ref/:ref/trigger/pipeline']) {
    routes.post(path, async (call) => {
      const params = { ...(await bodyParams(call)), ...call.req.param() };
      for (const name of ['token', 'ref']) {
        if (optionalText(params, name) === null) throw invalidParameter(`${name} is missing`);
      }
      return trigger(stand, call, {
        token: optionalText(params, 'token') ?? '',
        ref: optionalText(params, 'ref') ?? '',
      });
    });
  }
  return routes;
}

/** Only tokens of jobs start pipelines here: the stand-in has no trigger tokens, which GitLab answers with a bare 404. */
function trigger(stand: Stand, call: Call, { token, ref }: { readonly token: string; readonly ref: string }): Response {
  const { world } = stand;
  const run = stand.liveJobs.find(token);
  const id = call.req.param('id') ?? '';
  const callee = /^\d{1,15}$/.test(id) ? world.projectById(Number(id)) : (world.findProject(id)?.project ?? null);
  if (run === null || callee === null) throw notFound();
  try {
    judgeRun(stand, call, run, callee, { access: 'trigger-api', ways: ['request'] });
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) throw unableToCreate(textOf(error.body));
    throw error;
  }
  if (ref !== callee.defaultBranch) throw unableToCreate('Reference not found');
  const outcome = world.runPipeline(callee.fullPath);
  if (!outcome.ok)
    throw unableToCreate(
      'Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.',
    );
  return call.json(pipelineDetails(world, outcome.pipeline), 201);
}

/** A pipeline's own errors stand under `base`. */
function unableToCreate(reason: string): ApiError {
  return new ApiError(400, { message: { base: [reason] } });
}
