import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { carryOut, type Scenario } from './support/outcome.ts';
import { SHIPPED, shipped, SHORT, type Shipped } from './support/playbooks.ts';

/** Every organisation with every shipped playbook takes minutes; without it each organisation meets one of them. */
const SOAK = process.env['TIDEGATE_SOAK'] === '1';

const organisation = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/organisations/${name}.yaml`, import.meta.url));

interface Shape extends Pick<Scenario, 'habits' | 'excused' | 'inScope'> {
  readonly name: string;
  /** Where it comes from; default the organisation file of that name. */
  readonly standIn?: readonly string[];
  /** Groups of the playbook's scope; default everything. */
  readonly groups?: readonly string[];
  readonly playbook: Shipped;
  readonly instanceEnforced: boolean;
  /** API calls per project that the whole rollout may take at most. */
  readonly callsPerProject: number;
  /** Too long for every run. */
  readonly soak?: boolean;
}

const SHAPES: readonly Shape[] = [
  {
    name: 'nested',
    playbook: 'standard',
    instanceEnforced: true,
    callsPerProject: 25,
    habits: { reject: [['temp/scratch', 'acme/apps/web']] },
  },
  { name: 'two-roots', playbook: 'standard', instanceEnforced: true, callsPerProject: 60 },
  {
    name: 'no-log',
    playbook: 'fast',
    instanceEnforced: false,
    callsPerProject: 100,
    habits: {
      // Without a log only people know who calls whom; one access is left for a wave to find out.
      afterTick: async (rollout, _, ticks) => {
        if (ticks !== 1) return;
        for (const caller of ['acme/apps/web', 'acme/apps/api'])
          await rollout.must('edges', 'approve', caller, 'acme/libs/core', '--reason', 'known to us', '--yes');
      },
    },
  },
  { name: 'tighten', playbook: 'cautious', instanceEnforced: true, callsPerProject: 25 },
  { name: 'open-source', playbook: 'fast', instanceEnforced: true, callsPerProject: 25 },
  {
    name: 'one root of two',
    standIn: ['--org', organisation('two-roots')],
    groups: ['acme'],
    inScope: (path) => path.startsWith('acme/'),
    // A caller outside the scope that the log leaves out: nothing that such a rollout reads could show it.
    excused: ['globex/portal -> acme/platform/base/pipelines'],
    playbook: 'fast',
    // The switch of the instance would enforce the other root as well.
    instanceEnforced: false,
    callsPerProject: 25,
  },
  {
    name: 'generated',
    standIn: ['--projects', '40', '--seed', '7'],
    playbook: 'fast',
    instanceEnforced: true,
    // Most of its traffic is in no log, so waves fail first, and each failed job is looked at by itself.
    callsPerProject: 160,
    soak: true,
  },
];

const pairs = SHAPES.flatMap((shape) =>
  SHIPPED.map((playbook) => ({ ...shape, playbook, usual: playbook === shape.playbook && shape.soak !== true })),
);

/** Requests per project for its schedules, its files and the log of a job; in so small an organisation nothing is left out. */
const LOOKS = 6;
/** Requests of each start of the driver, however small the organisation: features, token, user and the switch of the instance. */
const PER_TICK = 4;

describe('an organisation, from outside and from the first day to the last', () => {
  it.for(pairs)('$name with the playbook $playbook', { timeout: 400_000 }, async (shape, { skip }) => {
    skip(!shape.usual && !SOAK, 'set TIDEGATE_SOAK=1 to run it');
    const outcome = await carryOut({
      ...shape,
      standIn: shape.standIn ?? ['--org', organisation(shape.name)],
      playbook: shipped(shape.playbook, { ...SHORT, groups: JSON.stringify(shape.groups ?? []) }),
    });
    expect(outcome.problems, outcome.journey.story.join('\n')).toEqual([]);
    expect(outcome.journey.end).toBe('guarding');
    expect(outcome.after.enforced).toBe(shape.instanceEnforced);
    const projects = Object.keys(outcome.before.projects).length;
    const ticks = outcome.journey.codes.length;
    expect(outcome.calls.length).toBeLessThan((shape.callsPerProject + LOOKS) * projects + PER_TICK * ticks);
  });
});
