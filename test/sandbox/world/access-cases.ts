import { KINDS, type Case, type Listed } from './access-oracle.ts';

const SETTINGS = [true, false] as const;
const VISIBILITIES = ['private', 'internal', 'public'] as const;
const FEATURES = ['enabled', 'private', 'disabled'] as const;
export const LEVELS = { nobody: 0, guest: 10, reporter: 20, developer: 30, maintainer: 40 } as const;

const WIDE = [
  'READ_PACKAGES',
  'ADMIN_RELEASES',
  'READ_JOBS',
  'READ_TERRAFORM_STATE',
  'READ_DEPLOYMENTS',
  'READ_SECURE_FILES',
];
/** Allowlists that differ in who is named, how near, and with what permissions. */
const LISTS: readonly (readonly Listed[])[] = [
  [],
  [{ who: 'stranger', policies: null }],
  [{ who: 'caller', policies: null }],
  [{ who: 'parent', policies: null }],
  [{ who: 'grandparent', policies: null }],
  [{ who: 'caller', policies: WIDE }],
  [{ who: 'caller', policies: [] }],
  [{ who: 'grandparent', policies: ['READ_RELEASES'] }],
  // Nearest wins, whether it gives more or less.
  [
    { who: 'grandparent', policies: null },
    { who: 'caller', policies: [] },
  ],
  [
    { who: 'grandparent', policies: [] },
    { who: 'parent', policies: WIDE },
  ],
];

/** A callee of the table: everything but the job's user, the access and the instance. */
export type Callee = Pick<Case, 'stored' | 'entries' | 'policiesEnabled' | 'visibility' | 'feature'>;

export const CALLEES: readonly Callee[] = SETTINGS.flatMap((stored) =>
  LISTS.flatMap((entries) =>
    SETTINGS.flatMap((policiesEnabled) =>
      VISIBILITIES.flatMap((visibility) =>
        FEATURES.map((feature) => ({ stored, entries, policiesEnabled, visibility, feature })),
      ),
    ),
  ),
);

const ENTRY: Readonly<Record<Listed['who'], object>> = {
  caller: { project: 'acme/apps/web' },
  parent: { group: 'acme/apps' },
  grandparent: { group: 'acme' },
  stranger: { group: 'other' },
};
const ALL_FEATURES = [
  'repository',
  'builds',
  'container_registry',
  'package_registry',
  'releases',
  'environments',
  'infrastructure',
];

/** The callee as the organisation file describes it. Each is called `core`, for the texts; its id tells it apart. */
export function describeCallee(
  { entries, stored, policiesEnabled, visibility, feature }: Callee,
  path: string,
  id: number,
): object {
  return {
    path,
    id,
    inboundEnabled: stored,
    policiesEnabled,
    visibility,
    features: Object.fromEntries(ALL_FEATURES.map((name) => [name, feature])),
    allowlist: entries.map(({ who, policies }) => ({ ...ENTRY[who], ...(policies === null ? {} : { policies }) })),
    files: { 'README.md': 'core\n' },
  };
}

/** An organisation that holds these callees, a caller, and one user for each level. */
export function organisationOf(callees: readonly Callee[], version: string): Record<string, unknown> {
  return {
    version,
    enforced: false,
    start: '2026-03-02T08:00:00Z',
    history: '1h',
    groups: ['other'],
    users: [
      { name: 'root', admin: true },
      ...Object.keys(LEVELS).map((name) => ({ name, memberships: name === 'nobody' ? {} : { callees: name } })),
    ],
    projects: [
      { path: 'acme/apps/web', id: 1 },
      ...callees.map((callee, index) => describeCallee(callee, `callees/g${String(index)}/core`, 1000 + index)),
    ],
    jobs: Object.keys(LEVELS).map((name) => ({ project: 'acme/apps/web', name, every: '52w', user: name })),
  };
}

export const ACCESSES = Object.keys(KINDS);
