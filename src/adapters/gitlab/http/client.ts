import { isDeepStrictEqual } from 'node:util';
import {
  ApplicationSettings,
  Groups,
  Metadata,
  PersonalAccessTokens,
  ProjectJobTokenScopes,
  ProjectMembers,
  Projects,
  Users,
} from '@gitbeaker/rest';
import { createRequesterFn, type FormattedResponse, type RequestOptions } from '@gitbeaker/requester-utils';
import { z } from 'zod';
import type { Permit } from '../../../engine/ports.ts';
import { afterFailure, type RetryPolicy } from '../../../domain/retry.ts';
import { HttpFailure, isFailure, toForgeError, unexpectedShape } from './errors.ts';
import { goesRound, Places } from './places.ts';
import type { Answer, Transport } from './transport.ts';

const PATIENCE_MS = 10 * 60_000;
const FLAKY: RetryPolicy = { attempts: 6, firstDelayMs: 500, longestDelayMs: 15_000, patienceMs: PATIENCE_MS };
/** Broken answers are either a hiccup of a proxy or the wrong server; the latter will not get better. */
const BROKEN: RetryPolicy = { attempts: 3, firstDelayMs: 250, longestDelayMs: 1_000, patienceMs: PATIENCE_MS };
/** The budget does the waiting; the attempts only keep a hopeless limit from going on for ever. */
const LIMITED: RetryPolicy = { attempts: 10, firstDelayMs: 50, longestDelayMs: 50, patienceMs: PATIENCE_MS };
/** A host that never answered is most likely misspelt. */
const NEVER_SEEN: RetryPolicy = { attempts: 2, firstDelayMs: 300, longestDelayMs: 300, patienceMs: PATIENCE_MS };

/** Called after each failed attempt that will be repeated; lets the reader ask for less next time. */
export type BeforeRetry = (failure: HttpFailure) => void;

/**
 * Calls to GitLab with our rules of repetition: reads again and again within bounds, writes once. Failures leave it as
 * `RolloutError`. The resources are gitbeaker's, with this transport below them instead of gitbeaker's own, which repeats
 * writes and keeps the token in its errors.
 */
export class GitlabClient {
  readonly transport: Transport;
  readonly scopes: ProjectJobTokenScopes;
  readonly settings: ApplicationSettings;
  readonly metadata: Metadata;
  readonly users: Users;
  readonly tokens: PersonalAccessTokens;
  readonly members: ProjectMembers;
  readonly projects: Projects;
  readonly groups: Groups;
  readonly #notify: (text: string) => void;

  constructor(transport: Transport, notify: (text: string) => void) {
    this.transport = transport;
    this.#notify = notify;
    const requesterFn = createRequesterFn(
      (_, options) => Promise.resolve(options),
      (endpoint, options) => this.#request(endpoint, options as RequestOptions),
    );
    const options = { host: '', requesterFn, rateLimits: {}, queryTimeout: null };
    this.scopes = new ProjectJobTokenScopes(options);
    this.settings = new ApplicationSettings(options);
    this.metadata = new Metadata(options);
    this.users = new Users(options);
    this.tokens = new PersonalAccessTokens(options);
    this.members = new ProjectMembers(options);
    this.projects = new Projects(options);
    this.groups = new Groups(options);
  }

  /** @param operation - completes "could not …": `read the allowlist of acme/libs/core` */
  async read<T>(operation: string, work: () => Promise<T>, beforeRetry?: BeforeRetry): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (thrown) {
        const error = thrown instanceof z.ZodError ? unexpectedShape(thrown) : thrown;
        const delayMs = error instanceof HttpFailure ? this.#delayAfter(error, attempt) : null;
        if (delayMs === null || !(error instanceof HttpFailure)) throw toForgeError(error, operation);
        if (delayMs >= 2_000) this.#notify(`${operation}: ${error.message}; trying again`);
        beforeRetry?.(error);
        await this.#pause(delayMs, operation);
      }
    }
  }

  /** Sends once: after an unclear answer only looking tells whether it took effect. */
  write<T>(operation: string, permit: Permit, work: () => Promise<T>): Promise<T> {
    return this.once(operation, () => this.transport.permitted(permit, work));
  }

  /** Does what cannot be begun again, such as reading on in a stream. */
  async once<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toForgeError(error, operation);
    }
  }

  /** The same with an answer for "there is no such thing" (404). */
  async readOr<T>(absent: T, operation: string, work: () => Promise<T>): Promise<T> {
    return this.read(operation, async () => {
      try {
        return await work();
      } catch (error) {
        if (isFailure(error, 'missing')) return absent;
        throw error;
      }
    });
  }

  /**
   * Pages of a REST list, one request each. Only the parameters of the `Link` header are used, on the endpoint that was asked
   * first: an instance behind a proxy may name another origin there, and a token must not follow.
   *
   * @param endpoint - below `api/v4/`
   */
  async *pages<T>(
    operation: string,
    endpoint: string,
    search: URLSearchParams,
    item: z.ZodType<T>,
  ): AsyncGenerator<{ readonly items: readonly T[]; readonly total: number | null; readonly more: boolean }> {
    const places = new Places();
    let before: unknown = null;
    for (let query: URLSearchParams | null = search; query !== null;) {
      const from = query.toString();
      const path = `api/v4/${endpoint}?${from}`;
      const { items, body, headers } = await this.read(operation, async () => {
        const answer = await this.transport.json('GET', path);
        return { items: item.array().parse(answer.body), ...answer };
      });
      query = nextQuery(headers, query);
      places.check(endpoint, from, query?.toString() ?? null, operation);
      // Or each place leads on, to the same page: no list of GitLab's holds a page twice. What is read of it may be the same.
      if (items.length > 0 && isDeepStrictEqual(body, before)) throw goesRound(operation);
      before = body;
      const total = headers.get('x-total');
      yield { items, total: total === null || total === '' ? null : Number(total), more: query !== null };
    }
  }

  #delayAfter(failure: HttpFailure, attempt: number): number | null {
    const { retryAfterMs } = failure;
    const decision = afterFailure(
      this.#policyFor(failure),
      { attempt, retryable: isFailure(failure, 'limited', 'unavailable', 'unreadable', 'unreachable'), retryAfterMs },
      Math.random(),
    );
    if (decision.kind === 'stop') return null;
    // The budget already holds the next request back by what a 429 asked for.
    return failure.kind === 'limited' ? Math.min(decision.delayMs, LIMITED.longestDelayMs) : decision.delayMs;
  }

  #policyFor(failure: HttpFailure): RetryPolicy {
    if (failure.kind === 'limited') return LIMITED;
    if (failure.kind === 'unreadable') return BROKEN;
    return this.transport.reached ? FLAKY : NEVER_SEEN;
  }

  async #pause(delayMs: number, operation: string): Promise<void> {
    try {
      await this.transport.sleep(delayMs);
    } catch (error) {
      throw toForgeError(error, operation);
    }
  }

  async #request(endpoint: string, options: RequestOptions): Promise<FormattedResponse> {
    const method = (options.method ?? 'GET') as 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    const query = options.searchParams === undefined ? '' : `?${options.searchParams}`;
    const body = typeof options.body === 'string' ? (JSON.parse(options.body) as unknown) : null;
    // Some resources put their first segment into the prefix: `/api/v4/projects` for members.
    const prefix = (options.prefixUrl ?? '').replace(/^\/|\/$/g, '');
    return formatted(await this.transport.json(method, `${prefix}/${endpoint}${query}`, body));
  }
}

function formatted({ status, headers, body }: Answer): FormattedResponse {
  return { status, headers: Object.fromEntries(headers.entries()), body: body as FormattedResponse['body'] };
}

/** Parameters of the next page: from `Link: <…>; rel="next"`, else from `x-next-page`; null at the end. */
function nextQuery(headers: Headers, current: URLSearchParams): URLSearchParams | null {
  const link = /<([^>]*)>\s*;[^,]*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  if (link !== undefined && URL.canParse(link, 'http://relative.invalid')) {
    return new URL(link, 'http://relative.invalid').searchParams;
  }
  const page = headers.get('x-next-page');
  if (page === null || !/^\d+$/.test(page)) return null;
  const next = new URLSearchParams(current);
  next.set('page', page);
  return next;
}
