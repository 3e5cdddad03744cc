import { beforeAll, describe, expect, it } from 'vitest';
import { carryThrough, type Cut, type MatrixOutcome } from './matrix-support.ts';

/** Every point takes about half an hour of processor time; without it some spread over the whole rollout. */
const SOAK = process.env['TIDEGATE_SOAK'] === '1';
const SAMPLES = 2;

/*
 * The whole rollout (two waves, the second taken back) runs in child processes that are killed with SIGKILL: at calls from
 * the wire between product and stand-in, at commits by a module that only this test loads. Each point is a rollout of its
 * own, killed once and started again by somebody who knows nothing of it.
 */
describe('a rollout of two waves and one rollback, killed at one point', () => {
  let undisturbed: MatrixOutcome;
  beforeAll(async () => {
    undisturbed = await carryThrough(null);
  }, 120_000);

  it('is whole without being killed', () => {
    expect(undisturbed).toMatchObject({ kills: 0, problems: [] });
    expect(undisturbed.state).toContainEqual({
      path: 'acme/libs/core',
      stored: true,
      entries: ['acme/apps/shop', 'acme/apps/web'].map((path) =>
        JSON.stringify({ kind: 'project', path, defaultPermissions: true, policies: [] }),
      ),
    });
    expect(undisturbed.calls).toBeGreaterThan(40);
    expect(undisturbed.commits).toBeGreaterThan(40);
  });

  const kinds = (['call', 'commit'] as const).flatMap((at) =>
    (['before', 'after'] as const).map((when) => ({ at, when })),
  );
  // Fails when an intent is committed after its write (`commitIntents` below the loop in writes.ts), and when open
  // intents are not settled before the next task (`settleOpenIntents` in run.ts).
  it.each(kinds)('ends the same $when a $at', { timeout: SOAK ? 3_600_000 : 240_000 }, async ({ at, when }) => {
    const { calls, writes, commits } = undisturbed;
    const points = at === 'call' ? calls : commits;
    const wrong: object[] = [];
    let kills = 0;
    for (const n of chosen(points, at === 'call' ? writes : null, when === 'before' ? 0.2 : 0.7)) {
      const cut: Cut = { at, when, n };
      const outcome = await carryThrough(cut);
      kills += outcome.kills;
      const same = JSON.stringify(outcome.state) === JSON.stringify(undisturbed.state);
      if (!same || outcome.problems.length > 0) wrong.push({ cut, ...outcome });
    }
    console.info(`killed ${kills} times ${when} a ${at}, ${points} there are`);
    expect(wrong).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(SOAK ? points - 2 : SAMPLES);
  });
});

/** All points, or some spread evenly over the writes where these are known, else over all. */
function chosen(points: number, writes: readonly number[] | null, offset: number): readonly number[] {
  const all = Array.from({ length: points }, (_, index) => index + 1);
  if (SOAK) return all;
  const from = writes ?? all;
  return Array.from({ length: SAMPLES }, (_, at) => from[Math.floor(((at + offset) / SAMPLES) * from.length)] ?? 1);
}
