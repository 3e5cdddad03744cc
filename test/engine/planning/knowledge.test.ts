import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../src/domain/values.ts';
import { Investigation } from '../../../src/engine/watch/investigation.ts';
import { edgesInto, loadKnowledge, statesOfCaller } from '../../../src/engine/planning/knowledge.ts';
import type { RolloutStore } from '../../../src/engine/ports.ts';
import { approval, at, id, open, project, ROLLOUT, temporaryDirectory } from '../../adapters/sqlite/support.ts';

const EXPIRY = at(9_000);

let directory: ReturnType<typeof temporaryDirectory>;
let store: RolloutStore;
beforeEach(async () => {
  directory = temporaryDirectory();
  store = await open(`${directory.path}/rollout.db`);
  await store.createRollout(ROLLOUT);
  await store.putProjects(
    [1, 2, 3, 4].map((number) => project(number)),
    1,
  );
  await store.putDecisions([
    approval(2, 1, { expiresAt: EXPIRY }),
    approval(2, 3),
    approval(4, 1, { verdict: 'rejected' }),
  ]);
});
afterEach(() => {
  store.close();
  directory.remove();
});

/** Three ways to the same edges: all of them for planning, by callee for waves, by caller for its failed jobs. */
describe('edges as they are at a moment', () => {
  it.each([
    ['before an approval runs out', at(EXPIRY - 1)],
    ['from the moment on at which it runs out', EXPIRY],
  ])('are the same by callee and by caller as among all, %s', async (_, now) => {
    const { edges } = await loadKnowledge(store, now);
    expect(edges.length).toBeGreaterThan(2);
    const callees = [...new Set(edges.map(({ callee }) => callee))];
    expect([...(await edgesInto(store, callees, now)).values()].flat()).toEqual(edges);
    const byCaller = async (at: EpochMs): Promise<unknown> =>
      Promise.all(edges.map(async ({ caller, callee }) => (await statesOfCaller(store, caller, at)).get(callee)));
    expect(await byCaller(now)).toEqual(edges.map(({ state }) => state));
  });

  it('are undecided once their approval has run out', async () => {
    const stateAt = async (now: EpochMs): Promise<unknown> =>
      (await Investigation.open(store, now)).edgeState(id(2), id(1));
    expect([await stateAt(at(EXPIRY - 1)), await stateAt(EXPIRY)]).toEqual(['approved', 'undecided']);
  });

  it('are asked of callees without any, and of strangers', async () => {
    expect([...(await edgesInto(store, [id(77)], EXPIRY))]).toEqual([[77, []]]);
    expect(await (await Investigation.open(store, EXPIRY)).edgeState(id(77), id(1))).toBeNull();
  });

  it('stay as they were when the first failure of a caller was looked at', async () => {
    const investigation = await Investigation.open(store, EXPIRY);
    expect(await investigation.edgeState(id(2), id(3))).toBe('approved');
    await store.putDecisions([approval(2, 3, { verdict: 'rejected' })]);
    expect(await investigation.edgeState(id(2), id(3))).toBe('approved');
  });
});
