import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEdges } from '../../../src/cli/commands/edges/index.ts';
import { projectId } from '../../../src/domain/values.ts';
import { Bench, DAY, observation } from './edges-support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerEdges);
});
afterEach(() => bench.close());

const id = projectId;
const states = async (): Promise<Readonly<Record<string, number>>> => bench.store.countEdges();
const decisionRows = async () => (await bench.store.ledger()).filter(({ kind }) => kind === 'decision');

describe('edges approve, reject, replace', () => {
  it('records the decision and its ledger row together', async () => {
    const ran = await bench.run(
      'edges',
      'approve',
      'acme/apps/web',
      '2',
      '--reason',
      ' builds on it ',
      '--expires',
      '30d',
      '--yes',
    );
    expect(ran).toMatchObject({ code: 0, stdout: '1 edge approved. `tidegate tick` takes it up.\n' });
    const [decision] = await bench.store.decisionsOn(id(1), id(2));
    expect(decision).toMatchObject({
      verdict: 'approved',
      by: { kind: 'person', name: 'mara' },
      reason: 'builds on it',
      permissions: { defaultPermissions: true, policies: [] },
    });
    expect(decision!.expiresAt! - decision!.decidedAt).toBe(30 * DAY);
    expect(decision!.evidence).toMatch(/^auth-log, seen /);
    const [row] = await decisionRows();
    const { question, ...recorded } = decision!;
    expect(question).toBeNull();
    expect(recorded.evidence).toMatch(/; risk \d+/);
    expect(row).toMatchObject({ subject: 'acme/apps/web -> acme/libs/core', body: recorded });
  });

  it.each([
    [['approve', '1', '2'], 'needs a reason'],
    [['approve', '1', '2', '--reason', ' \t '], 'needs a reason'],
    [['approve', '1', '2', '--reason', 'x'.repeat(501)], 'longer than 500'],
    [['approve', '--reason', 'x'], 'which edges?'],
    [['approve', '1', '--reason', 'x'], 'may reach what?'],
    [['approve', '1', '2', '--all', '--reason', 'x'], 'one way only'],
    [['approve', '1', '1', '--reason', 'x'], 'reaches itself'],
    [['approve', '1', '2', '--reason', 'x', '--expires', '0d'], 'has passed already'],
    [['approve', '1', '2', '--reason', 'x', '--expires', '2001-03-01'], 'has passed already'],
    [['approve', '1', '2', '--reason', 'x', '--expires', '2999-02-31'], 'is no moment'],
    [['approve', '1', '2', '--reason', 'x', '--expires', 'soon'], 'is no moment'],
    [['approve', '1', '2', '--reason', 'x', '--permissions', 'all'], 'this GitLab has no such policy'],
    [['approve', 'acme/apps/wep', '2', '--reason', 'x'], 'did you mean acme/apps/web?'],
    [['approve', '99', '2', '--reason', 'x'], 'knows no project 99'],
    [['replace', '1', '2', '--reason', 'x'], 'replaced by what?'],
    [['reject', '--filter', 'calle=acme/**', '--reason', 'x'], 'did you mean caller?'],
    [['reject', '--filter', 'callee=other/**', '--reason', 'x'], 'no edge fits'],
    [['reject', '1', '2', '--reason', 'x'], 'no terminal'],
  ])('refuses %j and changes nothing', async (args, message) => {
    const withYes = message === 'no terminal' ? args : [...args, '--yes'];
    const ran = await bench.run('edges', ...withYes);
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(2);
    expect(await states()).toMatchObject({ undecided: 5 });
    expect(await decisionRows()).toEqual([]);
  });

  it('says so when the edge is in that state already, and changes nothing', async () => {
    await bench.run('edges', 'approve', '1', '2', '--reason', 'first', '--yes');
    const again = await bench.run('edges', 'approve', '1', '2', '--reason', 'second', '--yes');
    expect(again).toMatchObject({ code: 0, stdout: 'Nothing was changed.\n' });
    expect(again.stderr).toContain('acme/apps/web -> acme/libs/core is approved already by mara.');
    expect(await decisionRows()).toHaveLength(1);
  });

  it('takes another expiry or permissions for a change', async () => {
    await bench.run('edges', 'approve', '3', '2', '--reason', 'first', '--yes');
    await bench.run('edges', 'approve', '3', '2', '--reason', 'second', '--expires', '9d', '--yes');
    await bench.run('edges', 'approve', '3', '2', '--reason', 'third', '--permissions', 'observed', '--yes');
    const history = await bench.store.decisionsOn(id(3), id(2));
    expect(history.map(({ reason }) => reason)).toEqual(['first', 'second', 'third']);
    expect(history.at(-1)?.permissions).toEqual({ defaultPermissions: false, policies: ['READ_JOBS'] });
  });

  it('gives default permissions where the log is a source, which names no access', async () => {
    await bench.run('edges', 'approve', '1', '2', '--reason', 'x', '--permissions', 'observed', '--yes');
    expect((await bench.store.decisionsOn(id(1), id(2)))[0]?.permissions.defaultPermissions).toBe(true);
  });

  it('lets a person approve what is known from a denial alone, and says so', async () => {
    const ran = await bench.run('edges', 'approve', '4', '2', '--reason', 'wanted after all', '--yes');
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('known from a denial only');
    expect((await bench.store.edge(id(4), id(2)))?.state).toBe('approved');
  });

  it('records the word of the person first where nobody has seen the edge', async () => {
    const ran = await bench.run(
      'edges',
      'approve',
      'acme/libs/kit',
      'acme/images',
      '--reason',
      'starts tomorrow',
      '--yes',
    );
    expect(ran.stderr).toContain('nobody has seen it yet');
    const edge = await bench.store.edge(id(3), id(6));
    expect(edge).toMatchObject({ state: 'approved', sources: ['import'] });
    expect(edge?.evidence).toMatchObject([{ source: 'import', where: 'operator', certainty: 'likely' }]);
    expect((await bench.store.decisionsOn(id(3), id(6)))[0]?.evidence).toMatch(/^import, seen /);
  });

  it('rejects an unseen pair without inventing an observation', async () => {
    await bench.run('edges', 'reject', '3', '6', '--reason', 'never', '--yes');
    expect(await bench.store.edge(id(3), id(6))).toMatchObject({ state: 'rejected', sources: [], evidence: [] });
  });

  it('names the credential that replaces the access, in the record and in the ledger', async () => {
    await bench.run('edges', 'replace', '1', '6', '--by', 'deploy-token', '--reason', 'pushes images', '--yes');
    expect((await bench.store.decisionsOn(id(1), id(6)))[0]).toMatchObject({
      verdict: 'replaced',
      replacedBy: 'deploy-token',
      reason: 'pushes images',
    });
    expect((await decisionRows())[0]?.body).toMatchObject({ replacedBy: 'deploy-token' });
    const again = await bench.run(
      'edges',
      'replace',
      '1',
      '6',
      '--by',
      'service-account',
      '--reason',
      'other',
      '--yes',
    );
    expect(again.stdout).toContain('1 edge replaced');
  });

  it('decides every undecided edge of callees in scope with --all, and no decided one', async () => {
    await bench.run('edges', 'reject', '1', '2', '--reason', 'no', '--yes');
    const result = await bench.json<{ decided: number }>('edges', 'approve', '--all', '--reason', 'all', '--yes');
    expect(result.decided).toBe(4);
    expect(await states()).toEqual({ undecided: 0, approved: 4, rejected: 1, replaced: 0 });
  });

  it('does not overturn decisions by a broad filter, unless it names the state', async () => {
    await bench.run('edges', 'reject', '1', '2', '--reason', 'no', '--yes');
    await bench.run('edges', 'approve', '--filter', 'callee=acme/libs/core', '--reason', 'yes', '--yes');
    expect((await bench.store.edge(id(1), id(2)))?.state).toBe('rejected');
    const named = await bench.run(
      'edges',
      'approve',
      '--filter',
      'callee=acme/libs/core state=rejected',
      '--reason',
      'yes',
      '--yes',
    );
    expect(named.stderr).toContain('1 earlier decision will be replaced');
    expect((await bench.store.edge(id(1), id(2)))?.state).toBe('approved');
  });

  it('shows at most twenty of many edges', async () => {
    const callers = Array.from({ length: 25 }, (_, index) => ({ id: id(100 + index), path: `acme/many/p${index}` }));
    await bench.store.putCallers(callers);
    await bench.store.putEvidence(callers.map((caller) => observation(caller.id, 5)));
    const { stderr } = await bench.run('edges', 'approve', '--filter', 'caller=acme/many/*', '--reason', 'x', '--yes');
    expect(stderr).toContain('25 edges will be approved');
    expect(stderr.match(/^ {2}acme\/many/gm)).toHaveLength(20);
    expect(stderr).toContain('and 5 more');
  });

  it('prints no escape sequence of a hostile name', async () => {
    await bench.store.putCallers([{ id: id(50), path: 'acme/\u001b[31mred\u202e' }]);
    await bench.store.putEvidence([observation(50, 2)]);
    const ran = await bench.run('edges', 'reject', '50', '2', '--reason', '\u001b]0;x\u0007no', '--yes');
    const list = await bench.run('edges', 'list');
    const show = await bench.run('edges', 'show', '50', '2');
    const why = await bench.run('edges', 'why', '50', '2');
    for (const { stdout, stderr } of [ran, list, show, why]) expect(stdout + stderr).not.toMatch(/[^\P{C}\n]/u);
    expect(show.stdout).toContain('acme/red -> acme/libs/core');
  });
});

describe('the entry of a group that stands already', () => {
  const sign = (...flags: string[]) => bench.run('edges', 'approve', 'acme/apps', 'acme/images', ...flags, '--yes');

  it('is signed for by its path, once, and the ledger tells it', async () => {
    const ran = await sign('--reason', 'the whole group pushes there');
    expect(ran).toMatchObject({ code: 0, stdout: '1 group entry signed for. `tidegate tick` takes it up.\n' });
    expect(ran.stderr).toContain(
      'group acme/apps -> acme/images stays as it is: it lets in 1 known project, 1 of them',
    );
    const [decision] = await bench.store.groupEntryDecisions(id(6));
    expect(decision).toMatchObject({
      subject: { kind: 'group-entry', callee: 6, groupId: 70, groupPath: 'acme/apps', widening: 0 },
      ...{ verdict: 'approved', reason: 'the whole group pushes there', by: { kind: 'person' } },
    });
    const row = (await bench.store.ledger()).at(-1);
    expect(row).toMatchObject({ kind: 'decision', subject: 'group acme/apps -> acme/images' });
    expect(row?.body['id']).toBe(decision?.id);
    const again = await sign('--reason', 'once more');
    expect(again.stderr).toContain('is signed for already');
    expect(await bench.store.groupEntryDecisions(id(6))).toHaveLength(1);
  });

  it.each([
    ['approve', ['--expires', '30d'], 'leave out --permissions and --expires'],
    ['approve', ['--permissions', 'observed'], 'leave out --permissions and --expires'],
    ['reject', [], 'Reject its callers by name'],
  ])('is not to be had by %s %j', async (verb, flags, hint) => {
    const ran = await bench.run('edges', verb, 'acme/apps', 'acme/images', '--reason', 'x', ...flags, '--yes');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(hint) as string });
    expect(await bench.store.groupEntryDecisions(id(6))).toEqual([]);
  });
});
