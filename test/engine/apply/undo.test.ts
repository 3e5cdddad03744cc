import { describe, expect, it } from 'vitest';
import type { RollbackPlan } from '../../../src/domain/plan/reconcile.ts';
import { sameTarget, type AllowlistEntry, type AllowlistState } from '../../../src/domain/project.ts';
import { projectId } from '../../../src/domain/values.ts';
import { undo } from '../../../src/engine/apply/undo.ts';
import type { Again, ProvenAction, WriteResult } from '../../../src/engine/apply/writes.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/* Against a list in memory; the comparison is the plainest there is: opened again, and with the entries of `wanted` alone. */

const entry = (id: number, policies?: string[]): AllowlistEntry => ({
  ...{ kind: 'project', id: projectId(id), path: `acme/p${id}`, addedBy: 'olga', createdAt: null },
  ...{ defaultPermissions: policies === undefined, policies: policies ?? [] },
});
const many = (from: number, count: number): readonly AllowlistEntry[] =>
  Array.from({ length: count }, (_, index) => entry(from + index));

/** What GitLab says to a write: nothing, that it took it (and did not), or words of refusal. */
type Answer = 'done' | 'ignored' | `refused ${string}`;

class List {
  live: AllowlistState;
  readonly wanted: readonly AllowlistEntry[];
  readonly batches: string[][] = [];
  answer: (word: string) => Answer = () => 'done';
  afterBatch: (n: number) => void = () => undefined;
  kept: readonly string[] = [];

  constructor(live: readonly AllowlistEntry[], wanted: readonly AllowlistEntry[], effective = false) {
    this.live = { stored: effective, effective, entries: live };
    this.wanted = wanted;
  }

  undo(): Promise<RollbackPlan> {
    return undo(
      this.live,
      (live) => this.#planFor(live),
      (actions) => Promise.resolve(this.#write(actions)),
    );
  }

  #planFor({ effective, entries }: AllowlistState): RollbackPlan {
    const missing = (from: readonly AllowlistEntry[], others: readonly AllowlistEntry[]) =>
      from.filter((one) => !others.some((other) => sameTarget(one, other)));
    return {
      ...{ reopen: effective, restore: missing(this.wanted, entries), reset: [], kept: this.kept, obstacle: null },
      remove: missing(entries, this.wanted),
    };
  }

  #write(actions: readonly ProvenAction[]): WriteResult {
    const words = actions.map((action) => ('entry' in action ? `${action.kind} ${action.entry.id}` : action.kind));
    this.batches.push(words);
    const refusals: string[] = [];
    for (const [index, action] of actions.entries()) {
      const answer = this.answer(words[index] ?? '');
      if (answer === 'done') this.#carryOut(action);
      else if (answer !== 'ignored') {
        refusals.push(answer);
        break;
      }
    }
    this.afterBatch(this.batches.length);
    return { live: this.live, refusals, at: new FakeClock().now() };
  }

  #carryOut(action: ProvenAction): void {
    const { entries } = this.live;
    if (action.kind === 'reopen') this.live = { ...this.live, stored: false, effective: false };
    else if (action.kind === 'removeEntry')
      this.live = { ...this.live, entries: entries.filter((one) => !sameTarget(one, action.entry)) };
    else if (action.kind === 'restoreEntry')
      this.live = { ...this.live, entries: [...entries, { ...action.entry, addedBy: 'me', createdAt: null }] };
  }
}

const ids = (entries: readonly { readonly id: number }[]): readonly number[] => entries.map(({ id }) => id);

describe('taking a list back', () => {
  it('opens it, brings back, then takes away, with a look after at most ten', async () => {
    const list = new List(many(1, 23), many(100, 11), true);
    const result = await list.undo();
    expect(list.batches.map((batch) => `${batch[0]?.split(' ')[0]} ${batch.length}`)).toEqual([
      'reopen 1',
      'restoreEntry 10',
      'restoreEntry 1',
      'removeEntry 10',
      'removeEntry 10',
      'removeEntry 3',
    ]);
    expect(result).toMatchObject({ reopen: true, obstacle: null, kept: [] });
    expect([ids(result.restore).length, ids(result.remove).length]).toEqual([11, 23]);
  });

  it('sends nothing where nothing is to be undone', async () => {
    const list = new List(many(1, 3), many(1, 3));
    expect(await list.undo()).toMatchObject({ reopen: false, restore: [], remove: [], obstacle: null });
    expect(list.batches).toEqual([]);
  });

  it('brings back the others where GitLab refuses one, takes nothing away, and says so', async () => {
    const list = new List([entry(1)], many(100, 4));
    list.answer = (word) => (word === 'restoreEntry 101' ? 'refused 404' : 'done');
    const result = await list.undo();
    expect(ids(list.live.entries)).toEqual([1, 100, 102, 103]);
    expect(result).toMatchObject({ obstacle: 'refused 404', remove: [] });
    expect(ids(result.restore)).toEqual([100, 102, 103]);
  });

  it.each([
    { answer: 'refused 403', obstacle: 'refused 403' },
    { answer: 'ignored', obstacle: 'it is still enforced after its setting was turned off' },
  ] as const)(
    'takes nothing away from a list that stays on ($answer), but brings back',
    async ({ answer, obstacle }) => {
      const list = new List([entry(1)], [entry(100)], true);
      list.answer = (word) => (word === 'reopen' ? answer : 'done');
      expect(await list.undo()).toMatchObject({ reopen: false, remove: [], restore: [{ id: 100 }], obstacle });
      expect(ids(list.live.entries)).toEqual([1, 100]);
      expect(list.batches.filter(([first]) => first === 'reopen')).toHaveLength(1);
    },
  );

  it('does not call done what GitLab took and does not show', async () => {
    const list = new List(many(1, 2), []);
    list.answer = (word) => (word === 'removeEntry 2' ? 'ignored' : 'done');
    const result = await list.undo();
    expect(result.obstacle).toBe('GitLab took the change of project acme/p2 and shows it as it was');
    expect(ids(result.remove)).toEqual([1]);
  });

  it('stops taking away once somebody turns the list on again, and does not turn it off a second time', async () => {
    const list = new List(many(1, 25), [], true);
    list.afterBatch = (n) => {
      if (n === 2) list.live = { ...list.live, stored: true, effective: true };
    };
    const result = await list.undo();
    expect(list.batches.map(({ length }) => length)).toEqual([1, 10]);
    expect(result.obstacle).toContain('still enforced');
    expect(list.live.entries).toHaveLength(15);
  });

  it('does not turn off what somebody turns on while only entries are taken away', async () => {
    const list = new List(many(1, 11), []);
    list.afterBatch = () => (list.live = { ...list.live, stored: true, effective: true });
    expect(await list.undo()).toMatchObject({ reopen: false });
    expect(list.batches).toHaveLength(1);
  });

  it('does not take away again what was added anew meanwhile, and tells all that was kept on the way', async () => {
    const list = new List(many(1, 12), []);
    list.kept = ['first'];
    list.afterBatch = (n) => {
      list.kept = [`after ${n}`];
      if (n === 2) list.live = { ...list.live, entries: [entry(3)] };
    };
    const result = await list.undo();
    expect(list.batches.map(({ length }) => length)).toEqual([10, 2]);
    expect(result.kept).toEqual(['first', 'after 1', 'after 2']);
    expect(ids(list.live.entries)).toEqual([3]);
  });

  it('sends again what is still to be undone, and nothing that a person changed', async () => {
    const list = new List(many(1, 3), []);
    const seen: Again[] = [];
    await undo(
      list.live,
      () => ({ ...NOTHING, remove: list.live.entries }),
      (actions, again) => {
        seen.push(again);
        list.live = { ...list.live, entries: [] };
        return Promise.resolve({ live: list.live, refusals: [], at: new FakeClock().now(), actions });
      },
    );
    list.live = { ...list.live, entries: [entry(2)] };
    const absent = many(1, 3).map((one): ProvenAction => ({ kind: 'removeEntry', entry: one }));
    expect(await seen[0]?.(absent, list.live)).toEqual([absent[1]]);
  });
});

const NOTHING: RollbackPlan = { reopen: false, restore: [], reset: [], remove: [], kept: [], obstacle: null };
