import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/sqlite/index.ts';
import { registerReport } from '../../src/cli/commands/report/index.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { Output } from '../../src/cli/terminal/output.ts';
import { readReportInput } from '../../src/cli/commands/report/input.ts';
import { refuseVastReport } from '../../src/cli/commands/report/size.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { epochMs } from '../../src/domain/values.ts';
import { startRollout } from '../../src/engine/drive/decide.ts';
import type { RolloutStore } from '../../src/engine/ports.ts';
import { SEEN } from '../fakes/soak.ts';
import { at, project } from './rows.ts';

const clock = { now: () => at(40), local: () => at(40) };
const [web, core] = [project(1, 'acme/web'), project(2, 'acme/core')];
let directory: string;
let store: RolloutStore;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-report-'));
  store = await openStore(join(directory, 'tidegate.db'), {
    create: true,
    clock,
    actor: () => ({ osUser: 'mara', gitlabUser: null, ciJob: null }),
  });
  await store.createRollout({
    id: 'acme',
    gitlabUrl: 'https://gitlab.example.com',
    playbookName: 'standard.yaml',
    playbookText: 'name: standard\n',
    createdAt: at(0),
    checkpoint: startRollout({ waitForDecisions: true, observeMs: 1, inventoryEveryMs: 1, guardEveryMs: 1 }).checkpoint,
    capabilities: null,
    identity: null,
  });
  await store.putProjects([web, core], 1);
  const seen = {
    caller: web.id,
    callee: core.id,
    certainty: 'certain',
    where: 'auth log',
    firstSeen: at(1),
    lastSeen: at(2),
  } as const;
  await store.putEvidence([{ ...seen, source: 'auth-log', access: null, policies: null }]);
  await store.appendLedger([{ kind: 'init', subject: 'acme', body: {} }], at(0));
});

afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ stdout: string }> {
  let stdout = '';
  const out = new Output({ write: (text) => ((stdout += String(text)), true) }, { write: () => true });
  const context: CliContext = {
    env: {},
    cwd: directory,
    stdin: process.stdin,
    out,
    signal: new AbortController().signal,
    setExit: () => undefined,
  };
  const program = new Command().option('--db FILE', '', 'tidegate.db').option('--json').exitOverride();
  registerReport(program, context);
  await program.parseAsync(['report', ...args], { from: 'user' });
  return { stdout };
}

describe('tidegate report', () => {
  it('writes HTML beside the database unless told otherwise', async () => {
    const { stdout } = await run();
    expect(stdout).toBe('Report written to tidegate-report.html\n');
    expect(readFileSync(join(directory, 'tidegate-report.html'), 'utf8')).toContain(
      '<h1>Job token rollout of https://gitlab.example.com</h1>',
    );
  });

  it.each([
    [['--format', 'json'], '"schemaVersion": 1'],
    [['--format', 'csv'], 'acme/core,acme/web,undecided'],
    [['--format', 'markdown'], '# Job token rollout of <code>'],
    [['--format', 'html', '--output', '-'], '<!doctype html>'],
  ])('prints %j', async (args, text) => expect((await run(...args)).stdout).toContain(text));

  it('says which file it could not write', async () => {
    await expect(run('--output', 'missing/report.html')).rejects.toMatchObject({ code: 'USAGE', message: /ENOENT/ });
  });

  it('refuses a format it does not have', async () => {
    await expect(run('--format', 'pdf')).rejects.toMatchObject({ code: 'commander.invalidArgument' });
  });
});

describe('a report too large for this process', () => {
  it.each([
    { edges: 100_000, heap: 4e9, refused: null },
    {
      edges: 400_001,
      heap: 32e9,
      refused: { message: /400,001 are known, and 400,000 fit/, hint: /edges export [^=]*$/ },
    },
    {
      edges: 200_000,
      heap: 1e9,
      refused: { message: /166,666 fit/, hint: /edges export .*--max-old-space-size=1320\.$/ },
    },
  ])('$edges edges in $heap bytes', ({ edges, heap, refused }) => {
    const refuse = (): void => refuseVastReport(edges, heap);
    if (refused === null) expect(refuse).not.toThrow();
    else expect(refuse).toThrow(expect.objectContaining({ code: 'ORDER_REFUSED', ...refusedBy(refused) }));
  });
});

const refusedBy = ({ message, hint }: { message: RegExp; hint: RegExp }) => ({
  message: expect.stringMatching(message) as string,
  hint: expect.stringMatching(hint) as string,
});

describe('the rows of a report', () => {
  it('never take a denial or a scan for a use', async () => {
    const seen = {
      caller: web.id,
      callee: core.id,
      certainty: 'certain',
      access: 'git',
      policies: null,
      where: 'job 1',
    } as const;
    await store.putEvidence([{ ...seen, source: 'denial', firstSeen: at(30), lastSeen: at(30) }]);
    await store.savePlan(EMPTY_PLAN);
    const id = await store.createWave(
      { number: 1, planHash: 'h', kind: 'wave', checkpoint: WAVE, startedAt: at(19), endedAt: null },
      [core],
    );
    await store.saveWaveCallee(id, core.id, { step: 'enforced', enforcedAt: at(20) });
    const { edges } = await readReportInput(store, clock);
    expect(edges[0]).toMatchObject({ lastSeen: at(30), lastUsed: at(2) });
  });

  it('take the verdict of each wave from its latest sweep, with what it rests on', async () => {
    await store.savePlan(EMPTY_PLAN);
    const row = { number: 1, planHash: 'h', kind: 'wave', checkpoint: WAVE } as const;
    const first = await store.createWave({ ...row, startedAt: at(10), endedAt: at(12) }, []);
    const second = await store.createWave({ ...row, startedAt: at(20), endedAt: null }, []);
    const sweep = async (waveId: number, day: number, verdict: 'pending' | 'failed' | 'passed') => {
      const counts = { projects: 1, callerJobs: 2, allJobs: 3, unread: [], whole: true };
      const id = await store.putSweep({ waveId, since: at(day - 1), until: at(day), ...counts });
      await store.judgeSweep(id, { verdict, reasons: [verdict], seen: SEEN, waitsFor: [] });
    };
    await sweep(first, 11, 'pending');
    await sweep(first, 12, 'failed');
    await sweep(second, 25, 'passed');
    const { waves, gates } = await readReportInput(store, clock);
    expect(waves.map(({ judgement }) => judgement)).toEqual([
      { at: at(12), verdict: 'failed', reasons: ['failed'], seen: SEEN },
      { at: at(25), verdict: 'passed', reasons: ['passed'], seen: SEEN },
    ]);
    expect(gates).toMatchObject({ minJobs: 20 });
  });
});

const EMPTY_PLAN: Plan = {
  ...{ hash: 'h', createdAt: at(3), waves: [], held: [] },
  ...{ widening: 0, noSwitchBecause: null, requests: 0 },
};

const WAVE = {
  version: 1,
  value: 'soaking',
  context: {
    needsApproval: false,
    rollbackOnFailure: true,
    soakMs: 1,
    sweepEveryMs: 1,
    extensionsLeft: 0,
    soakUntil: epochMs(1),
    nextSweepAt: null,
    frozenUntil: null,
    resumedAt: null,
    verdict: null,
  },
};
