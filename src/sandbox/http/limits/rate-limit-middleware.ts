import type { MiddlewareHandler } from 'hono';
import { presentedSecret } from '../authenticate.ts';
import type { SandboxEnv, Stand } from '../env.ts';
import type { RateHeaders } from '../versions.ts';
import { rateHeaders, type RateLimiter } from './rate-limit.ts';

/** GitLab's throttle: 429 with a plain-text body above the limit, and headers on as many answers as the quirk says. */
export function rateLimitMiddleware(stand: Stand, limiter: RateLimiter): MiddlewareHandler<SandboxEnv> {
  return async (call, next) => {
    const secret = presentedSecret(call);
    const token = secret === null ? null : stand.tokens.find(secret);
    // Unknown and absent tokens share the bucket of the address, as on a server that throttles by IP.
    const state = limiter.take(token === null ? 'anonymous' : String(token.userId));
    if (state.exceeded) call.res = call.text('Retry later\n', 429);
    else await next();
    const told = toldHeaders(rateHeaders(state, stand.world.now()), stand.can.rateHeaders, state.exceeded);
    for (const [name, value] of Object.entries(told)) call.res.headers.set(name, value);
  };
}

type Headers = Readonly<Record<string, string>>;

function toldHeaders(headers: Headers, told: RateHeaders, refused: boolean): Headers {
  switch (told) {
    case 'always':
      return headers;
    case 'refusals':
      return refused ? headers : {};
    case 'retry-after':
      return refused ? { 'Retry-After': headers['Retry-After'] ?? '' } : {};
    case 'none':
      return {};
  }
}
