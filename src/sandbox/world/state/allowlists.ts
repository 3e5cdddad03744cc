import type { AdmittingEntry } from '../access/access.ts';
import type { Allowlist, StoredNamespace, StoredProject } from './records.ts';
import { ENTRY_LIMIT } from '../organisation/references.ts';
import type { Entry } from '../entities.ts';
import type { Refusal } from './writes.ts';

/** Links of one kind, in the order they were added. */
function links(list: Allowlist, kind: Entry['kind']): Map<number, Entry> | null {
  return kind === 'project' ? list.projects : list.groups;
}

/** The entry for a target; null where there is none. */
export function findEntry(list: Allowlist, kind: Entry['kind'], targetId: number): Entry | null {
  return links(list, kind)?.get(targetId) ?? null;
}

/** Group and project entries count against a limit of their own each, and only when one is added. */
export function whyNotAdd(list: Allowlist, kind: Entry['kind'], targetId: number): Refusal | null {
  const present = links(list, kind);
  if (present === null) return null;
  if (present.has(targetId)) return 'already_listed';
  if (present.size < ENTRY_LIMIT) return null;
  return kind === 'project' ? 'project_limit' : 'group_limit';
}

/** Adds an entry, or replaces the one with the same target. */
export function putEntry(list: Allowlist, entry: Entry): void {
  if (entry.kind === 'project') (list.projects ??= new Map()).set(entry.targetId, entry);
  else (list.groups ??= new Map()).set(entry.targetId, entry);
}

/** Takes the entry for a target away, if it is there. */
export function dropEntry(list: Allowlist, kind: Entry['kind'], targetId: number): void {
  links(list, kind)?.delete(targetId);
}

/** Every entry, projects first, each kind in the order in which they were added. */
export function listEntries({ projects, groups }: Allowlist): readonly Entry[] {
  return [...(projects?.values() ?? []), ...(groups?.values() ?? [])];
}

/**
 * The nearest entry that admits the caller: its own, else that of its closest ancestor group; entries further up are
 * ignored, however much they permit. A personal namespace has no groups, so only its own entry admits such a caller.
 */
export function admittingEntry({ projects, groups }: Allowlist, caller: StoredProject): AdmittingEntry | null {
  const own = projects?.get(caller.id);
  if (own !== undefined) return own;
  if (groups === null || groups.size === 0 || caller.namespace.kind === 'user') return null;
  for (let group: StoredNamespace | null = caller.namespace; group !== null; group = group.parent) {
    const entry = groups.get(group.id);
    if (entry !== undefined) return entry;
  }
  return null;
}
