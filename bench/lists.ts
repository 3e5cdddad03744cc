/**
 * What people print of a large organisation: `npx tsx bench/lists.ts [PROJECTS EDGES [WORD]]`, by default 100,000 projects with 1,000,000 edges,
 * decided and planned. Whole processes of the built program; WORD picks the commands that contain it.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyRules } from '../src/engine/planning/apply-rules.ts';
import { computePlan } from '../src/engine/planning/planning.ts';
import type { RolloutStore } from '../src/engine/ports.ts';
import { EDGES, observed, open, preparedDatabase, PROJECTS, removeDatabase } from './support/database.ts';
import { planningEngine } from './support/planning.ts';
import { builtProgram } from './support/program.ts';
import { runNode } from './support/process.ts';
import { megabytes, printTable, seconds } from './support/table.ts';

const [projects = PROJECTS, edges = EDGES] = process.argv.slice(2, 4).map(Number);
const word = process.argv[4] ?? '';

async function decideAndPlan(store: RolloutStore): Promise<void> {
  const engine = await planningEngine(store);
  await applyRules(engine);
  const { plan } = await computePlan(engine, null);
  await store.savePlan(plan);
  await engine.lease.release();
}

const seen = await observed(projects, edges);
const planned = await preparedDatabase(`planned-${projects}-${edges}`, decideAndPlan, seen);
const store = await open(planned);
const hash = (await store.plans())[0]?.hash ?? '';
store.close();

const program = builtProgram();
const directory = mkdtempSync(join(tmpdir(), 'tidegate-lists-'));
const table = join(directory, 'edges.csv');
const undecided = join(directory, 'undecided.db');

/** Each with the database it is run on; those that change it get a copy. */
const COMMANDS: readonly (readonly [database: string, ...words: readonly string[]])[] = [
  [planned, 'edges', 'list', '--json'],
  [planned, 'edges', 'list'],
  [planned, 'edges', 'list', '--what-if'],
  [planned, 'edges', 'export', '--output', table],
  [planned, 'edges', 'import', table, '--dry-run'],
  [undecided, 'edges', 'import', table, '--dry-run'],
  [undecided, 'edges', 'approve', '--filter', 'caller=root-1/**', '--reason', 'bench'],
  [undecided, 'edges', 'approve', '--all', '--reason', 'bench'],
  [undecided, 'evidence', 'import', table],
  [planned, 'ledger', 'verify'],
  [planned, 'shadow'],
  [planned, 'shadow', '--json'],
  [seen, 'shadow'],
  ...['terraform', 'gitlabform', 'csv', 'json', 'mermaid', 'dot'].map(
    (format) => [planned, 'export', '--format', format] as const,
  ),
  [planned, 'plan', 'show', hash],
  [planned, 'plan', 'show', hash, '--all'],
  [planned, 'plan', 'show', hash, '--json'],
  [planned, 'plan', 'diff', hash, hash],
  [planned, 'status'],
  ...['html', 'markdown', 'json', 'csv'].map(
    (format) => [planned, 'report', '--format', format, '--output', '-'] as const,
  ),
];

const rows: (readonly string[])[] = [];
for (const [database, ...words] of COMMANDS) {
  const name = words.map((part) => (part === table ? 'edges.csv' : part)).join(' ');
  if (!name.includes(word) && !name.startsWith('edges export')) continue;
  if (database === undecided) {
    removeDatabase(undecided);
    copyFileSync(seen, undecided);
  }
  try {
    const { ms, cpuMs, peak } = await runNode([program, '--db', database, '--yes', ...words], {
      cwd: directory,
      discard: true,
    });
    rows.push([name, seconds(ms), seconds(cpuMs), megabytes(peak)]);
  } catch (error) {
    rows.push([name, error instanceof Error ? error.message.slice(0, 200) : String(error)]);
  }
  console.error(rows.at(-1)?.join('  '));
}
rmSync(directory, { recursive: true, force: true });
printTable(
  `lists of ${projects} projects, ${edges} edges (goal: 400 MB each)`,
  ['', 'time', 'processor', 'memory'],
  rows,
);
