import { afterEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/domain/values.ts';
import { rollback, waveToRollBack } from '../../../src/engine/orders/rollback.ts';
import type { FakeClock } from '../../fakes/fake-clock.ts';
import { unavailable, type ForgeCall } from '../../fakes/fake-forge.ts';
import { FakeWorld } from '../../fakes/fake-world.ts';
import { smallWorld, TestRollout } from '../rollout.ts';

/*
 * GitLab answers a write with 503, and a person works on the list before it is read back. The write is sent again only
 * where it still is what the list needs.
 */

const CORE = 'acme/libs/core';
const WEB = 'acme/apps/web';
const PILOT = { waves: { pilot: { size: 1, projects: [CORE] }, sizes: [1] } };

let rollout: TestRollout;
afterEach(() => rollout.close());

const core = () => rollout.world.at(CORE);
const soaking = async (): Promise<boolean> => (await rollout.wavePhases()).includes('soaking');
const removeWeb = (): void =>
  rollout.world.removeEntry(core(), { kind: 'project', id: rollout.world.at(WEB).id, path: WEB });

/** The first write of that name fails without effect, and `edit` is made just before the reading that follows. */
function failOnce(name: ForgeCall['name'], edit: () => void): void {
  let failed = false;
  rollout.forge.before = (call) => {
    if (call.name === name && !failed) {
      failed = true;
      throw unavailable();
    }
    if (call.name !== 'allowlist' || !failed) return;
    rollout.forge.before = () => undefined;
    edit();
  };
}

async function takeBack(): Promise<void> {
  await rollback(rollout.orders, await waveToRollBack(rollout.orders, 1), 'test');
  await rollout.tick();
}

describe('a list that a person edits while GitLab fails', () => {
  // Fails when `enforce` in callee.ts sends again with the proof of the earlier reading.
  it('is not enforced once an approved entry is gone, not even for a moment', async () => {
    rollout = await TestRollout.create({ ...PILOT, onFailed: 'hold' });
    failOnce('enforce', removeWeb);
    await rollout.run();
    expect(rollout.forge.writes.map(({ kind }) => kind)).toEqual(['add', 'add']);
    const [callee] = await rollout.store.waveCallees(1);
    expect(callee).toMatchObject({ step: 'failed', problem: expect.stringContaining(`missing: project ${WEB}`) });
  });

  it('is enforced where the edit takes nothing from anybody', async () => {
    rollout = await TestRollout.create(PILOT, smallWorld);
    failOnce('enforce', () => rollout.world.addEntry(core(), rollout.world.groupEntry('acme/apps'), 'olga'));
    await rollout.run(soaking);
    expect(core().stored).toBe(true);
  });

  // Fails when `undo` in rollback.ts sends removals again without a comparison.
  it('keeps through a rollback what was edited before the removal went through', async () => {
    rollout = await TestRollout.create(PILOT);
    await rollout.run(soaking);
    failOnce('removeEntry', () => {
      core().entries = core().entries.map((entry) => ({
        ...entry,
        ...(entry.path === WEB ? { defaultPermissions: false, policies: ['READ_PACKAGES'] } : {}),
      }));
    });
    await takeBack();
    expect(core()).toMatchObject({ stored: false, entries: [{ path: WEB, policies: ['READ_PACKAGES'] }] });
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
  });

  it('is opened again by a rollback where the first attempt failed and the edit changed nothing of that', async () => {
    rollout = await TestRollout.create(PILOT);
    await rollout.run(soaking);
    failOnce('reopen', removeWeb);
    await takeBack();
    expect(core()).toMatchObject({ stored: false, entries: [] });
  });
});

describe('a list that is tightened while a person edits it and GitLab fails', () => {
  const TIGHTEN = { tighten: { prune: true, split: true, narrow: true, unusedFor: '30d' }, onFailed: 'hold' };

  function enforcedWorld(clock: FakeClock): FakeWorld {
    const world = new FakeWorld(clock);
    for (const path of [CORE, WEB, 'acme/apps/shop']) world.project(path, { stored: true });
    world.instanceEnforced = true;
    world.addEntry(world.at(CORE), world.groupEntry('acme/apps'), 'pat');
    const old = epochMs(clock.now() - 90 * 86_400_000);
    world.at(CORE).entries = world.at(CORE).entries.map((entry) => ({ ...entry, createdAt: old }));
    world.use(WEB, CORE);
    world.use('acme/apps/shop', CORE);
    world.traffic();
    return world;
  }

  // Fails when `tighten` sends removals again without looking who would lose access.
  it('keeps the group once an entry that took its place is gone', async () => {
    rollout = await TestRollout.create(TIGHTEN, enforcedWorld);
    failOnce('removeEntry', removeWeb);
    await rollout.run();
    expect(rollout.lists()[CORE]?.entries).toEqual(['group acme/apps', 'project acme/apps/shop']);
    expect(rollout.forge.writes.map(({ kind }) => kind)).toEqual(['add', 'add']);
  });

  it('keeps an entry whose permissions the person changed meanwhile', async () => {
    rollout = await TestRollout.create(TIGHTEN, enforcedWorld);
    failOnce('removeEntry', () => {
      core().entries = core().entries.map((entry) =>
        entry.kind === 'group' ? { ...entry, defaultPermissions: false, policies: ['READ_JOBS'] } : entry,
      );
    });
    await rollout.run();
    expect(rollout.lists()[CORE]?.entries).toContain('group acme/apps');
  });

  it('loses the group all the same where the edit is about something else', async () => {
    rollout = await TestRollout.create(TIGHTEN, enforcedWorld);
    const other = rollout.world.project('acme/other');
    failOnce('removeEntry', () =>
      rollout.world.addEntry(core(), { kind: 'project', id: other.id, path: other.path }, 'olga'),
    );
    await rollout.run(soaking);
    expect(rollout.lists()[CORE]?.entries).toEqual([
      'project acme/apps/shop',
      'project acme/apps/web',
      'project acme/other',
    ]);
  });
});
