import { Gate, type Pace } from './gate.ts';
import { numberOf } from './header-number.ts';
import { Limit, OWN_SHARE, speaksOfAll, toldRpm } from './limit.ts';

const MINUTE_MS = 60_000;
/** Where nothing says when a window ends it is tried more and more seldom, yet often enough to see it begin. */
const LONGEST_PROBE_MS = 15_000;
const PROBES = 8;

/**
 * Requests per minute that GitLab allows a user on single routes, whatever its general limit; defaults of GitLab.com and of a
 * self-managed instance. Their refusals carry no RateLimit headers, so they have to be known beforehand.
 * https://docs.gitlab.com/administration/settings/rate_limit_on_projects_api/
 */
const ROUTE_LIMITS: readonly { readonly route: RegExp; readonly rpm: number }[] = [
  { route: /^projects\/[^/]+\/jobs$/, rpm: 600 },
  { route: /^projects\/[^/]+$/, rpm: 400 },
  { route: /^projects$/, rpm: 200 },
  { route: /^groups\/[^/]+\/projects$/, rpm: 600 },
  { route: /^groups\/[^/]+$/, rpm: 400 },
  { route: /\/members\/all\/\d+$/, rpm: 200 },
  // No limit by default; where an administrator sets one, its refusals name it.
  { route: /\/repository\/files\//, rpm: Infinity },
];

/** What one answer tells of the limits. */
export interface Signal {
  readonly status: number;
  readonly headers: Headers;
}

/**
 * Decides when the next request may start. It honours `Retry-After` and the RateLimit headers, learns a limit from plain 429
 * answers, spreads requests evenly where a limit is known, and keeps GitLab's limits of single routes.
 */
export class Budget {
  readonly #pace: Pace;
  readonly #general: Gate;
  readonly #routes: readonly { readonly route: RegExp; readonly gate: Gate }[];
  readonly #maxRpm: number;
  readonly #limit = new Limit();
  #refusals = 0;
  #refusedAt = -Infinity;
  /** GitLab names its limit in each answer. */
  #told = false;

  constructor(pace: Pace, maxRpm: number | null) {
    this.#pace = pace;
    this.#maxRpm = maxRpm ?? Infinity;
    this.#general = new Gate(pace, Infinity);
    this.#routes = ROUTE_LIMITS.map(({ route, rpm }) => ({ route, gate: new Gate(pace, rpm * OWN_SHARE) }));
    this.#apply(Infinity);
  }

  /**
   * Waits until a request to this route may start. `route` is the path below `api/v4/`; null for others.
   *
   * @returns when it starts, by the pace's clock
   */
  async turn(route: string | null): Promise<number> {
    // The narrow gate comes first: whoever waits there does not hold up requests to other routes.
    await this.#gateOf(route)?.turn();
    await this.#general.turn();
    return this.#pace.now();
  }

  /** Learns from an answer. Returns how long GitLab was asked to be left alone, in ms; 0 when it was not refused. */
  observe(route: string | null, { status, headers }: Signal, startedAt = this.#pace.now()): number {
    const general = speaksOfAll(headers);
    if (general) this.#limit.tell(toldRpm(headers) ?? 0);
    if (status === 429) return this.#refused(route, headers, general);
    // One that was under way with the refused one does not end the pause.
    if (startedAt >= this.#refusedAt) this.#refusals = 0;
    this.#limit.passed(startedAt);
    this.#apply(general ? this.#toldIntervalMs(headers) : Infinity);
    return 0;
  }

  #refused(route: string | null, headers: Headers, general: boolean): number {
    const toldMs = retryAfterMs(headers);
    const longest = this.#refusals < PROBES ? LONGEST_PROBE_MS : MINUTE_MS;
    const waitMs = toldMs ?? Math.min(longest, 1_000 * 2 ** this.#refusals);
    // Limits of single routes answer in JSON or name their throttle, the general one answers in plain text.
    const gate = isJson(headers) || !general ? this.#gateOf(route) : null;
    (gate ?? this.#general).block(waitMs);
    if (gate === null) this.#limit.refuse(this.#pace.now(), toldMs);
    this.#refusals += 1;
    this.#refusedAt = this.#pace.now();
    this.#apply(Infinity);
    return waitMs;
  }

  /** Takes a limit that GitLab names elsewhere than in the headers of its answers, in requests per minute. */
  tell(rpm: number): void {
    this.#limit.tell(rpm);
    this.#apply(Infinity);
  }

  /** The least time between two requests, in ms; 0 where no limit is known. */
  get paceMs(): number {
    return this.#general.spacingMs;
  }

  /** How long nothing may be sent from now on, and how long that was so until now, in ms. */
  get pauses(): { readonly toComeMs: number; readonly behindMs: number } {
    return this.#general.pauses;
  }

  /** What GitLab's limit is kept to, in requests per minute; null while none is known. */
  get learnedRpm(): number | null {
    const rpm = this.#limit.rpm(this.#pace.now());
    return rpm === Infinity ? null : Math.round(rpm);
  }

  /** Begins with what an earlier process has learned, and feels its way upwards from there. */
  startAt(rpm: number): void {
    this.#limit.startAt(rpm, this.#pace.now());
    this.#apply(Infinity);
  }

  /** Whether anything bounds the rate: `--max-rpm`, GitLab's headers, or refusals. A limit may be there all the same. */
  get limitKnown(): boolean {
    return this.#told || Math.min(this.#maxRpm, this.#limit.rpm(this.#pace.now())) < Infinity;
  }

  #gateOf(route: string | null): Gate | null {
    if (route === null) return null;
    return this.#routes.find((candidate) => candidate.route.test(route))?.gate ?? null;
  }

  /** Spreads what is left of the window over the time that is left of it. Infinity: nothing was told. */
  #toldIntervalMs(headers: Headers): number {
    const remaining = numberOf(headers.get('ratelimit-remaining'));
    const reset = numberOf(headers.get('ratelimit-reset'));
    const date = Date.parse(headers.get('date') ?? '');
    if (remaining === null || reset === null || Number.isNaN(date)) return Infinity;
    // Both moments are the server's, so that a wrong clock here does not matter.
    const windowMs = reset * 1_000 - date;
    if (windowMs <= 0 || windowMs > 60 * MINUTE_MS) return Infinity;
    this.#told = true;
    if (remaining === 0) this.#general.block(windowMs);
    return windowMs / Math.max(1, remaining * OWN_SHARE);
  }

  #apply(toldIntervalMs: number): void {
    const rpm = Math.min(this.#maxRpm, this.#limit.rpm(this.#pace.now()));
    const ownMs = rpm === Infinity ? 0 : MINUTE_MS / rpm;
    this.#general.space(Math.max(ownMs, toldIntervalMs === Infinity ? 0 : toldIntervalMs));
  }
}

/** `Retry-After` in ms, as seconds or as a date against the server's own `Date`; null when absent or senseless. */
export function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const seconds = numberOf(text);
  if (seconds !== null) return seconds * 1_000;
  const until = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(until) ? null : Math.max(0, until);
}

/** Does the answer claim to be JSON? Proxies answer with pages of their own. */
export function isJson(headers: Headers): boolean {
  return /[/+]json\b/i.test(headers.get('content-type') ?? '');
}
