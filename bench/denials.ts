/**
 * Planted denials found in a soak: `npx tsx bench/denials.ts [CALLERS [DENIALS]]`, by default 5,000 and 30. Two of a hundred ordinary
 * jobs fail of themselves, and every trap stands beside them; what `findings` says is held against what was planted.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from './support/database.ts';
import { PLANTED_PLAYBOOK, plantedOrganisation } from './support/planted.ts';
import { runNode, type Run } from './support/process.ts';
import { builtProgram } from './support/program.ts';
import { startStandIn } from './support/stand-in.ts';
import { megabytes, printTable, seconds } from './support/table.ts';

const CALLERS = Math.min(20_000, Math.max(100, Number(process.argv[2] ?? 5_000)));
const DENIALS = Math.min(CALLERS, Math.max(1, Number(process.argv[3] ?? 30)));
const MAX_TICKS = 80;

interface Answer {
  readonly until?: string;
  readonly what: string;
}

const program = builtProgram();
const directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
const { organisation, denials } = plantedOrganisation({ callers: CALLERS, denials: DENIALS, flaky: 0.02 });
writeFileSync(join(directory, 'organisation.json'), JSON.stringify(organisation));
writeFileSync(join(directory, 'tidegate.yaml'), PLANTED_PLAYBOOK('1d', CALLERS * 2));
const standIn = await startStandIn(program, ['--org', join(directory, 'organisation.json')]);
const env = { TIDEGATE_TOKEN: standIn.token, TIDEGATE_GITLAB_URL: standIn.url };
const command = (...args: readonly string[]): Promise<Run> =>
  runNode([program, ...args], { cwd: directory, env, codes: [0, 3, 4, 5] });

/** Ticks until nothing but a person goes on, with time passing in between; the ticks that swept. */
async function soakThrough(): Promise<{ readonly sweeps: readonly Run[]; readonly requests: number }> {
  const sweeps: Run[] = [];
  let requests = 0;
  let soaks = false;
  for (let ticks = 0; ticks < MAX_TICKS; ticks += 1) {
    const before = await standIn.lastRequest();
    const run = await command('tick', '--json');
    const { until, what } = JSON.parse(run.stdout) as Answer;
    // The first tick that waits for a look has applied the wave, and looked at nothing yet.
    if (what.includes('failed jobs') && soaks) {
      sweeps.push(run);
      requests += (await standIn.lastRequest()) - before;
    }
    soaks ||= what.includes('failed jobs');
    if (until !== undefined) await standIn.advanceTo(until);
    else if (what.includes('sign-off')) await command('approve', '--yes', '--reason', 'bench');
    else return { sweeps, requests };
  }
  throw new Error(`no verdict after ${MAX_TICKS} ticks`);
}

try {
  await command('init');
  const { sweeps, requests } = await soakThrough();
  const { denials: all } = JSON.parse((await command('findings', '--all', '--json')).stdout) as {
    denials: readonly { caller: string; callee: string | null; disposition: string }[];
  };
  const found = all.map(({ caller, callee }) => `${caller} -> ${callee ?? '?'}`);
  const missed = denials.filter((edge) => !found.includes(edge));
  const invented = found.filter((edge) => !denials.includes(edge));
  const store = await open(join(directory, 'tidegate.db'));
  const judged = (await store.failures()).length;
  store.close();
  printTable(
    `${CALLERS} callers, 2 % ordinary failures, ${denials.length} planted denials`,
    [
      '',
      'found',
      'missed',
      'invented',
      'failed jobs judged',
      'sweeps',
      'requests per sweep',
      'processor per sweep',
      'memory',
    ],
    [
      [
        'findings',
        `${found.length}`,
        `${missed.length}`,
        `${invented.length}`,
        `${judged}`,
        `${sweeps.length}`,
        `${Math.round(requests / Math.max(1, sweeps.length))}`,
        seconds(sweeps.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / Math.max(1, sweeps.length)),
        megabytes(Math.max(0, ...sweeps.map(({ peak }) => peak))),
      ],
    ],
  );
  if (missed.length + invented.length > 0) {
    console.log(
      [...missed.map((edge) => `missed   ${edge}`), ...invented.map((edge) => `invented ${edge}`)].join('\n'),
    );
    process.exitCode = 1;
  }
} finally {
  await standIn.stop();
  rmSync(directory, { recursive: true, force: true });
}
