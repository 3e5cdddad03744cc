import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import { following, openCursor, saveCursor, type Cursor } from '../../../src/engine/inventory/position.ts';
import type { RolloutStore } from '../../../src/engine/ports.ts';
import { at, open, ROLLOUT, temporaryDirectory } from '../../adapters/sqlite/support.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let store: RolloutStore;

beforeEach(async () => {
  directory = temporaryDirectory();
  store = await open(`${directory.path}/rollout.db`);
  await store.createRollout(ROLLOUT);
});
afterEach(() => {
  store.close();
  directory.remove();
});

/** A cursor with something in every field, in each stage. */
async function halfDone(): Promise<readonly Cursor[]> {
  const { position, ...begun } = await openCursor(store);
  const changes = { ...position.changes, renamed: 1, renames: [{ from: 'acme/a', to: 'acme/b' }] };
  const moments = { jobsCountedAt: at(5), lookedAt: at(6) };
  const first: Cursor = {
    ...begun,
    position: { ...position, ...moments, changes, after: 'abc', kept: 2, requests: 9 },
  };
  const all: Cursor[] = [];
  for (let cursor: Cursor | null = first; cursor !== null; cursor = following(cursor)) all.push(cursor);
  return all;
}

describe('the place where an inventory stopped', () => {
  it('comes back as it was saved, in every stage', async () => {
    const cursors = await halfDone();
    for (const cursor of cursors) {
      await saveCursor(store, cursor);
      expect(await openCursor(store)).toEqual(cursor);
    }
    expect(cursors.map(({ position }) => position.stage)).toEqual([
      ...['projects', 'named', 'missed', 'features', 'jobs', 'survey'],
    ]);
  });

  it.each(['{"version":1,"stage":"projects"}', '{"version":2,"stage":"elsewhere"}', 'null'])(
    'is begun anew under its number where it reads %s',
    async (cursor) => {
      await store.setInventoryCursor({ seen: 4, cursor, done: 50 });
      expect(await openCursor(store)).toMatchObject({ seen: 4, done: 0, position: { stage: 'projects', requests: 0 } });
    },
  );

  it('is refused where it is no JSON', async () => {
    await store.setInventoryCursor({ seen: 1, cursor: 'abc', done: 50 });
    await expect(openCursor(store)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});
