import { afterEach, describe, expect, it } from 'vitest';
import { RolloutError } from '../../../src/domain/errors.ts';
import { pause } from '../../../src/engine/orders/resume.ts';
import { abort } from '../../../src/engine/orders/rollback.ts';
import { FakeWorld } from '../../fakes/fake-world.ts';
import type { FakeClock } from '../../fakes/fake-clock.ts';
import { TestRollout } from '../rollout.ts';

/* How a driver writes: how many at once, and until which moment somebody can still stop it. */

let rollout: TestRollout;
afterEach(() => rollout.close());

const CALLEES = 12;

function manyCallees(clock: FakeClock): FakeWorld {
  const world = new FakeWorld(clock);
  for (let index = 0; index < CALLEES; index += 1) {
    world.project(`acme/libs/l${index}`);
    world.use('acme/apps/web', `acme/libs/l${index}`);
  }
  world.project('acme/apps/web');
  world.traffic();
  return world;
}

describe('the failure tolerance of a wave', () => {
  it.each([
    [0, 4],
    [1, 4],
    [3, 4],
    [3, 2],
    [5, 20],
  ])('of %i with %i at once is exceeded by one at most', async (failureTolerance, concurrency) => {
    rollout = await TestRollout.create(
      { waves: { pilot: { size: CALLEES }, sizes: ['100%'], concurrency, failureTolerance }, onFailed: 'hold' },
      manyCallees,
    );
    let tried = 0;
    rollout.forge.before = ({ name }) => {
      if (name !== 'addEntry') return;
      tried += 1;
      throw new RolloutError('FORGE_REFUSED', 'limit reached', 'Read it.');
    };
    await rollout.run();
    // Fails when `room` in apply.ts does not take the failures so far away from the places.
    expect(tried).toBe(failureTolerance + 1);
    const [wave] = await rollout.store.waves();
    const steps = (await rollout.store.waveCallees(wave!.id)).map(({ step }) => step);
    expect(steps.filter((step) => step === 'failed')).toHaveLength(failureTolerance + 1);
    expect(await rollout.wavePhases()).toEqual(['held']);
  });
});

describe('an order from another terminal', () => {
  const PILOT = { waves: { pilot: { size: 4 }, sizes: ['100%'], concurrency: 1 } };

  /** At the n-th write, just as it is about to be sent. */
  const atWrite = (nth: number, order: () => Promise<void>): void => {
    let writes = 0;
    rollout.seen = {
      ...rollout.seen,
      forge: (forge) => ({
        ...bound(forge),
        addEntry: async (callee, entry, permit) => {
          writes += 1;
          // The wait for a turn: GitLab has asked for a pause.
          if (writes === nth) await order();
          return forge.addEntry(callee, entry, permit);
        },
      }),
    };
  };

  it('ends writing at once, though the write was allowed before it had to wait for its turn', async () => {
    rollout = await TestRollout.create({ ...PILOT, onFailed: 'hold' }, manyCallees);
    atWrite(2, () => abort(rollout.orders, false, 'wrong instance'));
    const result = await rollout.run();
    // Fails when `permitFor` (writes.ts) is asked before the write waits for its turn, or not at all.
    expect(rollout.forge.writes.map(({ kind }) => kind)).toEqual(['add', 'enforce']);
    expect(result).toMatchObject({ kind: 'done', what: 'the rollout was aborted' });
    expect(await rollout.store.openIntents()).toEqual([]);
  });

  it('takes everything back in the same run when it says so', async () => {
    rollout = await TestRollout.create(PILOT, manyCallees);
    atWrite(3, () => abort(rollout.orders, true, 'wrong instance'));
    await rollout.run();
    expect(Object.values(rollout.lists()).filter(({ on, entries }) => on || entries.length > 0)).toEqual([]);
    expect(await rollout.phase()).toBe('aborted');
  });

  it('ends a long reading at its next call', async () => {
    rollout = await TestRollout.create({}, manyCallees);
    let pages = 0;
    rollout.forge.before = async ({ name }) => {
      if (name !== 'projects') return;
      pages += 1;
      if (pages === 2) await pause(rollout.orders, 'lunch');
    };
    const result = await rollout.run();
    // Fails without `stillWanted` in while-wanted.ts: all five pages would be read.
    expect(pages).toBe(2);
    expect(result).toMatchObject({ kind: 'waiting-for-person', next: '`tidegate resume`' });
  });
});

/** The methods of a class instance as values of their own, to be overlaid. */
function bound<T extends object>(target: T): T {
  return new Proxy(target, {
    ownKeys: () => Object.getOwnPropertyNames(Object.getPrototypeOf(target)).filter((name) => name !== 'constructor'),
    getOwnPropertyDescriptor: (_, name) => ({ value: Reflect.get(target, name), enumerable: true, configurable: true }),
    get: (_, name) => {
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
