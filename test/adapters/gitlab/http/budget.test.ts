import { describe, expect, it } from 'vitest';
import { Budget } from '../../../../src/adapters/gitlab/http/budget.ts';

/** Time that passes only by sleeping. */
function fakePace() {
  let now = 0;
  return {
    now: () => now,
    sleep: (ms: number) => Promise.resolve(void (now += ms)),
    advance: (ms: number) => (now += ms),
  };
}

const answer = (status: number, headers: Record<string, string> = {}) => ({ status, headers: new Headers(headers) });

/** Starts of so many requests, in ms. */
async function starts(budget: Budget, pace: { now: () => number }, count: number, route: string | null = null) {
  const at: number[] = [];
  for (let i = 0; i < count; i += 1) {
    await budget.turn(route);
    at.push(pace.now());
  }
  return at;
}

describe('Budget', () => {
  it('holds nothing back while no limit is known', async () => {
    const pace = fakePace();
    expect(await starts(new Budget(pace, null), pace, 500)).toEqual(Array(500).fill(0));
  });

  it('spreads requests evenly under --max-rpm', async () => {
    const pace = fakePace();
    expect(await starts(new Budget(pace, 120), pace, 4)).toEqual([0, 500, 1_000, 1_500]);
  });

  it('honours Retry-After of a plain 429', async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    await budget.turn(null);
    expect(budget.observe(null, answer(429, { 'retry-after': '40' }))).toBe(40_000);
    expect((await starts(budget, pace, 1))[0]).toBeGreaterThanOrEqual(40_000);
  });

  it('understands a Retry-After that is a date, by the clock of the server', () => {
    const headers = { 'retry-after': 'Mon, 02 Mar 2026 08:00:30 GMT', date: 'Mon, 02 Mar 2026 08:00:00 GMT' };
    expect(new Budget(fakePace(), null).observe(null, answer(429, headers))).toBe(30_000);
  });

  it('waits longer with each 429 that names no time', () => {
    const budget = new Budget(fakePace(), null);
    const waits = Array.from({ length: 8 }, () => budget.observe(null, answer(429)));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('learns a limit that nobody told and stays below it', async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    let refused = 0;
    let allowed = 0;
    // A server that allows 100 requests in each minute of its clock and says nothing else.
    const windows = new Map<number, number>();
    for (let i = 0; i < 1_500; i += 1) {
      await budget.turn(null);
      const minute = Math.floor(pace.now() / 60_000);
      const used = (windows.get(minute) ?? 0) + 1;
      windows.set(minute, used);
      if (used > 100) refused += 1;
      else allowed += 1;
      budget.observe(null, answer(used > 100 ? 429 : 200));
    }
    // Without learning, every minute would end in refusals; with it they are rare and most of the limit is used.
    expect(refused / (refused + allowed)).toBeLessThan(0.02);
    expect(allowed / (pace.now() / 60_000)).toBeGreaterThan(70);
  });

  it('begins where an earlier process ended, instead of being refused once more', async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    expect({ rpm: budget.learnedRpm, known: budget.limitKnown }).toEqual({ rpm: null, known: false });
    budget.startAt(120);
    expect({ rpm: budget.learnedRpm, known: budget.limitKnown }).toEqual({ rpm: 120, known: true });
    expect(await starts(budget, pace, 3)).toEqual([0, 500, 1_000]);
    for (let i = 0; i < 2_000; i += 1) budget.observe(null, answer(200));
    expect(budget.learnedRpm).toBeGreaterThan(170);
  });

  it('spreads what RateLimit headers leave over the rest of the window', async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    await budget.turn(null);
    const date = 'Mon, 02 Mar 2026 08:00:00 GMT';
    const reset = `${Date.parse(date) / 1_000 + 30}`;
    budget.observe(null, answer(200, { date, 'ratelimit-remaining': '100', 'ratelimit-reset': reset }));
    const [first, second] = await starts(budget, pace, 2);
    expect(second! - first!).toBe(Math.ceil(30_000 / 90));
  });

  it('stops for the rest of the window when nothing remains', async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    const date = 'Mon, 02 Mar 2026 08:00:00 GMT';
    const reset = `${Date.parse(date) / 1_000 + 30}`;
    budget.observe(null, answer(200, { date, 'ratelimit-remaining': '0', 'ratelimit-reset': reset }));
    expect(await starts(budget, pace, 1)).toEqual([30_000]);
  });

  it("keeps GitLab's own limit of the job list without holding up others", async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    const jobs = await starts(budget, pace, 541, 'projects/7/jobs');
    expect(jobs[539]).toBe(0);
    expect(jobs[540]).toBe(60_000);
    const full = new Budget(fakePace(), null);
    const other = fakePace();
    await starts(full, other, 540, 'projects/7/jobs');
    expect(await starts(full, other, 1, 'projects/7/pipelines')).toEqual([0]);
  });

  it('takes a refusal in JSON as one of that route alone', async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    budget.observe('projects/7/jobs', answer(429, { 'content-type': 'application/json', 'retry-after': '50' }));
    expect(await starts(budget, pace, 1, 'projects/7/pipelines')).toEqual([0]);
    expect(await starts(budget, pace, 1, 'projects/7/jobs')).toEqual([50_000]);
  });
});
