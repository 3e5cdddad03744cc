import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEdges } from '../../../src/cli/commands/edges/index.ts';
import { Bench, observation, project } from './edges-support.ts';

const CALLEES = 45;
const CALLERS = 30;
/** Those of the bench itself included. */
const EDGES = CALLEES * CALLERS + 5;

let bench: Bench;
let lines: readonly string[];
beforeEach(async () => {
  bench = await Bench.open(registerEdges);
  const callees = Array.from({ length: CALLEES }, (_, n) => project(100 + n, `acme/many/lib-${n}`));
  const callers = Array.from({ length: CALLERS }, (_, n) => project(200 + n, `acme/many/app-${n}`));
  await bench.store.putProjects([...callees, ...callers], 1);
  await bench.store.putEvidence(
    callees.flatMap(({ id: callee }) => callers.map(({ id: caller }) => observation(caller, callee))),
  );
  await bench.run('edges', 'reject', '--filter', 'callee=acme/many/lib-1*', '--reason', 'theirs', '--yes');
  lines = (await bench.run('edges', 'export')).stdout.trimEnd().split('\r\n');
});
afterEach(() => bench.close());

const importing = (rows: readonly string[], ...args: string[]) => {
  writeFileSync(join(bench.directory, 'edges.csv'), [lines[0], ...rows].join('\r\n'));
  return bench.run('edges', 'import', 'edges.csv', '--yes', ...args);
};
/** In no order that a callee would keep together. */
const scattered = (): readonly string[] => lines.slice(1).map((_, n, rows) => rows[(n * 607) % rows.length]!);

describe('a table of more rows than are looked up at once', () => {
  it.each([
    ['as it was written', () => lines.slice(1)],
    ['in another order', scattered],
  ])('changes nothing %s', async (_, rows) => {
    expect(rows()).toHaveLength(EDGES);
    expect(new Set(rows()).size).toBe(EDGES);
    const { code, stdout } = await importing(rows());
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Nothing was changed; 0 rows would change, ${EDGES} would not.\n`,
    });
  });

  it('records every row that was changed, in the order of the file', async () => {
    const rows = scattered().map((row) => row.replace(/,undecided,,,,,,/, ',approved,,,default,,ours,'));
    const changed = rows.filter((row) => row.includes(',approved,,,default,'));
    const { stdout } = await importing(rows, '--json');
    const { decided, changes } = JSON.parse(stdout) as {
      readonly decided: number;
      readonly changes: readonly { readonly caller: string; readonly callee: string }[];
    };
    expect(decided).toBe(changed.length);
    expect(changes.map(({ caller, callee }) => `${caller},${callee}`)).toEqual(
      changed.map((row) => row.split(',', 2).join(',')),
    );
    expect(await bench.store.countEdges()).toMatchObject({ approved: changed.length });
    expect(changed.length).toBeGreaterThan(900);
  });

  it('notices a row that repeats one from far before, and leaves nothing behind', async () => {
    const before = JSON.stringify(await bench.store.ledger());
    const { code, stderr } = await importing([...lines.slice(1), lines[1]!]);
    expect(code).toBe(2);
    expect(stderr).toContain(`edges.csv:${EDGES + 2}: repeats line 2`);
    expect(JSON.stringify(await bench.store.ledger())).toBe(before);
  });
});
