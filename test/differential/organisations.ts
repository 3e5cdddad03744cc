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
const ROLES = ['guest', 'planner', 'reporter', 'developer', 'maintainer', 'owner'];
/** Few words, so that the same ones stand at several depths and below several groups. */
const WORDS = ['apps', 'libs', 'Infra', 'api', 'web', 'tool-kit'];
const DEEPEST = 7;
const OWNERS = ['mara', 'nils'];

/** As the stand-in takes it, as far as tests look into it. */
export interface Organisation {
  readonly projects: readonly { readonly path: string; readonly policiesEnabled: boolean }[];
}

/** Throws of one organisation. */
class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = dice(seed);
  }

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  some<T>(all: readonly T[], share: number): readonly T[] {
    return all.filter(() => this.chance(share));
  }
}

/** Two to four top-level groups and groups of all depths below them. */
function groupsOf(draw: Draw): readonly string[] {
  const groups = ['acme', 'Other', 'third', 'fourth'].slice(0, 2 + draw.below(3));
  for (let count = 4 + draw.below(8); count > 0; count -= 1) {
    // The last one often, so that there are deep ones.
    const parent = draw.chance(0.4) ? (groups.at(-1) ?? 'acme') : draw.pick(groups);
    const path = `${parent}/${draw.pick(WORDS)}`;
    if (path.split('/').length <= DEEPEST && !groups.some((other) => other.toLowerCase() === path.toLowerCase()))
      groups.push(path);
  }
  return groups;
}

/** Projects anywhere, some of them alike in name, and those of people. The number keeps a project from being a group as well. */
function pathsOf(draw: Draw, groups: readonly string[], count: number): readonly string[] {
  const paths = Array.from({ length: count }, (_, n) => `${draw.pick(groups)}/${draw.pick(WORDS)}-${n % 7}`);
  return [...new Set(paths), ...OWNERS.map((owner) => `${owner}/${draw.pick(WORDS)}`)];
}

/** The one by whose name most jobs run, and two who are members here and there, in any role. */
function usersOf(draw: Draw, groups: readonly string[], paths: readonly string[]): readonly object[] {
  const roots = groups.filter((path) => !path.includes('/'));
  const anywhere = [...groups, ...paths];
  const memberships = (): object =>
    Object.fromEntries(draw.some(anywhere, 0.25).map((path) => [path, draw.pick(ROLES)]));
  return [
    { name: 'root', admin: true },
    { name: 'ci-bot', memberships: Object.fromEntries(draw.some(roots, 0.9).map((path) => [path, 'developer'])) },
    { name: 'nina', memberships: memberships() },
    { name: 'omar', memberships: memberships() },
    ...OWNERS.map((name) => ({ name })),
  ];
}

/**
 * An organisation in which everything that GitLab's rule looks at is drawn: visibility, closed features (CI among them),
 * fine-grained entries on and off, groups above groups, entries for the callee itself, archived projects, forks,
 * personal namespaces, roles; every project may be called and may call.
 *
 * @param projects - about so many
 * @param bare - no callee has entries yet, none is enforced, and all have fine-grained permissions
 */
export function organisation(seed: number, version: string, projects: number, bare = false): Organisation {
  const draw = new Draw(seed);
  const groups = groupsOf(draw);
  const paths = pathsOf(draw, groups, projects);
  const groupEntries = Number(version.split('.')[0]) >= 17;
  // While its switch is off, GitLab stores entries with default permissions only.
  const permissions = (narrow: boolean): object =>
    narrow && groupEntries && draw.chance(0.6) ? { policies: draw.some(POLICIES, 0.4) } : {};
  const allowlist = (path: string, narrow: boolean): readonly object[] => [
    ...draw.some(paths, 0.12).flatMap((project) => (project === path ? [] : [{ project, ...permissions(narrow) }])),
    ...(groupEntries ? draw.some(groups, 0.15).map((group) => ({ group, ...permissions(narrow) })) : []),
    ...(draw.chance(0.1) ? [{ project: path }] : []),
  ];
  const closed = (): object =>
    Object.fromEntries(draw.some(FEATURES, 0.25).map((feature) => [feature, draw.pick(['private', 'disabled'])]));
  const described = paths.map((path, n) => {
    const policiesEnabled = groupEntries && (bare || draw.chance(0.4));
    const origin = paths[draw.below(Math.max(1, n))];
    return {
      ...{ path, id: 100 + n, visibility: draw.pick(['private', 'private', 'internal', 'public']) },
      ...{ archived: draw.chance(0.08), inboundEnabled: !bare && draw.chance(0.25), policiesEnabled },
      ...(n > 0 && draw.chance(0.15) ? { forkedFrom: origin } : {}),
      ...{ features: closed(), allowlist: bare ? [] : allowlist(path, policiesEnabled) },
    };
  });
  const jobs = draw.some(paths, 0.55).flatMap((project) =>
    draw.some(paths, 0.6).flatMap((callee) =>
      draw.some(KINDS, 0.1).map((access) => ({
        ...{ project, name: `${callee.replaceAll('/', '-')}-${access}`, every: '1d', at: '1h' },
        ...{ user: draw.pick(['ci-bot', 'ci-bot', 'ci-bot', 'nina', 'omar']), uses: [{ callee, access }] },
      })),
    ),
  );
  return {
    ...{ version, enforced: false, start: '2026-03-02T08:00:00Z', history: '10d', seed },
    ...{ groups, users: usersOf(draw, groups, paths), jobs },
    projects: described,
  };
}
