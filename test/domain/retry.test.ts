import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure, type RetryPolicy } from '../../src/domain/retry.ts';

const POLICY: RetryPolicy = { attempts: 4, firstDelayMs: 1_000, longestDelayMs: 3_000, patienceMs: 60_000 };

describe('afterFailure', () => {
  it.each([
    { attempt: 1, jitter: 0, delayMs: 500 },
    { attempt: 1, jitter: 0.999, delayMs: 1_000 },
    { attempt: 2, jitter: 0, delayMs: 1_000 },
    { attempt: 3, jitter: 0, delayMs: 1_500 },
  ])('waits $delayMs ms after attempt $attempt with jitter $jitter', ({ attempt, jitter, delayMs }) => {
    const failed = { attempt, retryable: true, retryAfterMs: null };
    expect(afterFailure(POLICY, failed, jitter)).toEqual({ kind: 'wait', delayMs });
  });

  it.each([
    { attempt: 1, retryable: false, retryAfterMs: null, why: 'permanent' },
    { attempt: 4, retryable: true, retryAfterMs: null, why: 'exhausted' },
    { attempt: 1, retryable: true, retryAfterMs: 60_001, why: 'asked_too_long' },
  ])('stops when it is $why', ({ why, ...failed }) => {
    expect(afterFailure(POLICY, failed, 0)).toEqual({ kind: 'stop', why });
  });

  it('is never quicker than the server asked, never endless, never negative', () => {
    const jitters = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(60_000), jitters, (attempt, retryAfterMs, jitter) => {
        const decision = afterFailure(POLICY, { attempt, retryable: true, retryAfterMs }, jitter);
        if (attempt >= POLICY.attempts) {
          expect(decision).toEqual({ kind: 'stop', why: 'exhausted' });
          return;
        }
        const delayMs = decision.kind === 'wait' ? decision.delayMs : 0;
        expect(delayMs).toBeGreaterThanOrEqual(Math.max(500, retryAfterMs));
        expect(delayMs).toBeLessThanOrEqual(Math.max(POLICY.longestDelayMs, retryAfterMs));
      }),
    );
  });
});
