import { afterEach, describe, expect, it } from 'vitest';
import { RolloutError } from '../../../src/domain/errors.ts';
import type { Playbook } from '../../../src/domain/playbook.ts';
import { epochMs } from '../../../src/domain/values.ts';
import { readInventory } from '../../../src/engine/inventory/inventory.ts';
import { applyRules } from '../../../src/engine/planning/apply-rules.ts';
import { loadFacts } from '../../../src/engine/planning/facts.ts';
import { rowsAgainstLedger } from '../../../src/engine/record/against-ledger.ts';
import { computePlan } from '../../../src/engine/planning/planning.ts';
import { TestRollout } from '../rollout.ts';

const DAY = 86_400_000;
const SURVEYS = { facts: true, schedules: true, scan: false, traces: 0 };

let rollout: TestRollout;
afterEach(() => rollout.close());

const start = async (change: object = {}, surveys: object = {}): Promise<TestRollout> => {
  rollout = await TestRollout.create({ evidence: { surveys: { ...SURVEYS, ...surveys } }, ...change });
  return rollout;
};
const idOf = (path: string) => rollout.world.at(path).id;
const WEB = 'acme/apps/web';
const SHOP = 'acme/apps/shop';
const CORE = 'acme/libs/core';
const TOOLS = 'acme/libs/tools';
const inventory = async () => readInventory(await rollout.engine());
const rules = async () => applyRules(await rollout.engine());
const later = (days: number) => {
  rollout.clock.time = epochMs(rollout.clock.time + days * DAY);
  rollout.world.traffic();
};
const calls = (name: string) => rollout.forge.calls.filter((call) => call.name === name).length;
const lookOf = async (caller: string, callee: string) => {
  const book = await loadFacts(rollout.store, rollout.playbook, rollout.clock.now());
  return book.ofEdge(idOf(caller), idOf(callee));
};
const schedule = (owner: number | null) => ({
  ...{ id: 1, cron: '0 3 * * *', everyMs: DAY, owner, lastRunAt: null, nextRunAt: null },
});
const edgeState = async (caller: string, callee: string) =>
  (await rollout.store.edge(idOf(caller), idOf(callee)))?.state;

describe('facts that risk rests on', () => {
  it('are looked up for projects with edges, in one request, and put together per edge', async () => {
    await start();
    const { world } = rollout;
    world.project('acme/apps/alone');
    world.facts.set(idOf(CORE), { protectedEnvironments: 2, packages: 1, terraformStates: 1 });
    world.facts.set(idOf(WEB), { pushers: 12, forks: 3 });
    world.maintainers.set(idOf(CORE), [7]);
    world.schedules.set(idOf(WEB), [schedule(7), { ...schedule(9), id: 2 }]);
    expect(await lookOf(WEB, CORE)).toMatchObject({ pushers: null, protectedEnvironments: null });
    await inventory();
    expect(calls('projectFacts')).toBe(1);
    expect(await rollout.store.factsOf(idOf('acme/apps/alone'))).toEqual([]);
    expect(await lookOf(WEB, CORE)).toEqual({
      ...{ protectedEnvironments: 2, packages: 1, terraformStates: 1, pushers: 12, forks: 3, privilegedSchedules: 1 },
    });
    expect(await lookOf(SHOP, TOOLS)).toEqual({
      ...{ protectedEnvironments: 0, packages: 0, terraformStates: 0, pushers: 0, forks: 0, privilegedSchedules: 0 },
    });
  });

  it('take an administrator for privileged everywhere, and an unknown owner for nobody known', async () => {
    await start();
    rollout.world.administrators = [5];
    rollout.world.schedules.set(idOf(WEB), [schedule(5)]);
    rollout.world.schedules.set(idOf(SHOP), [schedule(null)]);
    await inventory();
    expect((await lookOf(WEB, TOOLS)).privilegedSchedules).toBe(1);
    expect((await lookOf(SHOP, CORE)).privilegedSchedules).toBeNull();
  });

  it('that were refused keep the reason and what was known before; an outage of one look stops no other', async () => {
    await start();
    rollout.world.facts.set(idOf(CORE), { protectedEnvironments: 1 });
    await inventory();
    rollout.forge.before = ({ name }) => {
      if (name === 'protectedEnvironments') throw new RolloutError('FORGE_REFUSED', 'no: 403', 'Ask for the right.');
      if (name === 'projectFacts') throw new RolloutError('FORGE_UNAVAILABLE', 'facts: 502', 'Resume.');
    };
    later(31);
    await inventory();
    expect(await rollout.store.survey(idOf(CORE), 'environments')).toMatchObject({
      problem: 'protectedEnvironments: no: 403',
    });
    const [known] = (await rollout.store.factsOf(idOf(CORE))).filter(({ fact }) => fact === 'protectedEnvironments');
    expect(known).toMatchObject({ count: 1, problem: 'no: 403' });
    expect(known!.triedAt - known!.readAt!).toBeGreaterThanOrEqual(31 * DAY);
    expect(await rollout.store.survey(idOf(WEB), 'schedules')).toMatchObject({ problem: null });
  });

  it('grow old: what was found counts on, that nothing was found does not', async () => {
    await start();
    rollout.world.facts.set(idOf(WEB), { pushers: 60 });
    await inventory();
    rollout.clock.time = epochMs(rollout.clock.time + 61 * DAY);
    expect(await lookOf(WEB, CORE)).toEqual({
      ...{ protectedEnvironments: null, packages: null, terraformStates: null, pushers: 60, forks: null },
      privilegedSchedules: null,
    });
  });

  it('are looked up anew after half their time, undecided edges first, within the budget of the day', async () => {
    await start({}, { requests: 1, schedules: false });
    await inventory();
    expect(calls('projectFacts')).toBe(1);
    later(1);
    await inventory();
    expect(calls('projectFacts')).toBe(1);
    later(31);
    await inventory();
    expect(calls('projectFacts')).toBe(2);
  });

  it('are not looked up where the playbook does not want them', async () => {
    await start({}, { facts: false });
    await inventory();
    expect([calls('projectFacts'), calls('protectedEnvironments'), calls('administrators')]).toEqual([0, 0, 0]);
  });

  it('are taken up where a killed inventory stopped', async () => {
    await start();
    rollout.world.facts.set(idOf(CORE), { protectedEnvironments: 1, packages: 2 });
    await rollout.killInventories(2, async (fork) => {
      const counts = await fork.store.factCounts(epochMs(0));
      expect([...counts.keys()].sort()).toEqual([WEB, SHOP, CORE, TOOLS].map(idOf).sort());
      expect(counts.get(idOf(CORE))).toMatchObject({ protectedEnvironments: 1, packages: 2 });
    });
  }, 60_000);
});

/** Without a fact every edge is within the bar: a private callee and an access of unknown kind are 5 points each. */
const BAR = { risk: { maxForRules: 10 } };

describe('the rules', () => {
  it('approve nothing above the bar by what was looked up, and keep the risk as it was then', async () => {
    await start(BAR);
    rollout.world.facts.set(idOf(CORE), { protectedEnvironments: 1 });
    await inventory();
    expect(await rules()).toMatchObject({ decided: 1, undecided: 2 });
    expect(await edgeState(WEB, CORE)).toBe('undecided');
    const [decision] = await rollout.store.decisionsOn(idOf(WEB), idOf(TOOLS));
    expect(decision?.evidence).toMatch(
      /; risk 10: the callee is private \(5\), the kind of access is not known \(5\)$/,
    );
  });

  it('name what nobody had read in their decisions', async () => {
    await start(BAR, { facts: false, schedules: false });
    await inventory();
    await rules();
    const [decision] = await rollout.store.decisionsOn(idOf(WEB), idOf(CORE));
    expect(decision?.evidence).toContain(
      '; not read: protectedEnvironments, packages, terraformStates, pushers, forks',
    );
  });

  const withRisk = (change: Partial<Playbook['risk']>): Playbook => ({
    ...rollout.playbook,
    risk: { ...rollout.playbook.risk, ...change },
  });

  const approvedThenFound = async () => {
    await start(BAR);
    await inventory();
    expect(await rules()).toMatchObject({ decided: 3, undecided: 0 });
    rollout.world.facts.set(idOf(CORE), { terraformStates: 2 });
    later(31);
    await inventory();
  };

  it('put their own approvals into question when a look finds more than the bar allows, once', async () => {
    await approvedThenFound();
    const applied = await rules();
    expect(applied).toMatchObject({ decided: 0, undecided: 2 });
    expect(applied.expired.map(({ subject, decision }) => [subject, decision.question?.score])).toEqual([
      [`${WEB} -> ${CORE}`, 20],
      [`${SHOP} -> ${CORE}`, 20],
    ]);
    const rows = (await rollout.store.ledger()).filter(({ kind }) => kind === 'questioned');
    expect(rows).toMatchObject([{ subject: '2 approvals' }]);
    expect(await rowsAgainstLedger(rollout.store)).toEqual([]);
    expect(await rules()).toMatchObject({ decided: 0, undecided: 2 });
    expect((await rollout.store.ledger()).filter(({ kind }) => kind === 'questioned')).toHaveLength(1);
    // TOOLS is as it was.
    expect((await rollout.store.decisionsOn(idOf(WEB), idOf(TOOLS)))[0]?.question).toBeNull();
  });

  it('hold a callee back whose approvals are in question, and take nothing away', async () => {
    await approvedThenFound();
    await rules();
    const { plan } = await computePlan(await rollout.engine(), null);
    expect(plan.held).toMatchObject([{ path: CORE, reason: 'undecided' }]);
    const planned = plan.waves.flatMap(({ callees }) => callees.map(({ path }) => path));
    expect(planned).toContain(TOOLS);
    expect(planned).not.toContain(CORE);
  });

  it('never put a person’s approval into question', async () => {
    await start(BAR);
    await inventory();
    const [decision] = (await rollout.store.putDecisions([
      {
        subject: { kind: 'edge', caller: idOf(WEB), callee: idOf(CORE) },
        ...({ verdict: 'approved', replacedBy: null, by: { kind: 'person', name: 'mara' }, owner: null } as const),
        ...{ reason: 'ours', permissions: { defaultPermissions: true, policies: [] }, evidence: 'log' },
        ...{ decidedAt: rollout.clock.now(), expiresAt: null },
      },
    ])) as [number];
    rollout.world.facts.set(idOf(CORE), { terraformStates: 2 });
    later(31);
    await inventory();
    await rules();
    expect((await rollout.store.decision(decision))?.question).toBeNull();
  });

  it('approve anew once a look finds the fact gone', async () => {
    await approvedThenFound();
    await rules();
    rollout.world.facts.set(idOf(CORE), {});
    later(31);
    await inventory();
    expect(await rules()).toMatchObject({ decided: 2, undecided: 0, expired: [] });
  });

  it('weigh every approval of theirs anew where the playbook is stricter than the last time, once', async () => {
    await start(BAR);
    await inventory();
    expect(await rules()).toMatchObject({ decided: 3, undecided: 0 });
    // Private and of unknown access alone.
    const stricter = { ...(await rollout.engine()), playbook: withRisk({ maxForRules: 9 }) };
    const applied = await applyRules(stricter);
    expect(applied).toMatchObject({ decided: 0, undecided: 3 });
    expect(applied.expired[0]?.decision.question).toMatchObject({
      score: 10,
      because: expect.stringMatching(/^the bar is 9; /),
    });
    await applyRules(stricter);
    expect((await rollout.store.ledger()).filter(({ kind }) => kind === 'questioned')).toHaveLength(1);
    // A bar that was raised again lets the rules decide anew.
    expect(await rules()).toMatchObject({ decided: 3, undecided: 0, expired: [] });
  });

  it('weigh anew by other weights as well', async () => {
    await start(BAR);
    await inventory();
    await rules();
    const playbook = withRisk({ weights: { ...rollout.playbook.risk.weights, privateCallee: 30 } });
    expect(await applyRules({ ...(await rollout.engine()), playbook })).toMatchObject({ decided: 0, undecided: 3 });
  });

  it('weigh after a kill what they did not come to', async () => {
    await approvedThenFound();
    const engine = await rollout.engine();
    const killed = {
      ...engine,
      store: { ...engine.store, weighed: () => Promise.reject(new Error('killed')) },
    };
    await expect(applyRules(killed)).rejects.toThrow('killed');
    expect(await rules()).toMatchObject({ undecided: 2 });
    expect((await rollout.store.worsened()).upTo).toBe(0);
  });
});

describe('the order of waves', () => {
  it('begins where nothing is guarded', async () => {
    await start({ scope: { groups: ['acme/libs'] } }, { schedules: false });
    // By its callers alone it would be the pilot.
    rollout.world.facts.set(idOf(TOOLS), { protectedEnvironments: 1, packages: 1, terraformStates: 1 });
    await inventory();
    await rules();
    const { plan } = await computePlan(await rollout.engine(), null);
    expect(plan.waves.map(({ callees }) => callees.map(({ path }) => path))).toEqual([[CORE], [TOOLS]]);
    expect(plan.waves[1]?.callees[0]?.why).toContain('the callee guards 1 environment (15)');
  });
});
