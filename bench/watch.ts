/**
 * Requests of one watch sweep when nothing failed: `npx tsx bench/watch.ts [CALLERS]`, by default 2,000. A wave with all callees
 * soaks in an organisation without a single failing job; what the stand-in answered during one tick is counted.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from './support/database.ts';
import { builtProgram } from './support/program.ts';
import { runNode, type Run } from './support/process.ts';
import { startStandIn, type StandIn } from './support/stand-in.ts';
import { megabytes, printTable, seconds } from './support/table.ts';

const CALLERS = Math.min(100_000, Math.max(100, Number(process.argv[2] ?? 2_000)));
/** Few enough that each has an entry of its own. */
const CALLERS_PER_CALLEE = 100;
const MAX_TICKS = 60;

/** One wave with every callee, so that every caller is watched. */
const PLAYBOOK = `
observe: { window: 1d, every: 1d }
decisions:
  rules: [{ name: everybody, then: approve, reason: nothing is to fail }]
waves: { pilot: { size: ${CALLERS * 2} }, sizes: ["100%"], concurrency: 1 }
gates: { soak: 7d, sweepEvery: 6h, minJobs: 1, minExercised: 0 }
approvals: { plan: false, waves: none }
organisation: { instanceSwitch: false }
`;

function organisation(): object {
  const callees = Array.from({ length: Math.ceil(CALLERS / CALLERS_PER_CALLEE) }, (_, n) => `acme/libs/lib-${n}`);
  const callers = Array.from({ length: CALLERS }, (_, n) => `acme/apps/app-${n}`);
  return {
    ...{ version: '18.5.0', enforced: false, start: '2026-03-02T08:00:00Z', history: '7d' },
    groups: ['acme', 'acme/libs', 'acme/apps'],
    users: [
      { name: 'root', admin: true },
      { name: 'bot', memberships: { acme: 'developer' } },
    ],
    projects: [...callees, ...callers].map((path) => ({ path, visibility: 'private', inboundEnabled: false })),
    jobs: callers.map((project, n) => ({
      ...{ project, name: 'build', every: '6h', user: 'bot', flaky: 0 },
      uses: [{ callee: callees[Math.floor(n / CALLERS_PER_CALLEE)], access: 'git' }],
    })),
  };
}

interface Status {
  readonly waves: readonly { readonly id: number; readonly state: string }[];
}

/** One rollout, driven until its wave soaks. */
class Rollout {
  readonly #program: string;
  readonly #options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> };

  constructor(program: string, directory: string, standIn: StandIn) {
    this.#program = program;
    this.#options = { cwd: directory, env: { TIDEGATE_TOKEN: standIn.token, TIDEGATE_GITLAB_URL: standIn.url } };
  }

  run(...args: readonly string[]): Promise<Run> {
    return runNode([this.#program, ...args], { ...this.#options, codes: [0, 3, 4, 5] });
  }

  async soaking(): Promise<number | null> {
    const { waves } = JSON.parse((await this.run('status', '--json')).stdout) as Status;
    return waves.find(({ state }) => state === 'soaking')?.id ?? null;
  }
}

async function driveToSoak(rollout: Rollout, standIn: StandIn): Promise<number> {
  for (let ticks = 0; ticks < MAX_TICKS; ticks += 1) {
    const { code } = await rollout.run('tick', '--quiet');
    const wave = await rollout.soaking();
    if (wave !== null) return wave;
    if (code === 4) {
      // Group entries that admit more than was observed are never approved by a rule.
      await rollout.run('approve', '--yes', '--reason', 'bench');
    } else await standIn.advance('6h');
  }
  throw new Error(`no wave soaks after ${MAX_TICKS} ticks`);
}

interface Seen {
  readonly callers: number;
  readonly failures: number;
  readonly sweeps: number;
}

async function seenIn(file: string, wave: number): Promise<Seen> {
  const store = await open(file);
  try {
    const callees = new Set((await store.waveCallees(wave)).map(({ callee }) => callee));
    const approved = (await store.edges({ state: 'approved' })).filter(({ callee }) => callees.has(callee));
    const callers = new Set(approved.map(({ caller }) => caller)).size;
    return { callers, failures: (await store.failures()).length, sweeps: (await store.sweeps(wave)).length };
  } finally {
    store.close();
  }
}

const program = builtProgram();
const directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
const file = join(directory, 'organisation.json');
writeFileSync(file, JSON.stringify(organisation()));
const standIn = await startStandIn(program, ['--org', file]);
try {
  writeFileSync(join(directory, 'tidegate.yaml'), PLAYBOOK);
  const rollout = new Rollout(program, directory, standIn);
  await rollout.run('init');
  const wave = await driveToSoak(rollout, standIn);
  // A little more than the time between two sweeps, so that one is due.
  await standIn.advance('7h');
  const sweepsBefore = (await seenIn(join(directory, 'tidegate.db'), wave)).sweeps;
  const before = await standIn.lastRequest();
  const run = await rollout.run('tick', '--quiet');
  const requests = (await standIn.lastRequest()) - before;
  const { callers, failures, sweeps } = await seenIn(join(directory, 'tidegate.db'), wave);
  if (sweeps !== sweepsBefore + 1) throw new Error(`the tick made ${sweeps - sweepsBefore} sweeps, not one`);
  printTable(
    'one watch sweep, the tick around it included (goal: 0.05 requests per watched caller when nothing failed)',
    ['', 'requests', 'per caller', 'time', 'processor', 'memory'],
    [
      [
        `${callers} callers, ${failures} failed jobs`,
        `${requests}`,
        (requests / callers).toFixed(4),
        seconds(run.ms),
        seconds(run.cpuMs),
        megabytes(run.peak),
      ],
    ],
  );
} finally {
  await standIn.stop();
  rmSync(directory, { recursive: true, force: true });
}
