import { afterEach, describe, expect, it } from 'vitest';
import { TestRollout } from '../rollout.ts';

/* Callers of a soaking wave that no page of the scope shows: they are asked for one by one, and what is not shown is unread. */

const WEB = 'acme/apps/web';
const GATES = { soak: '4h', sweepEvery: '2h', minJobs: 1, minExercised: 0 };

let rollout: TestRollout;
afterEach(() => rollout.close());

const soaking = async (): Promise<boolean> => (await rollout.wavePhases()).includes('soaking');
const asked = (): number => rollout.forge.calls.filter(({ name }) => name === 'activityOf').length;

async function soak(groups: readonly string[]): Promise<void> {
  rollout = await TestRollout.create({
    ...{ scope: { groups, exclude: ['acme/apps/**'] }, waves: { pilot: { size: 2 }, sizes: ['100%'] }, gates: GATES },
    onInconclusive: { extensions: 0 },
  });
  await rollout.run(soaking);
}

describe('a caller outside of the groups that are watched', () => {
  it('is watched all the same', async () => {
    await soak(['acme/libs']);
    await rollout.run();
    expect(asked()).toBeGreaterThan(0);
    const [sweep] = await rollout.store.sweeps(1);
    expect(sweep?.callerJobs).toBeGreaterThan(0);
    expect((await rollout.wavePhases())[0]).toBe('passed');
  });

  // Fails when callers that `activityOf` does not show count as idle.
  it('keeps the wave from passing once it is hidden from the token', async () => {
    await soak(['acme/libs']);
    rollout.world.at(WEB).hidden = true;
    await rollout.run();
    expect((await rollout.wavePhases())[0]).toBe('inconclusive');
    expect((await rollout.store.sweeps(1)).at(-1)?.unread.join()).toContain(`${WEB}: it is hidden from the token`);
  });
});

it('a caller within them is in their pages, and costs nothing more', async () => {
  await soak(['acme']);
  await rollout.run();
  expect((await rollout.wavePhases())[0]).toBe('passed');
  expect(asked()).toBe(0);
});
