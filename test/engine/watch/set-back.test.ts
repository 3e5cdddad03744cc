import { afterEach, describe, expect, it } from 'vitest';
import { verify } from '../../../src/engine/record/verify.ts';
import { TestRollout } from '../rollout.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CORE = 'acme/libs/core';
const PLAYBOOK = {
  waves: { pilot: { size: 1, projects: [CORE] }, sizes: ['100%'] },
  gates: { soak: '8h', sweepEvery: '2h', minJobs: 1, minExercised: 0 },
};

let rollout: TestRollout;
afterEach(() => rollout.close());

async function soaking(): Promise<void> {
  rollout = await TestRollout.create(PLAYBOOK);
  await rollout.run(async () => (await rollout.store.sweeps(1)).length > 0);
  expect(await rollout.wavePhases()).toEqual(['soaking']);
}

describe('GitLab’s clock that is set back by ten days', () => {
  // Fails without the second half of `isDue`: nobody looks for ten days.
  it('while a wave soaks: it soaks once more at most, and is looked at as often as ever', async () => {
    await soaking();
    rollout.clock.pass(-10 * DAY_MS);
    const from = rollout.clock.now();
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'passed');
    expect(rollout.clock.now() - from).toBeGreaterThanOrEqual(8 * HOUR_MS);
    expect(rollout.clock.now() - from).toBeLessThan(9 * HOUR_MS);
    expect((await verify(rollout.store)).problems).toEqual([]);
  });

  // Fails without `followSetBack`: a job that is dated before the enforcement counts as an earlier one.
  it('while a wave soaks: who is refused afterwards still fails it', async () => {
    await soaking();
    rollout.clock.pass(-10 * DAY_MS);
    await rollout.tick();
    rollout.clock.pass(HOUR_MS);
    rollout.world.runJob(rollout.world.project('acme/apps/late'), rollout.world.at(CORE));
    await rollout.run();
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
    expect((await verify(rollout.store)).problems).toEqual([]);
  });

  it('while an open organisation is observed: the window is no longer than ever', async () => {
    rollout = await TestRollout.create({ ...PLAYBOOK, observe: { window: '4h', every: '1h' } });
    expect(await rollout.tick()).toMatchObject({ kind: 'waiting-for-time' });
    rollout.clock.pass(-10 * DAY_MS);
    const from = rollout.clock.now();
    await rollout.run(async () => (await rollout.phase()) === 'rolling');
    expect(rollout.clock.now() - from).toBeLessThan(5 * HOUR_MS);
  });

  it('while a finished rollout is guarded: the next look is not ten days late', async () => {
    rollout = await TestRollout.create(PLAYBOOK);
    expect(await rollout.run()).toMatchObject({ kind: 'done' });
    rollout.clock.pass(-10 * DAY_MS);
    const inventories = (): number => rollout.forge.calls.filter(({ name }) => name === 'projects').length;
    const before = inventories();
    await rollout.tick();
    const after = inventories();
    expect(after).toBeGreaterThan(before);
    await rollout.tick();
    // Once: the look sets the time of the next one.
    expect(inventories()).toBe(after);
  });
});
