import type { Clock, Forge } from '../../engine/ports.ts';
import { GitlabClient } from './http/client.ts';
import { ServerClock } from './http/clock.ts';
import { connectForge } from './forge.ts';
import { GraphqlClient } from './graphql/graphql.ts';
import { Transport } from './http/transport.ts';

/** One GitLab and how to speak to it. */
export interface ForgeOptions {
  /** Where GitLab is, such as `https://gitlab.example.com` or `https://example.com/gitlab`. */
  readonly url: string;
  /** Asked for each request; the token is sent to this URL's origin only and kept nowhere. */
  readonly token: () => string;
  /** Requests per minute at most; null to follow what GitLab allows. */
  readonly maxRpm: number | null;
  /** Requests in flight at most; ≥ 1. */
  readonly concurrency: number;
  /** Hears of pauses and repeated attempts, one line each. */
  readonly notify?: (text: string) => void;
  /** When it aborts, no further request starts and waiting ends with `INTERRUPTED`; requests in flight are finished. */
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
  /** For one request with its answer; 60 s unless told, twice of what GitLab gives a GraphQL query. */
  readonly timeoutMs?: number;
  /** So long after it was sent a request that was not answered may still take effect; 90 s unless told. */
  readonly lateMs?: number;
}

/** GitLab ends a request after 60 s (rack-timeout), and lets it wait for its turn before. */
const LATE_MS = 90_000;

/**
 * Connects to one GitLab. Nothing is sent until the first call.
 *
 * @throws RolloutError `USAGE` when the URL is none
 */
export function createForge(options: ForgeOptions): { readonly forge: Forge; readonly clock: Clock } {
  const notify = options.notify ?? (() => undefined);
  const clock = new ServerClock();
  const { url, token, maxRpm, concurrency, signal, timeoutMs = 60_000, lateMs = LATE_MS } = options;
  const transport = new Transport({
    url,
    token,
    maxRpm,
    concurrency,
    clock,
    notify,
    signal,
    fetch: options.fetch,
    timeoutMs,
  });
  const client = new GitlabClient(transport, notify);
  const forge = connectForge({ client, graphql: new GraphqlClient(transport), clock, notify, lateMs });
  return { forge, clock };
}
