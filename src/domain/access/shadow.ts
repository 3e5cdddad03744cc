import {
  decideAccess,
  nearestEntry,
  type AccessDecision,
  type AccessEntry,
  type CalleeAccess,
  type CallerAccess,
} from './access.ts';
import { sharedFeatures } from './features.ts';
import type { Edge } from '../edges/edge.ts';
import { readingGaps } from '../edges/gap.ts';
import type { PlannedEntry } from '../plan/plan.ts';
import { isAccessKind, missingPolicies, needsOf, parsePolicy, policiesFor, type AccessUse } from './permissions.ts';
import type { Project } from '../project.ts';
import { isSince } from '../server-version.ts';

/** One caller that would be refused, or might be, if its callee were enforced now. */
export interface ShadowDenial {
  readonly edge: Edge;
  /** It was rejected or replaced: the refusal is what was decided. */
  readonly expected: boolean;
  /** False where the answer hangs on something that was not read or that GitLab does not document. */
  readonly certain: boolean;
  readonly because: string;
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
export const callerOf = (id: number, path: string, personal: boolean): CallerAccess => ({
  id,
  path,
  personal,
  groups: null,
  externalUser: false,
});

/** One callee with everything that decides who would be denied were it enforced. */
export interface ShadowInput {
  readonly callee: Project;
  readonly edges: readonly Edge[];
  /** Entries that would be added before the callee is enforced. */
  readonly planned: readonly PlannedEntry[];
  readonly isPersonal: (caller: Edge['caller']) => boolean;
  readonly server: ShadowServer;
}

/** What the instance decides for every callee. */
export interface ShadowServer {
  /** False where the instance has no fine-grained permissions; null where the callee's switch for them was not read. */
  readonly fineGrained: false | null;
  readonly shared: CalleeAccess['shared'];
  /** Whether a release can let other projects push at all. */
  readonly crossPush: boolean;
}

/** @param server - what was introspected; null before it was: then the newest GitLab is assumed, which leaves most open */
export function shadowServer(
  server: { readonly version: string; readonly policies: readonly string[] } | null,
): ShadowServer {
  return {
    fineGrained: server !== null && server.policies.length === 0 ? false : null,
    shared: sharedFeatures(server?.version ?? null),
    crossPush: server === null || isSince(server.version, '19.0'),
  };
}

/**
 * The report-only mode that GitLab lacks: replays the known edges of a callee against the entries that stand and those
 * that are planned, as if the allowlist were on. The entry nearest to the caller decides, narrow or not.
 */
export function shadow({ callee, edges, planned, isPersonal, server }: ShadowInput): ShadowCallee {
  const access = enforcedAccess(callee, planned, server);
  const denied = edges.flatMap((edge) => {
    const caller = callerOf(edge.caller, edge.callerPath, isPersonal(edge.caller));
    const worst = worstOf(usesOf(edge).map((use) => decideAccess(access, caller, use)));
    const doubt = worst
      ? { certain: worst.outcome === 'denied', because: reasonOf(worst) }
      : writeInDoubt(access, caller, edge);
    return doubt === null ? [] : [{ edge, expected: edge.state === 'rejected' || edge.state === 'replaced', ...doubt }];
  });
  return { callee, denied, admitted: edges.length - denied.length, unseen: unseenBy(callee) };
}

/** The callee as the access rule wants it, as if its allowlist were on and the planned entries stood. */
export const enforcedAccess = (
  callee: Project,
  planned: readonly PlannedEntry[],
  server: ShadowServer,
): CalleeAccess => ({
  id: callee.id,
  effectiveInbound: true,
  visibility: callee.visibility,
  policiesEnabled: server.fineGrained,
  shared: server.shared,
  entries: callee.allowlist === null ? null : [...callee.allowlist.entries, ...planned],
  features: callee.facts?.features ?? {},
  crossProjectPush: server.crossPush ? (callee.facts?.crossProjectPush ?? null) : false,
});

/** The uses whose kind the evidence names, each with the least that it asks for. */
export function knownUses({ access, needs }: Edge): readonly AccessUse[] {
  const asked = needs?.flatMap((text) => parsePolicy(text) ?? []) ?? null;
  return access.filter(isAccessKind).map((kind) => ({
    kind,
    policies: kind === 'api' ? asked : policiesFor(kind, 'read'),
  }));
}

/** Every use that the evidence speaks of; one of unknown kind where it does not tell, names no kind of ours, or the log knows of more. */
function usesOf(edge: Edge): readonly (AccessUse | null)[] {
  const kinds = knownUses(edge);
  const unnamed = kinds.length === 0 || kinds.length < edge.access.length || edge.sources.includes('auth-log');
  return unnamed ? [...kinds, null] : kinds;
}

/** What it reads is granted, and what it may write, as far as the evidence tells, is not. */
function writeInDoubt(
  { entries, policiesEnabled }: CalleeAccess,
  caller: CallerAccess,
  { access, needs }: Edge,
): Pick<ShadowDenial, 'certain' | 'because'> | null {
  const entry = nearestEntry(entries ?? [], caller);
  if (entry === null || entry.defaultPermissions || policiesEnabled === false) return null;
  const asked = needs ?? access.flatMap((kind) => needsOf({ access: kind, policies: null }) ?? []);
  const missing = missingPolicies(
    entry.policies,
    asked.flatMap((text) => parsePolicy(text) ?? []),
  );
  if (missing.length === 0) return null;
  return { certain: false, because: `the ${entryName(entry)} lacks ${missing.join(', ')}, which its jobs may need` };
}

type Doubtful = Exclude<AccessDecision, { readonly outcome: 'allowed' }>;

/** One refused use is enough to break a job; null when every use is let in. */
function worstOf(decisions: readonly AccessDecision[]): Doubtful | null {
  const doubtful = decisions.filter((decision): decision is Doubtful => decision.outcome !== 'allowed');
  return doubtful.find(({ outcome }) => outcome === 'denied') ?? doubtful[0] ?? null;
}

const entryName = ({ kind, path }: AccessEntry): string => `${kind} entry ${path}`;

function reasonOf(decision: Doubtful): string {
  switch (decision.reason) {
    case 'not_listed':
      return 'no entry lets it in';
    case 'policy_missing':
      return `the ${entryName(decision.entry)} does not grant ${decision.missing.join(', ')}`;
    case 'push_closed':
      return 'pushing from other projects is off';
    case 'endpoint_unknown':
      return 'it hangs on what the job does there, which the evidence does not tell';
    case 'policy_undocumented':
      return `GitLab does not say what a narrow entry means for this; likely ${decision.likely}`;
    case 'unread':
      return `not read: ${decision.facts.join(', ').replaceAll('_', ' ')}`;
  }
}

/** What GitLab's log never shows, of any callee: said wherever edges are listed, so that an empty list is not read as proof. */
export const LOG_BLIND_SPOTS =
  "GitLab's log has no downloads that are redirected to object storage, no refused attempts, and no job that last ran before the log began";

/** What a scope below the whole instance leaves unwatched. */
export const SCOPE_BLIND_SPOT = 'callers outside the scope are watched only where a log names them';

/** Promise 7: what the evidence on this callee could not see. */
export const unseenBy = (callee: Project): readonly string[] => readingGaps(callee).map(({ text }) => text);
