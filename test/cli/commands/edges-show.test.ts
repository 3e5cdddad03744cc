import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEdges } from '../../../src/cli/commands/edges/index.ts';
import { DEFAULT_PERMISSIONS } from '../../../src/domain/decisions/decision.ts';
import { widthOf } from '../../../src/cli/terminal/width.ts';
import { projectId } from '../../../src/domain/values.ts';
import { Bench, daysAgo, entry, observation, project } from './edges-support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerEdges);
});
afterEach(() => bench.close());

interface Listed {
  readonly caller: string;
  readonly callee: string;
  readonly state: string;
  readonly decision: { readonly by: unknown; readonly reason: string; readonly expiresAt: string | null } | null;
  readonly whatIf?: { readonly outcome: string; readonly rule: string | null; readonly reason: string };
}
const list = async (...args: string[]): Promise<readonly Listed[]> =>
  (await bench.json<{ schemaVersion: 1; edges: Listed[] }>('edges', 'list', ...args)).edges;
const pairs = (edges: readonly Listed[]): readonly string[] =>
  edges.map(({ caller, callee }) => `${caller} > ${callee}`);

const expiredApproval = () =>
  bench.store.putDecisions([
    {
      subject: { kind: 'edge', caller: projectId(1), callee: projectId(2) },
      verdict: 'approved',
      replacedBy: null,
      by: { kind: 'person', name: 'mara' },
      owner: null,
      reason: 'for a month',
      permissions: DEFAULT_PERMISSIONS,
      evidence: 'auth-log',
      decidedAt: daysAgo(40),
      expiresAt: daysAgo(10),
    },
  ]);

interface Listed {
  readonly edges: readonly object[];
  readonly total: number;
}

describe('names in wide letters', () => {
  const wide = 'acme/図書館/中核📦';
  beforeEach(async () => {
    await bench.store.putCallers([{ id: projectId(60), path: wide }]);
    await bench.store.putEvidence([observation(60, 2)]);
  });
  const ends = (stdout: string) =>
    new Set(stdout.split('\n').flatMap((line) => (/ \d{4}-\d\d-\d\d$/.test(line) ? [widthOf(line)] : [])));

  it('keep the columns straight, on a terminal and in a pipe, where they stay whole', async () => {
    for (const { stdout } of [await bench.onTerminal('edges', 'list'), await bench.run('edges', 'list')]) {
      expect(stdout).toContain(wide);
      expect(ends(stdout).size).toBe(1);
    }
  });
});

describe('edges of a callee outside of the scope', () => {
  beforeEach(async () => {
    await bench.store.putCallers([{ id: projectId(60), path: 'other/tool' }]);
    await bench.store.putEvidence([observation(1, 60, { source: 'scan' })]);
  });

  it('are left out of the list, counted, and shown when they are asked for', async () => {
    const { stdout } = await bench.run('edges', 'list', '--state', 'undecided');
    expect(stdout).not.toContain('other/tool');
    expect(stdout).toContain('Left out: 1 edge of callees outside of the scope, on which nothing waits');
    expect(await bench.json('edges', 'list')).toMatchObject({ total: 5, outside: 1 });
    const all = await bench.run('edges', 'list', '--outside');
    expect(all.stdout).toContain('other/tool (outside of the scope)\n');
    expect(all.stdout).not.toContain('Left out');
    expect(await bench.json('edges', 'list', '--outside')).toMatchObject({ total: 6, outside: 0 });
  });

  it('are no lines of the table that people decide in', async () => {
    const lines = async (...more: string[]) =>
      (await bench.run('edges', 'export', ...more)).stdout.trimEnd().split('\r\n').length - 1;
    expect([await lines(), await lines('--outside')]).toEqual([5, 6]);
  });
});

it('shows whole paths on a narrow terminal, and fewer columns', async () => {
  const path = 'acme/platform/registry/mirror-service-2';
  await bench.store.putCallers([{ id: projectId(60), path }]);
  await bench.store.putEvidence([observation(60, 2)]);
  for (const columns of [60, 80, 120]) {
    const { stdout } = await bench.onTerminalOf(columns, 'edges', 'list');
    expect(stdout).toContain(path);
    expect(stdout.split('\n').filter((line) => line.length > columns)).toEqual([]);
    expect(stdout.includes('last seen')).toBe(columns > 80);
  }
});

describe('edges list', () => {
  it('gives the public shape', async () => {
    const document = await bench.json('edges', 'list', '--callee', 'acme/libs/old');
    expect(document).toEqual({
      schemaVersion: 1,
      outside: 0,
      edges: [
        {
          ...{
            caller: 'acme/apps/web',
            callee: 'acme/libs/old',
            state: 'undecided',
            access: [],
            sources: ['auth-log'],
          },
          firstSeen: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          lastSeen: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          risk: {
            score: 25,
            reasons: [
              { fact: 'stale', points: 15, because: 'not seen for more than 90d' },
              { fact: 'privateCallee', points: 5, because: 'the callee is private' },
              { fact: 'unknownAccess', points: 5, because: 'the kind of access is not known' },
            ],
            unread: [
              ...['protectedEnvironments', 'packages', 'terraformStates', 'pushers', 'forks', 'privilegedSchedules'],
            ],
            atMost: 85,
          },
          decision: null,
        },
      ],
      total: 1,
    });
  });

  it('shows a part and counts all: what one page leaves out is on the next', async () => {
    const all = await bench.json<Listed>('edges', 'list');
    expect(all.total).toBe(all.edges.length);
    const part = (limit: number, offset: number) =>
      bench.json<Listed>('edges', 'list', '--limit', String(limit), '--offset', String(offset));
    const pages = [await part(2, 0), await part(2, 2), await part(99, 4)];
    expect(pages.flatMap(({ edges }) => edges)).toEqual(all.edges);
    expect(pages.map(({ total }) => total)).toEqual([all.total, all.total, all.total]);
    expect((await part(5, 10_000)).edges).toEqual([]);
    const { stdout } = await bench.run('edges', 'list', '--limit', '2', '--offset', '1');
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('(2 to 3 shown)');
  });

  it('writes its document as any other command does', async () => {
    const { stdout } = await bench.run('edges', 'list', '--json');
    expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), null, 2)}\n`);
  });

  it.each(['-1', '1.5', 'ten', ''])('refuses --limit %j', async (limit) => {
    const { code, stderr } = await bench.run('edges', 'list', `--limit=${limit}`);
    expect(code).toBe(2);
    expect(stderr).toContain('whole number');
  });

  it.each([
    [['--state', 'approved'], 0],
    [['--caller', 'acme/apps/web'], 3],
    [['--caller', '3'], 1],
    [['--callee', 'acme/libs/*'], 4],
    [['--filter', 'source=denial'], 1],
    [['--filter', 'seen>90d', '--callee', '5'], 1],
    [['--filter', 'access=artifacts', '--callee', '5'], 0],
  ])('%j selects %d', async (args, n) => {
    expect(await list(...args)).toHaveLength(n);
  });

  it('tells a misspelt callee from one without edges', async () => {
    const ran = await bench.run('edges', 'list', '--callee', 'acme/libs/cor');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean acme/libs/core?') });
  });

  it('shows an expired approval as undecided, with the decision that it was', async () => {
    await expiredApproval();
    const [edge] = await list('--caller', '1', '--callee', '2');
    expect(edge).toMatchObject({ state: 'undecided', decision: { by: { name: 'mara' }, reason: 'for a month' } });
  });

  it('tries the rules of the playbook file and changes nothing', async () => {
    await bench.run('edges', 'approve', '1', '6', '--reason', 'x', '--yes');
    const before = await bench.store.countEdges();
    const outcome = Object.fromEntries(
      (await list('--what-if')).map(({ caller, callee, whatIf }) => [`${caller} > ${callee}`, whatIf]),
    );
    expect(outcome).toMatchObject({
      'acme/libs/kit > acme/libs/core': { outcome: 'approve', rule: 'same-team' },
      'acme/lab/toy > acme/libs/core': { outcome: 'reject', rule: 'lab-is-out' },
      'acme/apps/web > acme/libs/core': { outcome: 'ask', rule: null },
      'acme/apps/web > acme/images': { outcome: 'stands', reason: 'decided by mara' },
    });
    expect(await bench.store.countEdges()).toEqual(before);
  });

  it('fits eighty columns and shortens long paths in the middle', async () => {
    const long = `acme/${'very-long-group-name/'.repeat(6)}project`;
    await bench.store.putProjects([project(1, `${long}-one`), project(2, `${long}-two`)], 1);
    const { stdout } = await bench.onTerminal('edges', 'list', '--what-if');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/^acme\/very-long.*….*project-two$/m);
  });

  it('cuts nothing where another program reads it', async () => {
    const long = `acme/${'very-long-group-name/'.repeat(12)}project`;
    await bench.store.putProjects([project(1, `${long}-one`), project(2, `${long}-two`)], 1);
    const { stdout } = await bench.run('edges', 'list');
    expect(stdout).toContain(`${long}-two\n`);
    expect(stdout).not.toContain('…');
  });

  it('keeps the order of the port: by callee, then caller', async () => {
    expect(pairs(await list())).toEqual([
      'acme/apps/web > acme/images',
      'acme/apps/web > acme/libs/core',
      'acme/lab/toy > acme/libs/core',
      'acme/libs/kit > acme/libs/core',
      'acme/apps/web > acme/libs/old',
    ]);
  });
});

interface Shown {
  readonly state: string;
  readonly next: string;
  readonly rules: readonly { readonly rule: string; readonly matches: boolean; readonly because: string }[];
  readonly decisions: readonly { readonly reason: string; readonly inForce: boolean }[];
  readonly entry: { readonly path: string } | null;
  readonly narrowest: { readonly permissions: string; readonly obstacles: readonly string[] };
}

describe('edges show', () => {
  const show = (caller: string, callee: string): Promise<Shown> => bench.json('edges', 'show', caller, callee);

  it('explains every rule, matched or not', async () => {
    expect((await show('3', '2')).rules).toEqual([
      { rule: 'same-team', matches: true, barred: false, because: 'Projects of one team may use each other.' },
      { rule: 'lab-is-out', matches: false, barred: false, because: 'caller is not in acme/lab/**' },
    ]);
    expect((await show('3', '2')).next).toBe(
      'Rule same-team makes it approved with the next `tidegate tick`, unless a person decides before.',
    );
  });

  it('narrows by what was seen, and says what keeps it wide', async () => {
    expect((await show('3', '2')).narrowest).toEqual({
      ...{ permissions: 'READ_JOBS', obstacles: [], enoughForSeen: ['READ_JOBS'] },
    });
    const wide = (await show('1', '2')).narrowest;
    expect(wide.permissions).toBe('default permissions');
    expect(wide.obstacles.join()).toContain('no use was observed');
    expect((await show('1', '6')).narrowest.obstacles).toEqual([
      'GitLab documents no permission for container-registry',
    ]);
  });

  it('keeps the history and marks the decision in force', async () => {
    await bench.run('edges', 'reject', '1', '2', '--reason', 'first', '--yes');
    await bench.run('edges', 'approve', '1', '2', '--reason', 'second', '--yes');
    expect((await show('1', '2')).decisions).toMatchObject([
      { reason: 'first', inForce: false },
      { reason: 'second', inForce: true },
    ]);
    expect((await show('1', '2')).next).toContain('The plan adds an entry');
  });

  it('names the entry that admits it, also against the decision', async () => {
    expect((await show('1', '6')).entry?.path).toBe('acme/apps');
    await bench.run('edges', 'reject', '1', '6', '--reason', 'x', '--yes');
    expect((await show('1', '6')).next).toContain('An entry still lets it in');
  });

  it('speaks of a pair that nobody has seen', async () => {
    const { stdout } = await bench.run('edges', 'show', '3', '6');
    expect(stdout).toContain('acme/libs/kit -> acme/images: never seen');
    expect(stdout).toContain('they look at observed edges only');
  });

  it('shows places, times and what could not be seen', async () => {
    const { stdout } = await bench.run('edges', 'show', '1', '5');
    expect(stdout).toContain('auth-log: auth log');
    expect(stdout).toContain('GitLab cut its log at 1000 callers');
  });
});

describe('edges list --what-if', () => {
  const put = (text: string) => writeFileSync(join(bench.directory, 'new.yaml'), text);
  const approvedByOldRule = () =>
    bench.store.putDecisions([
      {
        ...{ subject: { kind: 'edge', caller: projectId(1), callee: projectId(2) }, verdict: 'approved' },
        ...{ replacedBy: null, by: { kind: 'rule', name: 'old' }, owner: null, reason: 'x', expiresAt: null },
        ...{ permissions: DEFAULT_PERMISSIONS, evidence: 'auth-log', decidedAt: daysAgo(1) },
      },
    ]);
  interface Tried {
    readonly edges: readonly (Listed & { readonly whatIf: { readonly differs: boolean } })[];
    readonly rules: readonly { readonly rule: string; readonly matches: number; readonly never: string | null }[];
  }

  it('tries a changed playbook, and says where what a rule decided would be decided otherwise', async () => {
    await approvedByOldRule();
    put(`
name: new
decisions:
  rules:
    - { name: never, when: { crossRoot: true, sameGroup: 1 }, then: approve, reason: x }
    - { name: libs, when: { callees: "acme/libs/**", callers: "acme/apps/**" }, then: reject, reason: closed }
`);
    const { edges, rules } = await bench.json<Tried>('edges', 'list', '--what-if', 'new.yaml');
    expect(rules).toEqual([
      { rule: 'never', then: 'approve', matches: 0, never: expect.stringContaining('exclude each other') },
      { rule: 'libs', then: 'reject', matches: 2, never: null },
    ]);
    expect(edges.filter(({ whatIf }) => whatIf.differs).map(({ caller, callee }) => `${caller} > ${callee}`)).toEqual([
      'acme/apps/web > acme/libs/core',
    ]);
    const { stdout } = await bench.run('edges', 'list', '--what-if', 'new.yaml');
    expect(stdout).toContain('decided by rule old; would be rejected by libs: closed');
    expect(stdout).toContain('libs rejects 2 edges');
    expect(stdout).toContain('it can never match');
    expect(await bench.store.decisionsOn(projectId(1), projectId(5))).toEqual([]);
  });

  it('says which approvals of rules a lower bar would put into question', async () => {
    await approvedByOldRule();
    put('name: new\nrisk: { maxForRules: 0 }\ndecisions:\n  rules:\n    - { name: all, then: approve, reason: x }\n');
    const { edges } = await bench.json<{
      readonly edges: readonly (Listed & { readonly whatIf: { readonly outcome: string } })[];
    }>('edges', 'list', '--what-if', 'new.yaml');
    const questioned = edges.filter(({ whatIf }) => whatIf.outcome === 'question');
    expect(questioned.map(({ caller, callee }) => `${caller} > ${callee}`)).toEqual(['acme/apps/web > acme/libs/core']);
    const { stdout } = await bench.run('edges', 'list', '--what-if', 'new.yaml');
    expect(stdout).toContain('would put into question the approval by rule old, as risk');
    expect(stdout).toContain('1 approval of rules would be in question');
  });

  it('names line and key of a playbook that cannot be tried', async () => {
    put('name: new\ndecisions:\n  rules:\n    - { name: x, then: approve, reason: x, when: { access: [gitt] } }\n');
    const ran = await bench.run('edges', 'list', '--what-if', 'new.yaml');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('line 4: decisions.rules');
    expect(ran.stderr).toContain('git');
  });
});

interface Why {
  readonly answer: string;
  readonly text: string;
  readonly proof: {
    readonly decisionSeq: number | null;
    readonly decision: string;
    readonly rows: readonly { seq: number }[];
  };
}

describe('edges why', () => {
  const why = (caller: string, callee: string): Promise<Why> => bench.json('edges', 'why', caller, callee);

  it('says yes for an open callee, whatever was decided', async () => {
    expect(await why('4', '2')).toMatchObject({
      answer: 'yes',
      text: expect.stringContaining('allowlist of the callee is off'),
    });
  });

  it('proves an approval with its ledger row', async () => {
    await bench.run('edges', 'approve', '1', '6', '--reason', 'ships images', '--yes');
    const { answer, text, proof } = await why('acme/apps/web', 'acme/images');
    expect(answer).toBe('yes');
    expect(text).toContain('group entry acme/apps');
    expect(text).toContain('approved, as decided by mara, a person,');
    expect(text).toContain('ships images');
    expect(proof).toMatchObject({ decision: 'recorded', decisionSeq: 2, rows: [{ seq: 2 }] });
  });

  it('counts ledger rows of one kind, and ends in who decided, when, on what and until when', async () => {
    await bench.run('edges', 'approve', '1', '2', '--reason', 'r', '--owner', 'team-web', '--expires', '30d', '--yes');
    const failure = { kind: 'failure', subject: 'acme/apps/web -> acme/libs/core', body: {} };
    await bench.store.appendLedger(
      Array.from({ length: 40 }, () => failure),
      daysAgo(0),
    );
    const { stdout } = await bench.run('edges', 'why', '1', '2');
    expect(stdout).toContain('1 decision: row 2');
    expect(stdout).toContain('40 failed jobs: rows 3 to 42');
    expect(stdout).toMatch(/Decided\n {2}\d{4}-.* approved, decided by mara, owner team-web: r \(default/);
    expect(stdout).toMatch(/until \d{4}-[\s\S]*as row 2 of the ledger records it\s*$/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('tells who signed off the group entry that lets the caller in', async () => {
    expect((await why('1', '6')).text).toContain('Nobody of this rollout has decided on that group entry.');
    await bench.store.putDecisions([
      {
        ...{ subject: { kind: 'group-entry', callee: projectId(6), groupId: 70, groupPath: 'acme/apps', widening: 3 } },
        ...{
          verdict: 'approved',
          replacedBy: null,
          by: { kind: 'person', name: 'lee' },
          owner: null,
          reason: 'all ours',
        },
        ...{ permissions: DEFAULT_PERMISSIONS, evidence: 'lets in 3', decidedAt: daysAgo(9), expiresAt: null },
      },
    ]);
    expect((await why('1', '6')).text).toMatch(/That group entry was approved by lee on \S+: all ours \(lets in 3\)\./);
  });

  it('says no, and why, where no entry lets the caller in', async () => {
    const { answer, text } = await why('3', '6');
    expect(answer).toBe('no');
    expect(text).toContain('none of its entries lets the caller in');
    expect(text).toContain('Nobody has decided');
  });

  it('points out access against a decision, and entries without one', async () => {
    expect((await why('1', '6')).text).toContain('stands without a decision');
    await bench.run('edges', 'reject', '1', '6', '--reason', 'x', '--yes');
    expect((await why('1', '6')).text).toContain('lets in what was refused');
  });

  it('takes unread for unknown, never for no', async () => {
    await bench.store.putProjects([project(6, 'acme/images', { allowlist: null, unread: 'no rights' })], 1);
    expect(await why('1', '6')).toMatchObject({ answer: 'unknown', text: expect.stringContaining('no rights') });
  });

  it('says only in part for a public callee without an entry', async () => {
    const allowlist = { stored: true, effective: true, entries: [entry('project', 2, 'acme/libs/core')] };
    await bench.store.putProjects([project(6, 'acme/images', { visibility: 'public', allowlist })], 1);
    expect((await why('1', '6')).answer).toBe('shared-only');
  });

  it('notices a decision that was altered behind the ledger', async () => {
    await bench.run('edges', 'approve', '1', '6', '--reason', 'ships images', '--yes');
    const raw = new Database(join(bench.directory, 'tidegate.db'));
    for (const { name } of raw.prepare("select name from sqlite_master where type = 'trigger'").all() as {
      name: string;
    }[])
      raw.exec(`drop trigger "${name}"`);
    raw.exec("update decisions set reason = 'forged'");
    raw.close();
    const { proof, text } = await why('1', '6');
    expect(proof.decision).toBe('altered');
    expect(text).toContain('WARNING: the decision was altered');
  });

  it('misses a decision that never came to the ledger', async () => {
    await expiredApproval();
    const { proof, text } = await why('1', '2');
    expect(proof.decision).toBe('missing');
    expect(text).toContain('That approval has expired.');
  });
});
