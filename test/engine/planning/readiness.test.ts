import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { Schedule } from '../../../src/domain/edges/survey.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import type { RolloutStore } from '../../../src/engine/ports.ts';
import { loadReadiness } from '../../../src/engine/planning/readiness.ts';
import { open, observation, project, temporaryDirectory } from '../../adapters/sqlite/support.ts';

const DAY = 86_400_000;
const at = (days: number) => epochMs(days * DAY);
const [CALLEE, CALLER] = [1, 2];
const QUARTERLY: Schedule = {
  id: 1,
  cron: '0 3 1 */3 *',
  everyMs: 92 * DAY,
  owner: null,
  lastRunAt: at(20),
  nextRunAt: at(112),
};

let directory: ReturnType<typeof temporaryDirectory>;
let store: RolloutStore;
beforeEach(async () => {
  directory = temporaryDirectory();
  store = await open(`${directory.path}/rollout.db`);
  await store.putProjects([project(CALLEE), project(CALLER)], 1);
  // The log reaches back to day 40; the inventory was taken on day 100.
  await store.putEvidence([
    { ...observation(CALLER, CALLEE), source: 'auth-log', firstSeen: at(40), lastSeen: at(40) },
  ]);
  await store.finishInventory(1, at(100));
});
afterEach(() => {
  store.close();
  directory.remove();
});

const waitsFor = async (): Promise<string | null> => {
  const playbook = playbookSchema.parse({ observe: { rarestSchedule: '100d' } });
  return (await loadReadiness(store, playbook, at(101))).schedule(await store.edges())?.text ?? null;
};
const schedule = (change: Partial<Schedule> = {}) =>
  store.putSchedules(projectId(CALLER), [{ ...QUARTERLY, ...change }]);

describe('a rare schedule of a caller', () => {
  it('is waited for while it has not run since the log begins', async () => {
    await schedule();
    expect(await waitsFor()).toMatch(/every 92d: watched until 1970-07-12/);
  });

  it.each([
    ['it ran while the log was written', { lastRunAt: at(41) }],
    ['it is not rare', { everyMs: 2 * DAY }],
  ])('is not waited for where %s', async (_, change) => {
    await schedule(change);
    expect(await waitsFor()).toBeNull();
  });

  it('is not waited for once the files of the caller were followed to their ends', async () => {
    await schedule();
    const survey = { project: projectId(CALLER), kind: 'scan', at: at(100), mark: 'x' } as const;
    await store.putSurvey({ ...survey, problem: 'ci.yml: larger than 1000000 bytes' });
    expect(await waitsFor()).not.toBeNull();
    await store.putSurvey({ ...survey, problem: null });
    expect(await waitsFor()).toBeNull();
    const open = { where: 'ci.yml:1', expression: '$WHO', access: 'git', why: 'not known', seenAt: at(100) };
    await store.putUnresolved(projectId(CALLER), 'scan', [{ caller: projectId(CALLER), source: 'scan', ...open }]);
    expect(await waitsFor()).not.toBeNull();
  });
});
