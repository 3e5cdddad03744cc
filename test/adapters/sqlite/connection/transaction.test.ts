import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../../../src/adapters/sqlite/connection/connection.ts';
import { openDatabase } from '../../../../src/adapters/sqlite/connection/database.ts';
import { storeOn } from '../../../../src/adapters/sqlite/rollout-store.ts';
import type { RolloutStore } from '../../../../src/engine/ports.ts';
import { ACTOR, at, forged, open, project, ROLLOUT, StillClock, temporaryDirectory } from '../support.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;
let clock: StillClock;
let store: RolloutStore;

beforeEach(async () => {
  directory = temporaryDirectory();
  file = `${directory.path}/rollout.db`;
  clock = new StillClock();
  store = await open(file, clock);
});
afterEach(() => {
  store.close();
  directory.remove();
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
const put = (number: number) => store.putProjects([project(number)], 1);
const ids = async () => (await store.projects()).map(({ id }) => id);

describe('a transaction', () => {
  it('undoes everything when its body fails', async () => {
    const work = store.transaction(async () => {
      await put(1);
      await pause();
      throw new Error('gone wrong');
    });
    await expect(work).rejects.toThrow('gone wrong');
    expect(await ids()).toEqual([]);
  });

  it('makes calls from outside wait, so that they neither join nor see it', async () => {
    const body = store.transaction(async () => {
      await put(1);
      await pause();
      throw new Error('gone wrong');
    });
    const outside = [ids(), put(2)] as const;
    await expect(body).rejects.toThrow('gone wrong');
    expect(await outside[0]).toEqual([]);
    await outside[1];
    expect(await ids()).toEqual([2]);
  });

  it('is joined by one inside it', async () => {
    const result = await store.transaction(async () => {
      await put(1);
      return store.transaction(async () => {
        await Promise.all([put(2), put(3)]);
        return ids();
      });
    });
    expect(result).toEqual([1, 2, 3]);
  });

  it('is not committed when one inside it failed, even where the failure was caught', async () => {
    const inner = () =>
      store.transaction(async () => {
        await put(2);
        throw new Error('inner');
      });
    const outer = store.transaction(async () => {
      await put(1);
      await inner().catch(() => undefined);
    });
    await expect(outer).rejects.toThrow('inner');
    expect(await ids()).toEqual([]);
  });

  it('goes on after a call that failed and was caught, without half of that call', async () => {
    await store.transaction(async () => {
      await put(1);
      const half = store.putProjects([project(2), project(3, { visibility: 'secret' as 'private' })], 1);
      await half.catch(() => undefined);
    });
    expect(await ids()).toEqual([1]);
  });

  it('does not take in what its body leaves running', async () => {
    let late: Promise<void> = Promise.resolve();
    await store.transaction(async () => {
      late = pause().then(() => put(2));
      await put(1);
    });
    await late;
    expect(await ids()).toEqual([1, 2]);
  });

  it('runs many at once, one after the other', async () => {
    await store.createRollout(ROLLOUT);
    const step = () =>
      store.transaction(async () => {
        const { revision, checkpoint } = await store.rollout();
        await pause();
        await store.saveRollout(checkpoint, revision);
      });
    await Promise.all(Array.from({ length: 10 }, step));
    expect(await store.rollout()).toMatchObject({ revision: 10 });
  });
});

describe('a full disk', () => {
  it('is named, saves nothing by halves and leaves the store usable', async () => {
    const client = await openDatabase(file, { create: false, readonly: false, now: at(1) });
    const full = storeOn(new Connection(client, file), clock, () => ACTOR);
    client.pragma(`max_page_count = ${String(client.pragma('page_count', { simple: true }))}`);
    const text = 'x'.repeat(1_000_000);
    const work = full.transaction(async () => {
      await full.putProjects([project(1)], 1);
      await full.putProjects([project(2, { unread: text })], 1).catch(() => undefined);
      await full.putProjects([project(3)], 1);
    });
    await work.catch(() => undefined);
    const alone = full.putProjects([project(4, { unread: text })], 1);
    await expect(alone).rejects.toMatchObject({ code: 'STORE_BLOCKED', message: expect.stringContaining(file) });
    const saved = (await full.projects()).map(({ id }) => id);
    expect([[], [1, 3]]).toContainEqual(saved);
    full.close();
  });
});

describe('the lease', () => {
  it('is held by one until it runs out or is given back', async () => {
    const first = await store.takeLease('host-a:1', 1_000);
    expect(first).toEqual({ holder: 'host-a:1', token: 1, expiresAt: clock.local() + 1_000 });
    await expect(store.takeLease('host-b:2', 1_000)).rejects.toMatchObject({
      code: 'LEASE_HELD',
      message: expect.stringContaining('host-a:1'),
    });
    await store.releaseLease(first);
    const second = await store.takeLease('host-b:2', 1_000);
    clock.pass(1_000);
    const third = await store.takeLease('host-c:3', 1_000);
    expect([second.token, third.token]).toEqual([2, 3]);
    await store.releaseLease(second);
    await expect(store.takeLease('host-d:4', 1_000)).rejects.toMatchObject({ code: 'LEASE_HELD' });
  });

  it('is renewed while it holds, not afterwards', async () => {
    const lease = await store.takeLease('host-a:1', 1_000);
    clock.pass(900);
    const renewed = await store.renewLease(lease, 1_000);
    expect(renewed).toEqual({ ...lease, expiresAt: clock.local() + 1_000 });
    clock.pass(1_000);
    await expect(store.renewLease(renewed, 1_000)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  it('fences off a process that was paused too long', async () => {
    const lease = await store.takeLease('host-a:1', 1_000);
    await store.transaction(() => put(1), lease);
    const refused = (held: typeof lease) =>
      expect(store.transaction(() => put(2), held)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await refused(forged(lease, { token: 0 }));
    await refused(forged(lease, { holder: 'host-b:2' }));
    clock.pass(1_000);
    await refused(lease);
    const other = await open(file, clock);
    await other.takeLease('host-b:2', 60_000);
    other.close();
    await refused(lease);
    const nested = store.transaction(() => store.transaction(() => put(2), lease));
    await expect(nested).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await ids()).toEqual([1]);
  });
});

describe('a process killed inside a transaction', () => {
  it('leaves what was committed and nothing else', async () => {
    store.close();
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('killed.ts', import.meta.url)), file],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    store = await open(file, clock);
    expect(await ids()).toEqual([1]);
    expect(await store.verifyLedger()).toMatchObject({ rows: 1, problem: null });
    await put(2);
    expect(await ids()).toEqual([1, 2]);
  });
});
