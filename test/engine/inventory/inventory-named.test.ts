import { afterEach, describe, expect, it } from 'vitest';
import { keepAgain, readInventory } from '../../../src/engine/inventory/inventory.ts';
import { openCursor, saveCursor } from '../../../src/engine/inventory/position.ts';
import { smallWorld, TestRollout } from '../rollout.ts';

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

const inventory = async () => readInventory(await rollout.engine());

const factsOf = async (path: string) => (await rollout.store.projectByPath(path))?.facts?.features ?? {};

it('says that it goes on with an inventory that was interrupted, and how far that had come', async () => {
  const { store, notes } = await named();
  await inventory();
  expect(notes.join('\n')).not.toContain('Going on');
  const begun = await openCursor(store);
  await saveCursor(store, { ...begun, done: 2, position: { ...begun.position, stage: 'features', requests: 5 } });
  await inventory();
  expect(notes).toContain('Going on with the inventory that was interrupted: 2 projects read so far.');
});

describe('projects that the playbook names one by one', () => {
  it('are read with their feature levels, where they share anything', async () => {
    const { store } = await named('people/tools', 'acme/libs/core');
    await inventory();
    expect(await store.projectByPath('people/tools')).toMatchObject({ inScope: true });
    expect(await factsOf('people/tools')).toEqual({ repository: 'private', releases: 'enabled' });
    expect(await factsOf('acme/libs/core')).toEqual({});
  });

  it('are in scope under the name they have today, and told of once', async () => {
    const { world, store, notes } = await named('people/old-name');
    world.redirects.set('people/old-name', world.at('people/tools').id);
    await inventory();
    await inventory();
    expect(notes.filter((note) => /names people\/old-name, which is people\/tools now/.test(note))).toHaveLength(1);
    expect(await store.projectByPath('people/tools')).toMatchObject({ inScope: true });
  });

  it('are followed by id, without a redirect and with another project at the old path', async () => {
    const { world, store, notes } = await named('people/tools');
    const { id } = world.at('people/tools');
    await inventory();
    world.move('people/tools', 'people/moved');
    world.project('people/tools');
    await inventory();
    expect(notes.join('\n')).toContain(`scope.projects names people/tools, which is people/moved now (project ${id})`);
    expect(await store.projectByPath('people/moved')).toMatchObject({ id, inScope: true });
    expect((await store.projectByPath('people/tools'))?.inScope ?? false).toBe(false);
  });

  it('give way to the project that takes their path once they are gone', async () => {
    const { world, store, notes } = await named('people/tools');
    const { id } = world.at('people/tools');
    await inventory();
    world.projects.delete(id);
    world.project('people/tools');
    await inventory();
    expect(notes.join('\n')).toMatch(new RegExp(`project ${id}, which was there, is gone or hidden`));
    expect(await store.projectByPath('people/tools')).toMatchObject({ inScope: true });
    expect(await store.project(id)).toMatchObject({ inScope: false });
  });

  it('do not stop the rollout once they are gone, but are told of', async () => {
    const { world, store, notes } = await named('people/tools');
    const { id } = world.at('people/tools');
    await inventory();
    world.projects.delete(id);
    await inventory();
    expect(notes.join('\n')).toMatch(
      /names people\/tools \(project \d+, .*is gone or hidden from the token: it is left out/,
    );
    expect(await store.project(id)).toMatchObject({ inScope: false });
  });

  it('stop the inventory where the token cannot see them', async () => {
    await named('people/none');
    await expect(inventory()).rejects.toMatchObject({ code: 'NOTHING_SELECTED' });
  });
});

describe('groups that the playbook names', () => {
  it('are followed by id when they are renamed, between inventories too', async () => {
    const { world, store, notes } = await named();
    await inventory();
    world.moveGroup('acme/apps', 'acme/services');
    const web = world.at('acme/services/web');
    const engine = await rollout.engine();
    await keepAgain(engine, await engine.forge.projectsById([web.id]));
    expect(await store.projectByPath('acme/services/web')).toMatchObject({ inScope: true });
    await inventory();
    expect(notes.join('\n')).toMatch(/scope\.groups names acme\/apps, which is acme\/services now \(group \d+\)/);
    expect((await store.projects({ inScope: true })).map(({ path }) => path)).toEqual([
      'acme/services/shop',
      'acme/services/web',
    ]);
  });

  it('leave out what takes over their old path', async () => {
    const { world, store } = await named();
    await inventory();
    world.moveGroup('acme/apps', 'acme/services');
    world.project('acme/apps/stranger');
    await inventory();
    expect((await store.projects({ inScope: true })).map(({ path }) => path)).toEqual([
      'acme/services/shop',
      'acme/services/web',
    ]);
  });

  it('stop the inventory where they are gone, as nobody can tell what was below them', async () => {
    const { world } = await named();
    await inventory();
    world.groups.delete('acme/apps');
    await expect(inventory()).rejects.toThrow(/scope\.groups names acme\/apps \(group \d+.*gone or hidden/);
  });

  it('take in no project whose path is barred meanwhile', async () => {
    rollout = await TestRollout.create({ scope: { groups: ['acme/apps'], exclude: ['**/old/**'] } });
    await inventory();
    rollout.world.move('acme/apps/web', 'acme/apps/old/web');
    const engine = await rollout.engine();
    await keepAgain(engine, await engine.forge.projectsById([rollout.world.at('acme/apps/old/web').id]));
    expect(await rollout.store.projectByPath('acme/apps/old/web')).toMatchObject({ inScope: false });
  });
});
