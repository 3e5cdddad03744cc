import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEdges } from '../../../src/cli/commands/edges/index.ts';
import { registerShadow } from '../../../src/cli/commands/shadow/index.ts';
import type { FailureRecord } from '../../../src/domain/watch/denial.ts';
import { projectId } from '../../../src/domain/values.ts';
import { Bench, daysAgo, observation } from './edges-support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerEdges, registerShadow);
});
afterEach(() => bench.close());

interface Shadow {
  readonly summary: Readonly<Record<string, number>>;
  readonly callees: readonly {
    readonly callee: string;
    readonly enforced: boolean | null;
    readonly admitted: number;
    readonly denied: readonly { readonly caller: string; readonly expected: boolean }[];
    readonly unseen: readonly string[];
  }[];
  readonly unseen: readonly string[];
}
const shadow = (...args: string[]): Promise<Shadow> => bench.json('shadow', ...args);

describe('tidegate shadow', () => {
  it('names every caller that no entry would let in', async () => {
    const { summary, callees } = await shadow();
    expect(summary).toEqual({
      ...{ callees: 6, ready: 0, admitted: 1, denied: 4, uncertain: 0, deniedOnPurpose: 0, incomplete: 1 },
      schedulesUnread: 5,
    });
    expect(callees.find(({ callee }) => callee === 'acme/libs/core')?.denied.map(({ caller }) => caller)).toEqual([
      'acme/apps/web',
      'acme/lab/toy',
      'acme/libs/kit',
    ]);
    expect(callees.find(({ callee }) => callee === 'acme/images')).toMatchObject({ enforced: true, admitted: 1 });
  });

  it('lets approved callers in, as their entries come first, and sets refused ones apart', async () => {
    await bench.run('edges', 'approve', '1', '2', '--reason', 'x', '--yes');
    await bench.run('edges', 'reject', '4', '2', '--reason', 'x', '--yes');
    const [core] = (await shadow('--callee', 'acme/libs/core')).callees;
    expect(core).toMatchObject({
      admitted: 1,
      denied: [
        { caller: 'acme/lab/toy', expected: true },
        { caller: 'acme/libs/kit', expected: false },
      ],
    });
    expect((await shadow('--as-is', '--callee', '2')).callees[0]?.admitted).toBe(0);
  });

  it('exits 0 and says what the evidence could not see', async () => {
    const ran = await bench.run('shadow');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('GitLab cut its log at 1000 callers');
    expect(ran.stdout).toContain('6 callees: 4 would be denied\n');
  });

  it.each([120, 80, 60])(
    'shows whole paths on a terminal of %i columns, and its notes in their column',
    async (columns) => {
      const path = 'acme/platform/registry/mirror-service-2';
      await bench.store.putCallers([{ id: projectId(60), path }]);
      await bench.store.putEvidence([observation(60, 2)]);
      const { stdout } = await bench.onTerminalOf(columns, 'shadow');
      const lines = stdout.trimEnd().split('\n');
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      expect(stdout).toContain(path);
      const notes = lines.filter((line) => line.startsWith('  not seen'));
      expect(notes.length).toBeGreaterThan(0);
      for (const note of notes) expect(note).toMatch(/^ {2}not seen {3}\S/);
      expect(lines[0]?.includes('since')).toBe(columns === 120);
    },
  );

  it('says once what the evidence could not see of any callee', async () => {
    const files = 'the files of no caller were looked at (evidence.surveys)';
    expect((await shadow()).unseen).toContain(files);
    expect((await bench.run('shadow')).stdout.split(files)).toHaveLength(2);
    for (const kind of ['facts', 'scan', 'schedules'] as const) {
      const look = { kind, at: daysAgo(1), mark: null, problem: null };
      for (const id of [1, 2, 3, 4, 5, 6]) await bench.store.putSurvey({ ...look, project: projectId(id) });
    }
    expect((await shadow()).unseen).toHaveLength(1);
  });

  it('says that nobody would be denied only where that is so', async () => {
    const ran = await bench.run('shadow', '--callee', 'acme/images');
    expect(ran.stdout).toContain('1 callee: nobody would be denied');
  });

  it('says which callees are ready, since when and how often each caller was seen, and for whom no entry helps', async () => {
    await bench.store.finishInventory(1, daysAgo(60));
    await bench.store.putEvidence([observation(1, 2, { lastSeen: daysAgo(1) })]);
    await bench.store.putFailures([
      {
        ...{ jobId: 5, jobName: 'test', caller: projectId(3), callerPath: 'acme/libs/kit', callee: projectId(6) },
        ...{ calleePath: 'acme/images', access: 'git', finishedAt: daysAgo(3), disposition: 'role', edgeState: null },
        ...{ quote: null, reason: 'the user is a guest', waveId: null, webUrl: null, confidence: 1, before: 'none' },
      } as unknown as FailureRecord,
    ]);
    const { summary, callees } = await shadow();
    expect(summary['ready']).toBe(4);
    const of = (path: string) => callees.find(({ callee }) => callee === path);
    expect(of('acme/images')).toMatchObject({ ready: true, roleGaps: [{ caller: 'acme/libs/kit' }] });
    expect(of('acme/libs/core')).toMatchObject({
      ready: false,
      hindrances: [{ kind: 'denials', text: '3 callers would be denied' }],
    });
    expect(of('acme/libs/core')?.denied[0]).toMatchObject({ caller: 'acme/apps/web', timesSeen: 2 });
    const { stdout } = await bench.run('shadow');
    expect(stdout).toMatch(/DENIED {5}acme\/apps\/web .* \d{4}-\d\d-\d\d {5}2\+ {3}24h/);
    expect(stdout).toMatch(/role gap {3}acme\/libs\/kit, \S+: the user is a guest; no entry helps/);
    expect(stdout).toContain('4 callees ready');
  });

  it('cleans hostile names', async () => {
    await bench.store.putCallers([{ id: 60, path: 'x/\u009b2Jy' } as never]);
    await bench.store.putEvidence([observation(60, 2)]);
    expect((await bench.run('shadow')).stdout).not.toContain('\u009b');
  });
});
