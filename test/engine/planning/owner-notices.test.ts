import { afterEach, describe, expect, it } from 'vitest';
import { RolloutError } from '../../../src/domain/errors.ts';
import type { Edge } from '../../../src/domain/edges/edge.ts';
import { ownerNotice } from '../../../src/domain/plan/owner-notice.ts';
import { epochMs } from '../../../src/domain/values.ts';
import { TestRollout } from '../rollout.ts';

const CORE = 'acme/libs/core';
const DAY_MS = 86_400_000;
const QUICK = {
  waves: { pilot: { size: 1, projects: [CORE] }, sizes: ['100%'] },
  gates: { soak: '8h', sweepEvery: '2h', minJobs: 1, minExercised: 0 },
};

let rollout: TestRollout;
afterEach(() => rollout.close());

const opened = (): number => rollout.forge.issues.length;
const enforced = (): boolean => rollout.world.at(CORE).stored;

describe('owners of callees', () => {
  it('are told in an issue before anything is written, and have the time that the playbook gives them', async () => {
    rollout = await TestRollout.create({ ...QUICK, notices: { issues: 'all', lead: '3d' } });
    const waiting = await rollout.run(() => opened() > 0);
    expect(waiting).toMatchObject({ kind: 'waiting-for-time' });
    expect(enforced()).toBe(false);
    const told = rollout.clock.now();
    expect((await rollout.store.waves())[0]).toMatchObject({ ownersToldAt: told });
    rollout.clock.pass(3 * DAY_MS - 60_000);
    await rollout.tick();
    expect(enforced()).toBe(false);
    rollout.clock.pass(2 * 60_000);
    await rollout.tick();
    expect(enforced()).toBe(true);
    expect(opened()).toBe(1);
  });

  it('hear how it ended, once', async () => {
    rollout = await TestRollout.create({ ...QUICK, notices: { issues: 'all', lead: '1d' } });
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'passed');
    expect(rollout.forge.notes).toEqual([expect.stringContaining('the wave has passed')]);
    await rollout.tick();
    expect(rollout.forge.notes).toHaveLength(1);
  });

  it('hear of a wave that is planned anew in the same issue, and it waits no longer for that', async () => {
    rollout = await TestRollout.create({ ...QUICK, notices: { issues: 'all', lead: '3d' } });
    await rollout.run(() => opened() > 0);
    const told = rollout.clock.now();
    const core = rollout.world.at(CORE);
    rollout.world.addEntry(core, rollout.world.groupEntry('acme/apps'), 'pat');
    await rollout.run(async () => (await rollout.wavePhases()).length > 1 && enforced());
    expect((await rollout.wavePhases())[0]).toBe('stale');
    expect(opened()).toBe(1);
    expect(rollout.forge.notes[0]).toMatch(/^Planned anew\. /);
    const [, second] = await rollout.store.waves();
    expect(second).toMatchObject({ ownersToldAt: told });
    expect(rollout.clock.now() - told).toBeLessThan(3 * DAY_MS + 6 * 3_600_000);
  });

  it('are told nothing where the playbook does not say so, or nobody loses access', async () => {
    rollout = await TestRollout.create({ ...QUICK, notices: { issues: 'losing', lead: '1d' } });
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'passed');
    expect(opened()).toBe(0);
    rollout.close();
    rollout = await TestRollout.create(QUICK);
    await rollout.run(async () => (await rollout.wavePhases())[0] === 'passed');
    expect(rollout.forge.calls.filter(({ name }) => name === 'findIssue')).toEqual([]);
  });

  it('are named on the record where GitLab takes no issue, and hold nothing up', async () => {
    rollout = await TestRollout.create({ ...QUICK, notices: { issues: 'all', lead: '3d' } });
    rollout.forge.before = ({ name }) => {
      if (name === 'openIssue') throw new RolloutError('FORGE_REFUSED', 'open an issue: 403 Forbidden', 'Ask.');
    };
    await rollout.run(() => enforced());
    const [row] = (await rollout.store.ledger()).filter(({ kind }) => kind === 'notice');
    expect(row?.body).toMatchObject({ told: [], untold: [expect.stringContaining('403 Forbidden')] });
    expect(rollout.notes.some((note) => note.includes('could not be told'))).toBe(true);
  });

  it('get one issue, however often the driver dies on the way', async () => {
    rollout = await TestRollout.create({ ...QUICK, notices: { issues: 'all', lead: '1d' } });
    let died = false;
    rollout.forge.before = ({ name }) => {
      if (died || name !== 'findIssue' || opened() === 0) return;
      died = true;
      throw new Error('killed after the issue was opened');
    };
    await expect(rollout.run(() => opened() > 0)).rejects.toThrow('killed');
    await rollout.run(() => enforced());
    expect(opened()).toBe(1);
    const intents = (await rollout.store.ledger()).filter(({ kind }) => kind === 'intent');
    expect(intents.filter(({ body }) => JSON.stringify(body).includes('openIssue'))).toHaveLength(1);
    expect(await rollout.store.openIntents()).toEqual([]);
  });
});

describe('the text of an issue', () => {
  const edge = (callerPath: string, state: Edge['state']): Edge =>
    ({ callerPath, calleePath: CORE, state, lastSeen: epochMs(Date.UTC(2026, 1, 3)) }) as Edge;
  const callee = { path: CORE, enforce: true, remove: [], narrow: [] };
  const from = epochMs(Date.UTC(2026, 2, 4));

  it('names who loses access and who keeps it, when, and whom it asks', () => {
    const edges = [edge('acme/apps/web', 'approved'), edge('acme/apps/old', 'rejected')];
    const { title, text, losing } = ownerNotice(callee, edges, 2, from, ['dana']);
    expect({ title, losing }).toEqual({ title: expect.stringContaining('wave 2') as string, losing: 1 });
    expect(text).toContain('No earlier than 2026-03-04');
    expect(text).toContain('### Lose access (1)\n\n- `acme/apps/old`: rejected, last seen 2026-02-03');
    expect(text).toContain('### Keep access (1)\n\n- `acme/apps/web`');
    expect(text).toContain('@dana');
  });

  it('counts what is too much to name, and lets no name speak for itself', () => {
    const edges = Array.from({ length: 60 }, (_, n) => edge(`acme/apps/a${n}\`\n/close @all`, 'approved'));
    const { text } = ownerNotice(callee, edges, 1, from, []);
    expect(text).toContain('- and 10 more');
    expect(text).not.toMatch(/^\/close/m);
    expect(text).toContain('`acme/apps/a0/close @all`');
  });
});
