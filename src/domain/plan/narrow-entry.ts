/**
 * Entries that stand already, somebody else's, with less than what the callers that they decide for are known to need. They
 * are not ours to widen, and once their callee is enforced they refuse what they do not grant.
 */
import { decideAccess, nearestEntry, type CalleeAccess } from '../access/access.ts';
import { missingPolicies, parsePolicy, type Policy } from '../access/permissions.ts';
import { callerOf, enforcedAccess, knownUses, type ShadowServer } from '../access/shadow.ts';
import { DEFAULT_PERMISSIONS } from '../decisions/decision.ts';
import { edgeKey, type Edge } from '../edges/edge.ts';
import type { AllowlistEntry } from '../project.ts';
import type { CalleeNeeds, EntryContext } from './entries.ts';

/** What decides whether a narrow entry refuses its caller. */
export interface NarrowEntryContext extends Pick<EntryContext, 'decisions' | 'isPersonal'> {
  readonly server: ShadowServer;
}

/**
 * The approved callers that a standing narrow entry of their own would refuse, in words with what to do; null where there is
 * none. No API tells whether a callee has fine-grained permissions switched on; that somebody gave it a narrow entry speaks
 * for it. What a caller may do besides the uses that are known is left to the soak: the entry is somebody's decision.
 *
 * A caller that was approved with no more than its entry grants is no such caller: a person has said that it is enough.
 */
export function refusedByNarrowEntry(needs: CalleeNeeds, context: NarrowEntryContext): string | null {
  if (context.server.fineGrained === false) return null;
  const access = { ...enforcedAccess(needs.callee, [], context.server), policiesEnabled: true };
  const refused = needs.approved.flatMap((edge) => {
    const entry = narrowEntryOf(edge, needs, context);
    if (entry === null || saidEnough(edge, entry, context)) return [];
    const lacks = lackingOf(edge, access, context);
    return lacks.length > 0 ? [{ entry, lacks }] : [];
  });
  const [first] = refused;
  if (!first) return null;
  const { entry, lacks } = first;
  const granted = entry.policies.join(', ');
  const others = refused.length > 1 ? ` (so for ${refused.length - 1} more)` : '';
  const enough =
    granted === '' ? '' : `, or approve the edge with --permissions ${entry.policies.join(',')} if that is enough`;
  return (
    `the entry for ${entry.path} grants ${granted || 'nothing'}, and what was seen of it needs ${lacks.join(', ')}${others}: ` +
    `widen or remove it in GitLab${enough}`
  );
}

/** The narrow entry of its own that decides for a caller; below a narrow group entry it gets one: see `calleeEntries`. */
function narrowEntryOf(edge: Edge, { live }: CalleeNeeds, { isPersonal }: NarrowEntryContext): AllowlistEntry | null {
  const entry = nearestEntry(live.entries, callerOf(edge.caller, edge.callerPath, isPersonal(edge.caller)));
  return entry?.kind === 'project' && !entry.defaultPermissions ? entry : null;
}

/** Policies that known uses of the caller need and would not get; sorted. */
function lackingOf(edge: Edge, access: CalleeAccess, { isPersonal }: NarrowEntryContext): readonly Policy[] {
  const caller = callerOf(edge.caller, edge.callerPath, isPersonal(edge.caller));
  const lacking = knownUses(edge).flatMap((use) => {
    const decision = decideAccess(access, caller, use);
    return decision.outcome === 'denied' && decision.reason === 'policy_missing' ? decision.missing : [];
  });
  return [...new Set(lacking)].sort();
}

/** Was the edge approved with what the entry grants, or with less? */
function saidEnough(edge: Edge, entry: AllowlistEntry, { decisions }: NarrowEntryContext): boolean {
  const { defaultPermissions, policies } =
    decisions.get(edgeKey(edge.caller, edge.callee))?.permissions ?? DEFAULT_PERMISSIONS;
  const wanted = policies.flatMap((text) => parsePolicy(text) ?? []);
  return !defaultPermissions && missingPolicies(entry.policies, wanted).length === 0;
}
