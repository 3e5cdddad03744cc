import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEvidence } from '../../../src/cli/commands/evidence/index.ts';
import { projectId } from '../../../src/domain/values.ts';
import { Bench, project } from './edges-support.ts';

const CALLEES = 40;
const CALLERS = 150;
const ROWS = CALLEES * CALLERS;
const START = Date.parse('2026-01-01T00:00:00Z');

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerEvidence);
  const many = (from: number, count: number, name: string) =>
    Array.from({ length: count }, (_, n) => project(from + n, `acme/${name}-${n}`));
  await bench.store.putProjects([...many(1_000, CALLEES, 'lib'), ...many(2_000, CALLERS, 'app')], 1);
});
afterEach(() => bench.close());

const moment = (n: number): string => new Date(START + n * 1_000).toISOString();
const ends = (n: number): readonly [caller: number, callee: number] => [n % CALLERS, Math.floor(n / CALLERS) % CALLEES];
/** Far beyond what is read and what is stored at once. The last column fills it up, with breaks and letters of several bytes. */
const table = Array.from({ length: ROWS }, (_, n) => {
  const [caller, callee] = ends(n);
  return `acme/app-${caller},acme/lib-${callee},git,${moment(n)},"${'ä€\n'.repeat(n % 7)}""${n}"""`;
});
const text = `caller,callee,access,seen,note\n${table.join('\n')}\n`;
/** Lines that each row begins on count those within the quotes before it. */
const lineOf = (row: number): number =>
  1 + table.slice(0, row + 1).reduce((sum, line) => sum + line.split('\n').length, 0);

const importing = (name: string, content: string | Uint8Array, ...args: string[]) => {
  writeFileSync(join(bench.directory, name), content);
  return bench.run('evidence', 'import', name, '--json', ...args);
};
const snapshot = async () =>
  JSON.stringify([await bench.store.edges(), await bench.store.imports(), await bench.store.ledger()]);

describe('a file of evidence that is longer than what is read at once', () => {
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['gzip', gzipSync(text)],
  ])('is taken in whole, each row with its time and its line: %s', async (_, bytes) => {
    const { code, stdout } = await importing('edges.csv', bytes);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ lines: ROWS, observations: ROWS, skipped: 0 });
    for (let n = 0; n < ROWS; n += 997) {
      const [caller, callee] = ends(n);
      const edge = await bench.store.edge(projectId(2_000 + caller), projectId(1_000 + callee));
      const seen = START + n * 1_000;
      expect(edge).toMatchObject({ sources: ['import'], access: ['git'], firstSeen: seen, lastSeen: seen });
      expect(edge?.evidence.map(({ where }) => where)).toEqual([`edges.csv:${lineOf(n)}`]);
    }
  });

  it('leaves nothing behind where its last row is wrong', async () => {
    const before = await snapshot();
    const { code, stderr } = await importing('edges.csv', `${text}acme/app-1,acme/lib-1,telnet,,\n`);
    expect(code).toBe(2);
    expect(stderr).toContain(`edges.csv:${lineOf(ROWS - 1) + 1}: access: "telnet" is no kind of access`);
    expect(await snapshot()).toBe(before);
  });

  it('leaves nothing behind where it is cut off or no text in the middle', async () => {
    const before = await snapshot();
    const packed = gzipSync(text);
    const damaged = Buffer.from(text);
    damaged[damaged.length - 100] = 0xff;
    const quote = `${text}"acme/app-1`;
    for (const [bytes, words] of [
      [packed.subarray(0, packed.length / 2), 'broken or cut off'],
      [damaged, 'no text in UTF-8'],
      [quote, 'Quote Not Closed'],
    ] as const) {
      const { code, stderr } = await importing('edges.csv', bytes);
      expect({ code, said: stderr.includes(words) }).toEqual({ code: 2, said: true });
      expect(await snapshot()).toBe(before);
    }
  });

  it('names the first fifty problems and counts the rest', async () => {
    const wrong = Array.from({ length: 3_000 }, (_, n) => `../x,acme/lib-${n % CALLEES}`);
    const { stderr } = await importing('edges.csv', `caller,callee\n${wrong.join('\n')}\n`);
    expect(stderr.match(/edges\.csv:\d+: caller:/g)).toHaveLength(50);
    expect(stderr).toContain('and 2950 more');
  });

  it('names the first rows of unknown projects and counts all of them, on a dry run too', async () => {
    const before = await snapshot();
    const strange = Array.from({ length: 3_000 }, (_, n) => `x/y-${n},acme/lib-1`);
    const { stdout } = await importing('edges.csv', `caller,callee\n${strange.join('\n')}\n`, '--dry-run');
    const { skipped, unknown } = JSON.parse(stdout) as { skipped: number; unknown: readonly object[] };
    expect(skipped).toBe(3_000);
    expect(unknown).toHaveLength(50);
    expect(unknown[0]).toEqual({ line: 2, projects: ['x/y-0'] });
    expect(await snapshot()).toBe(before);
  });
});
