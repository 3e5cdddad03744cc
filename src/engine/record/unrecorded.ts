import { counted, isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { AllowlistEntry, ProjectRef } from '../../domain/project.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import type { RolloutStore } from '../ports.ts';

/** A callee with entries that this rollout's own account added and that its record does not have. */
export interface UnrecordedCallee extends ProjectRef {
  readonly entries: readonly AllowlistEntry[];
}

/**
 * What was written in a time that the record does not have: a database that was put back from a backup is whole by itself,
 * and all that was done after the backup looks like other people's doing. GitLab says who added an entry, and when. Where it
 * does not (REST alone, before 17.6), nothing is found.
 */
export async function unrecordedCallees(store: RolloutStore): Promise<readonly UnrecordedCallee[]> {
  const { identity } = await store.rollout();
  const { firstAt } = await store.inventories();
  if (identity === null || firstAt === null) return [];
  const callees = new Map<ProjectId, ProjectRef & { readonly entries: AllowlistEntry[] }>();
  for (const { callee, entry } of await store.unrecordedEntries(identity.username, firstAt)) {
    const known = callees.get(callee.id);
    if (known) known.entries.push(entry);
    else callees.set(callee.id, { ...callee, entries: [entry] });
  }
  return [...callees.values()];
}

const NAMED = 5;

/** One finding of the kind `drift` for each callee, which names the first of its entries. */
export function unrecordedFindings(
  callees: readonly UnrecordedCallee[],
  username: string,
  at: EpochMs,
): readonly Omit<Finding, 'id'>[] {
  return callees.map(({ path, entries }) => {
    const named = entries
      .slice(0, NAMED)
      .map((entry) => `${entry.kind} ${entry.path} at ${isoTime(entry.createdAt ?? at)}`)
      .join(', ');
    const more = entries.length > NAMED ? ` and ${entries.length - NAMED} more` : '';
    const text = `${counted(entries.length, 'entry', 'entries')} added by ${username}, the user of this rollout’s token, that its record does not have (${named}${more}): the account was used by hand, or the database is older than what was done, as after a backup was put back. No rollback takes them away unless \`tidegate adopt ${path}\` takes them up`;
    return { at, kind: 'drift', subject: path, text };
  });
}
