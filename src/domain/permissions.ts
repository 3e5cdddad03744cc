/**
 * What a use of a callee needs of an allowlist entry: access kinds, GitLab's fine-grained policies, and when narrowing
 * an entry to policies is safe.
 *
 * Source of the table: https://docs.gitlab.com/ci/jobs/fine_grained_permissions/ as of 18.3, and the policy check of the
 * REST project look-up. GitLab's words for this are still moving; the set an instance knows comes from introspection of
 * its `CiJobTokenScopePolicies` enum and is passed in.
 */

/** Every way in which a job uses another project with its job token. Closed: evidence, plans and reports use these words. */
export const ACCESS_KINDS = [
  'git',
  'git-push',
  'submodule',
  'lfs',
  'api',
  'artifacts',
  'needs-project',
  'generic',
  'npm',
  'pypi',
  'maven',
  'nuget',
  'composer',
  'conan',
  'go',
  'helm',
  'rubygems',
  'debian',
  'terraform-module',
  'terraform-state',
  'container-registry',
  'release',
  'trigger-api',
  'secure-files',
  'deployments',
  'environments',
] as const;

export type AccessKind = (typeof ACCESS_KINDS)[number];

const ACCESS_KIND_SET: ReadonlySet<string> = new Set(ACCESS_KINDS);

export function isAccessKind(text: string): text is AccessKind {
  return ACCESS_KIND_SET.has(text);
}

/** A value of GitLab's `CiJobTokenScopePolicies`, as GraphQL spells it. Open: each release may add some. */
export type Policy = `READ_${string}` | `ADMIN_${string}`;

/** One kind of use of a callee. `policies` is null where it is not known which endpoint was called. */
export interface AccessUse {
  readonly kind: AccessKind;
  /** The smallest set that the endpoint asks for; empty where GitLab documents no permission for it. */
  readonly policies: readonly Policy[] | null;
}

/** Reads a policy as GraphQL (`READ_JOBS`) or a denial text (`read_jobs`) spells it; null when it is none. */
export function parsePolicy(text: string): Policy | null {
  const upper = text.trim().toUpperCase();
  return /^(?:READ|ADMIN)_[A-Z][A-Z_]*$/.test(upper) ? (upper as Policy) : null;
}

interface PolicyPair {
  readonly read: readonly Policy[];
  readonly write: readonly Policy[];
}

const pair = (resource: string): PolicyPair => ({ read: [`READ_${resource}`], write: [`ADMIN_${resource}`] });
const PACKAGES = pair('PACKAGES');
const UNDOCUMENTED: PolicyPair = { read: [], write: [] };

const POLICIES: Readonly<Record<Exclude<AccessKind, 'api'>, PolicyPair>> = {
  generic: PACKAGES,
  npm: PACKAGES,
  pypi: PACKAGES,
  maven: PACKAGES,
  composer: PACKAGES,
  conan: PACKAGES,
  go: PACKAGES,
  artifacts: pair('JOBS'),
  'needs-project': pair('JOBS'),
  release: pair('RELEASES'),
  'terraform-state': pair('TERRAFORM_STATE'),
  'secure-files': pair('SECURE_FILES'),
  environments: pair('ENVIRONMENTS'),
  // Creating a deployment creates its environment as well, so GitLab asks for both.
  deployments: { read: ['READ_DEPLOYMENTS'], write: ['ADMIN_DEPLOYMENTS', 'ADMIN_ENVIRONMENTS'] },
  // Pushing from another project exists since 19.x and asks for this policy alone.
  'git-push': { read: ['ADMIN_REPOSITORIES'], write: ['ADMIN_REPOSITORIES'] },
  git: UNDOCUMENTED,
  submodule: UNDOCUMENTED,
  lfs: UNDOCUMENTED,
  'container-registry': UNDOCUMENTED,
  nuget: UNDOCUMENTED,
  helm: UNDOCUMENTED,
  rubygems: UNDOCUMENTED,
  debian: UNDOCUMENTED,
  'terraform-module': UNDOCUMENTED,
  'trigger-api': UNDOCUMENTED,
};

/**
 * The policies that a use of this kind asks for.
 *
 * @returns empty where GitLab documents none; null for `api`, whose policy depends on the endpoint
 */
export function policiesFor(kind: AccessKind, mode: 'read' | 'write'): readonly Policy[] | null {
  return kind === 'api' ? null : POLICIES[kind][mode];
}

/** Whether policies can express this kind of use at all; `api` can where its endpoint is known. */
export function isControllable(kind: AccessKind): boolean {
  return kind === 'api' || POLICIES[kind].read.length > 0;
}

/** `ADMIN_X` of a `READ_X`, which GitLab lets it stand in for. */
function adminOf(policy: Policy): Policy {
  return policy.startsWith('READ_') ? `ADMIN_${policy.slice('READ_'.length)}` : policy;
}

/** The needed policies that the granted ones do not hold, where each `ADMIN_X` also grants `READ_X`; sorted. */
export function missingPolicies(granted: readonly string[], needed: readonly Policy[]): readonly Policy[] {
  const held = new Set<string>(granted);
  return [...new Set(needed)].filter((policy) => !held.has(policy) && !held.has(adminOf(policy))).sort();
}

/** The least set that grants the same: no duplicates, no `READ_X` beside `ADMIN_X`; sorted. */
export function minimalPolicies(policies: readonly Policy[]): readonly Policy[] {
  const all = new Set(policies);
  return [...all].filter((policy) => adminOf(policy) === policy || !all.has(adminOf(policy))).sort();
}

/** Why an entry has to keep default permissions. */
export type NarrowingObstacle =
  /** The instance or the project has no fine-grained permissions. */
  | { readonly why: 'feature_missing' }
  /** Nothing is known of how the callee is used, so no set of policies is known to be enough. */
  | { readonly why: 'no_observed_use' }
  /** GitLab documents no permission for this kind of use, and may refuse it on a fine-grained entry. */
  | { readonly why: 'not_controllable'; readonly kind: AccessKind }
  /** The use is known, the endpoint is not. */
  | { readonly why: 'endpoint_unknown'; readonly kind: AccessKind }
  /** The use needs a policy that this release of GitLab does not have yet. */
  | { readonly why: 'policy_unavailable'; readonly kind: AccessKind; readonly policy: Policy };

export type Narrowing =
  | { readonly kind: 'policies'; readonly policies: readonly Policy[] }
  | { readonly kind: 'default'; readonly obstacles: readonly NarrowingObstacle[] };

function obstaclesOf({ kind, policies }: AccessUse, available: ReadonlySet<string>): readonly NarrowingObstacle[] {
  if (policies === null) return [{ why: 'endpoint_unknown', kind }];
  if (policies.length === 0) return [{ why: 'not_controllable', kind }];
  return policies
    .filter((policy) => !available.has(policy) && !available.has(adminOf(policy)))
    .map((policy) => ({ why: 'policy_unavailable', kind, policy }));
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/**
 * The narrowest permissions of an entry that break none of the given uses.
 *
 * One use that policies cannot express is enough for default permissions: on a fine-grained entry GitLab refuses every
 * REST endpoint that declares no policy, and how it treats git, the registry and some package formats is not documented.
 *
 * @param uses - every observed use of the callee through this entry
 * @param available - the instance's `CiJobTokenScopePolicies`; null where the instance or the callee lacks the feature
 */
export function narrowable(uses: readonly AccessUse[], available: readonly string[] | null): Narrowing {
  if (available === null) return { kind: 'default', obstacles: [{ why: 'feature_missing' }] };
  if (uses.length === 0) return { kind: 'default', obstacles: [{ why: 'no_observed_use' }] };
  const known = new Set(available);
  const obstacles = unique(uses.flatMap((use) => obstaclesOf(use, known)));
  if (obstacles.length > 0) return { kind: 'default', obstacles };
  const needed = uses.flatMap(({ policies }) => policies ?? []);
  // A release may know ADMIN_X without READ_X; the wider one is then the narrowest there is.
  return { kind: 'policies', policies: minimalPolicies(needed.map((p) => (known.has(p) ? p : adminOf(p)))) };
}

/** One obstacle in words, for reports and `edges show`. */
export function describeObstacle(obstacle: NarrowingObstacle): string {
  switch (obstacle.why) {
    case 'feature_missing':
      return 'fine-grained permissions are not enabled here';
    case 'no_observed_use':
      return 'no use was observed, so no narrower set is known to be enough';
    case 'not_controllable':
      return `GitLab documents no permission for ${obstacle.kind}`;
    case 'endpoint_unknown':
      return `the endpoint behind ${obstacle.kind} is not known`;
    case 'policy_unavailable':
      return `${obstacle.kind} needs ${obstacle.policy}, which this GitLab does not have`;
  }
}
