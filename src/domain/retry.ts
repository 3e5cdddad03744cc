/** How stubbornly a failed read is repeated. */
export interface RetryPolicy {
  /** Attempts in all, the first included; ≥ 1. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** The longest wait a server may ask for before giving up is kinder than waiting. */
  readonly patienceMs: number;
}

/** What is known after an attempt failed. */
export interface FailedAttempt {
  /** Which attempt it was; the first is 1. */
  readonly attempt: number;
  /** False for an answer that stays the same however often it is asked for. */
  readonly retryable: boolean;
  /** What the server asked for (`Retry-After`); null when it said nothing. */
  readonly retryAfterMs: number | null;
}

/** Wait and try again, or give up and why. */
export type RetryDecision =
  | { readonly kind: 'wait'; readonly delayMs: number }
  | { readonly kind: 'stop'; readonly why: 'permanent' | 'exhausted' | 'asked_too_long' };

/**
 * Decides what follows a failed attempt: exponential back-off with equal jitter, never shorter than the server asked for.
 *
 * @param jitter - a fresh random number, 0 ≤ jitter < 1, so that many clients do not come back in step
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function afterFailure(policy: RetryPolicy, failed: FailedAttempt, jitter: number): RetryDecision {
  if (!failed.retryable) return { kind: 'stop', why: 'permanent' };
  if (failed.attempt >= policy.attempts) return { kind: 'stop', why: 'exhausted' };
  if (failed.retryAfterMs !== null && failed.retryAfterMs > policy.patienceMs) {
    return { kind: 'stop', why: 'asked_too_long' };
  }
  const ceiling = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (failed.attempt - 1));
  const backoff = Math.round(ceiling / 2 + (ceiling / 2) * jitter);
  return { kind: 'wait', delayMs: Math.max(backoff, failed.retryAfterMs ?? 0) };
}
