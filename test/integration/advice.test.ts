import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StandInProcess, Workplace } from './support/process.ts';
import { Rollout } from './support/rollout.ts';

const ORGANISATION = fileURLToPath(new URL('../fixtures/organisations/expiry.yaml', import.meta.url));
const playbook = (pilots: string): string => `name: test
waves:
  pilot: { projects: [${pilots}] }
decisions:
  rules:
    - { name: all, when: { callees: "acme/**" }, then: approve, reason: our own }
    - { name: late, when: { callees: "acme/libs/**" }, then: approve, reason: comes too late }
`;

interface DoctorAnswer {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly level: string; readonly text: string }[];
}

describe('a playbook that says what cannot be', () => {
  const place = new Workplace();
  let standIn: StandInProcess;
  let rollout: Rollout;

  beforeAll(async () => {
    standIn = await StandInProcess.start(['--org', ORGANISATION], place.path);
    rollout = new Rollout(standIn, place);
    await rollout.init(playbook('acme/libs/core, acme/libs/gone'));
    await rollout.must('inventory');
  }, 60_000);
  afterAll(async () => {
    await standIn.stop();
    place.remove();
  });

  const doctor = async () => {
    const { code, stdout } = await rollout.command('doctor', '--json');
    const { ok, checks } = JSON.parse(stdout) as DoctorAnswer;
    return { code, ok, found: checks.filter(({ name }) => /^(freeze$|pilot |rule )/.test(name)) };
  };

  it('is warned of by doctor and by plan where the rest of it holds', { timeout: 60_000 }, async () => {
    expect(await doctor()).toEqual({
      code: 0,
      ok: true,
      found: [
        { name: 'rule late', level: 'warning', text: expect.stringMatching(/^can never match: .*all/) },
        { name: 'pilot acme/libs/gone', level: 'warning', text: expect.stringContaining('`waves.pilot.projects`') },
      ],
    });
    const { stderr } = await rollout.must('plan');
    expect(stderr).toMatch(/^The rule late can never match: /m);
    expect(stderr).toMatch(/^The pilot acme\/libs\/gone of the playbook matches no project in scope\.$/m);
  });

  it('is warned of where no wave can ever start', { timeout: 60_000 }, async () => {
    const always =
      'freeze: { windows: [{ days: [mon, tue, wed, thu, fri, sat, sun], from: "00:00", reason: never }] }\n';
    place.write('tidegate.yaml', `${playbook('acme/libs/core')}${always}`);
    expect((await rollout.must('plan')).stderr).toContain('Wave 1 can never start: freeze.windows');
    expect((await doctor()).found).toContainEqual({
      ...{ name: 'freeze', level: 'problem', text: expect.stringContaining('no wave can ever start') },
    });
    place.write('tidegate.yaml', `${playbook('acme/libs/core')}${always.replace(', sun', '')}`);
    expect((await doctor()).found).not.toContainEqual(expect.objectContaining({ name: 'freeze' }));
    expect((await rollout.must('plan')).stderr).not.toContain('can never start');
  });

  it('is a problem to doctor, and refused by plan, where no pilot is left', { timeout: 60_000 }, async () => {
    place.write('tidegate.yaml', playbook('acme/libs/gone, other/**'));
    expect(await doctor()).toMatchObject({
      code: 1,
      ok: false,
      found: [{}, { level: 'problem' }, { level: 'problem' }],
    });
    const { code, stdout, stderr } = await rollout.command('plan');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('waves.pilot.projects: no project in scope matches acme/libs/gone, other/**');
  });
});
