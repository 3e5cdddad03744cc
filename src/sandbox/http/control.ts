import { Hono } from 'hono';
import pLimit from 'p-limit';
import { z } from 'zod';
import { ROLES, type Role } from '../world/vocabulary.ts';
import type { JobRun, Project } from '../world/world.ts';
import { advanceWithScripts, MOST_PER_MOVE, runScript } from '../scripts/script-jobs.ts';
import { DURATION_PATTERN, durationMs } from '../world/organisation/durations.ts';
import type { Call, Routes, SandboxEnv, Stand } from './env.ts';
import { hookRoutes } from './hooks.ts';
import { TOKEN_SCOPES } from './tokens.ts';

const MAX_ADVANCE_MS = 10 * 366 * 86_400_000;
const advanceBody = z.strictObject({ advance: z.string() });
const jobBody = z.strictObject({ project: z.string(), name: z.string(), hold: z.boolean().default(false) });
const endBody = z.strictObject({
  status: z.enum(['success', 'failed']).default('success'),
  trace: z.string().default(''),
});
const roleBody = z.strictObject({
  user: z.string(),
  place: z.string(),
  role: z.enum(Object.keys(ROLES) as [Role, ...Role[]]).nullable(),
});
const tokenBody = z.strictObject({
  user: z.string(),
  scopes: z.array(z.enum(TOKEN_SCOPES)).min(1).default(['api']),
  expiresIn: z.string().optional(),
});

/** The stand-in's own routes: what no GitLab has. With a secret they want it as `PRIVATE-TOKEN`. */
export function controlRoutes(stand: Stand, secret: string | null): Routes {
  const routes = new Hono<SandboxEnv>();
  const { world } = stand;
  routes.use('*', async (call, next) => {
    if (secret !== null && call.req.header('private-token') !== secret)
      return call.json({ error: 'unauthorized' }, 401);
    await next();
    return undefined;
  });

  const moves = pLimit(1);
  routes.route('/', hookRoutes(stand));

  const now = (): { readonly now: string } => ({ now: new Date(world.now()).toISOString() });
  routes.get('/clock', (call) => call.json(now()));
  routes.post('/clock', async (call) => {
    const body = advanceBody.safeParse(await jsonBody(call));
    const byMs = body.success ? durationOf(body.data.advance) : null;
    if (byMs === null) return call.json({ error: 'advance must be a whole number and one of s m h d w, as "7d"' }, 400);
    if (byMs > MAX_ADVANCE_MS) return call.json({ error: 'advance must be at most ten years' }, 400);
    // Two moves at once would run each other's scripts.
    const moved = await moves(() => advanceWithScripts(stand, byMs));
    if (moved) return call.json(now());
    const error = `more than ${String(MOST_PER_MOVE)} scripts would run on the way: move on by less`;
    return call.json({ error }, 400);
  });

  routes.get('/requests', (call) => {
    const after = wholeNumber(call.req.query('after') ?? '0');
    const limit = wholeNumber(call.req.query('limit') ?? String(Number.MAX_SAFE_INTEGER));
    if (after === null || limit === null) return call.json({ error: 'after and limit must be whole numbers' }, 400);
    return call.json(stand.journal.after(after, limit));
  });
  routes.get('/state', (call) => call.json(state(stand)));
  routes.get('/truth', (call) => {
    const edges = [...world.truth()].map((edge) => ({
      ...edge,
      first: new Date(edge.first).toISOString(),
      last: new Date(edge.last).toISOString(),
    }));
    return call.json({ edges });
  });
  routes.post('/jobs', async (call) => {
    const body = jobBody.safeParse(await jsonBody(call));
    if (!body.success) return call.json({ error: 'a JSON object with project and name is needed' }, 400);
    const { project, name, hold } = body.data;
    if (hold) return holdJob(stand, call, project, name);
    const ran = await runScript(stand, project, name);
    if (ran !== null) return call.json(jobView(ran), 201);
    const outcome = world.runJob(project, name);
    if (!outcome.ok) return call.json({ error: `no job ${name} in ${project}` }, 404);
    return call.json(jobView(outcome.job), 201);
  });
  routes.post('/jobs/:job_id/end', async (call) => {
    const body = endBody.safeParse((await jsonBody(call)) ?? {});
    if (!body.success) return call.json({ error: z.prettifyError(body.error) }, 400);
    const jobId = wholeNumber(call.req.param('job_id')) ?? 0;
    const failureReason = body.data.status === 'failed' ? 'script_failure' : null;
    const job = world.endRun(jobId, { failureReason, trace: body.data.trace });
    if (job === null) return call.json({ error: `no job ${String(jobId)} is in progress` }, 404);
    stand.liveJobs.end(jobId);
    return call.json(jobView(job));
  });
  tokenRoutes(stand, routes);
  routes.post('/roles', async (call) => {
    const body = roleBody.safeParse(await jsonBody(call));
    if (!body.success) return call.json({ error: z.prettifyError(body.error) }, 400);
    const { user, place, role } = body.data;
    const userId = world.userByName(user)?.id ?? 0;
    if (!world.setRole(userId, place, role).ok) return call.json({ error: `no user ${user}, or no ${place}` }, 404);
    return call.json(body.data);
  });
  return routes;
}

/** A job whose work the caller does itself, with the job's own token, until he ends it. */
function holdJob(stand: Stand, call: Call, project: string, name: string): Response {
  const begun = stand.world.beginRun(project, name);
  if (!begun.ok) return call.json({ error: `no job ${name} in ${project}` }, 404);
  const { id, pipelineId } = begun.run;
  return call.json({ id, pipelineId, status: 'running', token: stand.liveJobs.begin(begun.run) }, 201);
}

function jobView({ id, pipelineId, status, failureReason }: JobRun): Record<string, unknown> {
  return { id, pipelineId, status, failureReason };
}

/** Tokens of the organisation's users, so that a client can be tried with less than an administrator's rights. */
function tokenRoutes(stand: Stand, routes: Routes): void {
  routes.get('/tokens', (call) => {
    const tokens = [...stand.tokens.all()].map(({ userId, secret, scopes, expiresAt }) => ({
      user: stand.world.userById(userId)?.username ?? null,
      token: secret,
      scopes,
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    }));
    return call.json({ tokens });
  });
  routes.post('/tokens', async (call) => {
    const body = tokenBody.safeParse(await jsonBody(call));
    if (!body.success) return call.json({ error: z.prettifyError(body.error) }, 400);
    const user = stand.world.userByName(body.data.user);
    if (user === null) return call.json({ error: `no user ${body.data.user}` }, 404);
    const now = stand.world.now();
    const lifeMs = body.data.expiresIn === undefined ? null : durationOf(body.data.expiresIn);
    if (body.data.expiresIn !== undefined && lifeMs === null)
      return call.json({ error: 'expiresIn is no duration' }, 400);
    const expiresAt = lifeMs === null ? null : now + lifeMs;
    const name = `sandbox ${body.data.scopes.join(' ')}`;
    const token = stand.tokens.issue({ user, name, scopes: body.data.scopes, createdAt: now, expiresAt });
    return call.json({ user: user.username, token: token.secret, scopes: token.scopes }, 201);
  });
}

function state(stand: Stand): Record<string, unknown> {
  const { world } = stand;
  const projects = world.projects().map((project) => [project.fullPath, projectState(stand, project)] as const);
  return { enforced: world.enforced(), projects: Object.fromEntries(projects) };
}

function projectState(stand: Stand, project: Project): Record<string, unknown> {
  const { world } = stand;
  const entries = world.entries(project.id).flatMap((entry) => {
    const target = entry.kind === 'project' ? world.projectById(entry.targetId) : world.groupById(entry.targetId);
    const { kind, defaultPermissions, policies } = entry;
    return target === null ? [] : [{ kind, path: target.fullPath, defaultPermissions, policies }];
  });
  return { id: project.id, stored: project.inboundEnabled, effective: world.effectiveInbound(project.id), entries };
}

async function jsonBody(call: Call): Promise<unknown> {
  try {
    return await call.req.json();
  } catch {
    return null;
  }
}

function wholeNumber(text: string): number | null {
  return /^\d{1,16}$/.test(text) ? Number(text) : null;
}

function durationOf(text: string): number | null {
  return DURATION_PATTERN.test(text) ? durationMs(text) : null;
}
