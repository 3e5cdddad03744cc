import { describe, expect, it } from 'vitest';
import { Limit, OWN_SHARE } from '../../../../src/adapters/gitlab/http/limit.ts';

const MINUTE = 60_000;

/** So many requests let through, one each 10 ms, from that moment on. */
function passed(limit: Limit, from: number, count: number): void {
  for (let n = 0; n < count; n += 1) limit.passed(from + n * 10);
}
const learned = (limit: Limit, now: number): number => limit.rpm(now) / OWN_SHARE;

describe('a limit that is counted from a refusal', () => {
  it('is what passed since its window began, as the wait that GitLab asks for tells', () => {
    const limit = new Limit();
    passed(limit, 0, 500);
    passed(limit, 40_000, 30);
    limit.refuse(70_000, 20_000);
    expect(learned(limit, 70_000)).toBe(30);
  });

  it('is one of a longer window where the wait is longer than a minute', () => {
    const limit = new Limit();
    passed(limit, 0, 500);
    passed(limit, 4 * MINUTE, 100);
    limit.refuse(6 * MINUTE, 2 * MINUTE);
    expect(learned(limit, 6 * MINUTE)).toBe(100 / 5);
  });

  it('is never taken for less than ten a minute', () => {
    const limit = new Limit();
    passed(limit, 50_000, 3);
    limit.refuse(MINUTE, 30_000);
    expect(learned(limit, MINUTE)).toBe(10);
  });

  it('is not learned from a wait of two seconds, but from a second refusal after it', () => {
    const limit = new Limit();
    passed(limit, 20_000, 200);
    limit.refuse(MINUTE, 2_000);
    expect(learned(limit, MINUTE)).toBe(Infinity);
    limit.refuse(MINUTE + 800, null);
    expect(learned(limit, MINUTE + 800)).toBe(Infinity);
    limit.refuse(MINUTE + 900, null);
    expect(learned(limit, MINUTE)).toBe(200);
  });

  it('is forgotten as brief once a request passes after it', () => {
    const limit = new Limit();
    passed(limit, 20_000, 200);
    limit.refuse(MINUTE, 2_000);
    limit.passed(MINUTE + 2_000);
    limit.refuse(2 * MINUTE, 1_000);
    expect(learned(limit, 2 * MINUTE)).toBe(Infinity);
  });

  it('is doubled after a quarter of an hour, and halved at most by the next', () => {
    const limit = new Limit();
    passed(limit, 0, 400);
    limit.refuse(10_000, 50_000);
    expect(learned(limit, 10_000)).toBe(400);
    expect(learned(limit, 10_000 + 15 * MINUTE)).toBe(800);
    limit.passed(30 * MINUTE);
    limit.refuse(30 * MINUTE + 10, 50_000);
    expect(learned(limit, 30 * MINUTE + 10)).toBe(200);
  });
});
