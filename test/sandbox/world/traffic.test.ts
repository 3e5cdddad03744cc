import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { World } from '../../../src/sandbox/world/index.ts';
import { CORE, HOUR, MINUTE, SHOP_API, smallWorld, WEB } from './small-organisation.ts';

function truthOf(world: World, caller: string): { allowed: number; denied: number } | null {
  const edge = [...world.truth()].find((line) => line.caller === caller);
  return edge === undefined ? null : { allowed: edge.allowed, denied: edge.denied };
}

describe('traffic', () => {
  it('has happened for the length of the history, and goes on only with the clock', () => {
    const world = smallWorld();
    // Runs at 1, 7, 13 and 19 hours past 8:00, two days back.
    expect(truthOf(world, 'acme/apps/web')).toEqual({ allowed: 8, denied: 0 });
    expect(truthOf(world, 'acme/apps/shop/api')).toEqual({ allowed: 2, denied: 0 });
    world.advance(HOUR - 1);
    expect([...world.jobs(WEB)]).toHaveLength(8);
    world.advance(1);
    expect([...world.jobs(WEB)].map(({ at }) => at)[0]).toBe(world.now());
  });

  it('lets a change act on runs after it and on none before', () => {
    const world = smallWorld();
    world.advance(HOUR);
    world.setInbound(CORE, true);
    expect([...world.jobs(WEB, { status: 'failed' })]).toEqual([]);
    world.advance(6 * HOUR);
    world.addEntry(CORE, { kind: 'project', targetId: WEB, addedBy: null });
    world.advance(6 * HOUR);
    const statuses = [...world.jobs(WEB)].map(({ status }) => status);
    expect(statuses.slice(0, 3)).toEqual(['success', 'failed', 'success']);
    expect(truthOf(world, 'acme/apps/web')).toEqual({ allowed: 10, denied: 1 });
  });

  it('does not care in how many steps time passes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }), fc.boolean(), (hours, strict) => {
        const stepwise = smallWorld();
        const atOnce = smallWorld();
        for (const world of [stepwise, atOnce]) world.setInbound(CORE, strict);
        for (const step of hours) stepwise.advance(step * HOUR);
        atOnce.advance(hours.reduce((sum, step) => sum + step, 0) * HOUR);
        expect([...stepwise.truth()]).toEqual([...atOnce.truth()]);
        expect([...stepwise.jobs(WEB)].map(({ id, status }) => ({ id, status }))).toEqual(
          [...atOnce.jobs(WEB)].map(({ id, status }) => ({ id, status })),
        );
        expect(stepwise.authLog(CORE).map(({ lastAuthorizedAt }) => lastAuthorizedAt)).toEqual(
          atOnce.authLog(CORE).map(({ lastAuthorizedAt }) => lastAuthorizedAt),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('stops a job at its first refusal: later uses are not reached', () => {
    const uses = ['acme/libs/a', 'acme/libs/b', 'acme/libs/c'].map((callee) => ({ callee, access: 'git' }));
    const world = smallWorld({
      projects: [
        { path: 'acme/libs/a', inboundEnabled: false },
        { path: 'acme/libs/b', inboundEnabled: true },
        { path: 'acme/libs/c', inboundEnabled: false },
        { path: 'acme/apps/web' },
      ],
      jobs: [{ project: 'acme/apps/web', name: 'build', every: '1d', at: '1h', user: 'ci-bot', uses }],
    });
    const counts = [...world.truth()].map(({ callee, allowed, denied }) => [callee, allowed, denied]);
    expect(counts).toEqual([
      ['acme/libs/a', 2, 0],
      ['acme/libs/b', 0, 2],
    ]);
  });

  it('fails flaky jobs for their own reasons, the same ones each time, after their accesses', () => {
    const jobs = [
      {
        project: 'acme/apps/web',
        name: 'test',
        every: '1h',
        user: 'ci-bot',
        flaky: 0.2,
        uses: [{ callee: 'acme/libs/core', access: 'git' }],
      },
    ];
    const [one, two] = [smallWorld({ jobs, history: '30d' }), smallWorld({ jobs, history: '30d' })];
    const failed = [...one.jobs(WEB, { status: 'failed' })].map(({ id }) => id);
    expect(failed.length).toBeGreaterThan(720 * 0.12);
    expect(failed.length).toBeLessThan(720 * 0.28);
    expect([...two.jobs(WEB, { status: 'failed' })].map(({ id }) => id)).toEqual(failed);
    expect(truthOf(one, 'acme/apps/web')).toEqual({ allowed: 721, denied: 0 });
    const trace = [...(one.trace(failed[0] ?? 0) ?? [])].join('');
    expect(trace).not.toContain('not allowed from');
    expect(trace).toContain('ERROR: Job failed: exit code 1');
  });

  it('gives ids that grow with time and find their run again', () => {
    const world = smallWorld();
    world.setInbound(CORE, true);
    world.advance(30 * HOUR);
    const extra = world.runJob('acme/apps/web', 'build');
    const jobs = [...world.jobs(WEB), ...world.jobs(SHOP_API)].sort(
      (left, right) => left.at - right.at || left.id - right.id,
    );
    expect(jobs.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).sort((left, right) => left - right));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
    for (const job of jobs) expect(world.jobById(job.id)).toEqual(job);
    for (const { pipelineId, project } of jobs) expect(world.pipelineById(pipelineId)?.project).toBe(project);
    expect(extra).toMatchObject({ ok: true, job: { status: 'failed', at: world.now() } });
    expect(world.jobById((jobs[0]?.id ?? 0) + 1)).toBeNull();
  });

  it('pages jobs by id without gaps', () => {
    const world = smallWorld();
    const all = [...world.jobs(WEB)].map(({ id }) => id);
    const third = all[3] ?? 0;
    expect([...world.jobs(WEB, { belowId: third })].map(({ id }) => id)).toEqual(all.slice(4));
  });

  it('counts a job that may fail as a warning of a pipeline that passed', () => {
    const use = [{ callee: 'acme/libs/core', access: 'git' }];
    const jobs = [
      { project: 'acme/apps/web', name: 'lint', every: '1d', user: 'ci-bot', uses: [] },
      { project: 'acme/apps/web', name: 'scan', every: '1d', user: 'ci-bot', allowFailure: true, uses: use },
    ];
    const world = smallWorld({ jobs, enforced: true });
    const [pipeline] = [...world.pipelines(WEB)];
    expect(pipeline).toMatchObject({ status: 'success', totalJobs: 2, failedJobs: 1, warnings: true, iid: 3 });
    expect([...world.jobs(WEB, { pipelineId: pipeline?.id ?? 0 })].map(({ name }) => name).sort()).toEqual([
      'lint',
      'scan',
    ]);
    expect([...world.pipelines(WEB, { status: 'failed' })]).toEqual([]);
  });

  it('shows schedules with their next run', () => {
    const jobs = [
      { project: 'acme/apps/web', name: 'audit', every: '90d', at: '20d', user: 'ci-bot', schedule: true, uses: [] },
    ];
    const [schedule] = smallWorld({ jobs }).schedules(WEB);
    expect(schedule).toMatchObject({
      cron: '0 8 22 */3 *',
      lastPipelineId: null,
      nextRunAt: Date.parse('2026-03-22T08:00:00Z'),
    });
  });

  it('stands still in archived and deleted projects, and fails whoever uses a deleted one', () => {
    const world = smallWorld();
    world.updateProject(SHOP_API, { archived: true });
    world.deleteProject(CORE);
    world.advance(24 * HOUR);
    expect(truthOf(world, 'acme/apps/shop/api')).toEqual({ allowed: 2, denied: 0 });
    expect(truthOf(world, 'acme/apps/web')).toEqual({ allowed: 8, denied: 4 });
    expect(world.authLog(CORE)).toEqual([]);
  });
});

describe('authentication log', () => {
  it('shows a row five minutes after the access, dated when it was written', () => {
    const world = smallWorld({ history: '0s' });
    world.advance(HOUR + 5 * MINUTE - 1);
    expect(world.authLog(CORE)).toEqual([]);
    world.advance(1);
    expect(world.authLog(CORE)).toMatchObject([{ caller: { id: WEB }, lastAuthorizedAt: world.now() }]);
  });

  it('has no row for a job that last ran before the history', () => {
    const jobs = [
      {
        project: 'acme/apps/web',
        name: 'audit',
        every: '90d',
        at: '20d',
        user: 'ci-bot',
        uses: [{ callee: 'acme/libs/core', access: 'git' }],
      },
    ];
    const world = smallWorld({ jobs, history: '45d' });
    expect(world.authLog(CORE)).toEqual([]);
    world.advance(21 * 24 * HOUR);
    expect(world.authLog(CORE)).toHaveLength(1);
  });

  it('keeps the last allowed access while later ones are refused', () => {
    const world = smallWorld();
    const before = world.authLog(CORE).map(({ lastAuthorizedAt }) => lastAuthorizedAt);
    world.setEnforced(true);
    world.advance(48 * HOUR);
    expect(world.authLog(CORE).map(({ lastAuthorizedAt }) => lastAuthorizedAt)).toEqual(before);
  });

  it('takes accesses of real clients and of jobs run by hand', () => {
    const world = smallWorld({
      jobs: [
        {
          project: 'acme/apps/web',
          name: 'build',
          every: '90d',
          at: '60d',
          user: 'ci-bot',
          uses: [{ callee: 'acme/libs/core', access: 'git' }],
        },
      ],
    });
    world.attempt({ caller: SHOP_API, user: 2, callee: CORE, access: 'npm' });
    world.runJob('acme/apps/web', 'build');
    world.advance(5 * MINUTE);
    expect(world.authLog(CORE).map(({ caller }) => caller.id)).toEqual([WEB, SHOP_API]);
    expect([...world.truth()].map(({ caller, allowed }) => [caller, allowed])).toEqual([
      ['acme/apps/web', 1],
      ['acme/apps/shop/api', 1],
    ]);
  });

  it('loses the rows of deleted callers and keeps those of moved ones', () => {
    const world = smallWorld();
    world.moveProject(WEB, 'acme/sites/web');
    world.deleteProject(SHOP_API);
    expect(world.authLog(CORE).map(({ caller }) => caller.fullPath)).toEqual(['acme/sites/web']);
  });
});
