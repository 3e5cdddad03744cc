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

/** What a job does with another project. */
export type AccessKind = (typeof ACCESS_KINDS)[number];

const ACCESS_KIND_SET: ReadonlySet<string> = new Set(ACCESS_KINDS);

/** Tells a kind of access from any other word; for text of people and files. */
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
  // Job tokens may read artifacts, and no endpoint lets them change those of another project.
  artifacts: { read: ['READ_JOBS'], write: ['READ_JOBS'] },
  'needs-project': { read: ['READ_JOBS'], write: ['READ_JOBS'] },
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

/**
 * The policies that one observation shows to be needed.
 *
 * Where the source names the kind of access but not the endpoint, the use may write: `ADMIN_X`, which grants `READ_X` as
 * well, is then the least that is known to be enough.
 *
 * @returns null where nothing is known to be enough: no kind, an unknown endpoint, or one that declares no permission
 */
export function needsOf({
  access,
  policies,
}: {
  readonly access: string | null;
  readonly policies: readonly string[] | null;
}): readonly string[] | null {
  if (policies !== null) return policies.length === 0 ? null : policies;
  if (access === null || !isAccessKind(access)) return null;
  const needed = policiesFor(access, 'write');
  return needed === null || needed.length === 0 ? null : needed;
}

/** GitLab's log names the pair alone. What it leaves open is said by `sources`, and settled by files that were followed. */
export const tellsNeeds = ({ source }: { readonly source: string }): boolean => source !== 'auth-log';

/** What several observations need together; null as soon as one of them does not tell, or where there is none but the log's. */
export function needsTogether(
  observations: readonly (Parameters<typeof needsOf>[0] & { readonly source: string })[],
): readonly string[] | null {
  const needs = observations.filter(tellsNeeds).map(needsOf);
  return needs.length > 0 && needs.every((one) => one !== null) ? [...new Set(needs.flat())].sort() : null;
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
  /** The instance has no fine-grained permissions. */
  | { readonly why: 'feature_missing' }
  /** Nothing is known of how the callee is used, so no set of policies is known to be enough. */
  | { readonly why: 'no_observed_use' }
  /** GitLab's log names the caller and not what it does: it may do more than other sources happened to show. */
  | { readonly why: 'log_silent' }
  /** GitLab documents no permission for this kind of use, and may refuse it on a fine-grained entry. */
  | { readonly why: 'not_controllable'; readonly kind: string }
  /** The use is known, the endpoint is not. */
  | { readonly why: 'endpoint_unknown'; readonly kind: string }
  /** The use needs a policy that this release of GitLab does not have yet. */
  | { readonly why: 'policy_unavailable'; readonly policy: string };

/** What an entry may be narrowed to: policies that cover every use, or the default permissions with what stands in the way. */
export type Narrowing =
  | { readonly kind: 'policies'; readonly policies: readonly Policy[] }
  | {
      readonly kind: 'default';
      readonly obstacles: readonly NarrowingObstacle[];
      /** What would be enough for the uses that were seen, were there no others; empty where not even that is known. */
      readonly seen: readonly Policy[];
    };

/** What is known of the uses behind an entry; see `Edge`. */
export interface ObservedUse {
  readonly access: readonly string[];
  readonly sources: readonly string[];
  readonly needs: readonly string[] | null;
}

/** What is known beyond the edges where an entry is to be narrowed. */
export interface NarrowingFacts {
  /** The instance's `CiJobTokenScopePolicies`; empty where it has no fine-grained permissions. */
  readonly policies: readonly string[];
  /** Callers whose files were followed to their ends: what their jobs do is known, also where the log does not tell. */
  readonly followed: ReadonlySet<number>;
}

function obstacleOf(kind: string): readonly NarrowingObstacle[] {
  if (!isAccessKind(kind) || kind === 'api') return [{ why: 'endpoint_unknown', kind }];
  return isControllable(kind) ? [] : [{ why: 'not_controllable', kind }];
}

/**
 * The narrowest permissions of an entry that break none of its observed uses.
 *
 * One use that policies cannot express is enough for default permissions: on a fine-grained entry GitLab refuses every
 * REST endpoint that declares no policy, and how it treats git, the registry and some package formats is not documented.
 *
 * @param available - the instance's `CiJobTokenScopePolicies`; empty where the instance lacks the feature
 * @param followed - the caller's files were followed to their ends, and named what its jobs do here (decision 0085)
 */
export function narrowingOf(
  { access, sources, needs }: ObservedUse,
  available: readonly string[],
  followed = false,
): Narrowing {
  if (available.length === 0) return { kind: 'default', obstacles: [{ why: 'feature_missing' }], seen: [] };
  const known = new Set(available);
  // A release may know ADMIN_X without READ_X; the wider one is then the narrowest there is.
  const spelled = (needs ?? shownNeeds(access) ?? []).flatMap((text) => parsePolicy(text) ?? []);
  const wanted = minimalPolicies(spelled.map((policy) => (known.has(policy) ? policy : adminOf(policy))));
  const missing = wanted.filter((policy) => !known.has(policy));
  const obstacles: NarrowingObstacle[] = [
    ...(access.length === 0 ? [{ why: 'no_observed_use' } as const] : []),
    ...(sources.includes('auth-log') && access.length > 0 && !(followed && sources.includes('scan'))
      ? [{ why: 'log_silent' } as const]
      : []),
    ...(needs === null ? access.flatMap(obstacleOf) : []),
    ...missing.map((policy) => ({ why: 'policy_unavailable', policy }) as const),
  ];
  if (obstacles.length === 0 && needs !== null) return { kind: 'policies', policies: wanted };
  // Kinds that could be narrowed beside an observation that names none, such as a refusal without words.
  if (obstacles.length === 0) obstacles.push({ why: 'endpoint_unknown', kind: 'one of its uses' });
  return { kind: 'default', obstacles, seen: missing.length > 0 ? [] : wanted };
}

/** What the named kinds need by themselves; null where one of them cannot be narrowed. */
function shownNeeds(access: readonly string[]): readonly string[] | null {
  const each = access.map((kind) => needsOf({ access: kind, policies: null }));
  return each.every((needs) => needs !== null) ? each.flat() : null;
}

/** One obstacle in words, for reports and `edges show`. */
export function describeObstacle(obstacle: NarrowingObstacle): string {
  switch (obstacle.why) {
    case 'feature_missing':
      return 'fine-grained permissions are not enabled here';
    case 'no_observed_use':
      return 'no use was observed, so no narrower set is known to be enough';
    case 'log_silent':
      return "GitLab's log names the caller and not what it does, so it may use more than was seen";
    case 'not_controllable':
      return `GitLab documents no permission for ${obstacle.kind}`;
    case 'endpoint_unknown':
      return `the endpoint behind ${obstacle.kind} is not known`;
    case 'policy_unavailable':
      return `it needs ${obstacle.policy}, which this GitLab does not have`;
  }
}
