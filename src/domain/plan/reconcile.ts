import { sameTarget, samePermissions, targetKey } from '../project.ts';
import type { AllowlistEntry, AllowlistState, EntryPermissions, EntryTarget } from '../project.ts';
import type { PlannedCallee, PlannedEntry } from './plan.ts';
import type { WriteIntent } from '../rollout/intent.ts';
import type { ProjectId } from '../values.ts';

/**
 * Proof that every entry a callee's approved callers need was seen on GitLab. Only `proveSeeded` makes one, and the
 * call that turns an allowlist on takes one: enforcing without having looked does not compile.
 */
export interface SeededProof {
  readonly callee: ProjectId;
  readonly __brand: 'SeededProof';
}

const find = (state: AllowlistState, target: EntryTarget): AllowlistEntry | undefined =>
  state.entries.find((entry) => sameTarget(entry, target));

/** Planned entries that are not there yet, or are there with other permissions than planned. */
export function missingEntries(planned: PlannedCallee, live: AllowlistState): readonly PlannedEntry[] {
  return planned.add.filter((wanted) => {
    const there = find(live, wanted);
    return there === undefined || !samePermissions(there, wanted);
  });
}

/** The proof, or the names of what is missing. */
export function proveSeeded(
  planned: PlannedCallee,
  live: AllowlistState,
): { readonly proof: SeededProof } | { readonly missing: readonly string[] } {
  const missing = [
    ...missingEntries(planned, live).map(({ kind, path }) => `${kind} ${path}`),
    ...planned.relyOn.filter((target) => !find(live, target)).map(({ kind, path }) => `${kind} ${path}`),
  ];
  return missing.length > 0 ? { missing } : { proof: { callee: planned.id, __brand: 'SeededProof' } };
}

/**
 * How a live state differs from the one expected, in words; empty when it does not. Entries written by us in this wave
 * are passed in `ours` and do not count as a difference, present or absent.
 */
export function differences(
  expected: AllowlistState,
  live: AllowlistState,
  ours: { readonly entries: readonly EntryTarget[]; readonly setting: boolean },
): readonly string[] {
  const own = new Set(ours.entries.map(targetKey));
  const words: string[] = [];
  if (!ours.setting && (expected.stored ?? expected.effective) !== (live.stored ?? live.effective)) {
    words.push(
      `the setting is ${onOff(live.stored ?? live.effective)}, it was ${onOff(expected.stored ?? expected.effective)}`,
    );
  }
  for (const entry of live.entries) {
    if (own.has(targetKey(entry))) continue;
    const was = find(expected, entry);
    if (!was) words.push(`entry ${entry.kind} ${entry.path} is new`);
    else if (!samePermissions(was, entry)) words.push(`entry ${entry.kind} ${entry.path} has other permissions`);
  }
  for (const entry of expected.entries) {
    if (!own.has(targetKey(entry)) && !find(live, entry)) words.push(`entry ${entry.kind} ${entry.path} is gone`);
  }
  return words;
}

const onOff = (value: boolean): string => (value ? 'on' : 'off');

/** What rolling one callee back takes: the writes in the order they must happen, and what stays because a person did it. */
export interface RollbackPlan {
  readonly reopen: boolean;
  /** Entries that this rollout removed, with the permissions they had. */
  readonly restore: readonly (EntryTarget & EntryPermissions)[];
  /** Entries that this rollout narrowed, with the permissions they had. */
  readonly reset: readonly (EntryTarget & EntryPermissions)[];
  readonly remove: readonly (EntryTarget & EntryPermissions)[];
  readonly kept: readonly string[];
  /** Why the exact earlier state cannot be reached; null when it can. */
  readonly obstacle: string | null;
}

/** GitLab's clock is told in whole seconds, an entry's creation in milliseconds. */
const CLOCK_SLACK_MS = 5_000;

interface OwnWrites {
  readonly entries: readonly { readonly entry: EntryTarget & EntryPermissions; readonly settledAt: number | null }[];
  /** Of people, taken away by us; and given other permissions by us, with those. */
  readonly removed: ReadonlySet<string>;
  readonly narrowed: ReadonlyMap<string, EntryPermissions>;
  readonly setting: boolean;
}

/** What is ours after all writes so far: a write that an earlier, unfinished rollback took back is not. */
function ownWrites(intents: readonly WriteIntent[]): OwnWrites {
  const entries = new Map<string, OwnWrites['entries'][number]>();
  const removed = new Set<string>();
  const narrowed = new Map<string, EntryPermissions>();
  let setting = false;
  for (const { action, settledAt } of intents.filter(({ outcome }) => outcome === 'done')) {
    switch (action.kind) {
      case 'addEntry':
        entries.set(targetKey(action.entry), { entry: action.entry, settledAt });
        break;
      case 'removeEntry':
        if (!entries.delete(targetKey(action.entry))) removed.add(targetKey(action.entry));
        break;
      case 'restoreEntry':
        removed.delete(targetKey(action.entry));
        break;
      case 'setPermissions':
        narrowed.set(targetKey(action.entry), action.entry);
        break;
      case 'enforce':
      case 'reopen':
        setting = action.kind === 'enforce';
        break;
      case 'setInstance':
      case 'openIssue':
      case 'addNote':
        break;
    }
  }
  return { entries: [...entries.values()], removed, narrowed, setting };
}

/**
 * Three-way comparison: what was before, what we wrote, what is there now. Ours is undone where it still stands as we
 * left it; whatever people changed meanwhile is kept and named. Opening comes before removing, and where the list cannot
 * be opened the entries stay, so that at no moment a list that we or somebody else turned on lacks an approved entry.
 *
 * @param instanceEnforced - the switch of the instance as it is now; null where the token may not read it
 */
export function planRollback(
  before: AllowlistState,
  intents: readonly WriteIntent[],
  live: AllowlistState,
  instanceEnforced: boolean | null,
): RollbackPlan {
  const ours = ownWrites(intents);
  const standing = ours.entries
    .filter(({ entry, settledAt }) => isStillOurs(find(live, entry), entry, settledAt))
    .map(({ entry }) => entry);
  // What the earlier state has stays: without it nothing would be restored, and whoever rests on it shut out.
  const stay = standing.filter((entry) => find(before, entry));
  const remove = standing.filter((entry) => !find(before, entry));
  const kept = [
    ...peoplesEdits(before, ours, live),
    ...stay.map(({ kind, path }) => `entry ${kind} ${path}: stands in the earlier state as well`),
  ];
  const restore = before.entries.filter((entry) => ours.removed.has(targetKey(entry)) && !find(live, entry)).map(bare);
  const reset = before.entries.filter((entry) => isStillNarrowed(entry, ours, live)).map(bare);
  const back = { restore, reset };
  // A stored setting that is off while the effective one is on means the same.
  const instance = instanceEnforced === true || (live.stored === false && live.effective);
  if (live.effective && !before.effective) {
    if (instance)
      return {
        reopen: false,
        ...back,
        remove: [],
        kept,
        obstacle: CLOSED_BY_INSTANCE,
      };
    if (ours.setting) return { reopen: true, ...back, remove, kept, obstacle: null };
    const word = 'a person turned the allowlist on: it stays on, with the entries that it now rests on';
    return { reopen: false, ...back, remove: [], kept: [...kept, word], obstacle: null };
  }
  const reopen = ours.setting && !(before.stored ?? before.effective) && (live.stored ?? live.effective);
  if (!reopen || !instance) return { reopen, ...back, remove, kept, obstacle: null };
  // The list acted before the wave as well: it goes back to its earlier entries, and GitLab refuses to store "off".
  return {
    reopen: false,
    ...back,
    remove,
    kept: [...kept, 'the stored setting stays on: the instance enforces'],
    obstacle: null,
  };
}

/** With what is possible instead, as nothing else says so where the switch came on after the order. */
const CLOSED_BY_INSTANCE =
  'the instance enforces, so it cannot be opened again; only an administrator ends that, and `tidegate edges approve` lets in whoever lost access';

const bare = ({ kind, id, path, defaultPermissions, policies }: AllowlistEntry): EntryTarget & EntryPermissions => ({
  ...{ kind, id, path, defaultPermissions, policies },
});

/** Narrowed by us, and as we left it. */
function isStillNarrowed(entry: AllowlistEntry, { narrowed }: OwnWrites, live: AllowlistState): boolean {
  const wanted = narrowed.get(targetKey(entry));
  const there = find(live, entry);
  return (
    wanted !== undefined && there !== undefined && samePermissions(there, wanted) && !samePermissions(entry, wanted)
  );
}

function isStillOurs(
  there: AllowlistEntry | undefined,
  written: EntryPermissions,
  settledAt: number | null,
): there is AllowlistEntry {
  if (!there || !samePermissions(there, written)) return false;
  return !isNewer(there, settledAt);
}

/** Created after our write was seen to be done: ours was removed, and somebody added it anew. */
const isNewer = ({ createdAt }: AllowlistEntry, settledAt: number | null): boolean =>
  createdAt !== null && settledAt !== null && createdAt > settledAt + CLOCK_SLACK_MS;

function peoplesEdits(before: AllowlistState, ours: OwnWrites, live: AllowlistState): readonly string[] {
  const own = new Map(ours.entries.map((write) => [targetKey(write.entry), write]));
  const words: string[] = [];
  for (const entry of live.entries) {
    const name = `entry ${entry.kind} ${entry.path}`;
    const write = own.get(targetKey(entry));
    if (write && isNewer(entry, write.settledAt)) words.push(`${name}: added again by a person`);
    else if (write && !samePermissions(entry, write.entry)) words.push(`${name}: a person changed its permissions`);
    else if (!write && !find(before, entry)) words.push(`${name}: added by a person`);
  }
  for (const entry of before.entries) {
    const name = `entry ${entry.kind} ${entry.path}`;
    const there = find(live, entry);
    if (!there && !ours.removed.has(targetKey(entry))) words.push(`${name}: removed by a person`);
    const narrowed = ours.narrowed.get(targetKey(entry));
    if (there && narrowed && !samePermissions(there, narrowed) && !samePermissions(there, entry)) {
      words.push(`${name}: a person changed its permissions`);
    }
  }
  return words;
}

/**
 * Is an entry that our write wanted, and that is there now, another's all the same? It is when GitLab names another
 * user, or dates it before the write.
 */
export function isAnothers(
  there: AllowlistEntry,
  write: { readonly createdAt: number },
  username: string | null,
): boolean {
  if (there.addedBy !== null && username !== null && there.addedBy !== username) return true;
  return there.createdAt !== null && there.createdAt < write.createdAt - CLOCK_SLACK_MS;
}
