/**
 * Requests, time and memory of `tidegate inventory`: `npx tsx bench/inventory.ts [PROJECTS …]`, by default 10,000 and 100,000.
 * The stand-in runs in a process of its own; what is measured is the built program alone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtProgram } from './support/program.ts';
import { runNode, type Run } from './support/process.ts';
import { startStandIn } from './support/stand-in.ts';
import { megabytes, printTable, seconds } from './support/table.ts';

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000];

interface Answer {
  readonly projects: { readonly inScope: number };
  readonly edges: Readonly<Record<string, number>>;
  readonly unread: readonly unknown[];
  readonly requests: number;
}

async function inventoriesOf(program: string, projects: number): Promise<readonly (readonly [Run, Answer])[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const standIn = await startStandIn(program, ['--projects', `${projects}`, '--seed', '1']);
  try {
    const options = { cwd: directory, env: { TIDEGATE_TOKEN: standIn.token, TIDEGATE_GITLAB_URL: standIn.url } };
    await runNode([program, 'init'], options);
    const runs: [Run, Answer][] = [];
    for (let nth = 0; nth < 2; nth += 1) {
      const run = await runNode([program, 'inventory', '--json', '--quiet'], options);
      runs.push([run, JSON.parse(run.stdout) as Answer]);
    }
    return runs;
  } finally {
    await standIn.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const program = builtProgram();
const rows: (readonly string[])[] = [];
for (const size of SIZES) {
  const runs = await inventoriesOf(program, size);
  const first = runs[0]?.[1].requests ?? 0;
  for (const [nth, [run, { projects, edges, unread, requests }]] of runs.entries()) {
    const known = Object.values(edges).reduce((sum, count) => sum + count, 0);
    const what =
      nth === 0
        ? `${known} edges, ${unread.length} unread`
        : `again: ${((100 * requests) / first).toFixed(0)} % of the requests`;
    rows.push([
      `${projects.inScope} projects, ${what}`,
      `${requests}`,
      (requests / projects.inScope).toFixed(4),
      seconds(run.ms),
      seconds(run.cpuMs),
      megabytes(run.peak),
    ]);
  }
}
printTable(
  'inventory (goals: 0.05 requests per project, 300 MB, 30 s for 10,000; again with nothing changed: half the requests)',
  ['', 'requests', 'per project', 'time', 'processor', 'memory'],
  rows,
);
