/**
 * Entries that stand already, somebody else's, with less than what the callers that they decide for were approved with.
 * They are not ours to widen, and once their callee is enforced they refuse what they do not grant.
 */
import { nearestEntry } from '../access/access.ts';
import { missingPolicies, parsePolicy } from '../access/permissions.ts';
import { callerOf, shadow, type ShadowServer } from '../access/shadow.ts';
import { DEFAULT_PERMISSIONS } from '../decisions/decision.ts';
import { edgeKey, type Edge } from '../edges/edge.ts';
import type { AllowlistEntry } from '../project.ts';
import type { CalleeNeeds, EntryContext } from './entries.ts';

export interface NarrowEntryContext extends Pick<EntryContext, 'decisions' | 'isPersonal'> {
  readonly server: ShadowServer;
}

/**
 * The approved callers that a standing narrow entry of their own would refuse, or might, in words with what to do; null
 * where there is none.
 *
 * A caller that was approved with no more than its entry grants is no such caller: a person has said that it is enough.
 */
export function refusedByNarrowEntry(needs: CalleeNeeds, context: NarrowEntryContext): string | null {
  if (context.server.fineGrained === false) return null;
  const narrow = needs.approved.flatMap((edge) => {
    const entry = nearestEntry(
      needs.live.entries,
      callerOf(edge.caller, edge.callerPath, context.isPersonal(edge.caller)),
    );
    // Below a narrow group entry a caller gets an entry of its own: see `calleeEntries`.
    return entry?.kind === 'project' && !entry.defaultPermissions ? [{ edge, entry }] : [];
  });
  const short = narrow.filter(({ edge, entry }) => !saidEnough(edge, entry, context));
  if (short.length === 0) return null;
  const { denied } = shadow({
    ...{ callee: needs.callee, edges: short.map(({ edge }) => edge), planned: [] },
    ...{ isPersonal: context.isPersonal, server: context.server },
  });
  const [first] = denied;
  const entry = short.find(({ edge }) => edge === first?.edge)?.entry;
  if (!first || !entry) return null;
  const granted = entry.policies.join(', ');
  const others = denied.length > 1 ? ` (so for ${denied.length - 1} more)` : '';
  const enough =
    granted === '' ? '' : `, or approve the edge with --permissions ${entry.policies.join(',')} if that is enough`;
  return (
    `the entry for ${entry.path} grants ${granted || 'nothing'}, and ${first.because}${others}: ` +
    `widen or remove it in GitLab${enough}`
  );
}

/** Was the edge approved with what the entry grants, or with less? */
function saidEnough(edge: Edge, entry: AllowlistEntry, { decisions }: NarrowEntryContext): boolean {
  const { defaultPermissions, policies } =
    decisions.get(edgeKey(edge.caller, edge.callee))?.permissions ?? DEFAULT_PERMISSIONS;
  const wanted = policies.flatMap((text) => parsePolicy(text) ?? []);
  return !defaultPermissions && missingPolicies(entry.policies, wanted).length === 0;
}
