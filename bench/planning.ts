/**
 * Deciding and planning: `npx tsx bench/planning.ts [PROJECTS EDGES]`, by default 100,000 projects with 1,000,000 edges. One process does the work,
 * another one is asked how long it took and how much memory it needed. GitLab is not part of it.
 */
import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { applyRules } from '../src/engine/planning/apply-rules.ts';
import { computePlan } from '../src/engine/planning/planning.ts';
import { EDGES, observed, open, PROJECTS, removeDatabase } from './support/database.ts';
import { planningEngine } from './support/planning.ts';
import { CACHE } from './support/program.ts';
import { runNode } from './support/process.ts';
import { megabytes, printTable, seconds } from './support/table.ts';

interface Step {
  readonly name: string;
  readonly ms: number;
  readonly cpuMs: number;
  readonly result: string;
}

/**
 * A measured process: rules, plan and saving the plan, as the tick that plans for the first time does; or, `again`, the plan
 * alone, as every later tick computes it.
 */
async function work(file: string, again: string | null): Promise<readonly Step[]> {
  const store = await open(file);
  const engine = await planningEngine(store);
  const steps: Step[] = [];
  const timed = async <T>(name: string, run: () => Promise<T>, describe: (value: T) => string): Promise<T> => {
    const began = performance.now();
    const before = process.cpuUsage();
    const value = await run();
    const { user, system } = process.cpuUsage(before);
    steps.push({ name, ms: performance.now() - began, cpuMs: (user + system) / 1_000, result: describe(value) });
    console.error(`${name}: ${seconds(steps.at(-1)?.ms ?? 0)}`);
    return value;
  };
  if (again === null) {
    await timed(
      'rules',
      () => applyRules(engine),
      ({ decided }) => `${decided} edges decided`,
    );
    const { plan } = await timed(
      'plan',
      () => computePlan(engine, null),
      ({ plan: { waves, held } }) =>
        `${waves.reduce((sum, { callees }) => sum + callees.length, 0)} callees, ${held.length} held back`,
    );
    await timed(
      'save',
      () => store.savePlan(plan),
      () => plan.hash,
    );
  } else {
    await timed(
      'plan again',
      () => computePlan(engine, again),
      ({ fresh }) => (fresh ? 'a new plan' : 'the same plan'),
    );
  }
  await engine.lease.release();
  store.close();
  return steps;
}

if (process.argv[2] === '--work') {
  console.log(JSON.stringify(await work(process.argv[3] ?? '', process.argv[4] ?? null)));
} else {
  const [projects = PROJECTS, edges = EDGES] = process.argv.slice(2).map(Number);
  const file = join(CACHE, 'planning.db');
  removeDatabase(file);
  copyFileSync(await observed(projects, edges), file);
  const measure = async (...rest: readonly string[]) => {
    const run = await runNode(['--import', 'tsx', fileURLToPath(import.meta.url), '--work', file, ...rest]);
    return { ...run, steps: JSON.parse(run.stdout) as readonly Step[] };
  };
  const first = await measure();
  const second = await measure(first.steps.at(-1)?.result ?? '');
  printTable(
    `planning ${projects} projects, ${edges} edges (goal: rules and plan within 60 s and 1 GB)`,
    ['', 'time', 'processor', ''],
    [first, second].flatMap(({ steps, ms, cpuMs, peak }) => [
      ...steps.map(({ name, ms: took, cpuMs: used, result }) => [name, seconds(took), seconds(used), result]),
      ['whole process', seconds(ms), seconds(cpuMs), `${megabytes(peak)} at most`],
    ]),
  );
  removeDatabase(file);
}
