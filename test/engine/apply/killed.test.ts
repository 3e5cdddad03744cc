import { afterEach, describe, expect, it } from 'vitest';
import { RolloutError } from '../../../src/domain/errors.ts';
import { rehearseRollback } from '../../../src/engine/apply/rollback.ts';
import { rollback, waveToRollBack } from '../../../src/engine/orders/rollback.ts';
import type { FakeClock } from '../../fakes/fake-clock.ts';
import { unavailable, type ForgeCall } from '../../fakes/fake-forge.ts';
import { FakeWorld } from '../../fakes/fake-world.ts';
import { smallWorld, TestRollout } from '../rollout.ts';

/* The driver dies at a write, and what it finds afterwards is not what it left. */

const CORE = 'acme/libs/core';
const WEB = 'acme/apps/web';
const PILOT = { waves: { pilot: { size: 1, projects: [CORE] }, sizes: [1] } };

class Killed extends Error {}

let rollout: TestRollout;
afterEach(() => rollout.close());

const core = () => rollout.world.at(CORE);
const removeWeb = (): void =>
  rollout.world.removeEntry(core(), { kind: 'project', id: rollout.world.at(WEB).id, path: WEB });
const kinds = (): readonly string[] => rollout.forge.writes.map(({ kind }) => kind);
const outcomes = async (wave: number) => (await rollout.store.intents(wave)).map(({ outcome }) => outcome);

/** Dies at the next call of that name, before or after it took effect; the next driver knows nothing of it. */
async function killAt(name: ForgeCall['name'], when: 'before' | 'after', work: () => Promise<unknown>): Promise<void> {
  rollout.forge[when] = (call) => {
    if (call.name !== name) return;
    rollout.forge[when] = () => undefined;
    throw new Killed();
  };
  await expect(work()).rejects.toThrow(Killed);
  await rollout.reopen();
}

describe('a driver that died right after it enforced', () => {
  const relied = (clock: FakeClock): FakeWorld => {
    const world = smallWorld(clock);
    world.addEntry(world.at(CORE), { kind: 'project', id: world.at(WEB).id, path: WEB }, 'olga');
    return world;
  };

  // Fails when `takeSnapshot` in callee.ts only says that the list has changed.
  it('has the list opened again where an entry that the plan relies on is gone by the next run', async () => {
    rollout = await TestRollout.create({ ...PILOT, onFailed: 'hold' }, relied);
    await killAt('enforce', 'after', () => rollout.run());
    removeWeb();
    await rollout.run();
    expect(kinds()).toEqual(['add', 'enforce', 'reopen']);
    const [callee] = await rollout.store.waveCallees(1);
    expect(callee).toMatchObject({ step: 'failed', problem: expect.stringContaining('opened again') });
  });

  it('gets back at the next run what it had added itself', async () => {
    rollout = await TestRollout.create({ ...PILOT, onFailed: 'hold' });
    await killAt('enforce', 'after', () => rollout.run());
    removeWeb();
    await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
    expect(kinds()).toEqual(['add', 'add', 'enforce', 'add']);
    expect(core().entries).toHaveLength(2);
  });

  // Fails when `enforce` in callee.ts only looks at what it wrote in this run.
  it('has the list opened again where that is removed once more', async () => {
    rollout = await TestRollout.create({ ...PILOT, onFailed: 'hold' });
    await killAt('enforce', 'after', () => rollout.run());
    removeWeb();
    rollout.forge.after = ({ name }) => {
      if (name === 'addEntry') removeWeb();
    };
    await rollout.run();
    expect(kinds()).toEqual(['add', 'add', 'enforce', 'add', 'reopen']);
    expect(core().stored).toBe(false);
  });
});

describe('an entry that GitLab refuses', () => {
  // Fails when `outcomeOf` in writes.ts calls refused what is there all the same.
  it('is somebody else’s where it is there all the same: the list is enforced, and the entry stays behind', async () => {
    rollout = await TestRollout.create(PILOT);
    rollout.forge.before = ({ name }) => {
      if (name !== 'addEntry') return;
      rollout.forge.before = () => undefined;
      rollout.world.addEntry(core(), { kind: 'project', id: rollout.world.at(WEB).id, path: WEB }, 'eve');
      throw new RolloutError('FORGE_REFUSED', 'Target project is already in the job token scope', 'Read it.');
    };
    await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
    expect(core().stored).toBe(true);
    expect(await outcomes(1)).toContain('already');
    await rollback(rollout.orders, await waveToRollBack(rollout.orders, 1), 'test');
    await rollout.tick();
    expect(core()).toMatchObject({ stored: false, entries: [{ path: WEB, addedBy: 'eve' }] });
  });
});

describe('the switch of the instance', () => {
  const SWITCH = { organisation: { instanceSwitch: true }, gates: { minJobs: 0, minExercised: 0, soak: '1h' } };
  const enforced = (clock: FakeClock): FakeWorld => {
    const world = new FakeWorld(clock);
    for (const path of ['acme/a', 'acme/b']) world.project(path, { stored: true });
    return world;
  };
  const switched = async (): Promise<void> => {
    rollout = await TestRollout.create(SWITCH, enforced);
    expect(await rollout.run()).toMatchObject({ kind: 'done' });
    await rollback(rollout.orders, await waveToRollBack(rollout.orders, 1), 'too early');
  };

  // Fails when `settleOpenIntents` passes over intents without a callee.
  it.each([
    { when: 'before', left: ['absent', 'done'] },
    { when: 'after', left: ['done'] },
  ] as const)('is set once although its driver died right $when', async ({ when, left }) => {
    rollout = await TestRollout.create(SWITCH, enforced);
    await killAt('setInstanceEnforced', when, () => rollout.run());
    expect(await rollout.run()).toMatchObject({ kind: 'done' });
    expect(rollout.world.instanceEnforced).toBe(true);
    expect(kinds()).toEqual(['instance']);
    expect(await outcomes(1)).toEqual(left);
  });

  // Fails when `switchIsOurs` in rollback.ts takes what was sent, and did not come, for done.
  it.each(['before', 'after'] as const)('is off again although a rollback died right %s', async (when) => {
    await switched();
    await killAt('setInstanceEnforced', when, () => rollout.tick());
    await rollout.tick();
    expect(rollout.world.instanceEnforced).toBe(false);
    expect(kinds()).toEqual(['instance', 'instance']);
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
  });

  it('is not touched by a rollback where a person turned it off before', async () => {
    await switched();
    rollout.world.instanceEnforced = false;
    expect(await rehearseRollback(rollout, (await rollout.store.waves())[0]!)).toMatchObject({ reopened: 0 });
    await rollout.tick();
    expect(kinds()).toEqual(['instance']);
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
  });

  // Fails when `rollbackSwitch` calls done what GitLab refused.
  it('blocks a rollback that GitLab refuses, which says so and can be tried again', async () => {
    await switched();
    expect(await rehearseRollback(rollout, (await rollout.store.waves())[0]!)).toMatchObject({ reopened: 1 });
    rollout.forge.before = ({ name }) => {
      if (name === 'setInstanceEnforced') throw new RolloutError('FORGE_REFUSED', '403 Forbidden', 'Read it.');
    };
    await rollout.tick();
    expect(await rollout.wavePhases()).toEqual(['rollbackBlocked']);
    expect(rollout.notes.join()).toContain('blocked: the instance: 403 Forbidden');
    rollout.forge.before = () => undefined;
    const { resume } = await import('../../../src/engine/orders/resume.ts');
    await resume(rollout.orders, 'mended');
    await rollout.tick();
    expect(rollout.world.instanceEnforced).toBe(false);
  });

  it.each([
    { what: 'refuses it', error: new RolloutError('FORGE_REFUSED', '403 Forbidden', 'Read it.'), phase: 'rolledBack' },
    { what: 'does not answer', error: unavailable(), phase: 'applying' },
  ])('that GitLab $what does not pass for set', async ({ error, phase }) => {
    rollout = await TestRollout.create(SWITCH, enforced);
    rollout.forge.before = ({ name }) => {
      if (name === 'setInstanceEnforced') throw error;
    };
    await rollout.run().catch((thrown: unknown) => expect(thrown).toMatchObject({ code: 'FORGE_UNAVAILABLE' }));
    expect(rollout.world.instanceEnforced).toBe(false);
    expect(await rollout.wavePhases()).toEqual([phase]);
  });
});
