import { playbookSchema } from '../../../src/domain/playbook.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEdges } from '../../../src/cli/commands/edges/index.ts';
import { TABLE_COLUMNS } from '../../../src/domain/edges/edge-table.ts';
import { projectId } from '../../../src/domain/values.ts';
import { Bench } from './edges-support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerEdges);
});
afterEach(() => bench.close());

const id = projectId;
// A table may leave columns out, such as owner.
const HEADER = 'caller,callee,state,replacement,access,permissions,reason,expires,evidence,revision';
const put = (name: string, text: string): void => writeFileSync(join(bench.directory, name), text);
const importing = (text: string, ...args: string[]) => {
  put('edges.csv', text);
  return bench.run('edges', 'import', 'edges.csv', '--yes', ...args);
};
const rows = (...lines: string[]): string => [HEADER, ...lines].join('\n');
const snapshot = async () => JSON.stringify([await bench.store.edges(), await bench.store.ledger()]);

describe('edges export', () => {
  it('writes one line per edge with the revision it rests on', async () => {
    await bench.run(
      'edges',
      'approve',
      '3',
      '2',
      '--reason',
      'own',
      '--permissions',
      'observed',
      '--expires',
      '30d',
      '--owner',
      'team-kit',
      '--yes',
    );
    const { stdout } = await bench.run('edges', 'export');
    const lines = stdout.split('\r\n');
    expect(lines[0]).toBe(TABLE_COLUMNS.join(','));
    expect(lines).toHaveLength(7);
    expect(lines.find((line) => line.startsWith('acme/libs/kit'))).toMatch(
      /^acme\/libs\/kit,acme\/libs\/core,approved,,artifacts,READ_JOBS,team-kit,own,\d{4}-.*Z,"scan \(artifacts\), seen .*",1$/,
    );
    expect(lines.find((line) => line.startsWith('acme/lab/toy'))).toMatch(/,undecided,,,,,,,"denial, seen .*",0$/);
  });

  it('guards what a spreadsheet would compute, and takes the guard away again', async () => {
    await bench.run('edges', 'reject', '1', '2', '--reason', '=HYPERLINK("http://evil")|;=1', '--yes');
    const { stdout } = await bench.run('edges', 'export', '--filter', 'state=rejected');
    expect(stdout).toContain(`"'=HYPERLINK(""http://evil"")|;'=1"`);
    const again = await importing(stdout);
    expect(again).toMatchObject({ code: 0, stdout: 'Nothing was changed; 0 rows would change, 1 would not.\n' });
  });

  it.each(['csv', 'yaml'])('comes back from %s without a change', async (format) => {
    await bench.run('edges', 'approve', '1', '2', '--reason', 'it\'s: "quoted", - 50 %', '--expires', '30d', '--yes');
    await bench.run('edges', 'replace', '1', '6', '--by', 'deploy-token', '--reason', 'images', '--yes');
    const exported = await bench.run('edges', 'export', '--format', format, '--output', `edges.${format}`);
    expect(exported.stdout).toBe(`5 edges written to edges.${format}\n`);
    const before = await snapshot();
    const ran = await bench.run('edges', 'import', `edges.${format}`, '--yes');
    expect(ran).toMatchObject({ code: 0, stdout: 'Nothing was changed; 0 rows would change, 5 would not.\n' });
    expect(await snapshot()).toBe(before);
  });

  it('says which file it could not write', async () => {
    const ran = await bench.run('edges', 'export', '--output', 'missing/edges.csv');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('ENOENT') });
  });
});

describe('edges import', () => {
  it('records every changed row in one go, with the file in the ledger', async () => {
    const ran = await importing(
      rows(
        'acme/apps/web,acme/libs/core,approved,,,default,builds on it,2099-01-01,,0',
        'acme/libs/kit,acme/libs/core,approved,,,observed,same team,90d,,0',
        'acme/lab/toy,acme/libs/core,rejected,,,,"no,\nnever",,,0',
        'acme/apps/web,acme/images,replaced,deploy-token,,,pushes,,,0',
        'acme/apps/web,acme/libs/old,undecided,,,,,,,0',
      ),
    );
    expect(ran).toMatchObject({ code: 0, stdout: '4 decisions recorded, 0 new edges, 1 unchanged.\n' });
    expect(await bench.store.countEdges()).toEqual({ undecided: 1, approved: 2, rejected: 1, replaced: 1 });
    expect((await bench.store.decisionsOn(id(3), id(2)))[0]?.permissions.policies).toEqual(['READ_JOBS']);
    expect((await bench.store.decisionsOn(id(1), id(2)))[0]).toMatchObject({
      by: { kind: 'person', name: 'mara' },
      expiresAt: Date.parse('2099-01-01'),
    });
    expect((await bench.store.decisionsOn(id(4), id(2)))[0]?.reason).toBe('no, never');
    const ledger = await bench.store.ledger({ after: 1 });
    expect(ledger.map(({ kind }) => kind)).toEqual(['import', 'decision', 'decision', 'decision', 'decision']);
    expect(ledger[0]).toMatchObject({ subject: 'edges.csv', body: { decisions: 4, by: 'mara' } });
  });

  it('shows the difference and changes nothing with --dry-run, or without an answer', async () => {
    const before = await snapshot();
    const table = rows('acme/apps/web,acme/libs/core,approved,,,,why not,,,0');
    const dry = await importing(table, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: 'Nothing was changed; 1 row would change, 0 would not.\n' });
    expect(dry.stderr).toContain(
      '2: acme/apps/web -> acme/libs/core: undecided => approved, default permissions: why not',
    );
    const unasked = await bench.run('edges', 'import', 'edges.csv');
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('no terminal') });
    expect(await snapshot()).toBe(before);
  });

  it('reports every problem at once, each with line and field', async () => {
    const before = await snapshot();
    const { code, stderr } = await importing(
      rows(
        'acme/apps/wep,acme/libs/core,approved,,,,x,,,0',
        'acme/apps/web,acme/libs/core,aproved,,,,x,,,0',
        'acme/libs/kit,acme/libs/core,approved,,,,,,,0',
        'acme/libs/kit,acme/libs/core,rejected,,,,x,,,0',
        'acme/lab/toy,acme/libs/core,approved,,,READ_EVERYTHING,x,yesterday,,0',
        'acme/apps/web,acme/libs/old,approved,,,,x,2001-01-01,,7',
        'acme/apps/web,acme/images,replaced,,,,just so,,,0',
        'acme/images,acme/libs/core,approved,,telepathy,,x,,,0',
        'acme/images,acme/images,approved,,,,x,,,0',
        'acme/images,acme/libs/old,rejected,,,default,=1+1,30d,,0',
        'acme/images,acme/libs/kit,rejected,,,default,no,30d,,x',
        'too,few,cells',
      ),
    );
    expect(code).toBe(2);
    for (const problem of [
      '2: caller: no project "acme/apps/wep" is known; did you mean acme/apps/web?',
      '3: state: "aproved" is none of',
      '4: reason: a decision needs a reason',
      '5: contradicts line 4',
      '6: permissions: "READ_EVERYTHING": this GitLab has no such policy',
      '6: expires: "yesterday" is no moment',
      '7: revision: conflict: decided otherwise since the export (now undecided, revision 0)',
      '8: replacement: by what?',
      '9: access: "telepathy" is no kind of access',
      '10: callee: a project always reaches itself',
      '11: reason: begins a formula',
      '12: revision: "x" is no revision',
      '13: 3 cells, not 10',
    ])
      expect(stderr).toContain(`edges.csv:${problem}`);
    expect(await snapshot()).toBe(before);
  });

  it.each([
    ['acme/libs/kit,acme/images,rejected,,,default,no,,,0', 'permissions: an edge that is rejected has none'],
    ['acme/libs/kit,acme/images,rejected,,,,no,30d,,0', 'expires: only an approval expires'],
    ['acme/apps/web,acme/libs/core,undecided,,,,why,,,0', 'reason: an undecided edge has none'],
    ['acme/apps/web,acme/libs/core,approved,,,,x,2027-02-31,,0', 'expires: "2027-02-31" is no moment'],
    ['acme/apps/web,acme/libs/core,approved,,,,x,2001-01-01,,0', 'has passed already'],
    [`acme/apps/web,acme/libs/core,approved,,,,${'x'.repeat(501)},,,0`, 'longer than 500'],
  ])('refuses %s', async (line, problem) => {
    expect(await importing(rows(line))).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) });
  });

  it('refuses rows whose edge was decided since the export, and takes those that agree', async () => {
    const { stdout } = await bench.run('edges', 'export');
    await bench.run('edges', 'approve', '1', '2', '--reason', 'meanwhile', '--yes');
    const conflict = await importing(stdout);
    expect(conflict).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('conflict: decided otherwise since the export (now approved, revision 1)'),
    });
    const agreeing = await importing(rows('acme/apps/web,acme/libs/core,approved,,,default,meanwhile,,,0'));
    expect(agreeing.code).toBe(0);
  });

  it('passes over what another state leaves behind in the cells beside it, but not an old reason', async () => {
    await bench.run('edges', 'approve', '1', '2', '--reason', 'builds on it', '--expires', '2099-01-01', '--yes');
    const { stdout: exported } = await bench.run('edges', 'export');
    const rejected = exported.replace(',approved,', ',rejected,');
    expect(rejected).toContain('2099-01-01');
    expect(await importing(rejected)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('reason: is that of the edge being approved: say why it is rejected now'),
    });
    expect((await importing(rejected.replace('builds on it', 'moved away'))).code).toBe(0);
    const decisions = await bench.store.decisionsOn(id(1), id(2));
    expect(decisions.at(-1)).toMatchObject({ verdict: 'rejected', reason: 'moved away', expiresAt: null });
  });

  it('does not take a decision back', async () => {
    await bench.run('edges', 'approve', '1', '2', '--reason', 'x', '--yes');
    expect(await importing(rows('acme/apps/web,acme/libs/core,undecided,,,,,,,1'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('state: a decision is not taken back'),
    });
  });

  it('adds edges that nobody has seen, with the line of the file as evidence', async () => {
    const ran = await importing(
      rows(
        'acme/images,acme/libs/core,undecided,,git npm,,,,,0',
        'acme/images,acme/libs/kit,approved,,,,planned,,,0',
        'acme/images,acme/libs/old,rejected,,,,never,,,0',
      ),
    );
    expect(ran.stdout).toBe('2 decisions recorded, 3 new edges, 0 unchanged.\n');
    expect(await bench.store.edge(id(6), id(2))).toMatchObject({
      state: 'undecided',
      access: ['git', 'npm'],
      evidence: [{ where: 'edges.csv:2', source: 'import' }, { where: 'edges.csv:2' }],
    });
    expect(await bench.store.edge(id(6), id(3))).toMatchObject({ state: 'approved', sources: ['import'] });
    expect(await bench.store.edge(id(6), id(5))).toMatchObject({ state: 'rejected', sources: [] });
  });

  it.each([
    ['', 'edges.csv:1: the file is empty'],
    ['caller,callee,state,reason', 'revision: the column is missing'],
    [`${HEADER},revison`, 'revison: there is no such column; did you mean revision?'],
    [`${HEADER},state`, 'state: the column is there twice'],
    [
      rows('', `"acme/apps/web,acme/libs/core${'\nx'.repeat(9)}`),
      'edges.csv:3: a quote that opens in this row is never closed',
    ],
    [rows('', 'acme/apps/web,acme/libs/core,approved,,,,caf\ufffd,,,0'), 'edges.csv:3: is no text in UTF-8'],
    [`\ufeff${HEADER}`.replaceAll(/./g, '$&\0'), 'edges.csv:1: is no text in UTF-8'],
    [`caller,callee,${'y'.repeat(10_000_000)}`, 'edges.csv:1: longer than 20000 characters'],
    [
      rows(`acme/apps/web,acme/libs/core,approved,,,,${'x'.repeat(10_000_000)},,,0`),
      'edges.csv:2: reason: longer than 20000 characters',
    ],
    [rows(`"acme/apps/web","${'x,'.repeat(20_000)}`), 'edges.csv:2: callee: longer than 20000 characters'],
  ])('refuses a file of another form (%#)', async (text, problem) => {
    const ran = await importing(text);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) });
    expect(ran.stderr.length).toBeLessThan(2_000);
  });

  it('reads what spreadsheets write: a byte order mark, semicolons, other columns in another order', async () => {
    const ran = await importing(
      '\ufeffRevision;Reason;State;Callee;Caller\r\n0;own code;approved;acme/libs/core;acme/apps/web\r\n\r\n',
    );
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('1 decision recorded') });
  });

  it.each([
    ['tabs', 'Revision\tReason\tState\tCallee\tCaller\n0\town code\tapproved\tacme/libs/core\tacme/apps/web\n'],
    [
      'rows that were emptied',
      `${rows('acme/apps/web,acme/libs/core,approved,,,,own code,,,0', ',,,,,,,,,', ' , ,,,,,,,,')}\r\n`,
    ],
  ])('reads %s', async (_, text) => {
    expect(await importing(text)).toMatchObject({ code: 0, stdout: expect.stringContaining('1 decision recorded') });
  });

  it('counts lines across quoted newlines', async () => {
    const ran = await importing(
      rows(
        'acme/apps/web,acme/libs/core,rejected,,,,"one\ntwo\nthree",,,0',
        '',
        'acme/apps/wep,acme/libs/core,approved,,,,x,,,0',
      ),
    );
    expect(ran.stderr).toContain('edges.csv:6: caller');
  });

  it('names line and key in YAML', async () => {
    put(
      'edges.yaml',
      `edges:
  - { caller: acme/apps/web, callee: acme/libs/core, state: approved, reason: x, revision: 0 }
  - { caller: acme/libs/kit, callee: acme/libs/core, state: approved, reson: x, revision: 0 }
  - caller: [acme]
    callee: acme/libs/core
    state: rejected
    reason: x
  - text
`,
    );
    const { code, stderr } = await bench.run('edges', 'import', 'edges.yaml', '--yes');
    expect(code).toBe(2);
    for (const problem of [
      '3: reson: there is no such key; did you mean reason?',
      '3: reason: is missing',
      '4: caller: is no text',
      '4: revision: is missing',
      '8: an edge is a set of keys',
    ])
      expect(stderr).toContain(`edges.yaml:${problem}`);
    put('edges.yaml', 'edges: [\n');
    expect((await bench.run('edges', 'import', 'edges.yaml')).stderr).toMatch(/edges\.yaml:\d: /);
    put('edges.yaml', 'rows: []\n');
    expect((await bench.run('edges', 'import', 'edges.yaml')).stderr).toContain('there is no list of edges');
  });

  it('keeps all or nothing when a decision comes between', async () => {
    put(
      'edges.csv',
      rows('acme/apps/web,acme/libs/core,approved,,,,x,,,0', 'acme/libs/kit,acme/libs/core,approved,,,,x,,,0'),
    );
    const { recordOrder } = await import('../../../src/cli/commands/edges/record.ts');
    const clock = { now: () => 1 as never, local: () => 1 as never };
    const shown = (await bench.store.edge(id(1), id(2)))!;
    await bench.run('edges', 'reject', '1', '2', '--reason', 'first', '--yes');
    const before = await snapshot();
    const order = { changes: [{ shown, decision: {} as never, note: {} }], evidence: [], origin: null };
    await expect(
      recordOrder({ store: bench.store, clock }, order, { projects: new Map(), playbook: playbookSchema.parse({}) }, 0),
    ).rejects.toMatchObject({
      code: 'STALE_REVISION',
    });
    expect(await snapshot()).toBe(before);
  });

  it('says when the file is not there', async () => {
    const ran = await bench.run('edges', 'import', 'none.csv');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('ENOENT') });
  });
});
