import { afterEach, describe, expect, it } from 'vitest';
import { RolloutError } from '../../../src/domain/errors.ts';
import { epochMs } from '../../../src/domain/values.ts';
import { readInventory } from '../../../src/engine/inventory/inventory.ts';
import { TestRollout } from '../rollout.ts';

const CI =
  'fetch:\n  script:\n    - git clone https://gitlab-ci-token:$CI_JOB_TOKEN@gitlab.example.com/acme/libs/tools.git\n    - git clone https://gitlab-ci-token:$CI_JOB_TOKEN@gitlab.example.com/acme/secret/$WHO.git\n';

let rollout: TestRollout;
afterEach(() => rollout.close());

async function withFiles(surveys: object): Promise<TestRollout> {
  rollout = await TestRollout.create({ evidence: { surveys } });
  const { world } = rollout;
  world.files.set(world.at('acme/apps/shop').id, new Map([['.gitlab-ci.yml', CI]]));
  return rollout;
}

const refusal = () => new RolloutError('FORGE_REFUSED', 'no: 403', 'Ask for the right.');
const inventory = async () => readInventory(await rollout.engine());
const calls = (name: string) => rollout.forge.calls.filter((call) => call.name === name).length;
const idOf = (path: string) => rollout.world.at(path).id;

describe('looks at single projects', () => {
  it('find what no log shows, and keep what they cannot name', async () => {
    await withFiles({ facts: false, schedules: false, traces: 0 });
    await inventory();
    const edge = await rollout.store.edge(idOf('acme/apps/shop'), idOf('acme/libs/tools'));
    expect(edge?.evidence).toMatchObject([{ source: 'scan', access: 'git', where: '.gitlab-ci.yml:3' }]);
    expect(await rollout.store.unresolved(idOf('acme/apps/shop'))).toMatchObject([
      { source: 'scan', where: '.gitlab-ci.yml:4', access: 'git' },
    ]);
  });

  it('are not taken again while nothing moved, nor when the content is the same', async () => {
    await withFiles({ facts: false, schedules: false, traces: 0 });
    await inventory();
    const before = { listings: calls('repository'), files: calls('file') };
    await inventory();
    expect(calls('repository')).toBe(before.listings);
    rollout.clock.time = epochMs(rollout.clock.time + 31 * 86_400_000);
    await inventory();
    expect(calls('repository')).toBe(2 * before.listings);
    expect(calls('file')).toBe(before.files);
  });

  it('take no more than their share of requests, and go on a day later', async () => {
    await withFiles({ facts: false, schedules: false, traces: 0, requests: 3 });
    const looked = async () => (await rollout.store.countSurveys('scan')).done;
    await inventory();
    const first = await looked();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(4);
    await inventory();
    expect(await looked()).toBe(first);
    for (let more = 0; more < 4; more += 1) {
      rollout.clock.time = epochMs(rollout.clock.time + 86_400_000);
      await inventory();
    }
    expect(await looked()).toBe(4);
  });

  it('keep the reason when a project refuses them, and go on with the others', async () => {
    await withFiles({ facts: false, schedules: false, traces: 0 });
    rollout.world.at('acme/apps/web').hidden = true;
    rollout.forge.before = ({ name, callee }) => {
      if (name === 'repository' && callee === idOf('acme/libs/core')) throw refusal();
    };
    await inventory();
    expect(await rollout.store.survey(idOf('acme/libs/core'), 'scan')).toMatchObject({ problem: 'no: 403' });
    expect(await rollout.store.survey(idOf('acme/apps/shop'), 'scan')).toMatchObject({ problem: null });
  });

  it('are taken up where a killed inventory stopped', async () => {
    await withFiles({ traces: 1 });
    await rollout.killInventories(3, async (fork) => {
      expect((await fork.store.edges()).map(({ callerPath, calleePath }) => `${callerPath} ${calleePath}`)).toEqual([
        'acme/apps/shop acme/libs/core',
        'acme/apps/web acme/libs/core',
        'acme/apps/shop acme/libs/tools',
        'acme/apps/web acme/libs/tools',
      ]);
      expect((await fork.store.countSurveys('scan')).done).toBe(4);
    });
  }, 60_000);
});

describe('a second inventory', () => {
  it('follows renames by id and says what changed', async () => {
    rollout = await TestRollout.create();
    await inventory();
    rollout.world.at('acme/libs/core').path = 'acme/base/core';
    rollout.world.at('acme/libs/tools').stored = true;
    rollout.world.project('acme/apps/new');
    const { changes, first } = await inventory();
    expect(first).toBe(false);
    expect(changes).toMatchObject({ added: 1, renamed: 1, switched: 1, entries: 0, gone: 0 });
    expect(changes.renames).toEqual([{ from: 'acme/libs/core', to: 'acme/base/core' }]);
    expect((await inventory()).changes).toMatchObject({ added: 0, renamed: 0, switched: 0, newEdges: 0 });
  });
});
