import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeWorld } from '../fakes/fake-world.ts';
import { TestRollout } from '../engine/rollout.ts';
import type { TickResult } from '../../src/engine/drive/run.ts';

const PLAYBOOK = {
  scope: { groups: ['acme'], exclude: ['acme/apps/**'] },
  observe: { window: '1s', every: '1s' },
  gates: { soak: '2h', sweepEvery: '2h', minJobs: 1, minExercised: 0 },
  waves: { pilot: { size: 1, projects: ['acme/libs/core'] }, sizes: [1] },
};

export const APPROVED: Readonly<Record<string, readonly string[]>> = {
  'acme/libs/core': ['acme/apps/web', 'acme/apps/shop'],
  'acme/libs/tools': ['acme/apps/web'],
};

function world(clock: FakeClock): FakeWorld {
  const made = new FakeWorld(clock);
  for (const path of ['acme/libs/core', 'acme/libs/tools', 'acme/apps/web', 'acme/apps/shop', 'acme/apps/late'])
    made.project(path);
  for (const [callee, callers] of Object.entries(APPROVED)) for (const caller of callers) made.use(caller, callee);
  made.traffic();
  return made;
}

/** Two waves: the first passes; the second is rolled back, because a caller that nobody knew comes after it. */
export const create = (): Promise<TestRollout> => TestRollout.create(PLAYBOOK, world);

/** Drives it to its end from wherever it stands. */
export async function drive(rollout: TestRollout): Promise<TickResult> {
  return rollout.run((result) => {
    const tools = rollout.world.at('acme/libs/tools');
    if (result.kind === 'waiting-for-time' && tools.stored) {
      rollout.clock.pass(60_000);
      rollout.world.runJob(rollout.world.at('acme/apps/late'), tools);
    }
    return false;
  });
}

/** Promise 1, looked at from outside: everybody approved gets into everything that is enforced. */
export function shutOut({ world: now }: TestRollout): readonly string[] {
  return Object.entries(APPROVED).flatMap(([callee, callers]) =>
    callers.filter((caller) => !now.admits(now.at(callee), now.at(caller))).map((caller) => `${caller} -> ${callee}`),
  );
}

/** What a run leaves on GitLab and in the books, without the moments at which it happened. */
export async function outcome(rollout: TestRollout): Promise<object> {
  const writes = rollout.forge.writes.map(({ kind, callee, target }) => `${kind} ${callee} ${target?.path ?? ''}`);
  return {
    lists: rollout.lists(),
    writes,
    waves: await rollout.wavePhases(),
    phase: await rollout.phase(),
    open: (await rollout.store.openIntents()).length,
    ledger: (await rollout.store.verifyLedger()).problem,
  };
}
