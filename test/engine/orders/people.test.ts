import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rollback, rollbackAll, wavesThatStand } from '../../../src/engine/orders/rollback.ts';
import { RolloutError } from '../../../src/domain/errors.ts';
import { ME } from '../../fakes/fake-forge.ts';
import { FakeWorld, type FakeProject } from '../../fakes/fake-world.ts';
import type { FakeClock } from '../../fakes/fake-clock.ts';
import { TestRollout } from '../rollout.ts';

/*
 * People work on the allowlists of a wave at any moment, between any two calls. Whatever they did, a rollback keeps all of
 * it, and undoes all that is ours.
 */

const CALLEES = ['acme/libs/core', 'acme/libs/tools'] as const;
const OTHERS = ['acme/apps/web', 'acme/apps/shop', 'acme/apps/old', 'acme/apps/new'] as const;

function world(clock: FakeClock): FakeWorld {
  const made = new FakeWorld(clock);
  for (const path of [...CALLEES, ...OTHERS]) made.project(path);
  made.addEntry(made.at('acme/libs/core'), entryOf(made, 'acme/apps/old'), 'owner', ['READ_JOBS']);
  for (const callee of CALLEES) for (const caller of OTHERS.slice(0, 2)) made.use(caller, callee);
  made.traffic();
  return made;
}

const entryOf = (made: FakeWorld, path: string) => {
  const { id } = made.at(path);
  return { kind: 'project' as const, id, path };
};

const edit = fc.record({
  at: fc.integer({ min: 1, max: 60 }),
  callee: fc.constantFrom(...CALLEES),
  entry: fc.constantFrom(...OTHERS),
  what: fc.constantFrom('add', 'remove', 'narrow'),
});
type Edit = Readonly<{ at: number; callee: string; entry: string; what: string }>;

/** What a person does, and what is theirs from then on. */
function carryOut(made: FakeWorld, { callee, entry, what }: Edit, theirs: Map<string, string | null>): void {
  const project = made.at(callee);
  const target = entryOf(made, entry);
  const there = project.entries.find(({ path }) => path === entry);
  const key = `${callee} <- ${entry}`;
  // Clocks are told coarsely: what is removed and added anew within seconds is taken for ours.
  if (theirs.has(key)) made.clock.pass(10_000);
  if (what === 'add' && !there) made.addEntry(project, target, 'pat');
  else if (what === 'remove' && there) made.removeEntry(project, target);
  else if (what === 'narrow' && there)
    project.entries = project.entries.map((one) =>
      one === there ? { ...one, defaultPermissions: false, policies: ['READ_PACKAGES'] } : one,
    );
  else return;
  theirs.set(key, shown(project, entry));
}

const shown = ({ entries }: FakeProject, path: string): string | null => {
  const found = entries.find((entry) => entry.path === path);
  return found ? `${found.defaultPermissions} ${found.policies.join()} ${found.addedBy}` : null;
};

const MANY = process.env['TIDEGATE_SOAK'] === '1';

it('keeps every edit of a person and undoes everything of ours', { timeout: MANY ? 1_200_000 : 120_000 }, async () => {
  let kept = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 4 }), fc.boolean(), async (edits, everything) => {
      const rollout = await TestRollout.create(
        { scope: { groups: ['acme'], exclude: ['acme/apps/**'] }, waves: { pilot: { size: 2 }, sizes: ['100%'] } },
        world,
      );
      try {
        const first = new Map(
          CALLEES.flatMap((path) =>
            OTHERS.map((entry) => [`${path} <- ${entry}`, shown(rollout.world.at(path), entry)]),
          ),
        );
        const theirs = new Map<string, string | null>();
        let left: readonly Edit[] = edits;
        rollout.forge.before = ({ n, name }) => {
          // GitLab deletes without conditions: what is changed between a look and a removal cannot be kept by anybody.
          if (name === 'removeEntry') return;
          for (const one of left) if (one.at <= n) carryOut(rollout.world, one, theirs);
          left = left.filter(({ at }) => at > n);
        };
        await rollout.run(async () => (await rollout.wavePhases()).includes('soaking'));
        await takeBack(rollout, everything);
        await rollout.tick();
        for (const [key, before] of first) {
          const [callee = '', entry = ''] = key.split(' <- ');
          const now = shown(rollout.world.at(callee), entry);
          // Fails when `isStillOurs` (reconcile.ts) does not look at permissions, or `ownWrites` takes what was there before.
          expect(now, key).toBe(theirs.has(key) ? theirs.get(key) : before);
          if (theirs.has(key)) kept += 1;
        }
        for (const callee of CALLEES) {
          expect(rollout.world.at(callee).stored, callee).toBe(false);
          const ours = rollout.world
            .at(callee)
            .entries.filter(({ addedBy, defaultPermissions }) => addedBy === ME && defaultPermissions);
          expect(ours).toEqual([]);
        }
      } finally {
        rollout.close();
      }
    }),
    { numRuns: MANY ? 1_000 : 25 },
  );
  expect(kept).toBeGreaterThan(0);
});

async function takeBack(rollout: TestRollout, everything: boolean): Promise<void> {
  try {
    const [wave] = await wavesThatStand(rollout.orders);
    if (everything) await rollbackAll(rollout.orders, 'test');
    else await rollback(rollout.orders, wave!, 'test');
  } catch (error) {
    // The edits failed the wave, and it was taken back by itself.
    if (!(error instanceof RolloutError) || error.code !== 'ORDER_REFUSED') throw error;
  }
}
