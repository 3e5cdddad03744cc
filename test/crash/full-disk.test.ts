import { AsyncLocalStorage } from 'node:async_hooks';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { toStoreError } from '../../src/adapters/sqlite/connection/sqlite-errors.ts';
import type { RolloutStore } from '../../src/engine/ports.ts';
import type { TestRollout } from '../engine/rollout.ts';
import { WRITES } from './observed-store.ts';
import { create, outcome, shutOut } from './two-waves.ts';

const opened: TestRollout[] = [];
afterEach(() => {
  for (const rollout of opened.splice(0)) rollout.close();
});

const kept = (rollout: TestRollout): TestRollout => {
  opened.push(rollout);
  return rollout;
};

/** The rollout as it stands just before the tick that does such a write. */
async function justBefore(kind: string): Promise<TestRollout> {
  const rollout = kept(await create());
  for (let round = 0; round < 20; round += 1) {
    const fork = kept(await rollout.fork());
    const result = await rollout.tick();
    if (rollout.forge.writes.slice(fork.forge.writes.length).some((write) => write.kind === kind)) return fork;
    if (result.kind !== 'waiting-for-time') break;
    const tools = rollout.world.at('acme/libs/tools');
    if (tools.stored) rollout.world.runJob(rollout.world.at('acme/apps/late'), tools);
    rollout.passUntil(result.until);
  }
  throw new Error(`nothing did ${kind}`);
}

/** A file whose commits fail, the n-th alone or all from the n-th on, as SQLite reports it. */
class FailingDisk {
  commits = 0;
  failed = false;
  readonly #inside = new AsyncLocalStorage<true>();
  readonly #code: string;
  readonly #fails: (n: number) => boolean;

  constructor(code: string, fails: (n: number) => boolean) {
    this.#code = code;
    this.#fails = fails;
  }

  of(store: RolloutStore): RolloutStore {
    return new Proxy(store, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function' || !WRITES.test(String(name)) || this.#inside.getStore()) return member;
        return (...values: readonly unknown[]) =>
          this.#inside.run(true, () => this.#commit(target, member as Work, values, name === 'transaction'));
      },
    });
  }

  /** A transaction does its work and is rolled back at its end, where SQLite would write it. */
  async #commit(target: object, work: Work, values: readonly unknown[], isTransaction: boolean): Promise<unknown> {
    this.commits += 1;
    if (!this.#fails(this.commits)) return await Reflect.apply(work, target, values);
    const full = toStoreError(new Database.SqliteError('database or disk is full', this.#code), 'tidegate.db');
    const fail = (): never => {
      this.failed = true;
      throw full;
    };
    if (!isTransaction) return fail();
    const [body, ...rest] = values as [() => Promise<unknown>, ...unknown[]];
    return Reflect.apply(work, target, [() => body().then(fail), ...rest]);
  }
}

type Work = (...values: readonly unknown[]) => unknown;

/** Each write is in the books, by a commit of its own, before it leaves. */
function watchWrites(rollout: TestRollout, disk: FailingDisk): readonly string[] {
  const wrong: string[] = [];
  rollout.forge.before = async ({ name, write, callee }) => {
    if (!write) return;
    if (disk.failed) wrong.push(`${name} was sent after the disk had failed`);
    const open = await rollout.store.openIntents();
    if (!open.some((intent) => intent.callee === callee && intent.action.kind === name))
      wrong.push(`${name} had no intent`);
  };
  rollout.forge.after = () => void wrong.push(...shutOut(rollout));
  return wrong;
}

const WAYS = [
  { name: 'is full', code: 'SQLITE_FULL', is: 'STORE_BLOCKED', fails: (n: number) => (at: number) => at >= n },
  {
    ...{ name: 'cannot be written for a moment', code: 'SQLITE_READONLY', is: 'STORE_UNAVAILABLE' },
    fails: (n: number) => (at: number) => at === n,
  },
];

describe.each(['enforce', 'reopen'])('the tick that does %s, on a disk that', (kind) => {
  it.each(WAYS)(
    '$name from any commit on, ends before its next write, and the next one goes on',
    { timeout: 120_000 },
    async ({ code, is, fails }) => {
      const start = await justBefore(kind);
      const undisturbed = kept(await start.fork());
      await undisturbed.tick();
      const expected = await outcome(undisturbed);
      for (let n = 1; ; n += 1) {
        const rollout = await start.fork();
        const disk = new FailingDisk(code, fails(n));
        const wrong = watchWrites(rollout, disk);
        rollout.seen = { ...rollout.seen, store: (store) => disk.of(store) };
        const ended = await rollout.tick().then(
          () => 'done',
          (error: unknown) => (error as { code?: unknown }).code,
        );
        if (!disk.failed) {
          expect(n).toBeGreaterThan(10);
          rollout.close();
          return;
        }
        expect({ n, ended, wrong }).toEqual({ n, ended: is, wrong: [] });
        rollout.seen = { ...rollout.seen, store: (store) => store };
        disk.failed = false;
        await rollout.tick();
        expect({ n, wrong, ...(await outcome(rollout)) }).toEqual({ n, wrong: [], ...expected });
        rollout.close();
      }
    },
  );
});
