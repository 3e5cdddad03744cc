import { Gate, type Pace } from './gate.ts';

/** Part of a known limit that is used; the rest is left to people and to other tools of the same user. */
const OWN_SHARE = 0.9;
const MINUTE_MS = 60_000;
/** Learning stops here; a slower server is kept to by its refusals alone. */
const SLOWEST_RPM = 60;

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
  /** Learned from refusals; Infinity while nothing was refused. */
  #learnedRpm = Infinity;
  #refusedRpm = Infinity;
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

  /** Waits until a request to this route may start. `route` is the path below `api/v4/`; null for others. */
  async turn(route: string | null): Promise<void> {
    // The narrow gate comes first: whoever waits there does not hold up requests to other routes.
    await this.#gateOf(route)?.turn();
    await this.#general.turn();
  }

  /** Learns from an answer. Returns how long GitLab was asked to be left alone, in ms; 0 when it was not refused. */
  observe(route: string | null, { status, headers }: Signal): number {
    if (status !== 429) {
      this.#refusals = 0;
      this.#recover();
      this.#apply(this.#toldIntervalMs(headers));
      return 0;
    }
    const waitMs = retryAfterMs(headers) ?? Math.min(MINUTE_MS, 1_000 * 2 ** this.#refusals);
    // Limits of single routes answer in JSON, the general throttle in plain text.
    const gate = isJson(headers) ? this.#gateOf(route) : null;
    (gate ?? this.#general).block(waitMs);
    // Refused again after the pause: the same window is not over yet, which says nothing new of the rate.
    if (gate === null && this.#refusals === 0) this.#slowDown();
    this.#refusals += 1;
    return waitMs;
  }

  /** The least time between two requests, in ms; 0 where no limit is known. */
  get paceMs(): number {
    return this.#general.spacingMs;
  }

  /** What refusals taught, in requests per minute; null while none had to. */
  get learnedRpm(): number | null {
    return this.#learnedRpm === Infinity ? null : Math.round(this.#learnedRpm);
  }

  /** Begins with what an earlier process has learned, and feels its way upwards from there. */
  startAt(rpm: number): void {
    this.#learnedRpm = Math.max(SLOWEST_RPM, rpm);
    this.#refusedRpm = this.#learnedRpm;
    this.#apply(Infinity);
  }

  /** Whether anything bounds the rate: `--max-rpm`, GitLab's headers, or refusals. A limit may be there all the same. */
  get limitKnown(): boolean {
    return this.#told || Math.min(this.#maxRpm, this.#learnedRpm) < Infinity;
  }

  #gateOf(route: string | null): Gate | null {
    if (route === null) return null;
    return this.#routes.find((candidate) => candidate.route.test(route))?.gate ?? null;
  }

  /**
   * Takes the requests of the last minute for the limit, once refusals come back: a single one may be due to others who share
   * the limit. Those within a few seconds are one, as requests in flight are refused together.
   */
  #slowDown(): void {
    const sinceLastMs = this.#pace.now() - this.#refusedAt;
    if (sinceLastMs < 5_000) return;
    this.#refusedAt = this.#pace.now();
    if (sinceLastMs > 3 * MINUTE_MS) return;
    this.#refusedRpm = Math.max(SLOWEST_RPM, Math.min(this.#general.startsWithin(MINUTE_MS), this.#learnedRpm));
    this.#learnedRpm = Math.max(SLOWEST_RPM, this.#refusedRpm * 0.7);
    this.#apply(Infinity);
  }

  /** Comes back quickly to just under the rate that was refused, then feels its way upwards slowly. */
  #recover(): void {
    if (this.#learnedRpm === Infinity) return;
    this.#learnedRpm *= this.#learnedRpm < this.#refusedRpm * OWN_SHARE ? 1.02 : 1.0002;
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
    const rpm = Math.min(this.#maxRpm, this.#learnedRpm);
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

export function isJson(headers: Headers): boolean {
  return /[/+]json\b/i.test(headers.get('content-type') ?? '');
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d{1,12}$/.test(text.trim()) ? Number(text) : null;
}
