import { afterEach, describe, expect, it } from 'vitest';
import { TestRollout } from './rollout.ts';

let rollout: TestRollout;
afterEach(() => rollout.close());

describe('a whole rollout', () => {
  it('takes every project from open to enforced with the entries its callers need', async () => {
    rollout = await TestRollout.create();
    const result = await rollout.run();
    expect(result).toMatchObject({ kind: 'done' });
    expect(await rollout.phase()).toBe('guarding');
    expect(rollout.lists()).toEqual({
      'acme/libs/core': { on: true, entries: ['project acme/apps/shop', 'project acme/apps/web'] },
      'acme/libs/tools': { on: true, entries: ['project acme/apps/web'] },
      'acme/apps/web': { on: true, entries: [] },
      'acme/apps/shop': { on: true, entries: [] },
    });
    expect(rollout.world.jobs.every(({ status }) => status === 'success')).toBe(true);
    expect((await rollout.store.verifyLedger()).problem).toBeNull();
  });
});
