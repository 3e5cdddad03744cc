import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerLedger } from '../../../src/cli/commands/ledger.ts';
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
    expect(stdout).toMatch(/^10 {2}\d{4}-.*intent {2}row 10 {2}\(dana; [0-9a-f]{12}\)\n {4}\{"text":/);
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
    expect(JSON.parse(ran.stdout)).toMatchObject({ intact: false, problem, rows });
  });
});
