import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { RolloutError } from '../../../domain/errors.ts';
import type { Permit } from '../../../engine/ports.ts';
import { parseJson, readText, wordsOf } from './body.ts';
import { baseUrl } from './base-url.ts';
import { Budget, isJson, retryAfterMs } from './budget.ts';
import type { ServerClock } from './clock.ts';
import { Deadline } from './deadline.ts';
import { HttpFailure, networkFailure } from './errors.ts';

/** How requests are sent. */
export interface TransportOptions {
  /** Where GitLab is, a relative root such as `/gitlab` included. */
  readonly url: string;
  readonly token: () => string;
  readonly maxRpm: number | null;
  readonly concurrency: number;
  readonly clock: ServerClock;
  readonly notify: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** For one exchange with its body; a trace may take this long between two chunks. */
  readonly timeoutMs: number;
}

/** What came back, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; null for an empty body. */
  readonly body: unknown;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Exchange {
  readonly method: Method;
  readonly url: URL;
  readonly body: string | null;
  /** Whether it may change something on GitLab. */
  readonly writes: boolean;
}

interface Open {
  readonly response: Response;
  readonly deadline: Deadline;
}

const MAX_REDIRECTS = 3;

/**
 * Sends one request and reads one answer; knows nothing of what they mean, and repeats nothing. The token goes to the
 * configured origin and to no other: redirects are followed for reads within that origin only.
 */
export class Transport {
  readonly base: URL;
  /** Whether this GitLab has ever answered; a host that never did is more likely a wrong URL than a hiccup. */
  reached = false;
  /** Requests sent so far. */
  sent = 0;
  readonly #options: TransportOptions;
  readonly #budget: Budget;
  readonly #slots: LimitFunction;
  /** Beside the call, as gitbeaker's methods hand nothing through. */
  readonly #permit = new AsyncLocalStorage<Permit>();
  readonly #finishing = new AsyncLocalStorage<true>();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.base = baseUrl(options.url);
    this.#slots = pLimit({ concurrency: Math.max(1, options.concurrency) });
    this.#budget = new Budget({ now: () => performance.now(), sleep: (ms) => this.sleep(ms) }, options.maxRpm);
  }

  /** What is known of GitLab's limits. */
  get budget(): Pick<Budget, 'paceMs' | 'pauses' | 'learnedRpm' | 'limitKnown' | 'startAt' | 'tell'> {
    return this.#budget;
  }

  /** Waits, unless the run is being stopped. */
  async sleep(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, this.#options.signal ? { signal: this.#options.signal } : {});
    } catch {
      throw new HttpFailure('interrupted', 'the run is being stopped');
    }
  }

  /** Whatever is sent within `work` asks `permit` when nothing but the sending is left: its turn may have been minutes off. */
  permitted<T>(permit: Permit, work: () => Promise<T>): Promise<T> {
    return this.#permit.run(permit, work);
  }

  /** Whatever is sent within `work` is sent although the run is being stopped; nothing waits for it any more, though. */
  finishing<T>(work: () => Promise<T>): Promise<T> {
    return this.#finishing.run(true, work);
  }

  /**
   * @param path - below the base URL: `api/v4/projects/1`
   * @param writes - whether it may change something; of a `POST` to GraphQL its document tells
   * @throws Error for a write outside `permitted`, unsent: it would be one that no intent accounts for
   */
  async json(method: Method, path: string, body: unknown = null, writes = method !== 'GET'): Promise<Answer> {
    const exchange = { method, url: this.#resolve(path), body: body === null ? null : JSON.stringify(body), writes };
    if (writes && this.#permit.getStore() === undefined) throw new Error(`${method} ${path} has no permit to be sent`);
    return this.#slots(async () => {
      const { response, deadline } = await this.#open(exchange);
      try {
        const text = await readText(response);
        const parsed = parseJson(text, response.headers.get('content-type'), response.status);
        return { status: response.status, headers: response.headers, body: parsed };
      } catch (error) {
        throw this.#failureOf(error, deadline);
      } finally {
        deadline.clear();
      }
    });
  }

  /** The body as it streams in. The stream must be read to its end or be left by `return`. */
  async stream(path: string): Promise<AsyncIterable<Uint8Array>> {
    const exchange: Exchange = { method: 'GET', url: this.#resolve(path), body: null, writes: false };
    const open = await this.#slots(() => this.#open(exchange));
    return this.#chunks(open);
  }

  async *#chunks({ response, deadline }: Open): AsyncGenerator<Uint8Array> {
    try {
      if (response.body === null) return;
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        // The reader may take its time over a chunk; only GitLab is held to the deadline.
        deadline.clear();
        yield chunk;
        deadline.start();
      }
    } catch (error) {
      throw this.#failureOf(error, deadline);
    } finally {
      deadline.clear();
    }
  }

  /** Sends, follows redirects of reads within the origin, and turns every refusal into a failure. */
  async #open(exchange: Exchange): Promise<Open> {
    let at = exchange;
    for (let hops = 0; ; hops += 1) {
      const open = await this.#exchange(at);
      const { response } = open;
      if (response.status >= 200 && response.status < 300) return open;
      try {
        if (response.status >= 300 && response.status < 400) {
          at = { ...at, url: this.#redirectTarget(at, response, hops) };
          await response.body?.cancel();
        } else {
          throw this.#refusal(response, await this.#words(response, open.deadline));
        }
      } finally {
        open.deadline.clear();
      }
    }
  }

  async #exchange({ method, url, body, writes }: Exchange): Promise<Open> {
    const { signal, clock } = this.#options;
    const headers = this.#headers(body !== null);
    if (signal?.aborted && !this.#finishing.getStore())
      throw new HttpFailure('interrupted', 'the run is being stopped');
    const route = this.#routeOf(method, url);
    const startedAt = await this.#budget.turn(route);
    if (writes) await this.#permit.getStore()?.();
    const deadline = new Deadline(this.#options.timeoutMs);
    this.sent += 1;
    try {
      const send = this.#options.fetch ?? fetch;
      const response = await send(url, { method, headers, body, redirect: 'manual', signal: deadline.signal });
      this.reached = true;
      clock.observe(response.headers.get('date'));
      const waitMs = this.#budget.observe(route, response, startedAt);
      if (waitMs >= 1_000) this.#options.notify(`GitLab asks for a pause of ${Math.ceil(waitMs / 1_000)} s`);
      return { response, deadline };
    } catch (error) {
      deadline.clear();
      throw this.#failureOf(error, deadline);
    }
  }

  #headers(hasBody: boolean): Record<string, string> {
    const token = this.#options.token();
    // Checked here because the HTTP library would quote a token with a line break in it.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new RolloutError(
        'TOKEN_REFUSED',
        'The access token is empty or holds spaces, line breaks or characters outside ASCII',
        'Set TIDEGATE_TOKEN, or the file given with --token-file, to the bare token.',
      );
    }
    const common = {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/plain',
      'user-agent': 'tidegate',
    };
    return hasBody ? { ...common, 'content-type': 'application/json' } : common;
  }

  /** Of a refusal the words matter, as "no such tree" is not "no such project": one that breaks off is no answer at all. */
  async #words(response: Response, deadline: Deadline): Promise<string> {
    const { status, headers } = response;
    const counts = status >= 400 && status < 500 && status !== 401 && status !== 429;
    try {
      const text = await readText(response);
      if (counts && isJson(headers)) parseJson(text, headers.get('content-type'), status);
      return text;
    } catch (error) {
      if (counts) throw this.#failureOf(error, deadline);
      return '';
    }
  }

  #refusal(response: Response, text: string): HttpFailure {
    const { status } = response;
    const words = wordsOf(text, status).replaceAll(this.#options.token(), '[token]');
    const more = { status, retryAfterMs: retryAfterMs(response.headers) };
    if (status === 401) return new HttpFailure('token', words, more);
    if (status === 404) return new HttpFailure('missing', words, more);
    if (status === 429) return new HttpFailure('limited', words, more);
    return new HttpFailure(status >= 500 || status === 408 ? 'unavailable' : 'refused', words, more);
  }

  /** A sign-in page, another host or a write: none of them is followed. The query is not quoted, it may hold secrets. */
  #redirectTarget(from: Exchange, response: Response, hops: number): URL {
    const location = response.headers.get('location');
    const to = location !== null && URL.canParse(location, from.url.href) ? new URL(location, from.url) : null;
    const ours = to !== null && to.origin === this.base.origin && to.pathname.startsWith(`${this.base.pathname}api/`);
    if (to !== null && ours && from.method === 'GET' && hops < MAX_REDIRECTS) return to;
    const where = to === null ? 'nowhere' : `${to.origin}${to.pathname}`;
    const hint =
      to !== null && to.origin !== this.base.origin && to.hostname === this.base.hostname
        ? `Give --gitlab as ${to.origin}, then run the command again.`
        : 'Check that --gitlab names a GitLab and that the token is valid; the redirect was not followed.';
    return fail(
      new HttpFailure('unreadable', `answered with a redirect to ${where}`, { status: response.status, hint }),
    );
  }

  #failureOf(error: unknown, deadline: Deadline): unknown {
    if (error instanceof HttpFailure) return error;
    if (deadline.passed) {
      return new HttpFailure('unavailable', `no full answer within ${this.#options.timeoutMs / 1_000} s`);
    }
    return networkFailure(error, this.base.host);
  }

  #resolve(path: string): URL {
    const url = new URL(path, this.base);
    if (url.origin === this.base.origin) return url;
    throw new Error(`a request left the configured origin: ${url.origin}`);
  }

  #routeOf(method: Method, url: URL): string | null {
    const prefix = `${this.base.pathname}api/v4/`;
    return method === 'GET' && url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : null;
  }
}

function fail(failure: HttpFailure): never {
  throw failure;
}
