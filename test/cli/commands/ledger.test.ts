import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerLedger } from '../../../src/cli/commands/ledger/index.ts';
import { rowText } from '../../../src/cli/commands/ledger/text.ts';
import { Bench, daysAgo } from './edges-support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerLedger);
  const rows = Array.from({ length: 9 }, (_, index) => ({
    kind: index % 3 === 0 ? 'decision' : 'intent',
    subject: `row ${index + 2}`,
    body: { text: '\u001b[2Jhello' },
  }));
  await bench.store.appendLedger(rows, daysAgo(1));
});
afterEach(() => bench.close());

interface Rows {
  readonly rows: readonly { readonly seq: number; readonly kind: string; readonly at: string }[];
}
const seqs = async (...args: string[]): Promise<readonly number[]> =>
  (await bench.json<Rows>('ledger', 'show', ...args)).rows.map(({ seq }) => seq);

describe('ledger show', () => {
  it.each([
    [[], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [
      ['--limit', '3'],
      [8, 9, 10],
    ],
    [
      ['--after', '0', '--limit', '2'],
      [1, 2],
    ],
    [
      ['--after', '8'],
      [9, 10],
    ],
    [
      ['--kind', 'decision'],
      [2, 5, 8],
    ],
    [['--kind', 'decision', '--limit', '1'], [8]],
    [['--kind', 'decision', '--after', '2', '--limit', '1'], [5]],
    [['--after', '10'], []],
  ])('%j -> %j', async (args, expected) => {
    expect(await seqs(...args)).toEqual(expected);
  });

  it('prints rows without what they might do to a terminal', async () => {
    const { stdout } = await bench.run('ledger', 'show', '--limit', '1');
    expect(stdout).toMatch(/^ {4}10 {2}\d{4}-.*intent {2}row 10\n {8}text: .*hello\n {8}dana; [0-9a-f]{12}\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  it('names the kinds there are where one does not exist', async () => {
    const { code, stderr } = await bench.run('ledger', 'show', '--kind', 'decisions');
    expect(code).toBe(0);
    expect(stderr).toContain('did you mean decision?');
  });

  it.each(['-1', '1.5', 'x'])('refuses --limit %s', async (limit) => {
    expect((await bench.run('ledger', 'show', '--limit', limit)).code).toBe(2);
  });
});

describe('ledger verify', () => {
  it('prints the anchor of a chain that holds', async () => {
    const last = (await bench.store.latestLedger())!.hash;
    expect(await bench.run('ledger', 'verify')).toMatchObject({
      code: 0,
      stdout: `The ledger holds: 10 rows, last hash ${last}\n`,
    });
    expect(await bench.json('ledger', 'verify')).toEqual({
      schemaVersion: 1,
      intact: true,
      rows: 10,
      last,
      problem: null,
    });
  });

  it.each([
    ["update ledger set subject = 'forged' where seq = 4", 'row 4 was altered', 3],
    ['delete from ledger where seq = 6', 'row 6 is missing', 5],
    ["update ledger set body = '{' where seq = 10", 'row 10 cannot be read', 9],
  ])('exits 1 with the first bad row after %s', async (forgery, problem, rows) => {
    const raw = new Database(join(bench.directory, 'tidegate.db'));
    for (const { name } of raw.prepare("select name from sqlite_master where type = 'trigger'").all() as {
      name: string;
    }[])
      raw.exec(`drop trigger "${name}"`);
    raw.exec(forgery);
    raw.close();
    const ran = await bench.run('ledger', 'verify', '--json');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('compare it with a backup');
    expect(JSON.parse(ran.stdout)).toMatchObject({ intact: false, problem, rows });
  });
});

describe('a row of the ledger in a terminal', () => {
  const text = (body: Readonly<Record<string, unknown>>, columns: number | null = null, kind = 'decision') => {
    const actor = { osUser: 'dana', gitlabUser: null, ciJob: null };
    const [at, hash] = [daysAgo(1), 'ab'.repeat(32)];
    const row = { seq: 7, at, localAt: at, actor, kind, subject: 'a/b -> a/c', body, previous: hash, hash };
    return rowText(row, (_, word) => word, columns)
      .split('\n')
      .slice(1, -1)
      .map((line) => line.trim());
  };

  it.each([
    [
      'what was decided comes first',
      { by: { kind: 'person', name: 'Mara' }, verdict: 'approved' },
      ['verdict: approved', 'by: person Mara'],
    ],
    [
      'durations and moments are written as people do',
      { soakMs: 604_800_000, decidedAt: 1_773_648_002_258 },
      ['soak 7d, decided at 2026-03-16T08:00:02Z'],
    ],
    ['numbers share a line, nought included', { removed: 46, restored: 0 }, ['removed 46, restored 0']],
    ['what is nothing is left out', { owner: null, gone: [], reason: '' }, []],
    [
      'an entry is told by kind and path',
      { action: { kind: 'addEntry', entry: { kind: 'project', path: 'Acme/Web', policies: [] } } },
      ['action: add entry, entry project Acme/Web'],
    ],
    ['of a list the first three are shown', { approved: ['1', '2', '3', '4', '5'] }, ['approved: 1, 2, 3 and 2 more']],
    ['reasons are told in full', { reasons: ['a', 'b', 'c', 'd'] }, ['reasons: a; b; c; d']],
    ['texts of several lines are counted', { text: 'a: 1\nb: 2\n' }, ['text: 2 lines']],
    ['counts of nought inside say nothing', { changes: { added: 0, gone: 0 } }, ['changes: none']],
    ["the database's own numbers stay out", { id: 3, waveId: 9, detail: 'x' }, ['detail: x']],
  ])('%s', (_, body, lines) => {
    expect(text(body)).toEqual(lines);
  });

  it('breaks at the width of the terminal, and nowhere in a pipe', () => {
    const reason = 'needed once a quarter '.repeat(10).trim();
    expect(Math.max(...text({ reason }, 60).map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(text({ reason })).toEqual([`reason: ${reason}`]);
  });

  it('cuts what is very long', () => {
    expect(text({ evidence: 'x'.repeat(5_000) })[0]?.length).toBeLessThan(400);
  });
});
