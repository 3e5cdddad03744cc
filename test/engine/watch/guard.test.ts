import { afterEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/domain/values.ts';
import type { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeWorld } from '../../fakes/fake-world.ts';
import { TestRollout } from '../rollout.ts';

const CORE = 'acme/libs/core';
const DAY_MS = 86_400_000;

/** `core` is enforced and lets in the group of its caller, a project that is not seen any more, and one that is new. */
function enforcedWorld(clock: FakeClock): FakeWorld {
  const world = new FakeWorld(clock);
  for (const path of [CORE, 'acme/apps/web', 'acme/old/gone', 'acme/old/new']) world.project(path, { stored: true });
  const core = world.at(CORE);
  world.addEntry(core, world.groupEntry('acme/apps'), 'pat');
  for (const path of ['acme/old/gone', 'acme/old/new']) {
    world.addEntry(core, { kind: 'project', id: world.at(path).id, path }, 'pat');
  }
  const old = epochMs(clock.now() - 90 * DAY_MS);
  core.entries = core.entries.map((entry) => (entry.path === 'acme/old/new' ? entry : { ...entry, createdAt: old }));
  world.use('acme/apps/web', CORE);
  world.traffic();
  return world;
}

let rollout: TestRollout;
afterEach(() => rollout.close());

const guarding = async (): Promise<boolean> => (await rollout.phase()) === 'guarding';
const drift = async (): Promise<readonly (readonly [string, string])[]> =>
  (await rollout.store.findings())
    .filter(({ kind }) => kind === 'drift')
    .map(({ subject, text }) => [subject, text.replace(/: `?(?:tidegate|with) .*$/, '')] as const);

describe('guard', () => {
  // Fails when `entryFindings` is left out of `driftOf`, and when `untold` is.
  it('tells once of entries that nobody decided on, and that nobody uses', async () => {
    rollout = await TestRollout.create({ tighten: { unusedFor: '30d' } }, enforcedWorld);
    await rollout.run(guarding);
    const expected = [
      [`group acme/apps -> ${CORE}`, 'nobody signed for this group entry'],
      [`project acme/old/gone -> ${CORE}`, 'nobody decided on this entry; nobody was seen to use it for 30d'],
      [`project acme/old/new -> ${CORE}`, 'nobody decided on this entry'],
    ];
    expect(await drift()).toEqual(expected);
    for (let day = 0; day < 3; day += 1) {
      rollout.passUntil(rollout.clock.now() + 2 * DAY_MS);
      await rollout.tick();
    }
    expect(await drift()).toEqual(expected);
    expect(rollout.forge.writes).toEqual([]);
  });

  // Fails when `driftOf` does not ask `openFindings`.
  it('tells of a project that is open although everything was done', async () => {
    rollout = await TestRollout.create({}, enforcedWorld);
    await rollout.run(guarding);
    rollout.world.project('acme/apps/fresh');
    rollout.passUntil(rollout.clock.now() + 2 * DAY_MS);
    await rollout.tick();
    expect((await drift()).at(-1)).toEqual([
      'acme/apps/fresh',
      'is open, and was in no wave: created, moved here or opened since the last plan; the next one enforces it',
    ]);
  });

  // Fails when a plan that is not there counts as one whose waves have all passed.
  it('does not take a plan that is not stored for one that was carried out', async () => {
    rollout = await TestRollout.create({}, enforcedWorld);
    await rollout.run(guarding);
    rollout.seen.store = (store) => ({ ...store, planHead: () => Promise.resolve(null) });
    rollout.world.project('acme/apps/fresh');
    rollout.passUntil(rollout.clock.now() + 2 * DAY_MS);
    await rollout.tick();
    expect(await rollout.phase()).toBe('rolling');
    expect((await drift()).filter(([subject]) => subject === 'acme/apps/fresh')).toEqual([]);
  });
});
