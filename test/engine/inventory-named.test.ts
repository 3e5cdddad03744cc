import { afterEach, describe, expect, it } from 'vitest';
import { readInventory } from '../../src/engine/inventory/inventory.ts';
import { smallWorld, TestRollout } from './rollout.ts';

let rollout: TestRollout;
afterEach(() => rollout.close());

/** A playbook of one group and of two projects outside it. */
async function named(...projects: readonly string[]): Promise<TestRollout> {
  rollout = await TestRollout.create({ scope: { groups: ['acme/apps'], projects } }, (clock) => {
    const world = smallWorld(clock);
    const shared = world.project('people/tools', { visibility: 'public' });
    world.features.set(shared.id, { repository: 'private', releases: 'enabled' });
    world.features.set(world.at('acme/libs/core').id, { repository: 'enabled' });
    return world;
  });
  return rollout;
}

const factsOf = async (path: string) => (await rollout.store.projectByPath(path))?.facts?.features ?? {};

describe('projects that the playbook names one by one', () => {
  it('are read with their feature levels, where they share anything', async () => {
    const { store } = await named('people/tools', 'acme/libs/core');
    await readInventory(await rollout.engine());
    expect(await store.projectByPath('people/tools')).toMatchObject({ inScope: true });
    expect(await factsOf('people/tools')).toEqual({ repository: 'private', releases: 'enabled' });
    expect(await factsOf('acme/libs/core')).toEqual({});
  });

  it('are told of when they have another path now, and are out of scope until the playbook says so', async () => {
    const { world, store, notes } = await named('people/old-name');
    world.redirects.set('people/old-name', world.at('people/tools').id);
    await readInventory(await rollout.engine());
    expect(notes.join('\n')).toMatch(/scope\.projects names people\/old-name, which is people\/tools now/);
    expect(await store.projectByPath('people/tools')).toMatchObject({ inScope: false });
  });

  it('stop the inventory where the token cannot see them', async () => {
    await named('people/none');
    await expect(readInventory(await rollout.engine())).rejects.toMatchObject({ code: 'NOTHING_SELECTED' });
  });
});
