import type { AccessKind } from '../../src/domain/access/permissions.ts';

/** The dice of one organisation: the same seed gives the same one. */
export function dice(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e37_79b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 4_294_967_296;
  };
}

/** Kinds in use, each by jobs of their own: a refusal ends a job, and would hide the uses after it. */
const KINDS: readonly AccessKind[] = [
  ...(['git', 'submodule', 'lfs', 'git-push', 'api', 'artifacts', 'needs-project', 'generic', 'npm', 'pypi'] as const),
  ...(['maven', 'nuget', 'conan', 'terraform-module', 'terraform-state', 'container-registry', 'release'] as const),
  ...(['trigger-api', 'secure-files', 'deployments', 'environments', 'composer', 'go', 'helm'] as const),
];
const POLICIES = ['READ_JOBS', 'READ_PACKAGES', 'ADMIN_PACKAGES', 'READ_RELEASES', 'ADMIN_REPOSITORIES', 'READ_DEPLOYMENTS', 'READ_ENVIRONMENTS', 'READ_SECURE_FILES', 'ADMIN_TERRAFORM_STATE']; // prettier-ignore
const FEATURES = [
  'repository',
  'builds',
  'container_registry',
  'package_registry',
  'releases',
  'environments',
] as const;

const CALLERS = [
  ...['acme/apps/web', 'acme/apps/sub/api', 'acme/apps/sub/deep/worker', 'acme/libs/kit', 'acme/tool'],
  ...['other/service', 'mara/toy', 'acme/apps/old'],
];
/** Groups of all depths, so that the nearest of several entries decides. */
const ENTRY_GROUPS = ['acme', 'acme/apps', 'acme/apps/sub', 'acme/apps/sub/deep', 'acme/libs', 'other'];

/**
 * An organisation in which everything that GitLab's rule looks at is drawn: visibility, closed features, fine-grained
 * entries on and off, groups above groups, entries for the callee itself, archived projects, personal namespaces, roles.
 *
 * @param bare - no callee has entries yet, none is enforced, and all have fine-grained permissions
 */
export function organisation(seed: number, version: string, callees: number, bare = false): object {
  const random = dice(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const chance = (share: number): boolean => random() < share;
  const groupEntries = Number(version.split('.')[0]) >= 17;
  // While its switch is off, GitLab stores entries with default permissions only.
  const permissions = (narrow: boolean): object =>
    narrow && groupEntries && chance(0.6) ? { policies: POLICIES.filter(() => chance(0.4)) } : {};
  const allowlist = (path: string, narrow: boolean): readonly object[] => [
    ...CALLERS.filter(() => chance(0.15)).map((project) => ({ project, ...permissions(narrow) })),
    ...(groupEntries ? ENTRY_GROUPS.filter(() => chance(0.2)).map((group) => ({ group, ...permissions(narrow) })) : []),
    ...(chance(0.1) ? [{ project: path }] : []),
  ];
  const calleePaths = Array.from(
    { length: callees },
    (_, n) => `${pick(['acme/libs', 'other', 'acme/apps/sub'])}/c${n}`,
  );
  const closed = (): object =>
    Object.fromEntries(FEATURES.filter(() => chance(0.3)).map((feature) => [feature, pick(['private', 'disabled'])]));
  const projects = [
    ...CALLERS.map((path, n) => ({ path, id: 10 + n, archived: path.endsWith('/old'), inboundEnabled: false })),
    ...calleePaths.map((path, n) => {
      const policiesEnabled = groupEntries && (bare || chance(0.4));
      return {
        ...{ path, id: 100 + n, visibility: pick(['private', 'private', 'internal', 'public']), archived: chance(0.1) },
        ...{ inboundEnabled: !bare && chance(0.2), policiesEnabled, features: closed() },
        allowlist: bare ? [] : allowlist(path, policiesEnabled),
      };
    }),
  ];
  const jobs = CALLERS.flatMap((project) =>
    calleePaths.flatMap((callee) =>
      KINDS.filter(() => chance(0.12)).map((access) => ({
        ...{ project, name: `${callee.replaceAll('/', '-')}-${access}`, every: '1d', at: '1h' },
        ...{ user: chance(0.1) ? 'guest' : 'ci-bot', uses: [{ callee, access }] },
      })),
    ),
  );
  return {
    ...{ version, enforced: false, start: '2026-03-02T08:00:00Z', history: '10d', seed },
    groups: ['acme', 'acme/apps', 'acme/apps/sub', 'acme/apps/sub/deep', 'acme/libs', 'other'],
    users: [
      { name: 'root', admin: true },
      { name: 'ci-bot', memberships: { acme: 'developer', other: 'developer' } },
      { name: 'guest', memberships: { acme: 'guest' } },
      { name: 'mara' },
    ],
    projects,
    jobs,
  };
}
