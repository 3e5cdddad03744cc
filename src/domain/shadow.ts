import { nearestEntry, type AccessEntry } from './access.ts';
import type { Edge } from './edge.ts';
import type { PlannedEntry } from './plan.ts';
import type { Project } from './project.ts';

/** One caller that would be refused if its callee were enforced now. */
export interface ShadowDenial {
  readonly edge: Edge;
  /** It was rejected or replaced: the refusal is what was decided. */
  readonly expected: boolean;
}

/** What enforcing one callee would do to the callers that are known. */
export interface ShadowCallee {
  readonly callee: Project;
  readonly denied: readonly ShadowDenial[];
  readonly admitted: number;
  /** Why the answer may be incomplete, one line each. */
  readonly unseen: readonly string[];
}

/** A caller as the access rule wants it: its groups are taken from the path. */
export const callerOf = (id: number, path: string, personal: boolean): Parameters<typeof nearestEntry>[1] => ({
  id,
  path,
  personal,
  groups: null,
  externalUser: false,
});

/**
 * The report-only mode that GitLab lacks: replays the known edges of a callee against the entries that stand and those
 * that are planned, as if the allowlist were on.
 */
export function shadow(
  callee: Project,
  edges: readonly Edge[],
  planned: readonly PlannedEntry[],
  isPersonal: (caller: Edge['caller']) => boolean,
): ShadowCallee {
  const entries: readonly AccessEntry[] = [...(callee.allowlist?.entries ?? []), ...planned];
  const denied = edges
    .filter((edge) => nearestEntry(entries, callerOf(edge.caller, edge.callerPath, isPersonal(edge.caller))) === null)
    .map((edge) => ({ edge, expected: edge.state === 'rejected' || edge.state === 'replaced' }));
  return { callee, denied, admitted: edges.length - denied.length, unseen: unseenBy(callee) };
}

/** Promise 7: what the evidence on this callee could not see. */
export function unseenBy(callee: Project): readonly string[] {
  const words: string[] = [];
  if (callee.unread !== null) words.push(`not read: ${callee.unread}`);
  if (callee.log === null) words.push('its authentication log could not be read');
  else if (callee.log.cut) words.push(`GitLab cut its log at ${callee.log.rows} callers`);
  if (callee.visibility !== 'private')
    words.push(`it is ${callee.visibility}: reads without an entry may leave no row`);
  return words;
}
