import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_PERMISSIONS } from '../../../src/domain/decisions/decision.ts';
import { adopt } from '../../../src/engine/apply/adopt.ts';
import { whatToAdopt } from '../../../src/engine/apply/what-to-adopt.ts';
import { rollback, waveToRollBack } from '../../../src/engine/orders/rollback.ts';
import { verify } from '../../../src/engine/record/verify.ts';
import { epochMs } from '../../../src/domain/values.ts';
import { ME } from '../../fakes/fake-forge.ts';
import { TestRollout } from '../rollout.ts';

/*
 * The database of some time ago is put back, and GitLab has what was written since. Nothing of it is doubled or undone by
 * reflex; it is named, and a person takes it up.
 */

const CORE = 'acme/libs/core';
const TOOLS = 'acme/libs/tools';
const BY = { person: 'dana', reason: 'the disk was lost' };
const PLANNED = { approvals: { plan: true, waves: 'none' } };

const open: TestRollout[] = [];
afterEach(() => {
  for (const rollout of open.splice(0)) rollout.close();
});

/** The rollout with the database as it was before its first wave, and GitLab as it is after the last. */
async function putBack(change: object = PLANNED): Promise<{ older: TestRollout; anchor: string }> {
  const rollout = await TestRollout.create(change);
  await rollout.run();
  const older = await rollout.fork();
  open.push(rollout, older);
  await rollout.approve();
  await rollout.run();
  const { anchor, problems } = await verify(rollout.store);
  expect(problems).toEqual([]);
  older.seen = { store: (store) => store, forge: () => rollout.forge };
  older.clock.time = rollout.clock.time;
  return { older, anchor };
}

const listOf = ({ world }: TestRollout, path: string): readonly string[] => [
  world.at(path).stored ? 'on' : 'off',
  ...world.at(path).entries.map((entry) => entry.path),
];

describe('a database that was put back from a backup', () => {
  it('is older than an anchor that was kept', async () => {
    const { older, anchor } = await putBack();
    expect((await verify(older.store, anchor)).problems.join()).toContain('no row has the anchor');
  });

  it('names what its own account added since, once, and writes nothing', async () => {
    const { older } = await putBack();
    const [newer] = open;
    const writes = newer!.forge.writes.length;
    await older.approve();
    await older.run();
    await older.run();
    expect(newer!.forge.writes).toHaveLength(writes);
    const found = (await older.store.findings()).filter(({ kind }) => kind === 'drift');
    expect(found.map(({ subject }) => subject).sort()).toEqual([CORE, TOOLS]);
    expect(found[0]?.text).toContain(`added by ${ME}, the user of this rollout’s token, that its record does not have`);
  });

  it('takes them up as a wave that a rollback takes back to the state before them, people’s edits kept', async () => {
    const { older } = await putBack();
    const [newer] = open;
    await older.approve();
    await older.run();
    const engine = await older.engine();
    const found = await whatToAdopt(engine, [CORE]);
    expect(found).toMatchObject([{ path: CORE, setting: true, before: { stored: false, entries: [] } }]);
    const number = await adopt(engine, found, BY);
    await engine.lease.release();
    expect((await verify(older.store)).problems).toEqual([]);
    expect(await older.store.unrecordedEntries(ME, epochMs(0))).toMatchObject([{ callee: { path: TOOLS } }]);
    const { world } = newer!;
    const { id } = world.at(TOOLS);
    world.addEntry(world.at(CORE), { kind: 'project', id, path: TOOLS }, 'eve');
    await older.run();
    await rollback(older.orders, await waveToRollBack(older.orders, number), 'it was wrong');
    await older.run();
    expect(listOf(newer!, CORE)).toEqual(['off', TOOLS]);
    expect(listOf(newer!, TOOLS)).toEqual(['on', 'acme/apps/web']);
    expect((await verify(older.store)).problems).toEqual([]);
  });

  // A wave that tightened may have taken a group away for these entries: without them its callers would be shut out.
  it('takes them up from a list that stays on so that no rollback shuts out whom they let in', async () => {
    const { older } = await putBack();
    const [newer] = open;
    newer!.world.instanceEnforced = true;
    await older.approve();
    await older.run();
    const listed = [listOf(newer!, CORE), listOf(newer!, TOOLS)];
    const engine = await older.engine();
    const found = await whatToAdopt(engine, []);
    expect(found.map(({ setting }) => setting)).toEqual([false, false]);
    const number = await adopt(engine, found, BY);
    await engine.lease.release();
    expect((await verify(older.store)).problems).toEqual([]);
    await rollback(older.orders, await waveToRollBack(older.orders, number), 'it was wrong');
    await older.run();
    expect([listOf(newer!, CORE), listOf(newer!, TOOLS)]).toEqual(listed);
    expect(listed.map((list) => list.length)).toEqual([3, 2]);
    expect((await verify(older.store)).problems).toEqual([]);
  });

  it('takes up no entry whose caller nobody has approved', async () => {
    const { older } = await putBack();
    await older.approve();
    await older.run();
    const [edge] = await older.store.edges({ callee: older.world.at(CORE).id });
    await older.store.putDecisions([
      {
        subject: { kind: 'edge', callee: edge!.callee, caller: edge!.caller },
        ...{ verdict: 'rejected', replacedBy: null, by: { kind: 'person', name: 'eve' }, owner: null, reason: 'no' },
        ...{ permissions: DEFAULT_PERMISSIONS, evidence: '', decidedAt: older.clock.now(), expiresAt: null },
      },
    ]);
    const engine = await older.engine();
    const waves = await older.store.waves();
    await expect(whatToAdopt(engine, []).then((found) => adopt(engine, found, BY))).rejects.toMatchObject({
      code: 'ORDER_REFUSED',
      message: expect.stringContaining('nobody has approved 1 of these entries') as unknown,
    });
    expect(await older.store.waves()).toEqual(waves);
    await expect(whatToAdopt(engine, ['acme/apps/web'])).rejects.toMatchObject({ code: 'ORDER_REFUSED' });
  });

  it('takes up no group that GitLab does not count, rather than sign for none', async () => {
    const { older } = await putBack();
    const { world } = open[0]!;
    const [path, id] = [...world.groups].find(([group]) => group === 'acme/apps')!;
    world.addEntry(world.at(CORE), { kind: 'group', id, path }, ME);
    await older.approve();
    await older.run();
    const engine = await older.engine();
    const [found] = await whatToAdopt(engine, [CORE]);
    expect(found?.entries.find(({ kind }) => kind === 'group')?.admits).toBeGreaterThan(0);
    engine.forge.groupSize = () => Promise.resolve(null);
    await expect(whatToAdopt(engine, [CORE])).rejects.toMatchObject({
      code: 'ORDER_REFUSED',
      message: expect.stringContaining('does not tell how many projects the entry for group acme/apps') as unknown,
    });
  });

  it('says so where GitLab does not tell who added an entry, rather than that nothing was lost', async () => {
    const { older } = await putBack();
    await older.approve();
    await older.run();
    const engine = await older.engine();
    const can = await engine.forge.capabilities();
    engine.forge.capabilities = () => Promise.resolve({ ...can, version: '16.11.0', entryPermissions: false });
    await expect(whatToAdopt(engine, [])).rejects.toMatchObject({
      code: 'ORDER_REFUSED',
      message: expect.stringContaining('this GitLab (16.11.0) does not tell who added an entry') as unknown,
    });
  });
});
