import { numberOf } from './header-number.ts';

/** Part of a known limit that is used; the rest is left to people and to other tools of the same user. */
export const OWN_SHARE = 0.9;
const MINUTE_MS = 60_000;
/** Counting stops here; a slower server is kept to by its refusals alone. */
const SLOWEST_RPM = 10;
/** The same where a refusal does not say when its window ends: it may be of a server that sheds load. */
const SLOWEST_UNTOLD_RPM = 60;
/** Windows that limits are counted in, where one is longer than a minute: a wait tells which of them it cannot be. */
const PERIODS_MS = [1, 5, 10, 15, 30, 60].map((minutes) => minutes * MINUTE_MS);
/** Refusals this soon after the first are answers to requests that were under way with it. */
const TOGETHER_MS = 5_000;
/**
 * A refusal that is over this soon teaches nothing: at the end of a window what was sent nearly fits the limit, and a server
 * that sheds load refuses at any time.
 */
const BRIEF_MS = 2_000;
/** The second refusal comes after a pause; one sooner than this was under way with the first. */
const PAUSED_MS = 900;
/** So long after a refusal the rate is doubled: a limit that was alone with us is met again after some five minutes. */
const DOUBLED_MS = 15 * MINUTE_MS;
/** Enough for every request of an hour; of more than that the older half is not needed. */
const MOST_KEPT = 20_000;

/**
 * The limit of one instance on all requests together: told by GitLab, or worked out from what it let through before it
 * refused. GitLab counts in windows of fixed length that begin anew all at once (Rack::Attack), so what passed since the
 * beginning of a window that ended in a refusal is the limit, less what others of the same user took. Moments are ms of a
 * monotonic clock.
 * https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
 */
export class Limit {
  /** Requests per minute that GitLab has named; Infinity while it has not. */
  #told = Infinity;
  /** What the last refusal came to, in requests per minute; Infinity while there was none. */
  #counted = Infinity;
  #countedAt = -Infinity;
  /** When requests that were let through had started. */
  #passed: number[] = [];
  /** When a window began whose beginning was waited for. */
  #windowBegan: number | null = null;
  #lastRefusal: number | null = null;
  /** A first refusal that may be over soon, and what it comes to if it is not. */
  #brief: { readonly at: number; readonly rpm: number } | null = null;

  /** Requests per minute to keep to; Infinity where nothing is known. Others may have taken a part, so it grows with time. */
  rpm(now: number): number {
    const patience = (now - this.#countedAt) / DOUBLED_MS;
    const counted = this.#counted === Infinity ? Infinity : this.#counted * (1 + patience ** 2);
    return Math.min(this.#told, counted) * OWN_SHARE;
  }

  /** Takes the limit that GitLab names, in requests per minute. */
  tell(rpm: number): void {
    if (rpm > 0) this.#told = rpm;
  }

  /** Begins with the rate that an earlier process kept to. */
  startAt(rpm: number, now: number): void {
    this.#counted = Math.max(SLOWEST_RPM, rpm) / OWN_SHARE;
    this.#countedAt = now;
  }

  /** A request was let through. */
  passed(startedAt: number): void {
    this.#passed.push(startedAt);
    if (this.#passed.length > MOST_KEPT) this.#passed = this.#passed.slice(MOST_KEPT / 2);
    // One that was under way with the refused ones says nothing of the next window.
    if (this.#lastRefusal === null || startedAt < this.#lastRefusal) return;
    this.#windowBegan = startedAt;
    this.#lastRefusal = null;
    this.#brief = null;
  }

  /** @param waitMs - until the window ends, as GitLab says; null where it does not */
  refuse(now: number, waitMs: number | null): void {
    const again = this.#lastRefusal !== null || now - this.#countedAt < TOGETHER_MS;
    this.#lastRefusal = now;
    // Refused again after the pause: the same window is not over yet, which says nothing new of the rate.
    if (again) {
      this.#lasts(now);
      return;
    }
    const periodMs = PERIODS_MS.find((period) => period >= (waitMs ?? 0)) ?? waitMs ?? MINUTE_MS;
    const since = waitMs === null ? this.#beginning(now) : now + waitMs - periodMs;
    const passed = this.#passed.filter((at) => at >= since).length;
    const rpm = (passed * MINUTE_MS) / periodMs;
    if (waitMs !== null && waitMs > BRIEF_MS) this.#count(now, Math.max(SLOWEST_RPM, rpm));
    else this.#brief = { at: now, rpm };
  }

  /** A refusal that might have been a brief one is not. */
  #lasts(now: number): void {
    const first = this.#brief;
    if (first === null || now - first.at < PAUSED_MS) return;
    this.#brief = null;
    this.#count(first.at, Math.max(SLOWEST_UNTOLD_RPM, first.rpm));
  }

  #count(at: number, rpm: number): void {
    this.#counted = Math.max(this.#counted === Infinity ? 0 : this.#counted / 2, rpm);
    this.#countedAt = at;
  }

  /** Of the window that a moment lies in: reckoned from one that was waited for, else at most a minute ago. */
  #beginning(now: number): number {
    const began = this.#windowBegan;
    return began === null ? now - MINUTE_MS : now - ((now - began) % MINUTE_MS);
  }
}

/** Throttles of parts of the API, which have limits of their own; the others speak of all requests. */
const OF_A_PART = /packages|files|deprecated|protected|git|web/i;

/** Whether an answer's RateLimit headers speak of all requests to the API. */
export const speaksOfAll = (headers: Headers): boolean => !OF_A_PART.test(headers.get('ratelimit-name') ?? '');

/** Requests per minute that GitLab names, rounded up where its window is another; null where it does not. */
export const toldRpm = (headers: Headers): number | null =>
  numberOf(/^\d+/.exec(headers.get('ratelimit-limit') ?? '')?.[0] ?? null);
