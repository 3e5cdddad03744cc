import { afterEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/domain/values.ts';
import { RolloutError } from '../../../src/domain/errors.ts';
import { rollback, waveToRollBack } from '../../../src/engine/orders/rollback.ts';
import type { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeWorld } from '../../fakes/fake-world.ts';
import { TestRollout } from '../rollout.ts';

/* The second starting point: an instance that enforces already, where there is nothing to switch on. */

let rollout: TestRollout;
afterEach(() => rollout.close());

const CORE = 'acme/libs/core';
const TIGHTEN = { tighten: { prune: true, split: true, narrow: true, unusedFor: '30d' } };

/** `core` lets in the group of its two callers, an old project nobody sees, and a young one. */
function enforcedWorld(clock: FakeClock): FakeWorld {
  const world = new FakeWorld(clock);
  const paths = [CORE, 'acme/apps/web', 'acme/apps/shop', 'acme/apps/idle', 'acme/old/gone', 'acme/old/new'];
  for (const path of paths) world.project(path, { stored: true });
  world.instanceEnforced = true;
  const core = world.at(CORE);
  world.addEntry(core, world.groupEntry('acme/apps'), 'pat');
  for (const path of ['acme/old/gone', 'acme/old/new']) {
    world.addEntry(core, { kind: 'project', id: world.at(path).id, path }, 'pat');
  }
  const old = epochMs(clock.now() - 90 * 86_400_000);
  core.entries = core.entries.map((entry) => (entry.path === 'acme/old/new' ? entry : { ...entry, createdAt: old }));
  world.use('acme/apps/web', CORE);
  world.use('acme/apps/shop', CORE);
  world.traffic();
  return world;
}

const entriesOf = (path: string): readonly string[] => rollout.lists()[path]?.entries ?? [];
const BEFORE = ['group acme/apps', 'project acme/old/gone', 'project acme/old/new'];
const AFTER = ['project acme/apps/shop', 'project acme/apps/web', 'project acme/old/new'];

describe('an instance that enforces already', () => {
  it('is left as it is unless the playbook says otherwise', async () => {
    rollout = await TestRollout.create({}, enforcedWorld);
    await rollout.run(async () => (await rollout.phase()) === 'guarding');
    expect(entriesOf(CORE)).toEqual(BEFORE);
    expect(rollout.forge.writes).toEqual([]);
  });

  it('has group entries split and unused ones taken away, what comes before what goes', async () => {
    rollout = await TestRollout.create(TIGHTEN, enforcedWorld);
    await rollout.run(async () => (await rollout.phase()) === 'guarding');
    expect(entriesOf(CORE)).toEqual(AFTER);
    const kinds = rollout.forge.writes.map(({ kind }) => kind);
    expect(kinds).toEqual(['add', 'add', 'remove', 'remove']);
    expect(await rollout.wavePhases()).toEqual(['passed']);
  });

  it('gets back by a rollback what was taken away, and loses what took its place', async () => {
    rollout = await TestRollout.create(TIGHTEN, enforcedWorld);
    await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
    expect(entriesOf(CORE)).toEqual(AFTER);
    await rollback(rollout.orders, await waveToRollBack(rollout.orders, 1), 'changed our mind');
    // Asked again before the next tick.
    await expect(waveToRollBack(rollout.orders, 1)).rejects.toThrow(/is being rolled back already/);
    await rollout.tick();
    expect(entriesOf(CORE)).toEqual(BEFORE);
    expect(rollout.world.at(CORE).stored).toBe(true);
  });

  it('is taken back by itself when a job needed what was thought unused', async () => {
    rollout = await TestRollout.create(TIGHTEN, enforcedWorld);
    await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
    rollout.world.use('acme/apps/idle', CORE);
    await rollout.run();
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
    expect(entriesOf(CORE)).toEqual(BEFORE);
  });

  it('keeps the group entry when an entry that is to take its place is refused', async () => {
    rollout = await TestRollout.create({ ...TIGHTEN, onFailed: 'hold' }, enforcedWorld);
    rollout.forge.before = ({ name }) => {
      if (name === 'addEntry') throw new RolloutError('FORGE_REFUSED', 'limit reached', 'Read it.');
    };
    await rollout.run();
    // Fails when callee.ts goes on to tighten after a refusal in `seed`.
    expect(entriesOf(CORE)).toEqual(BEFORE);
  });

  it('reaches the same lists when it is killed after any write', async () => {
    for (const dies of [1, 2, 3, 4]) {
      rollout = await TestRollout.create(TIGHTEN, enforcedWorld);
      const killer = new AbortController();
      let writes = 0;
      rollout.forge.after = () => {
        writes += 1;
        if (writes === dies) killer.abort(new RolloutError('INTERRUPTED', 'killed', ''));
      };
      await rollout
        .run(async () => (await rollout.store.waves()).length > 0 && writes === 0, 10)
        .catch(() => undefined);
      for (let n = 0; n < 3 && writes < dies; n += 1) await rollout.tick(killer.signal).catch(() => undefined);
      rollout.forge.after = () => undefined;
      await rollout.reopen();
      await rollout.run(async () => (await rollout.phase()) === 'guarding');
      expect(entriesOf(CORE)).toEqual(AFTER);
      expect(rollout.forge.writes).toHaveLength(4);
      if (dies < 4) rollout.close();
    }
  });
});
