import type { MiddlewareHandler } from 'hono';
import { presentedSecret } from '../authenticate.ts';
import type { SandboxEnv, Stand } from '../env.ts';
import { rateHeaders, type RateLimiter } from './rate-limit.ts';

/** GitLab's throttle: headers on every answer, and 429 with a plain-text body above the limit. */
export function rateLimitMiddleware(stand: Stand, limiter: RateLimiter): MiddlewareHandler<SandboxEnv> {
  return async (call, next) => {
    const secret = presentedSecret(call);
    const token = secret === null ? null : stand.tokens.find(secret);
    // Unknown and absent tokens share the bucket of the address, as on a server that throttles by IP.
    const state = limiter.take(token === null ? 'anonymous' : String(token.userId));
    if (state.exceeded) call.res = call.text('Retry later\n', 429);
    else await next();
    for (const [name, value] of Object.entries(rateHeaders(state, stand.world.now())))
      call.res.headers.set(name, value);
  };
}
