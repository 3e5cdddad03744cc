import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drive, plainTick } from '../integration/support/operator.ts';
import { breaches, shortfalls, type Call, type World } from '../integration/support/oracle.ts';
import { carryOut, type Outcome } from '../integration/support/outcome.ts';
import { shipped, SHORT } from '../integration/support/playbooks.ts';
import { StandInProcess, Workplace, type Ended } from '../integration/support/process.ts';
import { describe as shown, Rollout } from '../integration/support/rollout.ts';
import { afterCalls, callCount, killedTick, random, startTick } from './process-support.ts';

/** Many seeds take minutes. */
const SOAK = process.env['TIDEGATE_SOAK'] === '1';
const SEEDS = [1, 2, 3, 4, 5, 6];

const organisation = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/organisations/${name}.yaml`, import.meta.url));

/** Nobody has to approve a wave, so that ticks are long and are hit in the middle. */
const PLAYBOOK = shipped('fast', SHORT);

/** What has to be the same, however often the driver was killed. */
const settled = ({ after }: Outcome): object => ({
  enforced: after.enforced,
  projects: Object.entries(after.projects).map(([path, { stored, entries }]) => ({
    path,
    stored,
    entries: entries.map((entry) => JSON.stringify(entry)).sort(),
  })),
});

describe('a driver that gets SIGKILL at any moment, and the next one right after it', () => {
  const scenario = (name: string) => ({ standIn: ['--org', organisation(name)], playbook: PLAYBOOK });

  it.for(['no-log', 'two-roots'].flatMap((name) => SEEDS.map((seed) => ({ name, seed }))))(
    '$name, seed $seed: ends as if nothing had happened',
    { timeout: 600_000 },
    async ({ name, seed }, { skip }) => {
      skip(!SOAK && (name !== 'no-log' || seed > 1), 'set TIDEGATE_SOAK=1 to run it');
      const undisturbed = await carryOut(scenario(name));
      const draw = random(seed);
      const codes: (number | null)[] = [];
      let kills = 0;
      const killing = async (rollout: Rollout): Promise<Ended> => {
        for (let times = Math.floor(draw() * 3); times > 0; times -= 1) {
          const result = await killedTick(rollout, 1 + Math.floor(draw() * 14), Math.floor(draw() * 8));
          if (result.signal === 'SIGKILL') kills += 1;
          // It was done before the signal came: what it said counts, and the next tick says the same.
          else codes.push(result.code);
        }
        return plainTick(rollout);
      };
      const outcome = await carryOut({ ...scenario(name), habits: { tick: killing } });
      expect(outcome.problems, outcome.journey.story.join('\n')).toEqual([]);
      expect(settled(outcome)).toEqual(settled(undisturbed));
      expect(kills).toBeGreaterThan(3);
      expect(codes.filter((code) => code !== null && ![0, 3, 4, 5].includes(code))).toEqual([]);
    },
  );
});

describe('a driver in the middle of its work', () => {
  let standIn: StandInProcess;
  let rollout: Rollout;

  beforeEach(async () => {
    const place = new Workplace();
    standIn = await StandInProcess.start(['--org', organisation('open-source')], place.path);
    rollout = new Rollout(standIn, place);
    await rollout.init(PLAYBOOK);
  });

  afterEach(async () => {
    await standIn.stop();
    rollout.place.remove();
  });

  it('keeps a second one out, which says who is at work and exits with 6', { timeout: 600_000 }, async () => {
    const first = startTick(rollout);
    await afterCalls(first, rollout, 0, 1);
    first.child.kill('SIGSTOP');
    const second = await plainTick(rollout);
    first.child.kill('SIGCONT');
    expect(second.code, shown(second)).toBe(6);
    expect(second.stderr).toContain('drives this rollout');
    expect((await first.end).code).toBe(3);
  });

  it(
    'finishes what is in flight after SIGINT, exits with 130 and can be taken up again',
    { timeout: 600_000 },
    async () => {
      const before = await standIn.control<World>('state');
      const draw = random(5);
      let interrupted = 0;
      const { end, story } = await drive(rollout, {
        tick: async () => {
          const from = await callCount(rollout);
          const tick = startTick(rollout);
          await afterCalls(tick, rollout, from, 1 + Math.floor(draw() * 10));
          tick.child.kill('SIGINT');
          const result = await tick.end;
          if (result.code !== 130) return result;
          interrupted += 1;
          expect(result.stderr).toContain('to go on: tidegate tick');
          return plainTick(rollout);
        },
      });
      expect(end, story.join('\n')).toBe('guarding');
      expect(interrupted).toBeGreaterThan(2);
      const calls = await standIn.control<readonly Call[]>('requests');
      const after = await standIn.control<World>('state');
      const evidence = { before, calls, after, ledger: await rollout.ledger() };
      expect([...breaches(evidence), ...shortfalls(evidence, () => true)]).toEqual([]);
    },
  );

  it('leaves at once after a second SIGINT, and the next one goes on', { timeout: 600_000 }, async () => {
    const tick = startTick(rollout);
    await afterCalls(tick, rollout, 0, 2);
    tick.child.kill('SIGINT');
    tick.child.kill('SIGINT');
    expect((await tick.end).code).toBe(130);
    const next = await plainTick(rollout);
    expect(next.code, shown(next)).toBe(3);
  });
});
