import { denialFindings } from '../../src/engine/watch/denials.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { RolloutError } from '../../src/domain/errors.ts';
import { rollback, waveToRollBack } from '../../src/engine/orders/rollback.ts';
import type { FakeClock } from '../fakes/fake-clock.ts';
import { FakeWorld } from '../fakes/fake-world.ts';
import { playbookOf, TestRollout } from './rollout.ts';

/*
 * One block per promise of the design. Each test names the line that, broken on purpose, makes it fail.
 */

let rollout: TestRollout;
afterEach(() => rollout.close());

const CORE = 'acme/libs/core';
const PILOT_CORE = { waves: { pilot: { size: 1, projects: [CORE] }, sizes: ['100%'] } };
const NO_RULES = { decisions: { rules: [] } };

/** Runs until the first wave soaks. */
const untilSoaking = (): Promise<unknown> => rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));

const codeOf = (error: unknown): unknown => (error instanceof RolloutError ? error.code : error);

describe('1. seed, read back, then enforce', () => {
  it('opens again at once when an entry is removed while it enforces', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, onFailed: 'hold' });
    const core = rollout.world.at(CORE);
    rollout.forge.before = ({ name, callee }) => {
      if (name === 'enforce' && callee === core.id) rollout.world.removeEntry(core, core.entries[0]!);
    };
    await rollout.run();
    // Fails without `openAgain` after the enforcing write in callee.ts.
    expect(core.stored).toBe(false);
    const [wave] = await rollout.store.waves();
    const [callee] = await rollout.store.waveCallees(wave!.id);
    expect(callee).toMatchObject({ step: 'failed', problem: expect.stringContaining('opened again') });
  });

  it('opens again although somebody pauses at that very moment', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, onFailed: 'hold' });
    const core = rollout.world.at(CORE);
    const { pause } = await import('../../src/engine/orders/resume.ts');
    rollout.forge.before = async ({ name, callee }) => {
      if (name !== 'enforce' || callee !== core.id) return;
      rollout.world.removeEntry(core, core.entries[0]!);
      await pause(rollout.orders, 'lunch');
    };
    await rollout.run();
    // Fails when `openAgain` writes for 'apply' instead of 'safety' in callee.ts.
    expect(core.stored).toBe(false);
  });

  it('does not enforce when GitLab refuses an entry', async () => {
    rollout = await TestRollout.create(PILOT_CORE);
    rollout.forge.before = ({ name }) => {
      if (name === 'addEntry') throw new RolloutError('FORGE_REFUSED', 'limit reached', 'Read it.');
    };
    await rollout.run();
    // Fails when neither the refusals in `seed` nor the proof in `enforce` (callee.ts) stop the callee.
    expect(rollout.forge.writes.filter(({ kind }) => kind === 'enforce')).toEqual([]);
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
  });
});

describe('2. no entry without a decision', () => {
  it('writes nothing while edges wait for a person', async () => {
    rollout = await TestRollout.create(NO_RULES);
    // Fails without the guard `mustWait` in rollout.machine.ts and the hold of undecided callees in planner.ts.
    expect(await rollout.run()).toMatchObject({ kind: 'waiting-for-person' });
    expect(await rollout.phase()).toBe('awaitingDecisions');
    expect(rollout.forge.writes).toEqual([]);
  });

  it('keeps with every entry the approvals that allow it', async () => {
    rollout = await TestRollout.create();
    await rollout.run();
    const waves = await rollout.store.waves();
    const intents = (await Promise.all(waves.map(({ id }) => rollout.store.intents(id)))).flat();
    const added = intents.filter(({ action }) => action.kind === 'addEntry');
    expect(added).toHaveLength(3);
    for (const { callee, action } of added) {
      if (action.kind !== 'addEntry') continue;
      const decisions = await Promise.all(action.decisions.map((id) => rollout.store.decision(id)));
      // Fails when `decisionsFor` in decided.ts returns decisions of other edges.
      expect(decisions).toEqual([
        expect.objectContaining({ verdict: 'approved', subject: { kind: 'edge', callee, caller: action.entry.id } }),
      ]);
    }
  });

  it('adds nothing for a decision that is withdrawn in the middle of the wave', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, onFailed: 'hold' });
    const core = rollout.world.at(CORE);
    const web = rollout.world.at('acme/apps/web');
    let withdrawn = false;
    rollout.forge.before = async ({ name, callee }) => {
      if (name !== 'allowlist' || callee !== core.id || withdrawn) return;
      withdrawn = true;
      const [decision] = await rollout.store.decisionsOn(web.id, core.id);
      await rollout.store.putDecisions([{ ...decision!, verdict: 'rejected', by: { kind: 'person', name: 'dana' } }]);
    };
    await rollout.run();
    // Fails when `seed` in callee.ts looks the decisions up before the wave instead of at the moment of writing.
    expect(core).toMatchObject({ stored: false, entries: [] });
  });

  it('makes of a denial a finding, not an entry', async () => {
    rollout = await TestRollout.create(PILOT_CORE);
    await untilSoaking();
    const core = rollout.world.at(CORE);
    rollout.world.runJob(rollout.world.at('acme/apps/shop'), rollout.world.at('acme/libs/tools'));
    rollout.world.runJob(rollout.world.project('acme/apps/new'), core);
    await rollout.run();
    // Fails when `barredFromRules` in rules.ts lets denials through: the rule of this playbook approves everything.
    expect(core.entries.map(({ path }) => path)).not.toContain('acme/apps/new');
    expect(await denialFindings(rollout.store, rollout.playbook, rollout.clock.now())).toMatchObject([
      { callerPath: 'acme/apps/new', calleePath: CORE, state: 'resolved', resolvedBy: 'wave 1 was rolled back' },
    ]);
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
  });
});

describe('4. rollback restores the exact earlier state', () => {
  it('keeps the entries where the instance enforces meanwhile, and says that it is blocked', async () => {
    rollout = await TestRollout.create(PILOT_CORE);
    await untilSoaking();
    rollout.world.instanceEnforced = true;
    await rollback(rollout.orders, await waveToRollBack(rollout.orders, 1), 'changed our mind');
    await rollout.run();
    const core = rollout.world.at(CORE);
    // Two guards hold this, either of them alone: `instance` in planRollback, and rollbackCallee removing nothing
    // while a reopen is refused. It fails with both of them gone.
    expect(rollout.world.admits(core, rollout.world.at('acme/apps/web'))).toBe(true);
    expect(await rollout.wavePhases()).toEqual(['rollbackBlocked']);
  });

  it('finishes the blocked rollback once the instance is open again', async () => {
    rollout = await TestRollout.create(PILOT_CORE);
    await untilSoaking();
    rollout.world.instanceEnforced = true;
    await rollback(rollout.orders, await waveToRollBack(rollout.orders, 1), 'changed our mind');
    await rollout.run();
    rollout.world.instanceEnforced = false;
    const { resume } = await import('../../src/engine/orders/resume.ts');
    await resume(rollout.orders, 'open again');
    await rollout.run();
    // Fails when `overCallees` in rollback.ts leaves out callees in step 'kept'.
    expect(rollout.world.at(CORE)).toMatchObject({ stored: false, entries: [] });
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
  });
});

describe('5. a plan is bound', () => {
  it('writes nothing of a plan when an allowlist has moved since, and plans again', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, approvals: { plan: true, waves: 'none' } });
    await rollout.run();
    expect(await rollout.phase()).toBe('awaitingPlan');
    const core = rollout.world.at(CORE);
    rollout.world.addEntry(core, rollout.world.groupEntry('acme/apps'), 'pat');
    await rollout.approve();
    await rollout.run();
    // Fails when `whatMoved` in bound.ts finds nothing.
    expect(await rollout.wavePhases()).toEqual(['stale']);
    expect(rollout.forge.writes).toEqual([]);
    expect(await rollout.phase()).toBe('awaitingPlan');
    expect(await rollout.store.plans()).toHaveLength(2);
  });

  it('writes nothing when a caller has come that nobody has decided on', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, approvals: { plan: true, waves: 'none' } });
    await rollout.run();
    rollout.world.runJob(rollout.world.project('acme/apps/new'), rollout.world.at(CORE));
    await rollout.approve();
    await rollout.run();
    // Fails without `newcomers` in decided.ts.
    expect(await rollout.wavePhases()).toEqual(['stale']);
  });
});

describe('6. a verdict has three values', () => {
  it('soaks on with too little traffic, then waits; never the next wave by itself', async () => {
    rollout = await TestRollout.create({ gates: { soak: '4h', sweepEvery: '2h', minJobs: 10_000 } });
    expect(await rollout.run()).toMatchObject({ kind: 'waiting-for-person' });
    // Fails without `minJobs` in doubtsOf (gate.ts), or when `inconclusive` in wave.machine.ts leads to passed.
    expect(await rollout.wavePhases()).toEqual(['inconclusive']);
    const enforced = [...rollout.world.projects.values()].filter(({ stored }) => stored);
    expect(enforced).toHaveLength(1);
    await rollout.approve();
    await rollout.tick();
    expect(await rollout.wavePhases()).toEqual(['passed', 'soaking']);
  });
});

describe('9. one driver at a time', () => {
  it('refuses the second driver while the first holds the lease', async () => {
    rollout = await TestRollout.create();
    await rollout.engine();
    const second = rollout.store.takeLease('other', 1_000, () => false);
    // Fails when `take` of the store does not look at the holder.
    await expect(second).rejects.toMatchObject({ code: 'LEASE_HELD' });
  });

  it('stops at its next step when another driver has taken over in the middle of a wave', async () => {
    rollout = await TestRollout.create(PILOT_CORE);
    rollout.forge.after = async ({ name }) => {
      if (name !== 'addEntry') return;
      rollout.forge.after = () => undefined;
      rollout.clock.pass(180_000);
      await rollout.store.takeLease('other', 120_000, () => false);
    };
    const failure = await rollout.run().catch(codeOf);
    // Two guards hold this, either of them alone: `renew` of the store, and its `checkLease`.
    expect(failure).toBe('LEASE_LOST');
    expect(rollout.forge.writes).toHaveLength(1);
    await rollout.run();
    expect(rollout.forge.writes.filter(({ kind }) => kind === 'add')).toHaveLength(3);
  });

  it('stops all the same when the clock was set back, so that its own lease seems to last', async () => {
    rollout = await TestRollout.create(PILOT_CORE);
    rollout.forge.after = async ({ name }) => {
      if (name !== 'addEntry') return;
      rollout.forge.after = () => undefined;
      rollout.clock.pass(180_000);
      await rollout.store.takeLease('other', 120_000, () => false);
      rollout.clock.pass(-180_000);
    };
    const failure = await rollout.run().catch(codeOf);
    // Fails when `checkLease` of the store does not hold token and holder against the row.
    expect(failure).toBe('LEASE_LOST');
    expect(rollout.forge.writes).toHaveLength(1);
  });
});

describe('10. unknown is not zero', () => {
  it('holds back a callee that cannot be read, and never sets the switch over it', async () => {
    rollout = await TestRollout.create({ organisation: { instanceSwitch: true } });
    rollout.world.at(CORE).hidden = true;
    await rollout.run();
    // Fails when planCallee (planner.ts) takes an unread allowlist for an open one.
    expect(rollout.world.at(CORE).stored).toBe(false);
    expect(rollout.world.instanceEnforced).toBe(false);
    expect(await rollout.phase()).toBe('holding');
  });

  it('does not pass a wave whose failed jobs it could not read, and finds them once it can', async () => {
    rollout = await TestRollout.create({
      ...PILOT_CORE,
      gates: { soak: '4h', sweepEvery: '2h', minJobs: 1, minExercised: 0 },
      onInconclusive: { then: 'wait' },
    });
    await untilSoaking();
    const fresh = rollout.world.project('acme/apps/new', { hidden: true });
    rollout.world.runJob(fresh, rollout.world.at(CORE));
    await rollout.run();
    // Fails when `unread` is not counted in doubtsOf (gate.ts), or is forgotten by the next sweep.
    expect(await rollout.wavePhases()).toEqual(['inconclusive']);
    fresh.hidden = false;
    const { resume } = await import('../../src/engine/orders/resume.ts');
    await resume(rollout.orders, 'it can be read now');
    await rollout.run();
    // Fails when failed jobs are looked for from the last sweep instead of the last complete one (watch.ts).
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
  });
});

describe('what else happens between two steps', () => {
  const build = (clock: FakeClock): FakeWorld => {
    const world = new FakeWorld(clock);
    for (const path of ['acme/a', 'acme/b']) world.project(path, { stored: true });
    world.use('acme/a', 'acme/a');
    world.traffic();
    return world;
  };
  const SWITCH = { organisation: { instanceSwitch: true }, gates: { minJobs: 0, minExercised: 0, soak: '1h' } };

  it('plans the organisation wave alone where everything is enforced already', async () => {
    rollout = await TestRollout.create(SWITCH, build);
    expect(await rollout.run()).toMatchObject({ kind: 'done' });
    expect((await rollout.store.waves()).map(({ kind }) => kind)).toEqual(['organisation']);
    expect(rollout.world.instanceEnforced).toBe(true);
  });

  // Fails when `writeInstanceSwitch` does not note what it did.
  it('lets the waves below be taken back as soon as the switch was', async () => {
    rollout = await TestRollout.create({ ...SWITCH, waves: { pilot: { size: 9 } } });
    expect(await rollout.run()).toMatchObject({ kind: 'done' });
    const switched = (await rollout.store.waves()).at(-1)?.number ?? 0;
    await expect(waveToRollBack(rollout.orders, 1)).rejects.toThrow(/the instance enforces/);
    await rollback(rollout.orders, await waveToRollBack(rollout.orders, switched), 'too early');
    await rollout.tick();
    expect(rollout.world.instanceEnforced).toBe(false);
    expect(rollout.notes.join()).toContain(`Wave ${switched} rolled back: the switch of the instance is off again.`);
    await rollback(rollout.orders, await waveToRollBack(rollout.orders, 1), 'all of it');
    await rollout.tick();
    expect(rollout.world.at(CORE)).toMatchObject({ stored: false, entries: [] });
  });

  it('does not set the switch when an open project was made while it waited for approval', async () => {
    rollout = await TestRollout.create({ ...SWITCH, approvals: { plan: false, waves: 'each' } }, build);
    await rollout.run();
    rollout.world.project('acme/new');
    await rollout.approve();
    await rollout.tick();
    expect(rollout.world.instanceEnforced).toBe(false);
    expect((await rollout.wavePhases())[0]).toBe('stale');
  });

  it('decides anew when an approval has expired between plan and wave', async () => {
    rollout = await TestRollout.create({ ...NO_RULES, approvals: { plan: true, waves: 'none' } });
    await rollout.run();
    const expiresAt = rollout.clock.now() + 3_600_000;
    const edges = await rollout.store.edges();
    await rollout.store.putDecisions(
      edges.map(({ caller, callee }) => ({
        ...{ subject: { kind: 'edge', caller, callee }, verdict: 'approved', by: { kind: 'person', name: 'dana' } },
        ...{
          replacedBy: null,
          owner: null,
          reason: 'for now',
          permissions: { defaultPermissions: true, policies: [] },
          evidence: 'log',
        },
        ...{ decidedAt: rollout.clock.now(), expiresAt: expiresAt as (typeof edges)[number]['firstSeen'] },
      })),
    );
    await rollout.run();
    expect(await rollout.phase()).toBe('awaitingPlan');
    rollout.clock.pass(3_700_000);
    await rollout.approve();
    await rollout.run();
    expect(await rollout.phase()).toBe('awaitingDecisions');
    expect(rollout.forge.writes.filter(({ kind }) => kind === 'add')).toEqual([]);
  });

  it('fails and takes back a wave whose callee is deleted in the middle, and goes on without it', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, waves: { pilot: { size: 2 }, sizes: [1] } });
    const core = rollout.world.at(CORE);
    rollout.forge.before = ({ name, callee }) => {
      if (name === 'addEntry' && callee === core.id) rollout.world.projects.delete(core.id);
    };
    await rollout.run();
    expect(await rollout.phase()).toBe('stopped');
    expect(rollout.world.at('acme/libs/tools')).toMatchObject({ stored: false, entries: [] });
    const { resume } = await import('../../src/engine/orders/resume.ts');
    await resume(rollout.orders, 'it was meant to go');
    expect(await rollout.run()).toMatchObject({ kind: 'done' });
    expect(rollout.world.at('acme/libs/tools').stored).toBe(true);
  });

  // Fails when `passOver` in rollback.ts, or `settleOpenIntents` in writes.ts, takes every 404 for a deletion.
  it('takes a callee that a token lost sight of for hidden, not for gone', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, waves: { pilot: { size: 2 }, sizes: [1] } });
    rollout.forge.identityNow = { ...rollout.forge.identityNow, admin: false };
    const core = rollout.world.at(CORE);
    rollout.forge.after = ({ name, callee }) => {
      if (name === 'addEntry' && callee === core.id) rollout.world.projects.delete(core.id);
    };
    await rollout.run();
    expect(await rollout.phase()).toBe('stopped');
    const [wave] = await rollout.store.waves();
    const left = (await rollout.store.waveCallees(wave!.id)).find(({ callee }) => callee === core.id);
    expect(left).toMatchObject({ step: 'kept', problem: expect.stringContaining('no longer') });
    expect(await rollout.store.openIntents()).not.toEqual([]);
    rollout.world.projects.set(core.id, core);
    await rollout.run();
    expect(await rollout.store.openIntents()).toEqual([]);
    expect(await rollout.store.intents(wave!.id)).toContainEqual(
      expect.objectContaining({ callee: core.id, outcome: 'done' }),
    );
  });

  it('goes on with a callee that was renamed in the middle', async () => {
    rollout = await TestRollout.create(PILOT_CORE);
    const core = rollout.world.at(CORE);
    rollout.forge.before = ({ name, callee }) => {
      if (name === 'addEntry' && callee === core.id) core.path = 'acme/libs/kernel';
    };
    await untilSoaking();
    expect(core).toMatchObject({ stored: true });
    expect(core.entries).toHaveLength(2);
  });

  it('tells the time of enforcement from the intent when the run died before it was noted', async () => {
    rollout = await TestRollout.create({ ...PILOT_CORE, approvals: { plan: true, waves: 'none' } });
    const core = rollout.world.at(CORE);
    await rollout.run();
    await rollout.approve();
    let at = 0;
    rollout.forge.after = ({ name }) => {
      if (name !== 'enforce') return;
      rollout.forge.after = () => undefined;
      at = rollout.clock.now();
      rollout.world.runJob(rollout.world.project('acme/apps/new'), core);
      throw new Error('killed');
    };
    await expect(rollout.run()).rejects.toThrow('killed');
    rollout.clock.pass(3_600_000);
    await rollout.tick();
    const [wave] = await rollout.store.waves();
    const [callee] = await rollout.store.waveCallees(wave!.id);
    // Fails when `enforce` in callee.ts takes the time of the later look: the job refused in between would be "earlier".
    expect(callee?.enforcedAt).toBe(at);
    await rollout.run();
    expect(await rollout.wavePhases()).toEqual(['rolledBack']);
  });

  it('stops half-way when a freeze begins, and goes on after it', async () => {
    rollout = await TestRollout.create({
      waves: { pilot: { size: 4 }, sizes: [1] },
      freeze: { windows: [{ from: '2026-03-02T10:03', to: '2026-03-02T18:10' }] },
    });
    rollout.forge.after = ({ name }) => {
      if (name === 'enforce') rollout.clock.pass(110_000);
    };
    const result = await rollout.run(async () => (await rollout.wavePhases()).includes('frozen'));
    // Fails when the freeze is looked at only before the first callee (applyCallees in apply.ts).
    expect(result).toMatchObject({ kind: 'waiting-for-time', until: Date.parse('2026-03-02T18:10:00Z') });
    const enforced = () => [...rollout.world.projects.values()].filter(({ stored }) => stored).length;
    expect(enforced()).toBeLessThan(4);
    rollout.forge.after = () => undefined;
    expect(await rollout.run()).toMatchObject({ kind: 'done' });
    expect(enforced()).toBe(4);
  });

  it('names the freeze that holds the wave up, not one of other projects', async () => {
    const always = { from: '2026-01-01T00:00', to: '2026-03-09T00:00' };
    rollout = await TestRollout.create({
      ...PILOT_CORE,
      freeze: {
        windows: [
          { ...always, projects: ['acme/apps/**'], reason: 'the shop is rebuilt' },
          { ...always, projects: [CORE], reason: 'a release of the core' },
        ],
      },
    });
    await rollout.run(async () => (await rollout.wavePhases()).includes('frozen'));
    // Fails when `waitFor` in run.ts looks through all the windows of the playbook.
    expect(await rollout.tick()).toMatchObject({ what: expect.stringContaining('(a release of the core)') });
  });

  it('refuses to plan when no project in scope is a pilot that the playbook names', async () => {
    rollout = await TestRollout.create({ waves: { pilot: { size: 1, projects: ['acme/libs/cor', 'acme/lib/*'] } } });
    await expect(rollout.run()).rejects.toMatchObject({
      code: 'PLAYBOOK_INVALID',
      message: 'waves.pilot.projects: no project in scope matches acme/libs/cor, acme/lib/*',
    });
    expect(await rollout.store.waves()).toEqual([]);
    rollout.playbook = playbookOf({ waves: { pilot: { size: 1, projects: ['acme/libs/core', 'acme/lib/*'] } } });
    expect(await rollout.run()).toMatchObject({ kind: 'done' });
    expect((await rollout.store.waveCallees(1)).map(({ path }) => path)).toEqual([CORE]);
  });
});
