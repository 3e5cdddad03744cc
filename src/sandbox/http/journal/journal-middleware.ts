import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { identify } from '../authenticate.ts';
import { presentedJobToken } from '../job-token/present.ts';
import type { Call, SandboxEnv, Stand } from '../env.ts';

/** Marks an answer whose connection was dropped instead: nothing reached the client. */
export const DROPPED_HEADER = 'x-sandbox-dropped';

/** The pattern of the route that will answer, `/api/v4/projects/:id/jobs`; null where only guards match. */
export function routePattern(call: Call): string | null {
  const route = matchedRoutes(call).at(-1);
  return route === undefined || route.path.endsWith('*') ? null : route.path;
}

/** Writes one journal row per API call, refused and broken ones included. */
export function journalMiddleware(stand: Stand): MiddlewareHandler<SandboxEnv> {
  return async (call, next) => {
    // Named before the call runs: a fault may take the token's life meanwhile.
    const identity = identify(stand, call);
    const job = presentedJobToken(stand, call, ['request', 'basic', 'bearer'])?.run ?? null;
    await stand.journal.record(async () => {
      await next();
      return {
        method: call.req.method,
        path: visiblePath(call),
        route: routePattern(call),
        user: identity.kind === 'viewer' ? identity.viewer.user.username : (job?.user.username ?? null),
        status: call.res.headers.has(DROPPED_HEADER) ? 0 : call.res.status,
      };
    });
  };
}

/** Path and query without the secrets they may carry. */
function visiblePath(call: Call): string {
  const url = new URL(call.req.url);
  const secrets = ['private_token', 'job_token', 'token'].filter((name) => url.searchParams.has(name));
  if (secrets.length === 0) return `${url.pathname}${url.search}`;
  for (const name of secrets) url.searchParams.set(name, '[FILTERED]');
  return `${url.pathname}${url.search}`;
}
