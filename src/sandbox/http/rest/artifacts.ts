import { Hono } from 'hono';
import type { JobRun, Project } from '../../world/world.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError, invalidParameter, notFound, unauthorized } from '../answers/errors.ts';
import { admit, judgeRun } from '../job-token/admit.ts';
import { presentedJobToken } from '../job-token/present.ts';
import { integerParam } from '../lookup.ts';
import { optionalText, queryParams } from '../params.ts';
import { sendFile } from '../packages/downloads.ts';

const DEMAND = { access: 'artifacts', ways: ['request'] } as const;

/** Artifacts of finished jobs: for people, for scripts, and for the runner that fetches what a job needs. */
export function artifactRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.get('/projects/:id/jobs/artifacts/:ref{.+}/download', (call) => {
    const { project } = admit(stand, call, DEMAND);
    return sendArchive(stand, call, latestJob(stand, call, project));
  });
  routes.get('/projects/:id/jobs/artifacts/:rest{[^/]+/raw/.+}', (call) => {
    const { project } = admit(stand, call, DEMAND);
    const path = /\/raw\/(.+)$/.exec(call.req.param('rest'))?.[1] ?? '';
    return sendOne(stand, call, latestJob(stand, call, project), path);
  });
  routes.get('/projects/:id/jobs/:job_id/artifacts', (call) => {
    const { project } = admit(stand, call, DEMAND);
    return sendArchive(stand, call, jobOf(stand, call, project));
  });
  routes.get('/projects/:id/jobs/:job_id/artifacts/:path{.+}', (call) => {
    const { project } = admit(stand, call, DEMAND);
    return sendOne(stand, call, jobOf(stand, call, project), call.req.param('path'));
  });
  // The runner's own download before the script: the consuming job's token, and no word why it is refused.
  routes.get('/jobs/:job_id/artifacts', (call) => {
    const presented = presentedJobToken(stand, call, ['request']) ?? tokenParameter(stand, call);
    if (presented?.run == null) throw unauthorized();
    const job = stand.world.jobById(integerParam(call, 'job_id'));
    if (job === null) throw notFound();
    judgeRun(stand, call, presented.run, job.project, { access: 'needs-project', ways: ['request'] });
    return sendArchive(stand, call, job);
  });
  return routes;
}

/** The runner sends its job's token as `token`. */
function tokenParameter(stand: Stand, call: Call): ReturnType<typeof presentedJobToken> {
  const token = call.req.query('token');
  return token === undefined ? null : { token, run: stand.liveJobs.find(token) };
}

function jobOf({ world }: Stand, call: Call, project: Project): JobRun {
  const job = world.jobById(integerParam(call, 'job_id'));
  if (job?.project.id !== project.id) throw notFound();
  return job;
}

/** The newest successful job of that name on the default branch: the world has no other branch. */
function latestJob({ world }: Stand, call: Call, project: Project): JobRun {
  const name = optionalText(queryParams(call), 'job');
  if (name === null) throw invalidParameter('job is missing');
  const ref = call.req.param('ref') ?? /^([^/]+)/.exec(call.req.param('rest') ?? '')?.[1] ?? '';
  if (ref !== project.defaultBranch) throw notFound();
  for (const job of world.jobs(project.id, { status: 'success' })) if (job.name === name) return job;
  throw notFound();
}

async function sendArchive(stand: Stand, call: Call, job: JobRun): Promise<Response> {
  const files = stand.world.artifacts(job.id);
  if (files === null) throw notFound();
  const bytes = await stand.repositories.zip(`artifacts-${String(job.id)}`, files);
  return sendFile(stand, call, { bytes: new Uint8Array(bytes), name: 'artifacts.zip', type: 'application/zip' });
}

/** Single files come out of the archive through GitLab itself: no redirect. */
function sendOne({ world }: Stand, call: Call, job: JobRun, path: string): Response {
  const files = world.artifacts(job.id);
  if (files === null || !Object.hasOwn(files, path)) throw new ApiError(404, { message: '404 Not Found' });
  call.header('Content-Type', 'application/octet-stream');
  return call.body(files[path] ?? '');
}
