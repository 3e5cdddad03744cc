/**
 * Would this job token be let in, and by which entry: GitLab's inbound rule, restated.
 *
 * Follows `Ci::JobToken::Scope#accessible?` and `#policies_allowed?`, and `ProjectPolicy` for what public and internal
 * callees leave open (https://docs.gitlab.com/ci/jobs/ci_job_token/). The role of the job's user is a second, separate
 * condition: an entry gives no permission, so "allowed" here means that the token is not what stands in the way.
 */
import { featuresOf, type FeatureAccess, type SharedFeature } from './features.ts';
import { missingPolicies, type AccessKind, type AccessUse, type Policy } from './permissions.ts';
import { ancestorPaths, samePath } from '../values.ts';

/** The part of an allowlist entry that decides. */
export interface AccessEntry {
  readonly kind: 'project' | 'group';
  readonly id: number;
  readonly path: string;
  readonly defaultPermissions: boolean;
  /** Granted policies; of no meaning with default permissions. */
  readonly policies: readonly string[];
}

/** What is known of the callee. Null and `unknown` mean unread: they never count as open or as closed. */
export interface CalleeAccess<E extends AccessEntry = AccessEntry> {
  readonly id: number;
  /** Stored setting or instance enforcement, whichever is stricter. */
  readonly effectiveInbound: boolean | null;
  readonly visibility: 'private' | 'internal' | 'public' | 'unknown';
  /** Whether fine-grained permissions are enabled for the callee; while they are not, every entry has default ones. */
  readonly policiesEnabled: boolean | null;
  readonly entries: readonly E[] | null;
  /** Features that this release of GitLab shares with everyone who sees the callee; see `sharedFeatures`. */
  readonly shared: ReadonlySet<SharedFeature>;
  /** Levels that were read; a feature that is left out was not read. */
  readonly features: Readonly<Partial<Record<SharedFeature, FeatureAccess>>>;
  /** Whether allowlisted projects may push here (19.x); null where it was not read. */
  readonly crossProjectPush: boolean | null;
}

/** The project whose job asks, as far as GitLab looks at it. */
export interface CallerAccess {
  readonly id: number;
  readonly path: string;
  /** In a personal namespace: no group entry can admit it. */
  readonly personal: boolean;
  /** Ancestor groups, outermost first; null: take them from the path. */
  readonly groups: readonly { readonly id: number; readonly path: string }[] | null;
  /** The job's user is an external user, to whom internal projects are as private ones. */
  readonly externalUser: boolean;
}

/** Let in, and by what; `entry` is the nearest one, which alone decides what the job may do. */
export type Allowed<E> =
  | { readonly outcome: 'allowed'; readonly by: 'self' | 'open_setting' | 'public_feature' }
  | { readonly outcome: 'allowed'; readonly by: 'entry'; readonly entry: E };

/** Refused, and by what. */
export type Denied<E> =
  | { readonly outcome: 'denied'; readonly reason: 'not_listed' }
  /** Admitted, but the nearest entry does not grant what the endpoint asks for. */
  | {
      readonly outcome: 'denied';
      readonly reason: 'policy_missing';
      readonly entry: E;
      readonly missing: readonly Policy[];
    }
  /** Pushing from another project needs its own switch and a callee whose allowlist is on. */
  | { readonly outcome: 'denied'; readonly reason: 'push_closed' };

/** A fact of the callee without which the answer stays open. */
export type UnreadFact = 'setting' | 'visibility' | 'features' | 'entries' | 'policies_enabled' | 'push_setting';

/** Not to be told from what was read, or from what GitLab documents. */
export type Unknown =
  | { readonly outcome: 'unknown'; readonly reason: 'unread'; readonly facts: readonly UnreadFact[] }
  /** Which endpoint is called is not known, and the answer hangs on it. */
  | { readonly outcome: 'unknown'; readonly reason: 'endpoint_unknown' }
  /**
   * GitLab does not say how fine-grained permissions treat this use. `likely` is what its source suggests: only the
   * REST project look-up asks for policies, and it refuses endpoints that declare none.
   */
  | { readonly outcome: 'unknown'; readonly reason: 'policy_undocumented'; readonly likely: 'allowed' | 'denied' };

/** What becomes of one access, as far as it can be told. */
export type AccessDecision<E extends AccessEntry = AccessEntry> = Allowed<E> | Denied<E> | Unknown;

/** Git, LFS and the registry are authorised outside the REST look-up that asks for policies; so is the trigger API. */
const OUTSIDE_POLICY_CHECK: ReadonlySet<AccessKind> = new Set([
  'git',
  'submodule',
  'lfs',
  'container-registry',
  'trigger-api',
]);

type Tri = 'yes' | 'no' | 'endpoint_unknown' | 'visibility' | 'features';

/** Whether the callee shares what is used with everyone, entry or not. */
function sharedWithEveryone(callee: CalleeAccess, caller: CallerAccess, use: AccessUse | null): Tri {
  const { visibility } = callee;
  if (visibility === 'private' || (visibility === 'internal' && caller.externalUser)) return 'no';
  const features = featuresOf(use);
  if (features === null) return 'no';
  if (features === undefined) return callee.shared.size === 0 ? 'no' : 'endpoint_unknown';
  if (features.some((feature) => !callee.shared.has(feature))) return 'no';
  const levels = features.map((feature) => callee.features[feature]);
  if (levels.some((level) => level === 'private' || level === 'disabled')) return 'no';
  if (visibility === 'unknown') return 'visibility';
  return levels.includes(undefined) ? 'features' : 'yes';
}

/**
 * The entry that decides for this caller: its own project entry, else the group entry closest above it. Farther entries
 * are not looked at, so a narrow project entry overrides a wide group entry.
 *
 * @returns null when no entry admits the caller
 */
export function nearestEntry<E extends AccessEntry>(entries: readonly E[], caller: CallerAccess): E | null {
  const own = entries.find(({ kind, id }) => kind === 'project' && id === caller.id);
  if (own) return own;
  if (caller.personal) return null;
  const groups = entries.filter(({ kind }) => kind === 'group');
  const above = caller.groups ?? ancestorPaths(caller.path).map((path) => ({ id: null, path }));
  for (const group of above.toReversed()) {
    const entry = groups.find(({ id, path }) => (group.id === null ? samePath(path, group.path) : id === group.id));
    if (entry) return entry;
  }
  return null;
}

function underEntry<E extends AccessEntry>(
  entry: E,
  policiesEnabled: boolean | null,
  use: AccessUse | null,
): AccessDecision<E> {
  if (entry.defaultPermissions || policiesEnabled === false) return { outcome: 'allowed', by: 'entry', entry };
  if (use === null || use.policies === null) return { outcome: 'unknown', reason: 'endpoint_unknown' };
  const missing = missingPolicies(entry.policies, use.policies);
  if (use.policies.length > 0 && missing.length === 0) return { outcome: 'allowed', by: 'entry', entry };
  if (policiesEnabled === null) return { outcome: 'unknown', reason: 'unread', facts: ['policies_enabled'] };
  if (missing.length > 0) return { outcome: 'denied', reason: 'policy_missing', entry, missing };
  return undocumented(OUTSIDE_POLICY_CHECK.has(use.kind) ? 'allowed' : 'denied');
}

const undocumented = (likely: 'allowed' | 'denied'): Unknown => ({
  outcome: 'unknown',
  reason: 'policy_undocumented',
  likely,
});

/** With the allowlist on and nothing shared: the entries alone decide. */
function byEntries<E extends AccessEntry>(
  callee: CalleeAccess<E>,
  caller: CallerAccess,
  use: AccessUse | null,
): AccessDecision<E> {
  if (callee.entries === null) return { outcome: 'unknown', reason: 'unread', facts: ['entries'] };
  const entry = nearestEntry(callee.entries, caller);
  return entry ? underEntry(entry, callee.policiesEnabled, use) : { outcome: 'denied', reason: 'not_listed' };
}

/**
 * A shared feature, with the allowlist on. Where the callee has fine-grained permissions the REST look-up asks for
 * policies first, and only some endpoints waive that for public features; docs and source say which ones only in part.
 */
function onShared<E extends AccessEntry>(
  callee: CalleeAccess<E>,
  use: AccessUse | null,
  listed: AccessDecision<E>,
): AccessDecision<E> {
  if (listed.outcome === 'allowed') return listed;
  const shared: AccessDecision<E> = { outcome: 'allowed', by: 'public_feature' };
  if ((use !== null && OUTSIDE_POLICY_CHECK.has(use.kind)) || callee.policiesEnabled === false) return shared;
  if (callee.policiesEnabled === null) return { outcome: 'unknown', reason: 'unread', facts: ['policies_enabled'] };
  return undocumented('allowed');
}

function enforced<E extends AccessEntry>(
  callee: CalleeAccess<E>,
  caller: CallerAccess,
  use: AccessUse | null,
): AccessDecision<E> {
  const listed = byEntries(callee, caller, use);
  if (use?.kind === 'git-push') return listed;
  const shared = sharedWithEveryone(callee, caller, use);
  switch (shared) {
    case 'yes':
      return onShared(callee, use, listed);
    case 'no':
      return listed;
    case 'endpoint_unknown':
      return listed.outcome === 'allowed' ? listed : { outcome: 'unknown', reason: 'endpoint_unknown' };
    case 'visibility':
    case 'features':
      return listed.outcome === 'allowed' ? listed : { outcome: 'unknown', reason: 'unread', facts: [shared] };
  }
}

function push<E extends AccessEntry>(
  callee: CalleeAccess<E>,
  caller: CallerAccess,
  use: AccessUse | null,
): AccessDecision<E> {
  if (callee.effectiveInbound === false || callee.crossProjectPush === false) {
    return { outcome: 'denied', reason: 'push_closed' };
  }
  const listed = enforced(callee, caller, use);
  if (listed.outcome !== 'allowed') return listed;
  const facts: UnreadFact[] = [];
  if (callee.effectiveInbound === null) facts.push('setting');
  if (callee.crossProjectPush === null) facts.push('push_setting');
  return facts.length > 0 ? { outcome: 'unknown', reason: 'unread', facts } : listed;
}

/**
 * Decides one use of a callee by a job of the caller.
 *
 * @param use - null where the evidence does not tell the kind of access (GitLab's own log does not)
 * @returns `allowed` with what lets it in; `denied` with why; `unknown` where the answer hangs on something unread or on
 *   something that GitLab does not document. A missing fact that cannot change the answer does not make it unknown.
 */
export function decideAccess<E extends AccessEntry>(
  callee: CalleeAccess<E>,
  caller: CallerAccess,
  use: AccessUse | null,
): AccessDecision<E> {
  if (callee.id === caller.id) return { outcome: 'allowed', by: 'self' };
  if (use?.kind === 'git-push') return push(callee, caller, use);
  if (callee.effectiveInbound === false) return { outcome: 'allowed', by: 'open_setting' };
  const decision = enforced(callee, caller, use);
  if (callee.effectiveInbound === true || decision.outcome === 'allowed') return decision;
  return { outcome: 'unknown', reason: 'unread', facts: ['setting'] };
}

/**
 * Whether this use needs an entry once the callee is enforced, whatever its setting and entries are today.
 *
 * @returns `no` for the callee's own jobs and for features that it shares with everyone; `unknown` where that hangs on
 *   something unread
 */
export function needsEntry(
  callee: CalleeAccess,
  caller: CallerAccess,
  use: AccessUse | null,
): 'yes' | 'no' | 'unknown' {
  const bare = { ...callee, effectiveInbound: true, entries: [], crossProjectPush: true };
  const { outcome } = decideAccess(bare, caller, use);
  return outcome === 'allowed' ? 'no' : outcome === 'denied' ? 'yes' : 'unknown';
}
