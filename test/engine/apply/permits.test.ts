import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitIntents, permitFor, recordOutcome, type Place } from '../../../src/engine/apply/intents.ts';
import { fenced, type Engine } from '../../../src/engine/context.ts';
import { pause } from '../../../src/engine/orders/resume.ts';
import { abort } from '../../../src/engine/orders/rollback.ts';
import type { WriteIntent } from '../../../src/domain/rollout/intent.ts';
import { TestRollout } from '../rollout.ts';

const PLACE: Place = { waveId: null, callee: null, subject: 'acme/records' };

describe('the permit of a write', () => {
  let rollout: TestRollout;
  let engine: Engine;
  let intent: WriteIntent;
  beforeEach(async () => {
    rollout = await TestRollout.create();
    engine = await rollout.engine();
    const action = { kind: 'addNote', project: 'acme/records', marker: 'm', note: 'n' } as const;
    [intent] = (await commitIntents(engine, PLACE, [action])) as [WriteIntent];
  });
  afterEach(() => rollout.close());

  it('is good for one request', async () => {
    const permit = permitFor(engine, intent, 'record');
    await permit();
    await expect(permit()).rejects.toThrow('a second time');
  });

  it('is not given once the intent is settled, nor for one that was never stored', async () => {
    await fenced(engine, () => recordOutcome(engine, PLACE.subject, intent, 'absent', null));
    await expect(permitFor(engine, intent, 'record')()).rejects.toThrow('a second time');
    await expect(permitFor(engine, { ...intent, id: 99 }, 'record')()).rejects.toThrow('a second time');
  });

  it('is not given to who has lost the lease', async () => {
    const permit = permitFor(engine, intent, 'safety');
    await rollout.store.takeLease('another', 60_000, () => true);
    await expect(permit()).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });
});

describe('an order that comes while a write is on the wire', () => {
  const ORDERS = {
    pause: (rollout: TestRollout) => pause(rollout.orders, 'wait'),
    abort: (rollout: TestRollout) => abort(rollout.orders, false, 'wrong instance'),
  };

  // Fails when `permitFor` does not look at the open task (abort), or at the pause.
  it.each(['pause', 'abort'] as const)('%s: not one further write leaves', async (order) => {
    const rollout = await TestRollout.create({ waves: { pilot: { size: 1, projects: ['acme/libs/core'] } } });
    rollout.forge.before = async ({ name }) => {
      if (name !== 'addEntry') return;
      rollout.forge.before = () => undefined;
      await ORDERS[order](rollout);
    };
    await rollout.run();
    expect(rollout.forge.writes.map(({ kind }) => kind)).toEqual(['add']);
    expect((await rollout.store.intents(1)).map(({ outcome }) => outcome)).toEqual(['done', 'absent']);
    rollout.close();
  });
});
