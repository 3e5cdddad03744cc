import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FailureRecord } from '../../../src/domain/watch/denial.ts';
import type { Capabilities, Identity, RolloutStore } from '../../../src/engine/ports.ts';
import { SEEN } from '../../fakes/soak.ts';
import { approval, at, id, LIST, observation, open, PLAN, plannedCallee, project, ROLLOUT, seeded } from './support.ts';
import { addEntry, temporaryDirectory } from './support.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;
let store: RolloutStore;

beforeEach(async () => {
  directory = temporaryDirectory();
  file = `${directory.path}/rollout.db`;
  store = await open(file);
});
afterEach(() => {
  store.close();
  directory.remove();
});

async function reopened(): Promise<RolloutStore> {
  store.close();
  store = await open(file, undefined, false);
  return store;
}

const CAPABILITIES: Capabilities = {
  ...{ version: '18.5.0', enterprise: true, graphql: true, authLog: true, entryPermissions: true },
  ...{ policies: ['READ_JOBS'], pipelineWarnings: false },
};
const IDENTITY: Identity = {
  ...{ userId: 1, username: 'root', admin: true, bot: false, scopes: ['api'], tokenExpiresAt: null },
  instanceEnforced: null,
};

describe('the rollout', () => {
  it('is asked to be made first', async () => {
    await expect(store.rollout()).rejects.toMatchObject({ code: 'ORDER_REFUSED' });
  });

  it('comes back as it was saved, after reopening too', async () => {
    await store.createRollout(ROLLOUT);
    await store.savePlaybook('cautious', 'name: cautious');
    await store.saveServer(CAPABILITIES, IDENTITY);
    expect(await (await reopened()).rollout()).toEqual({
      ...ROLLOUT,
      ...{ playbookName: 'cautious', playbookText: 'name: cautious', capabilities: CAPABILITIES, identity: IDENTITY },
      ...{ revision: 0, decisionsRevision: 0, learnedRpm: null },
    });
  });

  it('is one per database', async () => {
    await store.createRollout(ROLLOUT);
    await expect(store.createRollout({ ...ROLLOUT, id: 'r-2' })).rejects.toMatchObject({ code: 'ORDER_REFUSED' });
  });

  it('refuses a writer that read an older revision', async () => {
    await store.createRollout(ROLLOUT);
    const other = await open(file);
    const checkpoint = { version: 1, value: 'planning', context: { wave: 1 } };
    expect(await store.saveRollout(checkpoint, 0)).toBe(1);
    await expect(other.saveRollout(ROLLOUT.checkpoint, 0)).rejects.toMatchObject({ code: 'STALE_REVISION' });
    expect(await other.rollout()).toMatchObject({ checkpoint, revision: 1 });
    other.close();
  });

  it('names table and row of a checkpoint that is no longer one', async () => {
    await store.createRollout(ROLLOUT);
    const raw = new Database(file);
    raw.exec(`update rollout set checkpoint = '{"version":"one"}'`);
    raw.close();
    await expect(store.rollout()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringMatching(/rollout, row 1/),
    });
  });
});

describe('tasks', () => {
  it('are open until settled, the oldest first, and one per key', async () => {
    const task = { key: '1/0', kind: 'readInventory', waveId: null, notBefore: null } as const;
    const next = { key: '2/0', kind: 'computePlan', waveId: null, notBefore: at(9) } as const;
    await store.putTask(task);
    await store.putTask(next);
    await store.putTask({ ...task, notBefore: at(7) });
    expect(await store.openTask()).toEqual({ ...task, notBefore: 7 });
    await store.settleTask('1/0');
    await store.putTask(task);
    expect(await store.openTask()).toEqual(next);
    await store.settleTask('2/0');
    expect(await store.openTask()).toBeNull();
  });
});

describe('projects', () => {
  it('come back as read, in order of path, with and without what could not be read', async () => {
    const read = project(1, { path: 'b/read', allowlist: LIST, visibility: 'internal' });
    const unread = project(2, { path: 'a/unread', allowlist: null, log: null, unread: '503', readAt: null });
    const outside = project(3, {
      path: 'c/out',
      inScope: false,
      accessLevel: null,
      allowlist: { ...LIST, stored: null },
    });
    await store.putProjects([read, unread, outside], 1);
    expect(await store.projects()).toEqual([unread, read, outside]);
    expect(await store.outlines()).toEqual(
      [unread, read, outside].map(({ id, path, visibility, archived, personal, inScope }) => ({
        ...{ id, path, visibility, archived, personal, inScope },
      })),
    );
    expect(await store.projects({ inScope: false })).toEqual([outside]);
    expect(await store.projects({ unread: true })).toEqual([unread]);
    expect(await store.projects({ inScope: true, unread: false })).toEqual([read]);
    expect(await store.project(id(1))).toEqual(read);
    expect(await store.project(id(99))).toBeNull();
    expect(await store.projectByPath('B/Read')).toEqual(read);
    await store.putProjects([{ ...read, path: 'b/moved' }], 2);
    expect(await store.projectByPath('b/read')).toBeNull();
  });

  it('are found by more ids than a statement takes parameters, and read by more than a page', async () => {
    const many = Array.from({ length: 2_500 }, (_, n) => project(n + 1));
    await store.putProjects(many, 1);
    const ids = Array.from({ length: 40_000 }, (_, n) => id(n + 1));
    expect(await store.projectsById(ids)).toHaveLength(many.length);
    const paths = (await store.projects()).map(({ path }) => path);
    expect(paths).toEqual(many.map(({ path }) => path).sort());
  });

  it('keep what is known when they turn up as callers', async () => {
    await store.putProjects([project(1)], 1);
    await store.putCallers([
      { id: id(1), path: 'stale/name' },
      { id: id(5), path: 'x/caller' },
    ]);
    expect(await store.project(id(1))).toEqual(project(1));
    expect(await store.project(id(5))).toMatchObject({
      path: 'x/caller',
      inScope: false,
      allowlist: null,
      unread: null,
    });
    await store.putCallers([{ id: id(5), path: 'x/renamed' }]);
    expect(await store.project(id(5))).toMatchObject({ path: 'x/renamed' });
  });

  it('take a new allowlist alone', async () => {
    await store.putProjects([project(1)], 1);
    await store.updateAllowlist(id(1), LIST, at(777));
    expect(await store.project(id(1))).toEqual(project(1, { allowlist: LIST, readAt: at(777) }));
    await expect(store.updateAllowlist(id(9), LIST, at(1))).rejects.toThrow('project 9');
  });

  it('leave the scope when an inventory no longer brings them', async () => {
    await store.putProjects([project(1), project(2), project(3, { inScope: false })], 1);
    await store.putProjects([project(1)], 2);
    expect(await store.forgetUnseen(2)).toEqual([{ id: 2, path: 'acme/p2' }]);
    expect(await store.forgetUnseen(2)).toEqual([]);
    expect((await store.projects({ inScope: true })).map((one) => one.id)).toEqual([1]);
  });
});

describe('inventories', () => {
  it('are resumable and counted when they end', async () => {
    expect(await store.inventories()).toEqual({ count: 0, firstAt: null, lastAt: null });
    expect(await store.inventoryCursor()).toBeNull();
    await store.setInventoryCursor({ seen: 1, cursor: 'abc', done: 50 });
    await store.setInventoryCursor({ seen: 1, cursor: 'def', done: 100 });
    expect(await (await reopened()).inventoryCursor()).toEqual({ seen: 1, cursor: 'def', done: 100 });
    await store.finishInventory(1, at(10));
    await store.finishInventory(2, at(20));
    expect(await store.inventoryCursor()).toBeNull();
    expect(await store.inventories()).toEqual({ count: 2, firstAt: 10, lastAt: 20 });
  });
});

describe('edges', () => {
  beforeEach(() =>
    store.putProjects(
      [1, 2, 3, 4].map((number) => project(number)),
      1,
    ),
  );

  it('add evidence up and widen its times', async () => {
    await store.putEvidence([
      observation(2, 1),
      observation(2, 1, { source: 'scan', access: 'npm', where: '.npmrc:1', certainty: 'likely', firstSeen: at(500) }),
      observation(1, 1),
    ]);
    await store.putEvidence([
      observation(2, 1, { firstSeen: at(1_500), lastSeen: at(9_000) }),
      observation(2, 1, { source: 'scan', access: 'git', where: '.gitmodules:2' }),
      observation(2, 1, { source: 'scan', access: 'npm', where: '.npmrc:1', firstSeen: at(600) }),
    ]);
    const edge = await store.edge(id(2), id(1));
    expect(edge).toEqual({
      ...{ caller: 2, callerPath: 'acme/p2', callee: 1, calleePath: 'acme/p1', sources: ['auth-log', 'scan'] },
      ...{ access: ['git', 'npm'], firstSeen: 500, lastSeen: 9_000, state: 'undecided', decisionId: null },
      // Nothing is known to be enough for git.
      needs: null,
      evidence: [
        { ...observation(2, 1, { source: 'scan', access: 'npm', where: '.npmrc:1', firstSeen: at(500) }), times: 1 },
        { ...observation(2, 1, { lastSeen: at(9_000) }), times: 2 },
        { ...observation(2, 1, { source: 'scan', access: 'git', where: '.gitmodules:2' }), times: 1 },
      ],
    });
    expect(await store.edge(id(1), id(1))).toBeNull();
  });

  it('know what is enough for every use while every observation tells', async () => {
    const scan = { source: 'scan', access: 'npm', policies: ['READ_PACKAGES'] } as const;
    await store.putEvidence([observation(2, 1, scan)]);
    expect((await store.edge(id(2), id(1)))?.needs).toEqual(['READ_PACKAGES']);
    // Whether it reads or writes is not told: ADMIN grants both.
    await store.putEvidence([observation(2, 1, { source: 'trace', access: 'release', where: 'job 7' })]);
    expect((await store.edge(id(2), id(1)))?.needs).toEqual(['ADMIN_RELEASES', 'READ_PACKAGES']);
    // GitLab's log names the pair alone: whether there is more to it is told by the sources, not here.
    await store.putEvidence([observation(2, 1)]);
    expect((await store.edge(id(2), id(1)))?.needs).toEqual(['ADMIN_RELEASES', 'READ_PACKAGES']);
    await store.putEvidence([observation(2, 1, { source: 'trace', access: null, where: 'job 8' })]);
    expect((await store.edge(id(2), id(1)))?.needs).toBeNull();
    await store.putEvidence([observation(2, 1, scan)]);
    expect((await store.edge(id(2), id(1)))?.needs).toBeNull();
  });

  it('of the log alone need nothing that is known, until another source tells', async () => {
    await store.putEvidence([observation(2, 1)]);
    expect((await store.edge(id(2), id(1)))?.needs).toBeNull();
    await store.putEvidence([observation(2, 1, { source: 'scan', access: 'npm', policies: ['READ_PACKAGES'] })]);
    expect((await store.edge(id(2), id(1)))?.needs).toEqual(['READ_PACKAGES']);
  });

  it('count uses that happened anew, of logs and traces alone', async () => {
    const log = (seen: number) => observation(2, 1, { firstSeen: at(seen), lastSeen: at(seen) });
    for (const seen of [1_000, 1_000, 2_000, 3_000, 2_500]) await store.putEvidence([log(seen)]);
    await store.putEvidence([observation(2, 1, { source: 'scan', access: 'git', lastSeen: at(9_000) })]);
    await store.putEvidence([observation(3, 1, { source: 'denial' })]);
    expect(await store.usesOf(id(1))).toEqual(new Map([[2, 3]]));
  });

  it('are listed by callee path then caller path, filtered and counted', async () => {
    await store.putEvidence([observation(4, 3), observation(2, 3), observation(3, 1)]);
    await store.putDecisions([approval(4, 3), approval(3, 1, { verdict: 'rejected' })]);
    const pairs = (await store.edges()).map(({ callerPath, calleePath }) => `${callerPath} -> ${calleePath}`);
    expect(pairs).toEqual(['acme/p3 -> acme/p1', 'acme/p2 -> acme/p3', 'acme/p4 -> acme/p3']);
    expect(await store.edges({ callee: id(3), state: 'approved' })).toHaveLength(1);
    expect(await store.edges({ caller: id(3) })).toMatchObject([{ callee: 1, state: 'rejected' }]);
    expect(await store.countEdges()).toEqual({ undecided: 1, approved: 1, rejected: 1, replaced: 0 });
  });

  it('may be decided before they are seen', async () => {
    await store.putDecisions([approval(2, 1)]);
    expect(await store.edges()).toMatchObject([{ sources: [], firstSeen: 3_000, state: 'approved' }]);
    await store.putEvidence([observation(2, 1)]);
    expect(await store.edges()).toMatchObject([{ sources: ['auth-log'], lastSeen: 2_000, state: 'approved' }]);
  });
});

describe('decisions', () => {
  beforeEach(async () => {
    await store.createRollout(ROLLOUT);
    await store.putProjects(
      [1, 2, 3].map((number) => project(number)),
      1,
    );
  });

  it('keep their history; the latest is in force', async () => {
    const rejected = approval(2, 1, { verdict: 'rejected', expiresAt: at(8) });
    const narrow = approval(2, 1, { permissions: { defaultPermissions: false, policies: ['READ_JOBS'] } });
    const ids = await store.putDecisions([rejected, approval(3, 1), narrow]);
    expect(ids).toHaveLength(3);
    expect(await store.decision(ids[0]!)).toEqual({ ...rejected, id: ids[0], question: null });
    expect(await store.decision(99)).toBeNull();
    expect(await store.decisionsOn(id(2), id(1))).toEqual([
      { ...rejected, id: ids[0], question: null },
      { ...narrow, id: ids[2], question: null },
    ]);
    expect((await store.edgeDecisions(id(1))).map((one) => one.id)).toEqual([ids[1], ids[2]]);
    expect(await store.edgeDecisions(id(2))).toEqual([]);
    expect(await store.edge(id(2), id(1))).toMatchObject({ state: 'approved', decisionId: ids[2] });
    expect(await store.rollout()).toMatchObject({ revision: 0, decisionsRevision: 1 });
  });

  it('let in no group by a rule, and say by what exactly where something is replaced', async () => {
    const group = { kind: 'group-entry', callee: id(1), groupId: 7, groupPath: 'acme', widening: 3 } as const;
    const byRule = { kind: 'rule', name: 'all' } as const;
    await expect(store.putDecisions([approval(2, 1, { subject: group, by: byRule })])).rejects.toThrow('never group');
    await expect(store.putDecisions([approval(2, 1, { verdict: 'replaced' })])).rejects.toThrow('by what');
    await expect(store.putDecisions([approval(2, 1, { replacedBy: 'deploy-token' })])).rejects.toThrow('by what');
    expect(await store.putDecisions([approval(2, 1, { subject: group })])).toHaveLength(1);
    expect(await store.putDecisions([approval(2, 1, { verdict: 'replaced', replacedBy: 'public-read' })])).toHaveLength(
      1,
    );
  });

  it('deviate where the one in force is narrow or has expired', async () => {
    const narrow = approval(2, 1, { permissions: { defaultPermissions: false, policies: ['READ_JOBS'] } });
    const ids = await store.putDecisions([
      narrow,
      approval(3, 1, { expiresAt: at(5_000) }),
      approval(1, 2, { expiresAt: at(5_001) }),
      approval(3, 2, { expiresAt: at(1) }),
      approval(3, 2),
    ]);
    const deviating = async () => (await store.deviatingDecisions(at(5_000))).map((one) => one.id);
    expect(await deviating()).toEqual([ids[0], ids[1]]);
    await store.putDecisions([approval(2, 1)]);
    expect(await deviating()).toEqual([ids[1]]);
  });

  it('on group entries are latest per group and callee', async () => {
    const onGroup = (groupId: number, verdict: 'approved' | 'rejected', callee = 1) =>
      approval(2, 1, {
        verdict,
        subject: { kind: 'group-entry', callee: id(callee), groupId, groupPath: `g${groupId}`, widening: groupId },
      });
    await store.putDecisions([
      onGroup(7, 'approved'),
      onGroup(7, 'rejected'),
      onGroup(8, 'approved'),
      onGroup(7, 'approved', 2),
    ]);
    expect((await store.groupEntryDecisions()).map((one) => one.id)).toEqual([2, 3, 4]);
    expect(await store.groupEntryDecisions(id(2))).toEqual([{ ...onGroup(7, 'approved', 2), id: 4, question: null }]);
    expect(await store.edges()).toEqual([]);
  });

  it('are recorded by the hundred as one by one: ids in order, the latest in force, unobserved edges made, groups none', async () => {
    await store.putEvidence([observation(2, 1)]);
    const group = { kind: 'group-entry', callee: id(1), groupId: 7, groupPath: 'acme', widening: 3 } as const;
    const many = Array.from({ length: 120 }, (_, index) =>
      approval(2 + (index % 2), 1, { verdict: index % 3 === 0 ? 'rejected' : 'approved', reason: `number ${index}` }),
    );
    const ids = await store.putDecisions([...many, approval(1, 1), approval(2, 1, { subject: group })]);
    expect(ids).toEqual(Array.from({ length: 122 }, (_, index) => index + 1));
    expect((await store.decisionsOn(id(3), id(1))).map(({ reason }) => reason)).toEqual(
      many.flatMap(({ reason }, index) => (index % 2 === 1 ? [reason] : [])),
    );
    const edges = await store.edges();
    expect(edges.map(({ caller, state, decisionId, sources }) => [caller, state, decisionId, sources])).toEqual([
      [2, 'approved', 119, ['auth-log']],
      [3, 'approved', 120, []],
    ]);
    expect(await store.countEdges()).toEqual({ undecided: 0, approved: 2, rejected: 0, replaced: 0 });
  });

  it('are all recorded or none', async () => {
    const unknown = approval(77, 1);
    await expect(store.putDecisions([approval(2, 1), unknown])).rejects.toThrow('FOREIGN KEY');
    await expect(store.putDecisions([approval(2, 1), approval(3, 1, { reason: ' ' })])).rejects.toThrow(
      'decisions_reason',
    );
    expect(await store.edgeDecisions()).toEqual([]);
    expect(await store.rollout()).toMatchObject({ decisionsRevision: 0 });
  });
});

describe('plans', () => {
  it('are put together again exactly', async () => {
    await store.savePlan(PLAN);
    const bare = {
      ...PLAN,
      hash: 'b'.repeat(64),
      createdAt: at(600),
      waves: [],
      held: [],
      noSwitchBecause: 'no admin',
    };
    await store.savePlan(bare);
    await store.approvePlan(PLAN.hash, 'dana');
    expect(await (await reopened()).plan(PLAN.hash)).toEqual(PLAN);
    expect(await store.plan(bare.hash)).toEqual(bare);
    expect(await store.plan('nothing')).toBeNull();
    for (const wave of PLAN.waves) expect(await store.planWave(PLAN.hash, wave.number)).toEqual(wave);
    expect(await store.planWave(PLAN.hash, 99)).toBeNull();
    expect(await store.planWave('nothing', 1)).toBeNull();
    expect(await store.planHeld(PLAN.hash)).toEqual(PLAN.held);
    expect(await store.planHeld('nothing')).toEqual([]);
    await store.savePlan({ ...PLAN, createdAt: at(700) });
    expect(await store.plans()).toEqual([
      { hash: bare.hash, createdAt: 600, approvedBy: null },
      { hash: PLAN.hash, createdAt: 700, approvedBy: 'dana' },
    ]);
    await expect(store.approvePlan('nothing', 'dana')).rejects.toMatchObject({ code: 'ORDER_REFUSED' });
  });

  it('hold many callees', async () => {
    const callees = Array.from({ length: 2_000 }, (_, index) => plannedCallee(index + 1));
    const big = { ...PLAN, waves: [{ ...PLAN.waves[0]!, callees }] };
    await store.savePlan(big);
    expect(await store.plan(PLAN.hash)).toEqual(big);
  });
});

describe('waves', () => {
  it('keep their machine and the step of each callee', async () => {
    const wave = await seeded(store);
    await store.saveWave(wave, { checkpoint: { version: 2, value: 'soaking', context: {} }, startedAt: at(10) });
    await store.saveWave(wave, { ownersToldAt: at(5) });
    await store.saveWave(wave, {});
    await store.saveWaveCallee(wave, id(3), { step: 'enforced', before: LIST, enforcedAt: at(20) });
    await store.saveWaveCallee(wave, id(3), { problem: 'slow' });
    await reopened();
    expect(await store.waves()).toEqual([
      {
        ...{ id: wave, number: 1, planHash: PLAN.hash, kind: 'pilot', startedAt: 10, endedAt: null },
        ...{ ownersToldAt: 5, noticesEndedAt: null },
        checkpoint: { version: 2, value: 'soaking', context: {} },
      },
    ]);
    const both = { waveId: wave, before: null, enforcedAt: null, problem: null, hold: null };
    expect(await store.waveCallees(wave)).toEqual([
      { ...both, callee: 3, path: 'acme/p3', step: 'enforced', before: LIST, enforcedAt: 20, problem: 'slow' },
      { ...both, callee: 1, path: 'acme/p1', step: 'pending' },
    ]);
    await store.saveWaveCallee(wave, id(3), { enforcedAt: null, before: null });
    expect(await store.waveCallees(wave)).toMatchObject([{ before: null, enforcedAt: null, problem: 'slow' }, {}]);
    expect(await store.heldCallees()).toEqual([]);
    await store.saveWaveCallee(wave, id(1), { hold: 'incident' });
    expect(await store.heldCallees()).toEqual([
      { ...both, callee: 1, path: 'acme/p1', step: 'pending', hold: 'incident' },
    ]);
    await expect(store.saveWaveCallee(wave, id(4), { step: 'kept' })).rejects.toThrow('callee 4');
    await expect(store.saveWave(99, { endedAt: at(1) })).rejects.toThrow('wave 99');
  });
});

describe('intents', () => {
  it('are open until settled, and settled once', async () => {
    const wave = await seeded(store);
    const decisions = await store.putDecisions([approval(2, 1), approval(4, 1)]);
    const enforce = { waveId: wave, callee: id(1), action: { kind: 'enforce' }, createdAt: at(4_001) } as const;
    const add = addEntry(wave, 1, [...decisions, decisions[0]!]);
    const instance = { ...enforce, callee: null, action: { kind: 'setInstance', enforced: true } } as const;
    const put = await store.putIntents([add, enforce, instance]);
    const unsettled = { outcome: null, detail: null, settledAt: null };
    expect(put).toEqual([add, enforce, instance].map((intent, index) => ({ ...intent, id: index + 1, ...unsettled })));
    expect(await (await reopened()).openIntents()).toEqual(put);
    await store.settleIntents([1, 3], 'done', 'read back', at(5_000));
    expect(await store.openIntents()).toEqual([put[1]]);
    expect(await store.intents(wave)).toMatchObject([
      { outcome: 'done', detail: 'read back', settledAt: 5_000 },
      {},
      {},
    ]);
    expect(await store.intents(99)).toEqual([]);
    await expect(store.settleIntents([2, 3], 'absent', null, at(6_000))).rejects.toThrow('open intent 3');
    expect(await store.openIntents()).toHaveLength(1);
  });
});

describe('the watch', () => {
  const failure = (jobId: number, change: Partial<FailureRecord> = {}): FailureRecord => ({
    ...{ jobId, jobName: 'build', caller: id(2), callerPath: 'acme/p2', callee: null, calleePath: null, access: null },
    ...{ finishedAt: at(10), disposition: 'unrelated', edgeState: null, quote: null, reason: 'its own tests' },
    ...{
      verdict: 'other',
      signature: null,
      line: null,
      confidence: 0.6,
      disproof: null,
      before: null,
      owners: ['olga'],
    },
    ...{ waveId: null, webUrl: null, ...change },
  });

  it('keeps sweeps per wave', async () => {
    const waveId = await seeded(store);
    const sweep = {
      waveId,
      since: at(1),
      until: at(2),
      projects: 3,
      callerJobs: 4,
      allJobs: 5,
      unread: ['acme/p4: 503'],
      whole: true,
    };
    const judged = { verdict: 'failed' as const, reasons: ['1 denial'], seen: SEEN, waitsFor: [] };
    const first = await store.putSweep(sweep);
    await store.judgeSweep(first, judged);
    await store.putSweep({ ...sweep, waveId: null, unread: [], whole: false });
    expect(await store.sweeps(waveId)).toEqual([{ ...sweep, id: 1, judged }]);
    expect(await store.sweeps(null)).toEqual([
      { ...sweep, id: 2, waveId: null, unread: [], whole: false, judged: null },
    ]);
  });

  it('takes a job that GitLab told of once, and none that is judged', async () => {
    await seeded(store);
    await store.putFailures([failure(811)]);
    const told = { project: id(1), toldAt: at(9) };
    const hints = [811, 812, 813].map((jobId) => ({ ...told, jobId }));
    expect(await store.putHints(hints)).toBe(2);
    expect(await store.putHints(hints)).toBe(0);
    await store.postponeHint(813);
    expect(await store.hints(10)).toEqual([
      { ...told, jobId: 812, attempts: 0 },
      { ...told, jobId: 813, attempts: 1 },
    ]);
    await store.dropHints([812]);
    expect((await store.hints(10)).map(({ jobId }) => jobId)).toEqual([813]);
  });

  it('finds failures by what was made of them, and settles one', async () => {
    await seeded(store);
    const gone = failure(812, { disposition: 'unread', before: 'passed', finishedAt: at(12) });
    await store.putFailures([failure(811), gone]);
    expect(await store.failures({ dispositions: ['unread', 'unclear'] })).toEqual([gone]);
    expect(await store.failures({ before: 'passed', since: at(13) })).toEqual([]);
    const change = { disposition: 'unrelated' as const, reason: 'it passed', confidence: 0.8 };
    await store.settleFailure(812, change);
    expect(await store.failures({ before: 'passed', since: at(11) })).toEqual([{ ...gone, ...change }]);
  });

  it('keeps the first judgement of a job', async () => {
    const waveId = await seeded(store);
    const denied = failure(812, {
      ...{ waveId, callee: id(1), calleePath: 'acme/p1', access: 'git', disposition: 'denied', edgeState: 'approved' },
      ...{ quote: 'fatal: 403', webUrl: 'https://gitlab.example.com/j/812', finishedAt: at(5) },
    });
    await store.putFailures([failure(811), denied]);
    await store.putFailures([failure(812)]);
    expect(await store.failures()).toEqual([denied, failure(811)]);
    expect(await store.failures({ waveId })).toEqual([denied]);
    expect(await store.knownFailures([1, 811, 812])).toEqual(new Set([811, 812]));
    expect(await store.knownFailures([])).toEqual(new Set());
  });

  it('keeps findings', async () => {
    const finding = { at: at(3), kind: 'denial', subject: 'acme/p2 -> acme/p1', text: 'nobody has decided' } as const;
    await store.putFinding(finding);
    expect(await store.findings()).toEqual([{ ...finding, id: 1 }]);
  });
});
