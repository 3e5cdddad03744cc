import { describe, expect, it } from 'vitest';
import { Budget } from '../../../src/adapters/gitlab/http/budget.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { Engine } from '../../../src/engine/context.ts';
import { NO_CHANGES } from '../../../src/engine/inventory/changes.ts';
import { NO_LIST, type Position, type Stage } from '../../../src/engine/inventory/position.ts';
import { Progress } from '../../../src/engine/inventory/progress.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

interface Organisation {
  /** Projects of each group. */
  readonly groups: readonly number[];
  /** Share of the projects of a group whose lists go on behind the page, from the first project to the last. */
  readonly long?: readonly [number, number];
  readonly shared?: number;
  readonly looks?: number;
  readonly jobs?: boolean;
  /** Projects that an earlier inventory found. */
  readonly known?: number;
}

/** How a server lets know of its limit: in every answer, in refusals, by when they end, or not at all. */
type Telling = 'told' | 'in refusals' | 'Retry-After' | 'nothing';
type Limit = 'none' | 'maxRpm' | 'remembered' | Telling;
const PER_MINUTE = 600;
/** The window of the server is so far gone when the reading begins. */
const WINDOW_GONE_MS = 20_000;
const LATENCY_MS = 40;
/** Long lists that one request goes on with. */
const LISTS_AT_ONCE = 8;

interface Report {
  readonly requests: number;
  readonly expected: number;
  readonly atMs: number;
  readonly leftMs: number | null;
  /** Whether the server has refused something so far. */
  readonly refused: boolean;
}

/** Reads an organisation as the inventory does, under the governor of the adapter and a server that keeps a limit. */
class Reading {
  readonly reports: Report[] = [];
  readonly #clock = new FakeClock();
  readonly #budget: Budget;
  readonly #progress: Progress;
  readonly #limit: Limit;
  readonly #perMinute: number;
  #sent = 0;
  #seed = 7;
  #window = { start: 0, used: 0 };
  #refused = false;

  /** @param learnedRpm - with a limit that is remembered: what an earlier reading has learned */
  constructor(organisation: Organisation, limit: Limit, learnedRpm: number | null = null, perMinute = PER_MINUTE) {
    const clock = this.#clock;
    this.#perMinute = perMinute;
    const sleep = async (ms: number): Promise<void> => {
      clock.pass(ms);
      await Promise.resolve();
    };
    this.#limit = limit;
    this.#budget = new Budget({ now: () => clock.local(), sleep }, limit === 'maxRpm' ? PER_MINUTE : null);
    if (limit === 'remembered') this.#budget.startAt(learnedRpm ?? PER_MINUTE);
    const scope = { groups: organisation.groups.map((_, index) => `acme/${index}`) };
    const engine = {
      ...{ clock, playbook: playbookSchema.parse({ scope }) },
      forge: {
        requestCount: () => this.#sent,
        pace: () => ({ leastMs: this.#budget.paceMs, pauses: this.#budget.pauses }),
      },
    };
    this.#progress = new Progress(engine as unknown as Engine, 0, organisation.known ?? null);
  }

  get learnedRpm(): number | null {
    return this.#budget.learnedRpm;
  }

  get nowMs(): number {
    return this.#clock.local();
  }

  /** The same numbers each time, spread over 0 to 1. */
  chance(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }

  async request(): Promise<void> {
    for (;;) {
      const startedAt = await this.#budget.turn(null);
      this.#sent += 1;
      this.#clock.pass(LATENCY_MS * (0.5 + this.chance()));
      const { status, headers } = this.#answer();
      if (this.#budget.observe(null, { status, headers: new Headers(headers) }, startedAt) === 0) return;
      this.#refused = true;
    }
  }

  report(stage: Stage, done: number, position: Partial<Position>, due: { jobs: boolean; looks: number }): void {
    const { requests, expected, leftMs } = this.#progress.report({ ...START, ...position, stage }, done, due);
    this.reports.push({ requests, expected, leftMs, atMs: this.nowMs, refused: this.#refused });
  }

  total(scope: number, told: number): void {
    this.#progress.total(scope, told);
  }

  /** A window of a minute, as GitLab's throttle has it. */
  #answer(): { readonly status: number; readonly headers: Record<string, string> } {
    if (this.#limit === 'none' || this.#limit === 'maxRpm') return { status: 200, headers: {} };
    const now = this.nowMs;
    const start = now - ((now + WINDOW_GONE_MS) % 60_000);
    if (start !== this.#window.start) this.#window = { start, used: 0 };
    this.#window.used += 1;
    const limit = this.#perMinute;
    const seconds = Math.ceil((start + 60_000 - now) / 1_000);
    const told = {
      date: new Date(now).toUTCString(),
      'ratelimit-limit': `${limit}`,
      'ratelimit-remaining': `${Math.max(0, limit - this.#window.used)}`,
      'ratelimit-reset': `${Math.ceil((start + 60_000) / 1_000)}`,
    };
    const always = this.#limit === 'told' ? told : {};
    if (this.#window.used <= limit) return { status: 200, headers: always };
    const wait = this.#limit === 'nothing' ? {} : { 'retry-after': `${seconds}` };
    return { status: 429, headers: { ...(this.#limit === 'in refusals' ? told : always), ...wait } };
  }
}

const START: Position = {
  ...{ version: 2, stage: 'projects', scope: 0, ...NO_LIST, requests: 0, surveyed: 0 },
  ...{ shared: { public: 0, internal: 0 }, changes: NO_CHANGES, jobsCountedAt: null, lookedAt: null },
};

async function read(organisation: Organisation, run: Reading): Promise<readonly Report[]> {
  const { groups, long: [first, last] = [0, 0], shared = 0, looks = 0, jobs = true } = organisation;
  const due = { jobs, looks };
  let done = 0;
  const position = (): Partial<Position> => ({ shared: { public: Math.round(done * shared), internal: 0 } });
  for (const [scope, size] of groups.entries()) {
    for (let at = 0; at < size; at += 100) {
      const page = Math.min(100, size - at);
      const share = first + ((last - first) * at) / size;
      const open = Array.from({ length: page }, () => run.chance()).filter((chance) => chance < share).length;
      for (let sent = 0; sent < 1 + Math.ceil(open / LISTS_AT_ONCE); sent += 1) await run.request();
      done += page;
      run.total(scope, size);
      run.report('projects', done, position(), due);
    }
  }
  for (const [stage, sizes] of [
    ['features', groups.map((size) => size * shared)],
    ['jobs', jobs ? groups : []],
  ] as const) {
    run.report(stage, done, position(), due);
    for (const size of sizes) {
      for (let at = 0; at < size; at += 100) {
        await run.request();
        run.report(stage, done, position(), due);
      }
    }
  }
  for (let kept = 0; kept < looks; kept += 1) {
    await run.request();
    run.report('survey', done, { ...position(), kept: kept + 1 }, due);
  }
  return run.reports;
}

/** The largest error after the first tenth, in shares of what it came to, and that of those after the first refusal. */
function worst(reports: readonly Report[]): {
  readonly requests: number;
  readonly time: number;
  readonly onceRefused: number;
} {
  const end = reports.at(-1);
  if (!end) throw new Error('nothing was reported');
  const began = new FakeClock().local();
  const later = reports.filter(({ requests }) => requests >= end.requests / 10);
  const error = (told: number, real: number): number => Math.abs(told - real) / real;
  const ofTime = (some: readonly Report[]): number =>
    Math.max(0, ...some.map(({ atMs, leftMs }) => error(atMs - began + (leftMs ?? Infinity), end.atMs - began)));
  return {
    requests: Math.max(...later.map(({ expected }) => error(expected, end.requests))),
    time: ofTime(later),
    onceRefused: ofTime(later.filter(({ refused }) => refused)),
  };
}

const ORGANISATIONS: Readonly<Record<string, Organisation>> = {
  'one group of 10,000': { groups: [10_000] },
  'one group with long lists': { groups: [10_000], long: [0.15, 0.15], shared: 0.3, looks: 200 },
  'a second inventory without counting jobs': { groups: [10_000], long: [0.1, 0.1], jobs: false, known: 10_000 },
  'three groups of much the same size': { groups: [3_000, 3_600, 3_300], long: [0.1, 0.1], shared: 0.2, looks: 200 },
  'three groups of any size that are known': { groups: [500, 8_000, 1_500], long: [0.1, 0.1], known: 10_000 },
  'long lists that grow more frequent': { groups: [10_000], long: [0.1, 0.16], shared: 0.3, looks: 200 },
};

describe('progress, after the first tenth of the requests', () => {
  describe.each(Object.entries(ORGANISATIONS))('of %s', (_, organisation) => {
    it.each<Limit>(['none', 'told', 'maxRpm'])('is right within a fifth where the limit is: %s', async (limit) => {
      const { requests, time } = worst(await read(organisation, new Reading(organisation, limit)));
      expect(requests).toBeLessThanOrEqual(0.2);
      expect(time).toBeLessThanOrEqual(0.2);
    });

    // Nobody can know of such a limit before the first refusal.
    describe.each<Telling>(['in refusals', 'Retry-After', 'nothing'])('where GitLab tells its limit: %s', (telling) => {
      it.each([60, 300])('is right within a fifth from the first refusal on, at %d a minute', async (perMinute) => {
        const run = new Reading(organisation, telling, null, perMinute);
        const { requests, onceRefused } = worst(await read(organisation, run));
        expect(requests).toBeLessThanOrEqual(0.2);
        expect(onceRefused).toBeLessThanOrEqual(0.2);
        if (perMinute === 60) expect(run.reports.some(({ refused }) => refused)).toBe(true);
      });
    });

    it('is right within a fifth under a limit that GitLab does not tell and an earlier inventory has learned', async () => {
      const first = new Reading({ groups: [200_000] }, 'Retry-After');
      await read({ groups: [200_000] }, first);
      expect(first.learnedRpm).toBeGreaterThan(PER_MINUTE * 0.8);
      const again = worst(await read(organisation, new Reading(organisation, 'remembered', first.learnedRpm)));
      expect(again.time).toBeLessThanOrEqual(0.2);
      expect(again.requests).toBeLessThanOrEqual(0.2);
    });
  });
});
