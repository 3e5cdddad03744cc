import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drive } from './support/operator.ts';
import type { World } from './support/oracle.ts';
import { shipped, SHORT } from './support/playbooks.ts';
import { StandInProcess, Workplace } from './support/process.ts';
import { Rollout, type TickAnswer } from './support/rollout.ts';

/*
 * An approval that a person gave until a day, which comes when everything is enforced and guarded. A rule of the playbook
 * would approve the same access for a year; the person's word counts. In order: each case goes on where the last one ended.
 */
const ORGANISATION = fileURLToPath(new URL('../fixtures/organisations/expiry.yaml', import.meta.url));
const [WEB, CORE] = ['acme/apps/web', 'acme/libs/core'];
const PRUNING = `${shipped('standard', SHORT)}\ntighten:\n  prune: true\n`;

describe('an approval that runs out while everything is guarded', () => {
  const place = new Workplace();
  let standIn: StandInProcess;
  let rollout: Rollout;

  beforeAll(async () => {
    standIn = await StandInProcess.start(['--org', ORGANISATION], place.path);
    rollout = new Rollout(standIn, place);
    await rollout.init(PRUNING);
    const approve = ['edges', 'approve', WEB, CORE, '--expires', '2026-06-05', '--reason', 'until the move', '--yes'];
    const { end, story } = await drive(rollout, {
      afterTick: async (_, __, ticks) => {
        if (ticks === 1) await rollout.must(...approve);
      },
    });
    expect(end, story.join('\n')).toBe('guarding');
    await standIn.control('clock', { advance: '70d' });
  }, 200_000);
  afterAll(async () => {
    await standIn.stop();
    place.remove();
  });

  const entries = async (): Promise<readonly string[]> =>
    ((await standIn.control<World>('state')).projects[CORE]?.entries ?? []).map(({ path }) => path).sort();
  const drifted = async (): Promise<readonly string[]> =>
    (await rollout.status()).findings
      .filter(({ kind }) => kind === 'drift')
      .map(({ subject, text }) => `${subject}: ${text}`);

  it('is named by the next look and left to a person, and its entry stays meanwhile', { timeout: 60_000 }, async () => {
    const said = await rollout.command('tick', '--json');
    expect(said.code).toBe(4);
    expect((JSON.parse(said.stdout) as TickAnswer).what).toBe('1 edge waits for a decision');
    expect(said.stderr).toContain(`${WEB} -> ${CORE}: approved by root until 2026-06-05T00:00:00Z and not renewed`);
    expect(await drifted()).toEqual([expect.stringContaining(`${WEB} -> ${CORE}: approved by root`)]);
    expect(await entries()).toEqual(['acme/apps/api', WEB]);
    expect(await rollout.edges('--state', 'undecided')).toMatchObject([{ caller: WEB, callee: CORE }]);
    expect((await rollout.must('status')).stdout).toContain(
      '1 approval past the date or in question, to be decided anew',
    );
  });

  it('is asked for by a plan made then, which changes nothing', { timeout: 60_000 }, async () => {
    const { stderr, stdout } = await rollout.must('plan', '--json');
    expect(stderr).toContain('1 approval is past its date');
    expect(JSON.parse(stdout)).toMatchObject({ plan: { waves: [] } });
    expect((await rollout.command('tick')).code).toBe(4);
    expect(await entries()).toEqual(['acme/apps/api', WEB]);
    expect(await drifted()).toHaveLength(1);
  });

  it(
    'takes the entry away once it is rejected, as the playbook prunes, wave by wave',
    { timeout: 200_000 },
    async () => {
      await rollout.must('edges', 'reject', WEB, CORE, '--reason', 'it has moved', '--yes');
      const { end, story } = await drive(rollout);
      expect(end, story.join('\n')).toBe('guarding');
      expect(await entries()).toEqual(['acme/apps/api']);
      expect(story.some((line) => line.includes('waits for approval'))).toBe(true);
    },
  );
});
