import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerPlan } from '../../../src/cli/commands/plan/index.ts';
import type { Plan, PlannedCallee, PlannedEntry } from '../../../src/domain/plan/plan.ts';
import { projectId } from '../../../src/domain/values.ts';
import { Bench, daysAgo, PROJECTS } from './edges-support.ts';

const entryFor = (kind: 'project' | 'group', id: number, path: string, widening = 0): PlannedEntry => ({
  ...{ kind, id, path, defaultPermissions: true, policies: [], widening },
  callers: [{ id: projectId(1), path: 'acme/apps/web' }],
});

const callee = (id: number, add: readonly PlannedEntry[], change: Partial<PlannedCallee> = {}): PlannedCallee => ({
  ...{ id: projectId(id), path: PROJECTS.find((project) => project.id === projectId(id))!.path },
  ...{ before: { stored: false, effective: false, entries: [] }, add, relyOn: [], remove: [], narrow: [] },
  ...{ enforce: true, approvedCallers: 1, rejectedCallers: 0, risk: id, why: '1 approved caller', placed: 'a pilot' },
  ...change,
});

const plan = (hash: string, waves: readonly (readonly PlannedCallee[])[], held: Plan['held'] = []): Plan => ({
  ...{ hash, createdAt: daysAgo(0), held, widening: 3, noSwitchBecause: 'the playbook leaves it alone', requests: 9 },
  waves: waves.map((callees, index) => ({
    ...{ number: index + 1, kind: index === 0 ? ('pilot' as const) : ('wave' as const), callees },
    instanceSwitch: false,
  })),
});

const WEB = entryFor('project', 1, 'acme/apps/web');
const APPS = entryFor('group', 70, 'acme/apps', 3);
const OLD = plan('a'.repeat(16), [[callee(2, [WEB])], [callee(3, [APPS]), callee(5, [WEB])]]);
const NEW = plan(
  'b'.repeat(16),
  [[callee(3, [WEB])], [callee(2, [{ ...WEB, defaultPermissions: false, policies: ['READ_JOBS'] }]), callee(4, [])]],
  [{ id: projectId(5), path: 'acme/libs/old', reason: 'undecided', detail: '1 edge waits for a decision' }],
);

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerPlan);
  await bench.store.savePlan(OLD);
  await bench.store.savePlan(NEW);
});
afterEach(() => bench.close());

describe('tidegate plan show', () => {
  it('tells wave by wave what changes, what widens and what is left out', async () => {
    const { stdout } = await bench.run('plan', 'show', OLD.hash);
    expect(stdout).toContain(`Plan ${OLD.hash}\n  wave 1 (pilot): 1 project, 1 entry, 1 caller\n`);
    expect(stdout).toContain('  wave 2 (wave): 2 projects, 2 entries, 2 callers\n');
    expect(stdout).toContain('    acme/libs/kit <- group acme/apps, widening 3\n');
    expect(stdout).toContain('  widening: 3 projects beyond those observed\n    instead of widening acme/libs/kit:\n');
    expect(stdout).toContain('riskiest: acme/libs/old (5), acme/libs/kit (3)\n');
    expect(stdout).not.toContain('      + ');
    const later = await bench.run('plan', 'show', NEW.hash);
    expect(later.stdout).toContain('  held back: 1 project\n    acme/libs/old: undecided, 1 edge waits');
  });

  it('names every project and entry where that is asked for', async () => {
    const { stdout } = await bench.run('plan', 'show', NEW.hash, '--all');
    expect(stdout).toContain('    acme/libs/core: 1 entry, risk 2, 1 approved caller\n      here: a pilot\n');
    expect(stdout).toContain('      + project acme/apps/web with READ_JOBS alone, risk ');
  });

  it('is the plan itself as data', async () => {
    const { plan: shown, unseen } = await bench.json<{ plan: Plan; unseen: { callees: { callee: string }[] } }>(
      ...['plan', 'show', OLD.hash, '--all'],
    );
    expect(shown).toEqual(OLD);
    expect(unseen.callees.map((one) => one.callee)).toContain('acme/libs/old');
  });

  it('says that there is no such plan', async () => {
    expect(await bench.run('plan', 'show', 'c'.repeat(16))).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining(`there is no plan ${'c'.repeat(16)}`) as string },
    });
  });
});

describe('tidegate plan diff', () => {
  it('tells callee by callee what another plan does', async () => {
    const { stdout } = await bench.run('plan', 'diff', OLD.hash, NEW.hash);
    expect(stdout).toBe(
      [
        '~ acme/libs/kit: wave 2 -> 1',
        '~ acme/libs/kit: + project acme/apps/web',
        '~ acme/libs/kit: - group acme/apps',
        '~ acme/libs/core: wave 1 -> 2',
        '~ acme/libs/core: other permissions for project acme/apps/web',
        '+ acme/lab/toy: wave 2, 0 entries',
        '- acme/libs/old: no longer part of the plan',
        '~ acme/libs/old: held back (undecided)\n',
      ].join('\n'),
    );
  });

  it('compares the current plan with the one before it where none is named', async () => {
    const named = await bench.run('plan', 'diff', OLD.hash, NEW.hash);
    const client = new Database(join(bench.directory, 'tidegate.db'));
    const hold = client.prepare(`update rollout set checkpoint = json_set(checkpoint, '$.context.planHash', ?)`);
    hold.run(NEW.hash);
    expect(await bench.run('plan', 'diff')).toEqual(named);
    hold.run(OLD.hash);
    client.close();
    expect(await bench.run('plan', 'diff')).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining(`no plan was made before ${OLD.hash}`) as string },
    });
  });

  it('tells that nothing differs', async () => {
    expect((await bench.run('plan', 'diff', OLD.hash, OLD.hash)).stdout).toBe('The plans are the same.\n');
    expect(await bench.json('plan', 'diff', OLD.hash, OLD.hash)).toEqual({ schemaVersion: 1, differences: [] });
  });
});
