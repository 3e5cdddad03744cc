import type { EpochMs } from '../../world/world.ts';

const WINDOW_MS = 60_000;

/** What a limited server tells about one call. */
export interface RateState {
  readonly limit: number;
  readonly observed: number;
  readonly remaining: number;
  readonly secondsToReset: number;
  readonly exceeded: boolean;
}

/**
 * Fixed windows of one minute per user, in real time: simulated time stands still between moves of the clock, and a
 * limit that never resets would tell nothing about a client.
 */
export class RateLimiter {
  readonly #limit: number;
  readonly #clock: () => number;
  readonly #windows = new Map<string, { startedAt: number; calls: number }>();

  /** @param limit - calls per minute and user, ≥ 1 */
  constructor(limit: number, clock: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#clock = clock;
  }

  take(user: string): RateState {
    const now = this.#clock();
    let window = this.#windows.get(user);
    if (window === undefined || now - window.startedAt >= WINDOW_MS) {
      window = { startedAt: now, calls: 0 };
      this.#windows.set(user, window);
    }
    window.calls += 1;
    return {
      limit: this.#limit,
      observed: window.calls,
      remaining: Math.max(0, this.#limit - window.calls),
      secondsToReset: Math.max(1, Math.ceil((window.startedAt + WINDOW_MS - now) / 1_000)),
      exceeded: window.calls > this.#limit,
    };
  }
}

/** GitLab's throttle headers. Reset times are simulated, like `Date`. */
export function rateHeaders(state: RateState, now: EpochMs): Readonly<Record<string, string>> {
  const resetAt = now + state.secondsToReset * 1_000;
  return {
    'RateLimit-Limit': String(state.limit),
    'RateLimit-Name': 'throttle_authenticated_api',
    'RateLimit-Observed': String(state.observed),
    'RateLimit-Remaining': String(state.remaining),
    'RateLimit-Reset': String(Math.floor(resetAt / 1_000)),
    'RateLimit-ResetTime': new Date(resetAt).toUTCString(),
    ...(state.exceeded ? { 'Retry-After': String(state.secondsToReset) } : {}),
  };
}
