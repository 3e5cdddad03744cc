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
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
    expect(budget.observe(null, answer(429))).toBe(60_000);
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
    pace.advance(15 * 60_000);
    budget.observe(null, answer(200));
    expect(budget.learnedRpm).toBeGreaterThan(170);
  });

  /** A server that allows so many requests in each window of its clock. Begun when a part of the window is gone. */
  async function until(refusals: number, allowed: number, periodMs: number, told: (untilEndMs: number) => object) {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    const windows = new Map<number, number>();
    for (let refused = 0; refused < refusals;) {
      const startedAt = await budget.turn(null);
      pace.advance(20);
      const window = Math.floor((startedAt + periodMs / 4) / periodMs);
      const used = (windows.get(window) ?? 0) + 1;
      windows.set(window, used);
      const untilEndMs = (window + 1) * periodMs - periodMs / 4 - startedAt;
      if (used > allowed) refused += 1;
      budget.observe(
        null,
        answer(used > allowed ? 429 : 200, used > allowed ? { ...told(untilEndMs) } : {}),
        startedAt,
      );
    }
    return budget.learnedRpm ?? Infinity;
  }
  const seconds = (ms: number): object => ({ 'retry-after': `${Math.ceil(ms / 1_000)}` });

  it.each([
    {
      name: 'a refusal that names it',
      allowed: 300,
      periodMs: 60_000,
      told: () => ({ 'ratelimit-limit': '300' }),
      rpm: 300,
    },
    { name: 'when a refusal says the window ends', allowed: 300, periodMs: 60_000, told: seconds, rpm: 300 },
    { name: 'a longer window', allowed: 1_500, periodMs: 600_000, told: seconds, rpm: 150 },
    { name: 'a slow limit', allowed: 20, periodMs: 60_000, told: seconds, rpm: 20 },
  ])('knows the limit from the first refusal, by $name', async ({ allowed, periodMs, told, rpm }) => {
    const learned = await until(1, allowed, periodMs, told);
    expect(learned).toBeGreaterThan(rpm * 0.8);
    expect(learned).toBeLessThanOrEqual(rpm * 0.9);
  });

  it('knows a limit that nobody tells once the try after a refusal is refused too', async () => {
    expect(await until(1, 300, 60_000, () => ({}))).toBe(Infinity);
    const learned = await until(2, 300, 60_000, () => ({}));
    expect(learned).toBeGreaterThan(240);
    expect(learned).toBeLessThanOrEqual(270);
  });

  it.each([
    { name: 'a refusal without a word', refusals: 1, more: {}, least: Infinity },
    { name: 'a refusal that is over soon', refusals: 1, more: { 'retry-after': '1' }, least: Infinity },
    { name: 'two without a word after a few requests', refusals: 2, more: {}, least: 54 },
  ])('is not slowed to a crawl by $name of a server that sheds load', ({ refusals, more, least }) => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    for (let sent = 0; sent < 5; sent += 1) budget.observe(null, answer(200), pace.advance(100));
    for (let refused = 0; refused < refusals; refused += 1) pace.advance(budget.observe(null, answer(429, more)));
    budget.observe(null, answer(200));
    expect(budget.learnedRpm ?? Infinity).toBeGreaterThanOrEqual(least);
  });

  it('takes limits of a part of the API for no limit of all', async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    const part = { 'ratelimit-name': 'throttle_authenticated_files_api', 'ratelimit-limit': '30', 'retry-after': '20' };
    budget.observe('projects/7/repository/files/a', answer(429, part));
    expect(budget.limitKnown).toBe(false);
    expect(await starts(budget, pace, 1, 'projects/7/pipelines')).toEqual([0]);
    expect(await starts(budget, pace, 1, 'projects/7/repository/files/a')).toEqual([20_000]);
  });

  it('does not take an answer that was under way with a refusal for the beginning of a window', async () => {
    const pace = fakePace();
    const budget = new Budget(pace, null);
    for (let i = 0; i < 100; i += 1) budget.observe(null, answer(200), pace.advance(200));
    const sent = pace.now();
    pace.advance(100);
    budget.observe(null, answer(429));
    budget.observe(null, answer(200), sent);
    const waited = (await starts(budget, pace, 1))[0]!;
    expect(waited - sent).toBeGreaterThanOrEqual(1_000);
    expect(budget.observe(null, answer(429))).toBe(2_000);
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
