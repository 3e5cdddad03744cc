/**
 * Requests of one watch sweep when nothing failed: `npx tsx bench/watch.ts [CALLERS]`, by default 2,000. A wave with all callees
 * soaks in an organisation without a single failing job; what the stand-in answered during one tick is counted.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from './support/database.ts';
import { builtProgram } from './support/program.ts';
import { driveToSoak, Rollout } from './support/soak.ts';
import { startStandIn } from './support/stand-in.ts';
import { megabytes, printTable, seconds } from './support/table.ts';

const CALLERS = Math.min(100_000, Math.max(100, Number(process.argv[2] ?? 2_000)));
/** Each callee has the callers of one group, so that one entry lets in all of them and the wave is soon applied. */
const CALLERS_PER_CALLEE = 100;

/** One wave with every callee, so that every caller is watched. */
const PLAYBOOK = `
observe: { window: 1d, every: 1d }
decisions:
  rules: [{ name: everybody, then: approve, reason: nothing is to fail }]
waves: { pilot: { size: ${CALLERS * 2} }, sizes: ["100%"], concurrency: 1 }
limits: { projectEntries: 1 }
gates: { soak: 7d, sweepEvery: 6h, minJobs: 1, minExercised: 0 }
approvals: { plan: false, waves: none }
organisation: { instanceSwitch: false }
`;

function organisation(): object {
  const numbers = Array.from({ length: Math.ceil(CALLERS / CALLERS_PER_CALLEE) }, (_, n) => n);
  const callees = numbers.map((n) => `acme/libs/lib-${n}`);
  const teams = numbers.map((n) => `acme/team-${n}`);
  const callers = Array.from({ length: CALLERS }, (_, n) => `acme/team-${Math.floor(n / CALLERS_PER_CALLEE)}/app-${n}`);
  return {
    ...{ version: '18.5.0', enforced: false, start: '2026-03-02T08:00:00Z', history: '7d' },
    groups: ['acme', 'acme/libs', ...teams],
    users: [
      { name: 'root', admin: true },
      { name: 'bot', memberships: { acme: 'developer' } },
    ],
    // Nobody calls a caller: enforced from the start, it costs the wave nothing.
    projects: [
      ...callees.map((path) => ({ path, visibility: 'private', inboundEnabled: false })),
      ...callers.map((path) => ({ path, visibility: 'private', inboundEnabled: true })),
    ],
    jobs: callers.map((project, n) => ({
      ...{ project, name: 'build', every: '6h', user: 'bot', flaky: 0 },
      uses: [{ callee: callees[Math.floor(n / CALLERS_PER_CALLEE)], access: 'git' }],
    })),
  };
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
