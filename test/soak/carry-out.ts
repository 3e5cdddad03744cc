import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createForge } from '../../src/adapters/gitlab/index.ts';
import { openStore } from '../../src/adapters/sqlite/index.ts';
import { RolloutError } from '../../src/domain/errors.ts';
import { playbookSchema } from '../../src/domain/playbook.ts';
import { epochMs, isoTime } from '../../src/domain/values.ts';
import { startRollout } from '../../src/engine/drive/decide.ts';
import { takeLease } from '../../src/engine/drive/lease.ts';
import type { Clock, RolloutStore } from '../../src/engine/ports.ts';
import { tick, type TickResult } from '../../src/engine/drive/run.ts';
import { chartSettings } from '../../src/engine/drive/tasks.ts';
import { verify } from '../../src/engine/record/verify.ts';
import { startSandbox, type RunningSandbox } from '../../src/sandbox/index.ts';
import { ORGANISATION, PLAYBOOK } from '../crash/matrix-support.ts';
import { breaches, halfDone, type Call, type World } from '../integration/support/oracle.ts';
import { StandInHandle } from '../integration/support/process.ts';
import type { LedgerAnswer } from '../integration/support/rollout.ts';
import { parse } from 'yaml';
import { Crash, Life } from './mortal.ts';
import type { Storm } from './storm.ts';

/** How a rollout in a storm ended. */
export interface Landing {
  readonly seed: number;
  readonly end: string;
  /** Ticks that failed and were done again, crashes, calls. */
  readonly failures: number;
  readonly crashes: number;
  readonly calls: number;
  readonly fired: number;
  readonly problems: readonly string[];
}

const MOST_TICKS = 120;
const AGAIN: ReadonlySet<string> = new Set([
  'FORGE_UNAVAILABLE',
  'FORGE_UNREADABLE',
  'FORGE_REFUSED',
  'FORGE_NOT_FOUND',
]);
const playbook = playbookSchema.parse(parse(PLAYBOOK));

/** Drives one rollout through a storm, in this process: real adapters over HTTP, a real file, a stand-in of its own. */
export async function carryOut(storm: Storm): Promise<Landing> {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-soak-'));
  const organisation = { ...ORGANISATION, version: storm.version, seed: storm.seed };
  const sandbox = await startSandbox({
    organisation: { kind: 'text', text: JSON.stringify(organisation) },
    faults: JSON.stringify({ seed: storm.seed, rules: storm.rules }),
  });
  try {
    return await drive(storm, sandbox, join(directory, 'tidegate.db'));
  } finally {
    await sandbox.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function drive(storm: Storm, sandbox: RunningSandbox, file: string): Promise<Landing> {
  const standIn = new StandInHandle(sandbox);
  const before = await standIn.control<World>('state');
  let token = sandbox.token;
  let [failures, crashes] = [0, 0];
  let surprised = !storm.surprise;
  let last = '';
  await prepare(file, sandbox.url);
  for (let ticks = 0; ; ticks += 1) {
    if (ticks === MOST_TICKS) throw new Error(`no end after ${MOST_TICKS} ticks: ${last}`);
    const planned = storm.lives[crashes];
    const life = planned ? new Life(planned.calls, planned.after) : new Life(Infinity, false);
    try {
      const result = await oneTick(file, sandbox.url, () => token, life);
      last = result.what;
      if (result.kind !== 'waiting-for-time') {
        const judged = await judge(storm, standIn, file, before);
        return { seed: storm.seed, end: endOf(result), failures, crashes, ...judged };
      }
      if (!surprised) surprised = await surprise(standIn);
      await standIn.advanceTo(isoTime(result.until));
    } catch (error) {
      if (error instanceof Crash) {
        crashes += 1;
        continue;
      }
      if (!(error instanceof RolloutError)) throw error;
      failures += 1;
      last = error.message;
      if (error.code === 'TOKEN_REFUSED')
        ({ token } = await standIn.control<{ token: string }>('tokens', { user: 'root' }));
      else if (!AGAIN.has(error.code)) throw error;
    }
  }
}

const endOf = ({ kind }: TickResult): string => kind;

async function prepare(file: string, gitlabUrl: string): Promise<void> {
  const now = epochMs(Date.now());
  const store = await open(file, { now: () => now, local: () => now });
  const { checkpoint } = startRollout(chartSettings(playbook));
  await store.createRollout({
    ...{ id: 'soak', gitlabUrl, playbookName: 'soak', playbookText: PLAYBOOK, createdAt: now, checkpoint },
    ...{ capabilities: null, identity: null },
  });
  await store.putTask({ key: '0/0', kind: 'readInventory', waveId: null, notBefore: null });
  store.close();
}

const open = (file: string, clock: Clock): Promise<RolloutStore> =>
  openStore(file, { create: true, clock, actor: () => ({ osUser: 'soak', gitlabUser: null, ciJob: null }) });

const UNSPOILT: ReadonlySet<string> = new Set(['requestCount', 'pace', 'paceFrom', 'close']);

async function oneTick(file: string, url: string, token: () => string, life: Life): Promise<TickResult> {
  const { forge, clock } = createForge({ url, token, maxRpm: null, concurrency: 4, timeoutMs: 5_000, lateMs: 50 });
  const store = await open(file, clock);
  const mortal = life.of(store, UNSPOILT);
  try {
    const lease = await takeLease(store, clock, `soak/${Math.random()}`, () => true);
    return await tick({
      ...{ forge: life.of(forge, UNSPOILT), store: mortal, clock, playbook, lease, gitlabUrl: url, registryHost: null },
      ...{ notify: { progress: () => undefined, note: () => undefined, alert: () => undefined }, secrets: [] },
      signal: new AbortController().signal,
    });
  } finally {
    // Calls that were in flight when the life ended come to rest; a killed process would leave them to the kernel.
    await new Promise((rest) => setTimeout(rest, 20));
    store.close();
  }
}

async function surprise(standIn: StandInHandle): Promise<boolean> {
  const { projects } = await standIn.control<World>('state');
  const tools = Object.values(projects).find(({ id }) => id === projectId(projects));
  if (tools?.stored !== true) return false;
  await standIn.control('clock', { advance: '1h' });
  await standIn.control('jobs', { project: 'acme/apps/late', name: 'rare' });
  return true;
}

const projectId = (projects: World['projects']): number | undefined =>
  (projects['acme/libs/tools'] ?? projects['acme/apps/tools'])?.id;

async function judge(
  storm: Storm,
  standIn: StandInHandle,
  file: string,
  before: World,
): Promise<Pick<Landing, 'problems' | 'calls' | 'fired'>> {
  const store = await open(file, { now: () => epochMs(Date.now()), local: () => epochMs(Date.now()) });
  try {
    const after = await standIn.control<World>('state');
    const calls = await standIn.control<readonly Call[]>('requests');
    const ledger: readonly LedgerAnswer[] = (await store.ledger()).map((row) => ({ ...row, at: isoTime(row.at) }));
    const { problems } = await verify(store);
    // What a person did is in no journal: of a callee that one touched, the oracle cannot speak.
    const touched = storm.rules.flatMap(({ project, to }) => [project, to]).filter((path) => typeof path === 'string');
    const found = [...breaches({ before, calls, after, ledger }), ...halfDone(before, after)];
    const spoilt = calls.filter(({ status }) => status === 0 || status === 429 || status >= 500).length;
    return {
      calls: calls.length,
      fired: spoilt,
      problems: [...found.filter((text) => !touched.some((path) => text.includes(path))), ...problems],
    };
  } finally {
    store.close();
  }
}
