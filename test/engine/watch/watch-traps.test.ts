import { afterEach, describe, expect, it } from 'vitest';
import type { FailureRecord } from '../../../src/domain/watch/denial.ts';
import type { FakeWorld } from '../../fakes/fake-world.ts';
import { deniedTrace } from '../../fakes/fake-world.ts';
import { RolloutError } from '../../../src/domain/errors.ts';
import { denialFindings } from '../../../src/engine/watch/denials.ts';
import { settleFailures } from '../../../src/engine/watch/settle.ts';
import { trace } from '../../trace/trace-builder.ts';
import { TestRollout } from '../rollout.ts';

/*
 * What looks like a denial and is none, and what looks harmless and is one. Each trap is set while the pilot soaks, and the
 * next sweep has to see through it.
 */

const HOUR_MS = 3_600_000;
const CORE = 'acme/libs/core';
const WEB = 'acme/apps/web';
const PATIENT = {
  waves: { pilot: { size: 1, projects: [CORE] }, sizes: ['100%'] },
  gates: {
    soak: '8h',
    sweepEvery: '2h',
    minJobs: 1,
    minExercised: 0,
    maxUndecidedDenials: 99,
    maxApprovedDenials: 99,
    maxDeniedShare: 1,
  },
  onInconclusive: { then: 'wait' },
};

let rollout: TestRollout;
afterEach(() => rollout.close());

/** Sets the trap while the first wave soaks, lets the next sweep come and tells what it made of failed jobs. */
async function sweepAfter(
  act: (world: FakeWorld) => void,
  before: (world: FakeWorld) => void = () => undefined,
): Promise<readonly FailureRecord[]> {
  rollout = await TestRollout.create(PATIENT);
  before(rollout.world);
  await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
  rollout.clock.pass(HOUR_MS / 2);
  act(rollout.world);
  rollout.clock.pass(2 * HOUR_MS);
  await rollout.tick();
  return rollout.store.failures();
}

/** A registry hides the project: a plain 404, which a package that is not there gets as well. */
const hidden = (world: FakeWorld): string =>
  trace([
    {
      run: 'npm ci',
      prints: [
        'npm error code E404',
        `npm error 404 Not Found - GET https://gitlab.example.com/api/v4/projects/${world.at(CORE).id}/packages/npm/@acme%2fcore - Not found`,
      ],
    },
  ]);
const denied = (caller: string, callee = CORE) => ({ name: 'nightly', log: deniedTrace(caller, callee) });

describe('a refusal', () => {
  it('of a listed caller is its user’s, whatever the words', async () => {
    const found = await sweepAfter((world) => world.endJob(world.at(WEB), denied(WEB)));
    expect(found).toMatchObject([{ disposition: 'role', reason: expect.stringContaining('is listed') }]);
  });

  it('of a user without a role is his, where nothing tells that the job got in before', async () => {
    const found = await sweepAfter((world) => {
      world.userLevel = 0;
      world.endJob(world.project('acme/apps/new'), denied('acme/apps/new'));
    });
    expect(found).toMatchObject([{ disposition: 'role' }]);
  });

  it('is no news where the same job was refused before the wave', async () => {
    const found = await sweepAfter(
      (world) => world.endJob(world.at('acme/apps/new'), denied('acme/apps/new')),
      (world) => world.endJob(world.project('acme/apps/new'), denied('acme/apps/new')),
    );
    expect(found.map(({ disposition }) => disposition)).toEqual(['earlier']);
  });

  it('that goes away by itself was none: a plain 404, and the job passed when it was run again', async () => {
    const found = await sweepAfter((world) => {
      const caller = world.project('acme/apps/new');
      world.endJob(caller, { name: 'build', log: hidden(world) });
      rollout.clock.pass(60_000);
      world.endJob(caller, { name: 'build', status: 'success', log: '' });
    });
    expect(found).toMatchObject([{ disposition: 'unrelated', reason: expect.stringContaining('the same job passed') }]);
  });

  it('that stays is a denial, although it is a plain 404', async () => {
    const found = await sweepAfter((world) => {
      world.endJob(world.project('acme/apps/new'), { name: 'build', log: hidden(world) });
    });
    expect(found).toMatchObject([{ disposition: 'denied', callee: 100, owners: ['olga'] }]);
  });

  it('was one although somebody has listed the caller since', async () => {
    const found = await sweepAfter((world) => {
      const caller = world.project('acme/apps/new');
      world.endJob(caller, denied(caller.path));
      rollout.clock.pass(60_000);
      world.addEntry(world.at(CORE), { kind: 'project', id: caller.id, path: caller.path }, 'olga');
    });
    expect(found).toMatchObject([{ disposition: 'denied', reason: expect.stringContaining('has been listed since') }]);
  });

  it('counts as before where somebody has opened the callee meanwhile and the caller got in before the wave', async () => {
    const found = await sweepAfter(
      (world) => {
        world.endJob(world.at('acme/apps/new'), denied('acme/apps/new'));
        world.at(CORE).stored = false;
      },
      (world) => world.endJob(world.project('acme/apps/new'), { name: 'nightly', status: 'success', log: '' }),
    );
    expect(found).toMatchObject([{ disposition: 'denied', reason: expect.stringContaining('open again') }]);
  });

  it('of a caller that has moved out of its listed group is a denial', async () => {
    const found = await sweepAfter((world) => {
      const web = world.at(WEB);
      const core = world.at(CORE);
      core.entries = [];
      world.addEntry(core, world.groupEntry('acme/apps'), 'olga');
      web.path = 'other/web';
      world.endJob(web, denied('other/web'));
    });
    expect(found).toMatchObject([{ disposition: 'denied', callerPath: 'other/web', edgeState: 'approved' }]);
  });

  it('is held against the callee that has been renamed, where the job goes by its old name', async () => {
    const found = await sweepAfter((world) => {
      const core = world.at(CORE);
      core.path = 'acme/libs/kernel';
      world.redirects.set('acme/libs/old', core.id);
      world.endJob(world.project('acme/apps/new'), denied('acme/apps/new', 'acme/libs/old'));
    });
    expect(found).toMatchObject([{ disposition: 'denied', callee: 100 }]);
  });

  it('by a project that this rollout left open is not ours', async () => {
    const found = await sweepAfter((world) => {
      world.endJob(world.project('acme/apps/new'), denied('acme/apps/new', 'acme/libs/tools'));
    });
    expect(found).toMatchObject([{ disposition: 'role', waveId: null }]);
  });

  it('is unclear where neither an earlier run nor the user’s role tells', async () => {
    const found = await sweepAfter((world) => {
      world.userLevel = null;
      world.endJob(world.project('acme/apps/new'), denied('acme/apps/new'));
    });
    expect(found).toMatchObject([{ disposition: 'unclear' }]);
  });
});

describe('a failed job without a log', () => {
  it('keeps the wave from passing', async () => {
    const found = await sweepAfter((world) => world.endJob(world.at(WEB), { name: 'nightly', log: '' }));
    expect(found).toMatchObject([{ disposition: 'unread', waveId: 1, verdict: null }]);
    await rollout.run();
    expect(await rollout.wavePhases()).toEqual(['inconclusive']);
    expect((await rollout.store.sweeps(1)).at(-1)?.judged).toMatchObject({ seen: { unreadLogs: 1 } });
  });

  it('is settled by a later run that passes', async () => {
    await sweepAfter((world) => world.endJob(world.at(WEB), { name: 'nightly', log: '' }));
    rollout.world.endJob(rollout.world.at(WEB), { name: 'nightly', status: 'success', log: '' });
    rollout.clock.pass(2 * HOUR_MS);
    await rollout.tick();
    expect(await rollout.store.failures()).toMatchObject([{ disposition: 'unrelated' }]);
  });

  it.each(['missing_dependency_failure', 'user_blocked', 'no_matching_runner'])(
    'never ran: %s',
    async (failureReason) => {
      const found = await sweepAfter((world) =>
        world.endJob(world.at(WEB), { name: 'nightly', log: '', failureReason }),
      );
      expect(found).toMatchObject([{ disposition: 'unrelated' }]);
    },
  );

  it('is looked at again while the log may still be on its way', async () => {
    rollout = await TestRollout.create(PATIENT);
    await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
    rollout.clock.pass(2 * HOUR_MS);
    const job = rollout.world.endJob(rollout.world.project('acme/apps/new'), { name: 'nightly', log: '' });
    await rollout.tick();
    expect((await rollout.store.sweeps(1)).at(-1)?.unread).toEqual([
      expect.stringContaining('its log is empty so far'),
    ]);
    rollout.world.jobs[rollout.world.jobs.indexOf(job)] = { ...job, log: deniedTrace('acme/apps/new', CORE) };
    rollout.clock.pass(2 * HOUR_MS);
    await rollout.tick();
    expect(await rollout.store.failures()).toMatchObject([{ disposition: 'denied' }]);
  });

  it('is settled by a person who knows what it failed of, and the verdict says so', async () => {
    const [erased] = await sweepAfter((world) => world.endJob(world.at(WEB), { name: 'nightly', log: '' }));
    await settleFailures(rollout.orders, [erased!.jobId], 'disk full, says team web');
    await rollout.run();
    expect((await rollout.wavePhases())[0]).toBe('passed');
    const judged = (await rollout.store.sweeps(1)).at(-1)?.judged;
    expect(judged).toMatchObject({ verdict: 'passed', seen: { unreadLogs: 0, settled: 1 } });
    expect(judged?.reasons).toContain('1 failed job settled by a person');
    const findings = await denialFindings(rollout.store, rollout.playbook, rollout.clock.now());
    expect(findings).toMatchObject([
      { state: 'resolved', resolvedBy: 'settled by dana: disk full, says team web', suggestion: null },
    ]);
    expect(await rollout.store.ledger()).toContainEqual(
      expect.objectContaining({ kind: 'order', subject: `settle job ${erased!.jobId} of ${WEB}` }),
    );
  });

  it('moves no waiting wave on by being settled: that is a second order', async () => {
    const [erased] = await sweepAfter((world) => world.endJob(world.at(WEB), { name: 'nightly', log: '' }));
    const result = await rollout.run();
    expect(result).toMatchObject({
      kind: 'waiting-for-person',
      next: expect.stringContaining('findings settle') as string,
    });
    await settleFailures(rollout.orders, [erased!.jobId], 'disk full');
    await rollout.run();
    expect(await rollout.wavePhases()).toEqual(['inconclusive']);
    await rollout.approve();
    await rollout.run();
    expect((await rollout.wavePhases())[0]).toBe('passed');
  });

  it('is kept as unread at the end of the soak where GitLab refuses to show it, so that somebody can settle it', async () => {
    rollout = await TestRollout.create(PATIENT);
    await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
    rollout.clock.pass(HOUR_MS);
    rollout.world.endJob(rollout.world.at(WEB), { name: 'nightly', log: 'x' });
    rollout.forge.before = ({ name }) => {
      if (name === 'trace') throw new RolloutError('FORGE_REFUSED', 'read a log: 403 Forbidden', 'Ask.');
    };
    rollout.clock.pass(HOUR_MS);
    await rollout.tick();
    expect(await rollout.store.failures()).toEqual([]);
    await rollout.run();
    expect(await rollout.wavePhases()).toEqual(['inconclusive']);
    expect(await rollout.store.failures()).toMatchObject([
      { disposition: 'unread', reason: expect.stringContaining('403 Forbidden') as string },
    ]);
  });
});

describe('an order to settle', () => {
  it.each([
    ['a denial', denied('acme/apps/new'), 'edges approve'],
    ['a job that failed of itself', { name: 'nightly', log: 'FAIL' }, 'nothing to settle'],
  ])('is refused for %s', async (_what, job, hint) => {
    const [record] = await sweepAfter((world) => world.endJob(world.project('acme/apps/new'), job));
    await expect(settleFailures(rollout.orders, [record!.jobId], 'no')).rejects.toMatchObject({
      code: 'ORDER_REFUSED',
      hint: expect.stringContaining(hint) as string,
    });
    await expect(settleFailures(rollout.orders, [404], 'no')).rejects.toMatchObject({ code: 'ORDER_REFUSED' });
  });
});
