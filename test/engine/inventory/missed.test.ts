import { afterEach, describe, expect, it } from 'vitest';
import { readInventory } from '../../../src/engine/inventory/inventory.ts';
import { epochMs } from '../../../src/domain/values.ts';
import { smallWorld, TestRollout } from '../rollout.ts';

let rollout: TestRollout;
afterEach(() => rollout.close());

/** Libraries are read after applications. */
async function grouped(groups = ['acme/apps', 'acme/libs']): Promise<TestRollout> {
  rollout = await TestRollout.create({ scope: { groups } }, smallWorld);
  return rollout;
}

const inventory = async () => readInventory(await rollout.engine());
const inScope = async () => (await rollout.store.projects({ inScope: true })).map(({ path }) => path);

/** Does something right before the n-th page of projects is read. */
function beforePage(n: number, work: () => void): void {
  let pages = 0;
  rollout.forge.before = ({ name }) => {
    if (name === 'projects' && ++pages === n) work();
  };
}

describe('what moves while an inventory is read', () => {
  it('stays in scope where it went from a list to come into one that was done', async () => {
    const { world } = await grouped();
    await inventory();
    beforePage(2, () => world.move('acme/libs/core', 'acme/apps/core'));
    const { gone, changes } = await inventory();
    expect(await inScope()).toEqual(['acme/apps/core', 'acme/apps/shop', 'acme/apps/web', 'acme/libs/tools']);
    expect(gone).toEqual([]);
    expect(changes.renames).toEqual([{ from: 'acme/libs/core', to: 'acme/apps/core' }]);
  });

  it('leaves the scope under its new name where it went out of it, and is gone where nobody can see it', async () => {
    const { world, store } = await grouped();
    await inventory();
    const core = world.at('acme/libs/core');
    world.projects.delete(world.at('acme/libs/tools').id);
    world.move('acme/libs/core', 'people/core');
    const { gone, changes } = await inventory();
    expect(gone).toEqual(['acme/libs/tools', 'people/core']);
    expect(changes.renames).toEqual([{ from: 'acme/libs/core', to: 'people/core' }]);
    expect(await store.project(core.id)).toMatchObject({ path: 'people/core', inScope: false });
  });

  it('is looked up once, in another process too', async () => {
    const { world, forge } = await grouped();
    await inventory();
    world.move('acme/libs/core', 'people/core');
    // Jobs are counted once a week, which is asked for after what was missed.
    rollout.clock.time = epochMs(rollout.clock.time + 8 * 86_400_000);
    forge.before = ({ name }) => {
      if (name === 'activity') throw new Error('killed');
    };
    await expect(inventory()).rejects.toThrow('killed');
    const looked = forge.calls.filter(({ name }) => name === 'projectsById').length;
    forge.before = () => undefined;
    expect((await inventory()).gone).toEqual(['people/core']);
    expect(forge.calls.filter(({ name }) => name === 'projectsById')).toHaveLength(looked);
  });

  it('is followed where it is the group that is renamed', async () => {
    const { world, notes } = await grouped();
    await inventory();
    beforePage(2, () => world.moveGroup('acme/libs', 'acme/shared'));
    await inventory();
    expect(await inScope()).toEqual(['acme/apps/shop', 'acme/apps/web', 'acme/shared/core', 'acme/shared/tools']);
    expect(notes.join('\n')).toContain('scope.groups names acme/libs, which is acme/shared now');
  });

  it('is in the record, whoever has read the inventory, or not at all where its process dies at the end', async () => {
    const { world, store } = await grouped(['acme']);
    await inventory();
    world.projects.delete(world.at('acme/libs/tools').id);
    world.move('acme/libs/core', 'acme/apps/core');
    const record = async () => [
      (await store.findings()).map(({ kind, subject, text }) => `${kind} ${subject}: ${text}`).sort(),
      (await store.ledger()).filter(({ kind }) => kind === 'inventory').length,
    ];
    rollout.seen.store = (seen) => ({ ...seen, appendLedger: () => Promise.reject(new Error('killed')) });
    await expect(inventory()).rejects.toThrow('killed');
    expect(await record()).toEqual([[], 1]);
    rollout.seen.store = (seen) => seen;
    await inventory();
    expect(await record()).toEqual([
      [
        'moved acme/apps/core: renamed or moved: it was acme/libs/core',
        'moved acme/libs/tools: gone, moved out of scope or hidden since the last inventory',
      ],
      2,
    ]);
  });

  it('is said where a list brings fewer projects than GitLab had counted', async () => {
    const { world, notes } = await grouped(['acme']);
    beforePage(2, () => {
      for (const path of ['acme/libs/core', 'acme/libs/tools', 'acme/apps/shop'])
        world.projects.delete(world.at(path).id);
    });
    await inventory();
    expect(notes.join('\n')).toContain('GitLab counted 4 projects in group acme and showed');
  });
});

it('nothing has been used in the future, whatever the log says', async () => {
  const { world, store, clock } = await grouped(['acme']);
  const [core, web] = [world.at('acme/libs/core'), world.at('acme/apps/web')];
  core.log.set(web.id, epochMs(Date.parse('9999-12-31T00:00:00Z')));
  await inventory();
  expect((await store.edge(web.id, core.id))?.evidence[0]?.lastSeen).toBe(clock.now());
});
