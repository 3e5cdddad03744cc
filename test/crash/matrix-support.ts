import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startSandbox } from '../../src/sandbox/index.ts';
import { breaches, halfDone, type Call, type World } from '../integration/support/oracle.ts';
import { ended, start, StandInHandle, Workplace, type Ended } from '../integration/support/process.ts';
import { describe as shown, Rollout, type LedgerAnswer, type TickAnswer } from '../integration/support/rollout.ts';
import { Interposer, type Hooks } from './interposer.ts';

/** Two callees, a wave each. A caller that no log has seen comes by after the second wave, which is then taken back. */
export const ORGANISATION = {
  version: '18.5.0',
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  history: '1d',
  seed: 3,
  groups: ['acme', 'acme/libs', 'acme/apps'],
  users: [
    { name: 'root', admin: true },
    { name: 'bot', memberships: { acme: 'developer' } },
  ],
  projects: [
    { path: 'acme/libs/core', inboundEnabled: false },
    { path: 'acme/libs/tools', inboundEnabled: false, allowlist: [{ project: 'acme/apps/old' }] },
    ...['web', 'shop', 'late', 'old'].map((name) => ({ path: `acme/apps/${name}`, inboundEnabled: false })),
  ],
  jobs: [
    { project: 'acme/apps/web', name: 'build', every: '6h', at: '1h', user: 'bot', uses: uses('core', 'tools') },
    { project: 'acme/apps/shop', name: 'build', every: '6h', at: '2h', user: 'bot', uses: uses('core') },
    { project: 'acme/apps/late', name: 'rare', every: '900w', at: '500d', user: 'bot', uses: uses('tools') },
  ],
};

function uses(...names: readonly string[]): readonly object[] {
  return names.map((name) => ({ callee: `acme/libs/${name}`, access: 'git' }));
}

export const PLAYBOOK = `
name: matrix
scope: { groups: [acme], exclude: ["acme/apps/**"] }
observe: { window: 1d, every: 1d }
decisions: { rules: [{ name: seen, when: { seenWithin: 60d }, then: approve, reason: in use }] }
waves: { pilot: { size: 1, projects: [acme/libs/core] }, sizes: [1] }
gates: { soak: 12h, sweepEvery: 12h, minJobs: 1, minExercised: 0 }
approvals: { plan: false, waves: none }
`;

/** Where a run is cut off: at the n-th call or commit, before or after it has happened. */
export interface Cut {
  readonly at: 'call' | 'commit';
  readonly when: 'before' | 'after';
  readonly n: number;
}

/** One whole rollout through an interposer, driven by child processes. */
export class MatrixRun {
  readonly rollout: Rollout;
  readonly wire: Interposer;
  killsOfInit = 0;
  readonly #close: () => Promise<void>;
  readonly #counter: string;

  private constructor(rollout: Rollout, wire: Interposer, counter: string, close: () => Promise<void>) {
    this.rollout = rollout;
    this.wire = wire;
    this.#counter = counter;
    this.#close = close;
  }

  static async start(cut: Cut | null, playbook = PLAYBOOK, organisation: object = ORGANISATION): Promise<MatrixRun> {
    const place = new Workplace();
    const sandbox = await startSandbox({ organisation: { kind: 'text', text: JSON.stringify(organisation) } });
    const wire = await Interposer.start(sandbox.url);
    const counter = join(place.path, 'commits');
    const hook = new URL('./kill-at-commit.mjs', import.meta.url).href;
    const env = {
      TIDEGATE_GITLAB_URL: wire.url,
      NODE_OPTIONS: `--import ${hook}`,
      KILL_COUNTER: counter,
      ...(cut?.at === 'commit' ? { KILL_WHEN: cut.when, KILL_AT: String(cut.n) } : {}),
    };
    const rollout = new Rollout(new StandInHandle(sandbox), place, env);
    const run = new MatrixRun(rollout, wire, counter, async () => {
      await wire.stop();
      await sandbox.close();
      place.remove();
    });
    place.write('tidegate.yaml', playbook);
    await run.#init();
    return run;
  }

  /** Given again by whoever finds it killed; it may have got to its end before. */
  async #init(): Promise<void> {
    const first = await this.rollout.command('init');
    if (first.code === 0) return;
    if (first.signal !== 'SIGKILL') throw new Error(shown(first));
    this.killsOfInit += 1;
    const again = await this.rollout.command('init');
    if (again.code !== 0 && !again.stderr.includes('Go on with `tidegate tick`')) throw new Error(shown(again));
  }

  /** Commits that changed something so far, over all processes. */
  get commits(): number {
    return existsSync(this.#counter) ? statSync(this.#counter).size : 0;
  }

  /** One tick in a process of its own; `hooks` see its calls and may kill it. */
  async tick(hooks: (kill: () => void) => Hooks = () => ({}), ...flags: readonly string[]): Promise<Ended> {
    const child = start(['tick', '--json', ...flags], this.rollout.shell);
    this.wire.hooks = hooks(() => child.kill('SIGKILL'));
    return ended(child);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

export interface MatrixOutcome {
  readonly kills: number;
  readonly calls: number;
  /** Numbers of the calls that write. */
  readonly writes: readonly number[];
  readonly commits: number;
  readonly state: object;
  readonly problems: readonly string[];
}

const MOST_TICKS = 40;

/** Drives a rollout to its end, cut off once; whoever starts it again after that is told nothing of it. */
export async function carryThrough(cut: Cut | null): Promise<MatrixOutcome> {
  const run = await MatrixRun.start(cut);
  try {
    const { standIn } = run.rollout;
    const before = await standIn.control<World>('state');
    let kills = run.killsOfInit;
    let surprised = false;
    for (let ticks = 0; ; ticks += 1) {
      if (ticks === MOST_TICKS) throw new Error(`no end after ${MOST_TICKS} ticks`);
      const result = await run.tick((kill) => killing(cut, kill));
      if (result.signal === 'SIGKILL') {
        kills += 1;
        continue;
      }
      if (result.code === 5) break;
      if (result.code !== 3) throw new Error(shown(result));
      surprised ||= await surprise(standIn);
      await standIn.advanceTo((JSON.parse(result.stdout) as TickAnswer).until ?? '');
    }
    run.wire.hooks = {};
    const { commits } = run;
    const writes = run.wire.calls.filter((call) => call.writes).map(({ n }) => n);
    return { kills, calls: run.wire.calls.length, writes, commits, ...(await judge(run.rollout, before)) };
  } finally {
    await run.close();
  }
}

/** The caller that nobody knew comes by once the second wave is on, and is refused. */
async function surprise(standIn: StandInHandle): Promise<boolean> {
  const { projects } = await standIn.control<World>('state');
  if (projects['acme/libs/tools']?.stored !== true) return false;
  await standIn.control('clock', { advance: '1h' });
  await standIn.control('jobs', { project: 'acme/apps/late', name: 'rare' });
  return true;
}

function killing(cut: Cut | null, kill: () => void): Hooks {
  if (cut?.at !== 'call') return {};
  const hit = async ({ n }: { readonly n: number }): Promise<void> => {
    if (n !== cut.n) return;
    kill();
    // Whatever happens to the call from here on, the process that sent it is gone.
    await new Promise((gone) => setTimeout(gone, 5));
  };
  return cut.when === 'before' ? { before: hit } : { after: hit };
}

async function judge(rollout: Rollout, before: World): Promise<Pick<MatrixOutcome, 'state' | 'problems'>> {
  const { standIn } = rollout;
  const after = await standIn.control<World>('state');
  const calls = await standIn.control<readonly Call[]>('requests');
  const ledger: readonly LedgerAnswer[] = await rollout.ledger();
  const verified = await rollout.command('verify');
  const problems = [
    ...breaches({ before, calls, after, ledger }),
    ...halfDone(before, after),
    ...addedAgain(calls),
    ...(verified.code === 0 ? [] : [verified.stdout]),
  ];
  const state = Object.entries(after.projects).map(([path, { stored, entries }]) => ({
    path,
    stored,
    entries: entries.map((entry) => JSON.stringify(entry)).sort(),
  }));
  return { state, problems };
}

/** Each entry is created once in the whole rollout, also when it was taken back in between. */
function addedAgain(calls: readonly Call[]): readonly string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { n, change, changes } of calls) {
    for (const { kind, project, entry } of changes ?? (change ? [change] : [])) {
      if (kind !== 'entry_added') continue;
      const name = `${entry ?? ''} on ${project ?? ''}`;
      if (seen.has(name)) twice.push(`call ${n}: ${name} was created again`);
      seen.add(name);
    }
  }
  return twice;
}
