import { Hono } from 'hono';
import { authenticated } from '../authenticate.ts';
import { jobEntity } from '../entities/ci.ts';
import type { Routes, SandboxEnv, Stand } from '../env.ts';
import { forbidden, invalidParameter, notFound } from '../errors.ts';
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
      // No job is ever in progress between two moves of the clock, so no job token lives, and the stand-in has no trigger
      // tokens: GitLab answers both with a bare 404.
      throw notFound();
    });
  }
  return routes;
}
