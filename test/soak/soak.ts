import './speed.ts';
import { spawnSync } from 'node:child_process';
import { inspect, parseArgs } from 'node:util';
import type { Landing } from './carry-out.ts';
import { PEOPLE, stormOf, TRANSPORT, type Storm } from './storm.ts';

/*
 * `npm run soak`: whole rollouts under faults. First each fault at each kind of call, then storms by seed. Prints its counts
 * and, for whatever went wrong, the seed that does it again:
 * `npm run soak -- --seeds 1 --from SEED --no-matrix --no-processes`.
 */
const { values } = parseArgs({
  allowNegative: true,
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    matrix: { type: 'boolean', default: true },
    /** At most so many of the fault matrix, evenly spread; for a short run. */
    cells: { type: 'string', default: '100000' },
    together: { type: 'string', default: '6' },
    /** Afterwards also the tests that kill real processes, at all their points and seeds. */
    processes: { type: 'boolean', default: true },
  },
});

/** Kinds of calls a rollout makes, by what tells them apart on the wire. */
const CALLS: Readonly<Record<string, object>> = {
  'the version': { route: '/api/v4/{metadata,version}' },
  'who the token is': { route: '/api/v4/{user,personal_access_tokens/self}' },
  'the instance settings': { route: '/api/v4/application/settings' },
  'an added entry': { method: 'POST', route: '/api/v4/projects/*/job_token_scope/*' },
  'a removed entry': { method: 'DELETE', route: '/api/v4/projects/*/job_token_scope/**' },
  'the setting of a project': { graphql: 'projectCiCdSettingsUpdate' },
  introspection: { graphql: '__type' },
  'a page of projects': { graphql: 'projects(' },
  'failed jobs': { graphql: 'jobs(' },
  'a trace': { route: '/api/v4/projects/*/jobs/*/trace' },
  'anything of REST': { method: 'GET' },
};

function matrix(): readonly Storm[] {
  const faults = [...TRANSPORT, ...PEOPLE];
  return Object.entries(CALLS).flatMap(([, call], row) =>
    faults.flatMap((fault, column) =>
      [1, 2].map((nth): Storm => ({
        seed: 1_000_000 + row * 1_000 + column * 10 + nth,
        version: nth === 1 ? '18.5.0' : '19.4.1',
        rules: [{ ...fault, when: { ...call, call: nth } }],
        surprise: true,
        lives: [],
      })),
    ),
  );
}

interface Count {
  rollouts: number;
  wrong: number;
  failures: number;
  crashes: number;
  calls: number;
  spoilt: number;
  readonly ends: Map<string, number>;
}

async function all(name: string, storms: readonly Storm[], together: number): Promise<number> {
  const { carryOut } = await import('./carry-out.ts');
  const count: Count = { rollouts: 0, wrong: 0, failures: 0, crashes: 0, calls: 0, spoilt: 0, ends: new Map() };
  const waiting = [...storms];
  const start = Date.now();
  let told = start;
  const tell = (): void => {
    if (Date.now() - told < 60_000) return;
    told = Date.now();
    const left = Math.ceil(((told - start) / count.rollouts) * ((storms.length - count.rollouts) / 60_000));
    console.error(
      `${name}: ${count.rollouts} of ${storms.length} rollouts, ${count.wrong} wrong, about ${left} min left`,
    );
  };
  const worker = async (): Promise<void> => {
    for (let storm = waiting.shift(); storm; storm = waiting.shift()) {
      const landing = await carryOut(storm).catch((error: unknown): Landing => ({
        ...{ seed: storm.seed, end: 'none', failures: 0, crashes: 0, calls: 0, fired: 0 },
        problems: [inspect(error)],
      }));
      add(count, storm, landing);
      tell();
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  const ends = [...count.ends].map(([end, times]) => `${times} ${end}`).join(', ');
  console.log(
    `${name}: ${count.rollouts} rollouts, ${count.calls} calls, ${count.spoilt} of them spoilt; ${count.failures} ticks failed and were done again, ${count.crashes} crashes; ends: ${ends}; ${count.wrong} wrong`,
  );
  return count.wrong;
}

function add(count: Count, storm: Storm, { end, failures, crashes, calls, fired, problems }: Landing): void {
  count.rollouts += 1;
  count.failures += failures;
  count.crashes += crashes;
  count.calls += calls;
  count.spoilt += fired;
  count.ends.set(end, (count.ends.get(end) ?? 0) + 1);
  if (problems.length === 0) return;
  count.wrong += 1;
  console.error(`seed ${storm.seed}: ${JSON.stringify(storm)}\n  ${problems.join('\n  ')}`);
}

function spread<T>(list: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, list.length / most);
  return Array.from({ length: Math.min(most, list.length) }, (_, index) => list[Math.floor(index * step)]!);
}

const together = Number(values.together);
const from = Number(values.from);
let wrong = 0;
if (values.matrix)
  wrong += await all('each fault at each kind of call', spread(matrix(), Number(values.cells)), together);
const cells = new Map(matrix().map((storm) => [storm.seed, storm]));
const storms = Array.from(
  { length: Number(values.seeds) },
  (_, index) => cells.get(from + index) ?? stormOf(from + index),
);
wrong += await all('storms', storms, together);
if (values.processes) {
  const args = ['vitest', 'run', 'test/crash', 'test/integration', '--no-file-parallelism'];
  const { status } = spawnSync('npx', args, { stdio: 'inherit', env: { ...process.env, TIDEGATE_SOAK: '1' } });
  wrong += status === 0 ? 0 : 1;
}
process.exitCode = wrong === 0 ? 0 : 1;
