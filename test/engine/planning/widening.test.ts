import { afterEach, describe, expect, it } from 'vitest';
import { whatToApprove } from '../../../src/engine/orders/approve.ts';
import { readInventory } from '../../../src/engine/inventory/inventory.ts';
import type { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeWorld } from '../../fakes/fake-world.ts';
import { TestRollout } from '../rollout.ts';

const CORE = 'acme/libs/core';

/** Three callers for one project entry: a group entry has to stand for two of them, beside one that was never seen. */
function crowdedWorld(clock: FakeClock): FakeWorld {
  const world = new FakeWorld(clock);
  for (const path of [CORE, 'acme/apps/a', 'acme/apps/b', 'acme/apps/c', 'acme/apps/quiet']) world.project(path);
  for (const name of ['a', 'b', 'c']) world.use(`acme/apps/${name}`, CORE);
  world.traffic();
  return world;
}

const CROWDED = {
  limits: { projectEntries: 1, groupEntries: 1 },
  waves: { pilot: { size: 1, projects: [CORE] }, sizes: [9] },
  approvals: { plan: false, waves: 'each' },
};

let rollout: TestRollout;
afterEach(() => rollout.close());

/** Up to the wave that waits for its approval, with the group entry signed off. */
async function signed(): Promise<void> {
  rollout = await TestRollout.create(CROWDED, crowdedWorld);
  await rollout.run();
  expect(await rollout.phase()).toBe('awaitingWidening');
  await rollout.approve();
  await rollout.run();
  expect(await rollout.wavePhases()).toEqual(['awaitingApproval']);
}

const groupDecision0 = async () => (await rollout.store.groupEntryDecisions())[0];
const groupDecision = async () => (await rollout.store.groupEntryDecisions())[0]!;

/** Looks at GitLab again, as `tidegate inventory` does. */
async function look(): Promise<void> {
  const engine = await rollout.engine();
  await readInventory(engine);
  await engine.lease.release();
}

describe('the sign-off of a group entry', () => {
  it('records how many projects it covers, and is enough for that many', async () => {
    await signed();
    expect(await groupDecision()).toMatchObject({ subject: { groupPath: 'acme/apps', widening: 1 } });
    await rollout.approve();
    await rollout.run();
    expect(rollout.world.at(CORE)).toMatchObject({ stored: true });
    expect(rollout.world.at(CORE).entries.map(({ path }) => path)).toEqual(['acme/apps']);
  });

  // Fails when `signOffOf` in entries.ts asks for the verdict alone, or the wave for what the plan said alone.
  it('does not hold for an entry that admits more by the time of its wave: signed for 1, now 3', async () => {
    await signed();
    rollout.world.project('acme/apps/new-1');
    rollout.world.project('acme/apps/new-2');
    await look();
    await rollout.approve();
    await rollout.run();
    expect(await rollout.phase()).toBe('awaitingWidening');
    expect(rollout.world.at(CORE)).toMatchObject({ stored: false, entries: [] });
    expect(rollout.notes.join('\n')).toContain('admits more than was signed off: signed for 1, now 3');
    const shown = await whatToApprove(rollout.orders);
    expect(shown).toMatchObject({ kind: 'widening', entries: [{ signedFor: 1, entry: { widening: 3 } }] });
    await rollout.approve();
    expect(await groupDecision()).toMatchObject({ subject: { widening: 3 } });
    await rollout.run();
    await rollout.approve();
    await rollout.run();
    expect(rollout.world.at(CORE)).toMatchObject({ stored: true, entries: [{ path: 'acme/apps' }] });
  });

  // Fails when bound.ts goes by the projects of the last inventory alone.
  it('does not hold for projects that were made since the last inventory either', async () => {
    await signed();
    rollout.world.project('acme/apps/new-1');
    await rollout.approve();
    await rollout.run();
    expect(await rollout.phase()).toBe('awaitingWidening');
    expect(rollout.world.at(CORE)).toMatchObject({ stored: false, entries: [] });
    expect(rollout.notes.join('\n')).toContain('admits more than was signed off: signed for 1, now 2');
  });

  it('covers what GitLab counts in a group that no inventory read, and is asked for once', async () => {
    rollout = await TestRollout.create({ ...CROWDED, scope: { groups: ['acme/libs'] } }, crowdedWorld);
    await rollout.run();
    expect(await groupDecision0()).toBeUndefined();
    await rollout.approve();
    expect(await groupDecision()).toMatchObject({ subject: { groupPath: 'acme/apps', widening: 1 } });
    await rollout.run();
    await rollout.approve();
    await rollout.run();
    expect(rollout.world.at(CORE).entries.map(({ path }) => path)).toEqual(['acme/apps']);
  });

  it('holds for fewer', async () => {
    await signed();
    rollout.world.use('acme/apps/quiet', CORE);
    rollout.world.traffic();
    await look();
    await rollout.approve();
    await rollout.run();
    // A caller that was not known makes a new plan, with the sign-off of the old one.
    expect(await rollout.phase()).toBe('rolling');
    await rollout.approve();
    await rollout.run();
    expect(rollout.world.at(CORE).entries.map(({ path }) => path)).toEqual(['acme/apps']);
    expect(await rollout.store.groupEntryDecisions()).toHaveLength(1);
  });

  it.each([
    ['covers less by now', { widening: 0 }],
    ['does not say what it covers', { widening: null }],
  ])('is looked at again before anything is written: it %s', async (_, change) => {
    await signed();
    const { id: _id, ...decision } = await groupDecision();
    if (decision.subject.kind !== 'group-entry') throw new Error('not a group entry');
    await rollout.store.putDecisions([{ ...decision, subject: { ...decision.subject, ...change } }]);
    await rollout.approve();
    await rollout.run();
    expect(await rollout.phase()).toBe('awaitingWidening');
    expect(rollout.world.at(CORE)).toMatchObject({ stored: false, entries: [] });
  });
});
