import { Hono, type MiddlewareHandler } from 'hono';
import { restViewer, requireScope } from './authenticate.ts';
import { limitBody } from './limits/body-limit.ts';
import { controlRoutes } from './control.ts';
import type { Call, Routes, SandboxEnv, Stand } from './env.ts';
import { ApiError, type ErrorBody } from './answers/errors.ts';
import { faultMiddleware, type FaultEngine } from './faults/engine.ts';
import { graphqlRoutes } from './graphql/endpoint.ts';
import { countAttempts } from './job-token/admit.ts';
import { gitRoutes } from './job-token/git-routes.ts';
import { journalMiddleware } from './journal/journal-middleware.ts';
import { Moved } from './lookup.ts';
import { objectStorageRoutes } from './packages/downloads.ts';
import { genericPackageRoutes } from './packages/generic.ts';
import { npmRoutes } from './packages/npm.ts';
import { pypiRoutes } from './packages/pypi.ts';
import { rateLimitMiddleware } from './limits/rate-limit-middleware.ts';
import type { RateLimiter } from './limits/rate-limit.ts';
import { registryRoutes } from './registry/routes.ts';
import { registryTokenRoutes } from './registry/token-service.ts';
import { artifactRoutes } from './rest/artifacts.ts';
import { featureListRoutes } from './rest/feature-lists.ts';
import { groupRoutes } from './rest/groups.ts';
import { instanceRoutes } from './rest/instance.ts';
import { issueRoutes } from './rest/issues.ts';
import { jobTokenScopeRoutes } from './rest/job-token-scope.ts';
import { jobRoutes } from './rest/jobs.ts';
import { memberRoutes } from './rest/members.ts';
import { pipelineRoutes } from './rest/pipelines.ts';
import { projectRoutes } from './rest/projects.ts';
import { protectedEnvironmentRoutes } from './rest/protected-environments.ts';
import { releaseRoutes } from './rest/releases.ts';
import { repositoryRoutes } from './rest/repository.ts';
import { triggerRoutes } from './rest/trigger.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** What stands before the routes, where the operator asked for it. */
export interface Guards {
  readonly limiter: RateLimiter | null;
  readonly faults: FaultEngine | null;
  /** Secret that the control routes demand; null on loopback, where they are open. */
  readonly controlSecret: string | null;
}

/** The whole HTTP face of one stand-in. */
export function createApp(stand: Stand, guards: Guards): Routes {
  const app = new Hono<SandboxEnv>();
  // Every answer tells the simulated time: clients compare it with the times in the log.
  app.use('*', async (call, next) => {
    await next();
    call.res.headers.set('Date', new Date(stand.world.now()).toUTCString());
  });
  // Packages and pushes are larger, and bytes: their routes read them with limits of their own.
  app.use('*', limitBody(MAX_BODY_BYTES, isUpload));
  app.use('/api/*', journalMiddleware(stand));
  if (guards.faults !== null) app.use('*', sparing('/-/sandbox/', faultMiddleware(stand, guards.faults)));
  if (guards.limiter !== null) app.use('/api/*', rateLimitMiddleware(stand, guards.limiter));
  app.use('/api/v4/*', async (call: Call, next) => {
    const viewer = restViewer(stand, call);
    if (viewer !== null) requireScope(viewer, scopesFor(call.req.method, call.req.path));
    call.set('viewer', viewer);
    await next();
  });
  app.use('*', countAttempts(stand));
  app.route('/api/v4', restRoutes(stand));
  app.route('/api', graphqlRoutes(stand));
  app.route('/-/sandbox', controlRoutes(stand, guards.controlSecret));
  app.route('/-/object-storage', objectStorageRoutes(stand.objects));
  app.route('/jwt', registryTokenRoutes(stand));
  app.route('/', registryRoutes(stand));
  app.route('/', gitRoutes(stand));
  app.notFound((call) =>
    call.req.path.startsWith('/api/') ? call.json({ error: '404 Not Found' }, 404) : call.text('Not Found', 404),
  );
  app.onError((error, call) => {
    if (error instanceof ApiError) return call.json<ErrorBody>(error.body, error.status);
    if (error instanceof Moved) return call.redirect(error.location, 301);
    // Who hangs up in the middle of a request is nobody's fault here.
    if (!call.env.incoming.socket.destroyed) process.emitWarning(error);
    return call.json({ message: '500 Internal Server Error' }, 500);
  });
  return app;
}

/** The operator's own handle is never spoilt. */
function sparing(prefix: string, middleware: MiddlewareHandler<SandboxEnv>): MiddlewareHandler<SandboxEnv> {
  return (call, next) => (call.req.path.startsWith(prefix) ? next() : middleware(call, next));
}

function restRoutes(stand: Stand): Routes {
  const rest = new Hono<SandboxEnv>();
  const families = [
    instanceRoutes,
    projectRoutes,
    jobTokenScopeRoutes,
    groupRoutes,
    memberRoutes,
    protectedEnvironmentRoutes,
    pipelineRoutes,
    jobRoutes,
    repositoryRoutes,
    issueRoutes,
    triggerRoutes,
    artifactRoutes,
    releaseRoutes,
    featureListRoutes,
    npmRoutes,
    pypiRoutes,
    genericPackageRoutes,
  ];
  for (const family of families) rest.route('/', family(stand));
  return rest;
}

function isUpload(path: string): boolean {
  return /^\/v2\/|^\/api\/v4\/projects\/[^/]+\/packages\/|\.git\/git-(?:upload|receive)-pack$/.test(path);
}

function scopesFor(method: string, path: string): readonly ('api' | 'read_api' | 'read_user')[] {
  if (path === '/api/v4/personal_access_tokens/self') return ['api', 'read_api', 'read_user'];
  if (method !== 'GET' && method !== 'HEAD') return ['api'];
  return path === '/api/v4/user' || path.startsWith('/api/v4/users')
    ? ['api', 'read_api', 'read_user']
    : ['api', 'read_api'];
}
