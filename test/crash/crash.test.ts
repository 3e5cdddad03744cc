import { afterEach, describe, expect, it } from 'vitest';
import type { TestRollout } from '../engine/rollout.ts';
import { unavailable } from '../fakes/fake-forge.ts';
import { observed } from './observed-store.ts';
import { create, drive, outcome, shutOut } from './two-waves.ts';

const opened: TestRollout[] = [];
afterEach(() => {
  for (const rollout of opened.splice(0)) rollout.close();
});

async function started(): Promise<TestRollout> {
  const rollout = await create();
  opened.push(rollout);
  return rollout;
}

const UNDISTURBED = {
  lists: {
    'acme/libs/core': { on: true, entries: ['project acme/apps/shop', 'project acme/apps/web'] },
    'acme/libs/tools': { on: false, entries: [] },
    'acme/apps/web': { on: false, entries: [] },
    'acme/apps/shop': { on: false, entries: [] },
    'acme/apps/late': { on: false, entries: [] },
  },
  writes: [
    'add 100 acme/apps/web',
    'add 100 acme/apps/shop',
    'enforce 100 ',
    'add 101 acme/apps/web',
    'enforce 101 ',
    'reopen 101 ',
    'remove 101 acme/apps/web',
  ],
  waves: ['passed', 'rolledBack'],
  phase: 'stopped',
  open: 0,
  ledger: null,
};

describe('a rollout of two waves, one of which is rolled back', () => {
  it('ends as it should when nothing happens', async () => {
    const rollout = await started();
    expect(await drive(rollout)).toMatchObject({ kind: 'gate-failed' });
    expect(await outcome(rollout)).toEqual(UNDISTURBED);
  });

  /*
   * The disk changes only at commits and GitLab only at writes: a process killed anywhere leaves one of the states right
   * after one of these. Each is copied and driven to its end. Fails when an intent is committed after its write
   * (`commitIntents` below `send` in writes.ts) or when open intents are not settled first (`settleOpenIntents` in run.ts).
   */
  it('ends the same wherever it is killed', { timeout: 180_000 }, async () => {
    const rollout = await started();
    const wrong: object[] = [];
    let points = 0;
    const killed = async (where: string): Promise<void> => {
      points += 1;
      const fork = await rollout.fork();
      fork.forge.after = () => {
        if (shutOut(fork).length > 0) wrong.push({ where, shutOut: shutOut(fork) });
      };
      await drive(fork);
      const end = await outcome(fork);
      fork.close();
      if (JSON.stringify(end) !== JSON.stringify(UNDISTURBED)) wrong.push({ where, end });
    };
    rollout.seen = { ...rollout.seen, store: (store) => observed(store, (what) => killed(`after ${what}`)) };
    rollout.forge.after = async ({ write, name }) => {
      if (write) await killed(`after ${name}`);
    };
    await drive(rollout);
    expect(wrong).toEqual([]);
    expect(points).toBeGreaterThan(50);
  });
});

describe('a GitLab that fails', () => {
  /** Drives on through errors, as a scheduled job would: each tick that fails is followed by another. */
  async function persist(rollout: TestRollout): Promise<void> {
    for (let attempt = 0; attempt < 6; attempt += 1) {
      try {
        await drive(rollout);
        return;
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes('503')) throw error;
      }
    }
    throw new Error('never came to an end');
  }

  /** How the n-th write fails: before or after it took effect, with or without the reading that follows. */
  const WAYS = ['before', 'after', 'before and at the next reading', 'after and at the next reading'] as const;

  it.each(WAYS)('ends the same with a write that fails %s', { timeout: 120_000 }, async (way) => {
    for (let nth = 1; nth <= UNDISTURBED.writes.length; nth += 1) {
      const rollout = await started();
      let writes = 0;
      let failReading = false;
      rollout.forge.before = ({ write, name }) => {
        if (write) writes += 1;
        if (write && writes === nth && way.startsWith('before')) {
          failReading = way.includes('reading');
          throw unavailable();
        }
        if (name === 'allowlist' && failReading) {
          failReading = false;
          throw unavailable();
        }
      };
      rollout.forge.after = ({ write }) => {
        expect(shutOut(rollout)).toEqual([]);
        if (write && writes === nth && way.startsWith('after')) {
          failReading = way.includes('reading');
          throw unavailable();
        }
      };
      await persist(rollout);
      expect(await outcome(rollout), `write ${nth}`).toEqual(UNDISTURBED);
    }
  });
});
