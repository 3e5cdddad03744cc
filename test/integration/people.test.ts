import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { carryOut, type Outcome } from './support/outcome.ts';
import { shipped } from './support/playbooks.ts';
import { Workplace } from './support/process.ts';

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
