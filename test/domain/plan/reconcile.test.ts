import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WriteAction, WriteIntent } from '../../../src/domain/rollout/intent.ts';
import type { AllowlistEntry, AllowlistState } from '../../../src/domain/project.ts';
import { isAnothers, planRollback, proveSeeded } from '../../../src/domain/plan/reconcile.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';

const MINUTE = 60_000;

const entry = (id: number, at: number, policies: readonly string[] | null = null): AllowlistEntry => ({
  ...{ kind: 'project', id, path: `acme/p${id}`, defaultPermissions: policies === null, policies: policies ?? [] },
  ...{ addedBy: null, createdAt: epochMs(at) },
});

/** One callee on GitLab with a clock, and our intents on it. */
class Callee {
  now = 1_000 * MINUTE;
  stored: boolean;
  entries: AllowlistEntry[];
  readonly intents: WriteIntent[] = [];

  constructor(stored: boolean, ids: readonly number[]) {
    this.stored = stored;
    this.entries = ids.map((id) => entry(id, 0));
  }

  state(): AllowlistState {
    return { stored: this.stored, effective: this.stored, entries: [...this.entries] };
  }

  add(id: number, policies: readonly string[] | null = null): void {
    if (!this.entries.some((known) => known.id === id)) this.entries.push(entry(id, this.now, policies));
  }

  remove(id: number): void {
    this.entries = this.entries.filter((known) => known.id !== id);
  }

  ours(action: WriteAction): void {
    const createdAt = epochMs(this.now);
    if (action.kind === 'addEntry') this.add(action.entry.id);
    if (action.kind === 'removeEntry') this.remove(action.entry.id);
    if (action.kind === 'enforce') this.stored = true;
    if (action.kind === 'reopen') this.stored = false;
    const about = { id: this.intents.length, waveId: 1, callee: projectId(1), action, createdAt };
    this.intents.push({ ...about, outcome: 'done', detail: null, settledAt: createdAt });
  }
}

type Edit =
  | { readonly kind: 'add' | 'remove' | 'narrow'; readonly id: number }
  | { readonly kind: 'on' }
  | { readonly kind: 'off' };

function edit(callee: Callee, step: Edit, touched: Set<number>): void {
  callee.now += 10 * MINUTE;
  if (step.kind === 'on') callee.stored = true;
  else if (step.kind === 'off') callee.stored = false;
  else {
    touched.add(step.id);
    if (step.kind === 'add') callee.add(step.id);
    else if (step.kind === 'remove') callee.remove(step.id);
    else if (callee.entries.some(({ id }) => id === step.id)) {
      callee.remove(step.id);
      callee.add(step.id, ['READ_JOBS']);
    }
  }
  callee.now += 10 * MINUTE;
}

const ids = fc.integer({ min: 1, max: 6 });
const edits = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const, 'narrow' as const), id: ids }),
    fc.record({ kind: fc.constantFrom('on' as const, 'off' as const) }),
  ),
  { maxLength: 3 },
);

/** Ours are entries 11 to 13, so that what people do to them is told from what they do to others. */
const run = fc.record({
  before: fc.uniqueArray(ids),
  between: fc.array(edits, { minLength: 5, maxLength: 5 }),
  ownEdits: fc.array(
    fc.record({
      after: fc.nat({ max: 4 }),
      kind: fc.constantFrom('remove' as const, 'readd' as const),
      id: fc.integer({ min: 11, max: 13 }),
    }),
    { maxLength: 2 },
  ),
});

const OURS = [11, 12, 13];
const target = (id: number) => {
  const { kind, path, defaultPermissions, policies } = entry(id, 0);
  return { kind, id, path, defaultPermissions, policies };
};

describe('planRollback', () => {
  // Fails when entries are compared with `before` alone, or when `isNewer` is left out.
  it('keeps every edit of people and takes back everything of ours, whatever happens between two steps', () => {
    fc.assert(
      fc.property(run, ({ before, between, ownEdits }) => {
        const callee = new Callee(false, before);
        const earlier = callee.state();
        const readded = new Set<number>();
        const settingEdits: string[] = [];
        const people = (step: number): void => {
          for (const change of between[step] ?? []) {
            if (change.kind === 'on' || change.kind === 'off') settingEdits.push(change.kind);
            edit(callee, change, new Set());
          }
          for (const { after, kind, id } of ownEdits) {
            if (after !== step || !callee.entries.some((known) => known.id === id)) continue;
            edit(callee, { kind: 'remove', id }, new Set());
            if (kind === 'readd') {
              edit(callee, { kind: 'add', id }, new Set());
              readded.add(id);
            }
          }
        };
        for (const [step, id] of OURS.entries()) {
          callee.ours({ kind: 'addEntry', entry: target(id), decisions: [1] });
          people(step);
        }
        const enforcedByUs = !callee.stored;
        if (enforcedByUs) callee.ours({ kind: 'enforce' });
        people(3);
        people(4);
        const standing = callee.state();
        const plan = planRollback(earlier, callee.intents, standing, false);
        if (plan.reopen) callee.ours({ kind: 'reopen' });
        for (const entryToRemove of plan.remove) callee.ours({ kind: 'removeEntry', entry: entryToRemove });

        const left = callee.entries.map(({ id }) => id);
        const theirs = standing.entries.filter(({ id }) => !OURS.includes(id) || readded.has(id));
        // What people wrote stands exactly as they left it.
        expect(callee.entries.filter(({ id }) => theirs.some((known) => known.id === id))).toEqual(theirs);
        if (settingEdits.length === 0) expect(callee.stored).toBe(false);
        // Ours are gone, but for a list that a person turned on and that rests on them.
        if (!callee.stored) expect(left.filter((id) => OURS.includes(id) && !readded.has(id))).toEqual([]);
        if (callee.stored) expect(callee.entries).toEqual(standing.entries);
      }),
    );
  });

  it('names what it keeps', () => {
    const callee = new Callee(false, [1, 2]);
    const before = callee.state();
    callee.ours({ kind: 'addEntry', entry: target(11), decisions: [1] });
    callee.now += 10 * MINUTE;
    callee.remove(2);
    callee.add(3);
    const { kept, remove } = planRollback(before, callee.intents, callee.state(), null);
    expect(kept).toEqual(['entry project acme/p3: added by a person', 'entry project acme/p2: removed by a person']);
    expect(remove.map(({ id }) => id)).toEqual([11]);
  });

  it('puts back what was taken away or narrowed, unless a person changed it meanwhile', () => {
    const callee = new Callee(true, [1, 2, 3, 4]);
    const before = callee.state();
    const narrowTo = (id: number) => ({ ...target(id), defaultPermissions: false, policies: ['READ_JOBS'] });
    for (const id of [1, 2]) callee.ours({ kind: 'removeEntry', entry: target(id) });
    for (const id of [3, 4]) {
      callee.ours({ kind: 'setPermissions', entry: narrowTo(id) });
      callee.remove(id);
      callee.add(id, ['READ_JOBS']);
    }
    callee.now += 10 * MINUTE;
    callee.add(2);
    callee.remove(4);
    callee.add(4, ['READ_PACKAGES']);
    const plan = planRollback(before, callee.intents, callee.state(), true);
    expect(plan.restore).toEqual([target(1)]);
    expect(plan.reset).toEqual([target(3)]);
    expect(plan.kept).toEqual(['entry project acme/p4: a person changed its permissions']);
    for (const item of plan.restore) callee.ours({ kind: 'restoreEntry', entry: item });
    callee.add(1);
    for (const item of plan.reset) callee.ours({ kind: 'setPermissions', entry: item });
    callee.remove(3);
    callee.add(3);
    // A rollback that is done again finds nothing left to do.
    expect(planRollback(before, callee.intents, callee.state(), true)).toMatchObject({ restore: [], reset: [] });
  });

  it('restores the entries alone where the instance enforced before the wave already', () => {
    const before: AllowlistState = { stored: false, effective: true, entries: [] };
    const callee = new Callee(false, []);
    callee.ours({ kind: 'addEntry', entry: target(11), decisions: [1] });
    callee.ours({ kind: 'enforce' });
    const plan = planRollback(before, callee.intents, callee.state(), true);
    expect(plan).toMatchObject({ reopen: false, obstacle: null });
    expect(plan.remove).toHaveLength(1);
  });

  it('leaves an entry of ours that the earlier state has as well', () => {
    const callee = new Callee(true, []);
    callee.ours({ kind: 'addEntry', entry: target(11), decisions: [1] });
    callee.ours({ kind: 'addEntry', entry: target(12), decisions: [1] });
    const before = { ...callee.state(), entries: callee.state().entries.filter(({ id }) => id === 11) };
    const { remove, kept } = planRollback(before, callee.intents, callee.state(), null);
    expect(remove.map(({ id }) => id)).toEqual([12]);
    expect(kept).toEqual(['entry project acme/p11: stands in the earlier state as well']);
  });

  it('sees from a stored "off" with an effective "on" that the instance enforces, where the switch cannot be read', () => {
    const callee = new Callee(false, []);
    const before = callee.state();
    callee.ours({ kind: 'addEntry', entry: target(11), decisions: [1] });
    const live = { ...callee.state(), stored: false, effective: true };
    expect(planRollback(before, callee.intents, live, null)).toMatchObject({ remove: [], reopen: false });
  });
});

describe('isAnothers', () => {
  const there = { ...entry(11, 100 * MINUTE), addedBy: 'pat' };
  it.each([
    ['another user wrote it', 'tidegate-bot', 100, true],
    ['we wrote it', 'pat', 100, false],
    ['it is older than the write', 'pat', 101, true],
    ['who we are is not known', null, 100, false],
  ])('%s', (_, username, minute, expected) => {
    expect(isAnothers(there, { createdAt: minute * MINUTE }, username)).toBe(expected);
  });
});

describe('proveSeeded', () => {
  it('proves nothing while an entry is missing, narrower than planned, or one that is relied on is gone', () => {
    const planned = {
      ...{ id: projectId(1), path: 'acme/p1', before: new Callee(false, []).state(), relyOn: [target(2)] },
      add: [{ ...target(11), callers: [], widening: 0 }],
      ...{
        remove: [],
        narrow: [],
        enforce: true,
        approvedCallers: 1,
        rejectedCallers: 0,
        risk: 0,
        why: '',
        placed: '',
      },
    };
    const list = (entries: readonly AllowlistEntry[]) => ({ stored: false, effective: false, entries });
    expect(proveSeeded(planned, list([entry(2, 0)]))).toEqual({ missing: ['project acme/p11'] });
    expect(proveSeeded(planned, list([entry(2, 0), entry(11, 0, ['READ_JOBS'])]))).toHaveProperty('missing');
    expect(proveSeeded(planned, list([entry(11, 0)]))).toEqual({ missing: ['project acme/p2'] });
    expect(proveSeeded(planned, list([entry(2, 0), entry(11, 0)]))).toHaveProperty('proof');
  });
});
