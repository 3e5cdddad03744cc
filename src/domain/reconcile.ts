import { sameTarget, samePermissions, targetKey } from './project.ts';
import type { AllowlistEntry, AllowlistState, EntryPermissions, EntryTarget } from './project.ts';
import type { PlannedCallee, PlannedEntry } from './plan.ts';
import type { WriteIntent } from './intent.ts';
import type { ProjectId } from './values.ts';

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
  readonly remove: readonly (EntryTarget & EntryPermissions)[];
  readonly kept: readonly string[];
  /** Why the exact earlier state cannot be reached; null when it can. */
  readonly obstacle: string | null;
}

/**
 * Three-way comparison: what was before, what we wrote, what is there now. Ours is undone where it still stands as we
 * left it; whatever people changed meanwhile is kept and named. Opening comes before removing, so that at no moment an
 * allowlist is on with an approved entry missing.
 */
export function planRollback(before: AllowlistState, ours: readonly WriteIntent[], live: AllowlistState): RollbackPlan {
  const written = ours.filter(({ outcome }) => outcome === 'done').map(({ action }) => action);
  const added = written.flatMap((action) => (action.kind === 'addEntry' ? [action.entry] : []));
  const enforcedByUs = written.some(({ kind }) => kind === 'enforce');
  const kept: string[] = [];
  const remove = added.filter((entry) => {
    const there = find(live, entry);
    if (!there) return false;
    if (samePermissions(there, entry)) return true;
    kept.push(`entry ${entry.kind} ${entry.path}: a person changed its permissions`);
    return false;
  });
  for (const entry of live.entries) {
    if (find(before, entry) || added.some((own) => sameTarget(own, entry))) continue;
    kept.push(`entry ${entry.kind} ${entry.path}: added by a person`);
  }
  for (const entry of before.entries) {
    if (!find(live, entry)) kept.push(`entry ${entry.kind} ${entry.path}: removed by a person`);
  }
  const wasOpen = !(before.stored ?? before.effective);
  const isOn = live.stored ?? live.effective;
  const reopen = enforcedByUs && wasOpen && isOn;
  // A stored setting that is off while the effective one is on means that the instance enforces.
  const obstacle = reopen && live.stored === false ? 'the instance enforces: the project cannot be reopened' : null;
  return { reopen, remove, kept, obstacle };
}
