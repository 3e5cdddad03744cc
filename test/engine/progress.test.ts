import { describe, expect, it } from 'vitest';
import { Budget } from '../../src/adapters/gitlab/http/budget.ts';
import { playbookSchema } from '../../src/domain/playbook.ts';
import type { Engine } from '../../src/engine/context.ts';
import { NO_CHANGES } from '../../src/engine/inventory/changes.ts';
import type { Position, Stage } from '../../src/engine/inventory/position.ts';
import { Progress } from '../../src/engine/inventory/progress.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

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

type Limit = 'none' | 'told' | 'maxRpm' | 'learned' | 'remembered';
const PER_MINUTE = 600;
const LATENCY_MS = 40;
/** Long lists that one request goes on with. */
const LISTS_AT_ONCE = 8;

interface Report {
  readonly requests: number;
  readonly expected: number;
  readonly atMs: number;
  readonly leftMs: number | null;
}

/** Reads an organisation as the inventory does, under the governor of the adapter and a server that keeps a limit. */
class Reading {
  readonly reports: Report[] = [];
  readonly #clock = new FakeClock();
  readonly #budget: Budget;
  readonly #progress: Progress;
  readonly #limit: Limit;
  #sent = 0;
  #seed = 7;
  #window = { start: 0, used: 0 };

  /** @param learnedRpm - with a limit that is remembered: what an earlier reading has learned */
  constructor(organisation: Organisation, limit: Limit, learnedRpm: number | null = null) {
    const clock = this.#clock;
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
      forge: { requestCount: () => this.#sent, pace: () => ({ leastMs: this.#budget.paceMs }) },
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
      await this.#budget.turn(null);
      this.#sent += 1;
      this.#clock.pass(LATENCY_MS * (0.5 + this.chance()));
      const { status, headers } = this.#answer();
      if (this.#budget.observe(null, { status, headers: new Headers(headers) }) === 0) return;
    }
  }

  report(stage: Stage, done: number, position: Partial<Position>, due: { jobs: boolean; looks: number }): void {
    const { requests, expected, leftMs } = this.#progress.report({ ...START, ...position, stage }, done, due);
    this.reports.push({ requests, expected, leftMs, atMs: this.nowMs });
  }

  total(scope: number, told: number): void {
    this.#progress.total(scope, told);
  }

  /** A window of a minute, as GitLab's throttle has it. */
  #answer(): { readonly status: number; readonly headers: Record<string, string> } {
    if (this.#limit === 'none' || this.#limit === 'maxRpm') return { status: 200, headers: {} };
    const now = this.nowMs;
    const start = now - (now % 60_000);
    if (start !== this.#window.start) this.#window = { start, used: 0 };
    this.#window.used += 1;
    const left = Math.max(0, PER_MINUTE - this.#window.used);
    const seconds = Math.ceil((start + 60_000 - now) / 1_000);
    if (this.#window.used > PER_MINUTE) return { status: 429, headers: { 'retry-after': `${seconds}` } };
    if (this.#limit !== 'told') return { status: 200, headers: {} };
    return {
      status: 200,
      headers: {
        date: new Date(now).toUTCString(),
        'ratelimit-remaining': `${left}`,
        'ratelimit-reset': `${(start + 60_000) / 1_000}`,
      },
    };
  }
}

const START: Position = {
  ...{ version: 2, stage: 'projects', scope: 0, after: null, ahead: 0, kept: 0, requests: 0, surveyed: 0 },
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

/** The largest error after the first tenth, in shares of what it came to. */
function worst(reports: readonly Report[]): { readonly requests: number; readonly time: number } {
  const end = reports.at(-1);
  if (!end) throw new Error('nothing was reported');
  const began = new FakeClock().local();
  const later = reports.filter(({ requests }) => requests >= end.requests / 10);
  const error = (told: number, real: number): number => Math.abs(told - real) / real;
  return {
    requests: Math.max(...later.map(({ expected }) => error(expected, end.requests))),
    time: Math.max(...later.map(({ atMs, leftMs }) => error(atMs - began + (leftMs ?? Infinity), end.atMs - began))),
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
    it.each<Limit>(['none', 'told', 'maxRpm', 'learned'])(
      'is right within a fifth where the limit is: %s',
      async (limit) => {
        const { requests, time } = worst(await read(organisation, new Reading(organisation, limit)));
        expect(requests).toBeLessThanOrEqual(0.2);
        // A limit that GitLab does not tell shows with the first refusal: nobody can know of it before.
        if (limit !== 'learned') expect(time).toBeLessThanOrEqual(0.2);
      },
    );

    it('is right within a fifth under a limit that GitLab does not tell and an earlier inventory has learned', async () => {
      const first = new Reading({ groups: [200_000] }, 'learned');
      await read({ groups: [200_000] }, first);
      expect(first.learnedRpm).toBeGreaterThan(PER_MINUTE * 0.6);
      const again = worst(await read(organisation, new Reading(organisation, 'remembered', first.learnedRpm)));
      expect(again.time).toBeLessThanOrEqual(0.2);
      expect(again.requests).toBeLessThanOrEqual(0.2);
    });
  });
});
