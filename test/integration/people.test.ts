import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drive } from './support/operator.ts';
import type { World } from './support/oracle.ts';
import { carryOut, type Outcome } from './support/outcome.ts';
import { shipped } from './support/playbooks.ts';
import { fetchAlone, StandInProcess, Workplace } from './support/process.ts';
import { Rollout } from './support/rollout.ts';

/*
 * People work on GitLab while a rollout runs: the stand-in lets them do so at the n-th call. What they did is in no
 * journal, so what is said of the callee they touched is looked at here and not by the oracle.
 */
const ORGANISATION = fileURLToPath(new URL('../fixtures/organisations/open-source.yaml', import.meta.url));

async function meanwhile(rule: object, call: number): Promise<Outcome> {
  const place = new Workplace();
  try {
    const faults = place.write('faults.json', JSON.stringify([{ ...rule, when: { call } }]));
    return await carryOut({ standIn: ['--org', ORGANISATION, '--faults', faults], playbook: shipped('fast') });
  } finally {
    place.remove();
  }
}

/** While it observes, between plan and approval, while the first wave is applied, while it soaks. */
const MOMENTS = process.env['TIDEGATE_SOAK'] === '1' ? [6, 22, 28, 34, 40, 48] : [34];

const elsewhere = ({ problems }: Outcome, ...paths: readonly string[]): readonly string[] =>
  problems.filter((problem) => !paths.some((path) => problem.includes(path)));

const story = ({ journey }: Outcome): string => journey.story.join('\n');

describe('while a rollout runs', () => {
  it.for(MOMENTS)(
    'a person lists a group, at call %i: the entry stays, the rest is as decided',
    { timeout: 400_000 },
    async (call) => {
      const callee = 'forge/kit/cli';
      const outcome = await meanwhile({ what: 'person_adds_entry', project: callee, entry: 'forge/kit/core' }, call);
      expect(outcome.journey.end, story(outcome)).toBe('guarding');
      expect(elsewhere(outcome, callee)).toEqual([]);
      const { stored, entries } = outcome.after.projects[callee] ?? { stored: false, entries: [] };
      expect({ stored, entries: entries.map(({ path }) => path).sort() }).toEqual({
        stored: true,
        entries: ['forge/kit/core', 'forge/site/docs'],
      });
    },
  );

  it.for(MOMENTS)('a callee moves to another group, at call %i: it is followed', { timeout: 400_000 }, async (call) => {
    const [from, to] = ['forge/kit/core/parser', 'forge/site/parser'];
    const outcome = await meanwhile({ what: 'project_moved', project: from, to }, call);
    expect(outcome.journey.end, story(outcome)).toBe('guarding');
    expect(elsewhere(outcome, from, to)).toEqual([]);
    expect(outcome.after.projects[to]?.stored).toBe(true);
  });

  it.for(MOMENTS)('a callee is deleted, at call %i: the others are finished', { timeout: 400_000 }, async (call) => {
    const path = 'forge/kit/core/secrets';
    const outcome = await meanwhile({ what: 'project_deleted', project: path }, call);
    expect(outcome.journey.end, story(outcome)).toBe('guarding');
    expect(elsewhere(outcome, path)).toEqual([]);
    expect(Object.values(outcome.after.projects).every(({ stored }) => stored)).toBe(true);
  });
});

describe('a person who opens a callee again while its wave soaks', () => {
  const CALLEE = 'acme/libs/core';
  const PLAYBOOK = `
name: opened
scope: { groups: [acme/libs] }
observe: { window: 1h, every: 1h }
decisions: { rules: [{ name: seen, then: approve, reason: in use }] }
waves: { pilot: { size: 1, projects: [${CALLEE}] }, sizes: [10] }
gates: { soak: 12h, sweepEvery: 12h, minJobs: 1, minExercised: 0 }
onInconclusive: { then: wait }
approvals: { plan: false, waves: none }
organisation: { instanceSwitch: false }
`;
  const paths = [CALLEE, 'acme/libs/tools', 'acme/apps/web'];
  const organisation = {
    ...{ version: '18.5.0', enforced: false, start: '2026-03-02T08:00:00Z', history: '2d', seed: 3 },
    groups: ['acme', 'acme/libs', 'acme/apps'],
    users: [
      { name: 'root', admin: true },
      { name: 'bot', memberships: { acme: 'developer' } },
    ],
    projects: paths.map((path) => ({ path, inboundEnabled: false })),
    jobs: [
      {
        ...{ project: 'acme/apps/web', name: 'build', every: '6h', at: '1h', user: 'bot' },
        uses: paths.slice(0, 2).map((callee) => ({ callee, access: 'git' })),
      },
    ],
  };

  it('is reported, keeps the wave from passing, and is not overruled', { timeout: 200_000 }, async () => {
    const place = new Workplace();
    const standIn = await StandInProcess.start(
      ['--org', place.write('o.json', JSON.stringify(organisation))],
      place.path,
    );
    const callee = async () => (await standIn.control<World>('state')).projects[CALLEE];
    const open = async (): Promise<void> => {
      const answer = await fetchAlone(`${standIn.url}/api/v4/projects/${(await callee())?.id}/job_token_scope`, {
        method: 'PATCH',
        headers: { 'Private-Token': standIn.token, 'Content-Type': 'application/json' },
        body: JSON.stringify({ enabled: false }),
      });
      expect(answer.status).toBe(204);
    };
    try {
      const rollout = new Rollout(standIn, place);
      await rollout.init(PLAYBOOK);
      let opened = false;
      const journey = await drive(rollout, {
        afterTick: async (_, { stdout }) => {
          if (opened || !stdout.includes('wave 1: the next look')) return;
          opened = true;
          await open();
        },
      });
      // The operator of these tests accepts every wave and lets everything go on; neither enforces the callee again.
      expect(journey.story.join('\n')).toContain('wave 1 does not pass: a person opened 1 project of it again');
      expect(journey.end).toBe('holding');
      expect((await callee())?.stored).toBe(false);
      const { findings } = await rollout.status();
      expect(findings).toContainEqual(expect.objectContaining({ kind: 'drift', subject: CALLEE }));
      const verdict = (await rollout.ledger()).find(({ kind }) => kind === 'verdict');
      expect(verdict?.body['verdict']).toBe('inconclusive');
      expect(JSON.stringify(verdict?.body['reasons'])).toContain(`resume --project ${CALLEE}`);

      await rollout.must('resume', '--project', CALLEE, '--yes', '--reason', 'mended');
      expect((await drive(rollout)).end).toBe('guarding');
      expect((await callee())?.stored).toBe(true);
      await rollout.must('verify');
    } finally {
      await standIn.stop();
      place.remove();
    }
  });
});
