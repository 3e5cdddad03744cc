import { afterEach, describe, expect, it } from 'vitest';
import { rollbackProject, standingCallee } from '../../src/engine/apply/rollback.ts';
import { resume, resumeProject } from '../../src/engine/orders/resume.ts';
import { rollback, waveToRollBack } from '../../src/engine/orders/rollback.ts';
import { rolloutState } from '../../src/engine/drive/decide.ts';
import { TestRollout } from './rollout.ts';

const CORE = 'acme/libs/core';
const WORD = 'taken back by dana: incident';

describe('a project that a person took back by itself', () => {
  let rollout: TestRollout;
  afterEach(() => rollout.close());

  async function takeBack(): Promise<void> {
    const found = await standingCallee(rollout.store, CORE);
    const engine = await rollout.engine();
    await rollbackProject(engine, found!, WORD);
    await engine.lease.release();
  }

  const held = async (): Promise<readonly (string | undefined)[]> => {
    const { context } = rolloutState((await rollout.store.rollout()).checkpoint);
    const plan = await rollout.store.plan(context.planHash ?? '');
    return (plan?.held ?? []).filter(({ path }) => path === CORE).map(({ detail }) => detail);
  };

  // Fails when `heldCallees` leaves out waves that have ended.
  it('is not planned again until that is lifted, also when its whole wave is taken back afterwards', async () => {
    rollout = await TestRollout.create({ waves: { pilot: { size: 1, projects: [CORE] }, sizes: [10] } });
    await rollout.run(() => rollout.world.at(CORE).stored);
    await takeBack();
    expect(rollout.world.at(CORE).stored).toBe(false);
    await rollback(rollout.orders, await waveToRollBack(rollout.orders, 1), 'all of it');
    await rollout.run();
    await resume(rollout.orders, 'go on');
    await rollout.run();
    expect(rollout.world.at(CORE).stored).toBe(false);
    expect(await held()).toEqual([expect.stringContaining(WORD)]);

    await resumeProject(rollout.orders, CORE, 'mended');
    await resume(rollout.orders, 'look again');
    await rollout.run();
    expect(rollout.world.at(CORE).stored).toBe(true);
    expect(await rollout.store.heldCallees()).toEqual([]);
  });
});
