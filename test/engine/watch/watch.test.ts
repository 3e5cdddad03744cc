import { afterEach, describe, expect, it } from 'vitest';
import { planSweep } from '../../../src/engine/watch/activity.ts';
import type { SweepRow, WaveRow } from '../../../src/engine/ports.ts';
import { epochMs } from '../../../src/domain/values.ts';
import { deniedTrace } from '../../fakes/fake-world.ts';
import { unavailable } from '../../fakes/fake-forge.ts';
import { playbookOf, TestRollout } from '../rollout.ts';

const HOUR_MS = 3_600_000;
const CORE = 'acme/libs/core';
const WEB = 'acme/apps/web';
const PILOT_CORE = { waves: { pilot: { size: 1, projects: [CORE] }, sizes: ['100%'] } };
const GATES = { soak: '8h', sweepEvery: '2h', minJobs: 1, minExercised: 0 };
const LENIENT = { ...GATES, maxUndecidedDenials: 99, maxDeniedShare: 1 };

let rollout: TestRollout;

async function soaking(change: object = {}): Promise<void> {
  rollout = await TestRollout.create({ ...PILOT_CORE, gates: LENIENT, onInconclusive: { then: 'wait' }, ...change });
  await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
}

/** The next sweep, with time for it to be due. */
async function sweep(): Promise<SweepRow> {
  rollout.clock.pass(2 * HOUR_MS);
  await rollout.tick();
  return (await rollout.store.sweeps(1)).at(-1)!;
}

const callsOf = (name: string): number => rollout.forge.calls.filter((call) => call.name === name).length;
const newcomer = (name: string) => rollout.world.project(`acme/apps/${name}`);
const refusedBuild = (path: string) => ({ name: 'build', log: deniedTrace(path, CORE) });

describe('a sweep', () => {
  afterEach(() => rollout.close());

  it('notes a project that GitLab does not answer for, and finds its denial later', async () => {
    await soaking();
    const caller = newcomer('new');
    rollout.world.endJob(caller, refusedBuild(caller.path));
    rollout.forge.before = ({ name, callee }) => {
      if (name === 'failedJobs' && callee === caller.id) throw unavailable();
    };
    expect((await sweep()).unread).toEqual([expect.stringContaining('acme/apps/new')]);
    rollout.forge.before = () => undefined;
    rollout.clock.pass(2 * HOUR_MS);
    await rollout.tick();
    expect(await rollout.store.failures()).toMatchObject([{ disposition: 'denied' }]);
    expect((await rollout.store.sweeps(1)).at(-1)?.unread).toEqual([]);
  });

  it('ends with GitLab’s own failure when nobody answers, and loses nothing by it', async () => {
    await soaking();
    for (const name of ['a', 'b', 'c', 'd']) {
      const caller = newcomer(name);
      rollout.world.endJob(caller, refusedBuild(caller.path));
    }
    rollout.clock.pass(2 * HOUR_MS);
    rollout.forge.before = ({ name }) => {
      if (name === 'trace') throw unavailable();
    };
    await expect(rollout.tick()).rejects.toMatchObject({ code: 'FORGE_UNAVAILABLE' });
    rollout.forge.before = () => undefined;
    await rollout.tick();
    expect((await rollout.store.failures()).map(({ disposition }) => disposition)).toEqual(Array(4).fill('denied'));
  });

  it('reads each log once and asks the rest once, however many runs of a job failed', async () => {
    await soaking();
    const caller = newcomer('new');
    for (let n = 0; n < 60; n += 1) {
      rollout.world.endJob(caller, refusedBuild(caller.path));
      rollout.clock.pass(1_000);
    }
    const before = rollout.forge.calls.length;
    await sweep();
    const calls = rollout.forge.calls.slice(before);
    const count = (name: string): number => calls.filter((call) => call.name === name).length;
    expect({ trace: count('trace'), runs: count('earlierRuns'), level: count('memberLevel') }).toEqual({
      trace: 60,
      runs: 1,
      level: 1,
    });
    expect({ list: count('allowlist'), owners: count('owners') }).toEqual({ list: 1, owners: 1 });
    expect(await rollout.store.failures()).toHaveLength(60);
    await sweep();
    expect(callsOf('trace')).toBe(60);
  });

  it('stops at the newest run of each job once the wave cannot pass, and tells at once', async () => {
    await soaking({ gates: GATES });
    for (const name of ['a', 'b']) {
      const caller = newcomer(name);
      for (let n = 0; n < 40; n += 1) {
        rollout.world.endJob(caller, refusedBuild(caller.path));
        rollout.clock.pass(1_000);
      }
    }
    await sweep();
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
    expect((await rollout.store.failures()).map(({ callerPath }) => callerPath).sort()).toEqual([
      'acme/apps/a',
      'acme/apps/b',
    ]);
    const told = rollout.notes.findIndex((note) => note.startsWith('Denied: acme/apps/'));
    expect(told).toBeGreaterThan(-1);
    expect(told).toBeLessThan(rollout.notes.findIndex((note) => note.includes('failed: ')));
  });

  it('begins where the last sweep of the wave before it ended', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, gates: LENIENT, approvals: { plan: false, waves: 'each' } });
    const waits = async (wave: number): Promise<void> => {
      await rollout.run(({ kind, what }) => kind === 'waiting-for-person' && what.includes(`wave ${wave}`));
    };
    await waits(1);
    await rollout.approve();
    await waits(2);
    // Nothing soaks for a day: a caller that nobody knew is refused by the pilot's library.
    rollout.clock.pass(12 * HOUR_MS);
    const caller = newcomer('late');
    rollout.world.endJob(caller, refusedBuild(caller.path));
    rollout.clock.pass(12 * HOUR_MS);
    await rollout.approve();
    await rollout.run(async () => (await rollout.store.sweeps(2)).length > 0);
    expect(await rollout.store.failures()).toMatchObject([
      { disposition: 'denied', callerPath: caller.path, waveId: 1 },
    ]);
  });
});

describe('a verdict', () => {
  afterEach(() => rollout.close());

  it('is kept with its numbers after every sweep', async () => {
    await soaking();
    expect((await sweep()).judged).toMatchObject({ verdict: 'pending', seen: { approvedEdges: 2, complete: false } });
    await rollout.run(() => true);
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'passed');
    expect((await rollout.store.sweeps(1)).at(-1)?.judged).toMatchObject({
      verdict: 'passed',
      seen: { approvedEdges: 2, exercisedEdges: 2, dueEdges: 2, undecidedDenials: 0, complete: true },
    });
  });

  it('is inconclusive when known callers fail more than before, whatever their logs say', async () => {
    await soaking();
    const web = rollout.world.at(WEB);
    // Passed five times before the wave.
    const began = (await rollout.store.waves())[0]!.startedAt!;
    for (let n = 5; n > 0; n -= 1) {
      rollout.world.endJob(web, { name: 'test', status: 'success', log: '', finishedAt: epochMs(began - n * 60_000) });
    }
    for (let n = 0; n < 4; n += 1)
      rollout.world.endJob(web, { name: 'test', log: 'FAIL cart.test.ts\nERROR: Job failed: exit code 1' });
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'inconclusive');
    const judged = (await rollout.store.sweeps(1)).at(-1)?.judged;
    expect(judged).toMatchObject({ verdict: 'inconclusive', seen: { newFailures: 4, undecidedDenials: 0 } });
    expect(judged?.reasons.join()).toContain('of jobs that passed before the wave');
  });

  it('does not mind a job that was flaky or broken before the wave', async () => {
    await soaking();
    const web = rollout.world.at(WEB);
    const began = (await rollout.store.waves())[0]!.startedAt!;
    const before = (name: string, status: 'success' | 'failed', minutes: number) =>
      rollout.world.endJob(web, { name, status, log: 'FAIL', finishedAt: epochMs(began - minutes * 60_000) });
    before('flaky', 'failed', 3);
    before('flaky', 'success', 2);
    before('broken', 'failed', 1);
    for (const name of ['flaky', 'broken', 'broken', 'flaky']) rollout.world.endJob(web, { name, log: 'FAIL' });
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'passed');
    expect((await rollout.store.sweeps(1)).at(-1)?.judged).toMatchObject({ seen: { newFailures: 0 } });
  });

  const judgements = async () => (await rollout.store.sweeps(1)).flatMap(({ judged }) => judged ?? []);

  it('waits for a schedule that GitLab knows of', async () => {
    rollout = await TestRollout.create({
      ...PILOT_CORE,
      ...{ gates: { ...GATES, soak: '4h' }, onInconclusive: { then: 'extend', extensions: 2 } },
      approvals: { plan: false, waves: 'first' },
    });
    await rollout.run(({ kind }) => kind === 'waiting-for-person');
    rollout.clock.pass(HOUR_MS / 6);
    await rollout.approve();
    rollout.world.uses.splice(0, rollout.world.uses.length, { caller: WEB, callee: CORE });
    const now = rollout.clock.now();
    const rare = { id: 1, cron: '0 3 1 * *', everyMs: 31 * 24 * HOUR_MS, owner: null, lastRunAt: null };
    await rollout.store.putSchedules(rollout.world.at('acme/apps/shop').id, [
      { ...rare, nextRunAt: epochMs(now + 6 * HOUR_MS) },
    ]);
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'passed');
    const [waited] = (await judgements()).filter(({ verdict }) => verdict === 'inconclusive');
    expect(waited?.waitsFor).toEqual([expect.stringContaining('acme/apps/shop -> acme/libs/core, scheduled at')]);
    expect((await judgements()).at(-1)).toMatchObject({ verdict: 'passed', waitsFor: [] });
  });

  it('waits for a schedule that comes round within an extended soak, names it, and then lets it be', async () => {
    rollout = await TestRollout.create({
      ...PILOT_CORE,
      ...{ gates: { ...GATES, soak: '4h' }, onInconclusive: { then: 'extend', extensions: 2 } },
      evidence: { schedules: [{ callers: 'acme/apps/shop', every: '9h' }] },
      ...{ observe: { window: '10h', every: '2h' }, approvals: { plan: false, waves: 'first' } },
    });
    await rollout.run(({ kind }) => kind === 'waiting-for-person');
    // The last use lies before the enforcement, not in the same second.
    rollout.clock.pass(HOUR_MS / 6);
    await rollout.approve();
    rollout.world.uses.splice(0, rollout.world.uses.length, { caller: WEB, callee: CORE });
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'passed');
    const sweeps = await judgements();
    const waited = sweeps.find(({ verdict }) => verdict === 'inconclusive');
    expect(waited?.waitsFor).toEqual(['acme/apps/shop -> acme/libs/core, every 9h']);
    expect(waited?.reasons.join()).toContain('waits for acme/apps/shop -> acme/libs/core');
    expect(sweeps.at(-1)).toMatchObject({
      verdict: 'passed',
      waitsFor: [],
      seen: { exercisedEdges: 1, approvedEdges: 2 },
    });
  });
});

describe('how far a sweep looks', () => {
  const DAY_MS = 24 * HOUR_MS;
  const wave = { startedAt: epochMs(0) } as WaveRow;
  const row = (until: number, whole: boolean, unread: readonly string[] = []) =>
    ({ until: epochMs(until), whole, unread, callerJobs: 5 }) as unknown as SweepRow;
  const plan = (sweeps: readonly SweepRow[], now: Partial<Parameters<typeof planSweep>[4]> = {}) =>
    planSweep({ playbook: playbookOf({ gates: { ...GATES, sweepScopeEvery: '1d' } }) }, wave, sweeps, null, {
      ...{ until: epochMs(6 * HOUR_MS), last: false, callers: 50, inScope: 10_000 },
      ...now,
    });

  it.each([
    ['everything at first', [], {}, true],
    ['known callers after that', [row(HOUR_MS, true)], {}, false],
    ['everything again after a day', [row(HOUR_MS, true)], { until: epochMs(DAY_MS + HOUR_MS) }, true],
    ['everything at the end of the soak', [row(HOUR_MS, true)], { last: true }, true],
    ['everything where that is no more work', [row(HOUR_MS, true)], { callers: 5_000 }, true],
  ])('%s', (_, sweeps, now, whole) => expect(plan(sweeps, now).whole).toBe(whole));

  it('counts the jobs of everybody from the last look at everybody, and those of callers once', () => {
    const sweeps = [row(HOUR_MS, true), row(2 * HOUR_MS, false), row(3 * HOUR_MS, false, ['acme/x: 503'])];
    expect(plan(sweeps, { last: true })).toMatchObject({
      since: 3 * HOUR_MS,
      wholeSince: HOUR_MS,
      lookFrom: 2 * HOUR_MS,
      countedSince: 10,
    });
  });
});
