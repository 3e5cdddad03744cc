import { ROLES } from '../vocabulary.ts';
import type { AccessKind, Feature, Policy } from '../vocabulary.ts';

/**
 * Which part of GitLab answers, and so how it words a refusal: `git` over HTTPS, the `lfs` API, `rest` routes that find the
 * project first (and name both projects when they refuse), `package` routes that hide it (404), the container `registry`,
 * the `trigger` route and the runner's own `runner` downloads.
 */
export type Protocol = 'git' | 'lfs' | 'rest' | 'package' | 'registry' | 'trigger' | 'runner';

/** What one kind of access asks of the callee. */
export interface AccessRule {
  readonly protocol: Protocol;
  /** The project feature whose level counts; null: none. */
  readonly feature: Feature | null;
  /** Access level the job's user needs on a private callee. */
  readonly level: number;
  /** The level for a feature that a public or internal callee keeps for members: some take guests (`ProjectFeature`). */
  readonly memberLevel: number;
  /** Fine-grained permissions of the endpoint: none declared (refused wherever they are checked), or null: never checked. */
  readonly policies: readonly Policy[] | null;
  /** First version where public and internal callees give it to everyone; null: they never do. */
  readonly openSince: readonly [major: number, minor: number] | null;
  /** Answered with a redirect to object storage, which is no 2xx and so leaves no row in the authentication log. */
  readonly redirected: boolean;
  /** Decided on public and internal callees without a look at the scope, which leaves no row either. */
  readonly scopeFree: boolean;
}

const code = {
  protocol: 'git',
  feature: 'repository',
  level: ROLES.reporter,
  memberLevel: ROLES.guest,
  policies: null,
  openSince: [17, 0],
  redirected: false,
  scopeFree: true,
} satisfies AccessRule;

const registryPackage = {
  protocol: 'package',
  feature: 'package_registry',
  level: ROLES.reporter,
  memberLevel: ROLES.reporter,
  policies: ['READ_PACKAGES'],
  openSince: [16, 6],
  redirected: false,
  scopeFree: false,
} satisfies AccessRule;

const uncontrolledPackage: AccessRule = { ...registryPackage, policies: [] };
const namedPackage: AccessRule = { ...registryPackage, protocol: 'rest' };

const endpoint = {
  protocol: 'rest',
  feature: null,
  level: ROLES.reporter,
  memberLevel: ROLES.reporter,
  policies: [],
  openSince: [16, 6],
  redirected: false,
  scopeFree: false,
} satisfies AccessRule;

const jobFiles = {
  ...endpoint,
  feature: 'builds',
  memberLevel: ROLES.guest,
  policies: ['READ_JOBS'],
  redirected: true,
  scopeFree: true,
} satisfies AccessRule;

/**
 * One line per kind of access. Roles are those of GitLab's permission table; policies those of its fine-grained
 * permissions page. Kinds differ within one word (a release is read by a guest and made by a developer): the reading
 * side counts, as most jobs read.
 */
export const ACCESS_RULES: Readonly<Record<AccessKind, AccessRule>> = {
  git: code,
  submodule: code,
  lfs: { ...code, protocol: 'lfs' },
  'git-push': {
    ...code,
    level: ROLES.developer,
    memberLevel: ROLES.developer,
    policies: ['ADMIN_REPOSITORIES'],
    openSince: null,
    scopeFree: false,
  },
  api: { ...endpoint, feature: 'repository', memberLevel: ROLES.guest, openSince: [17, 0] },
  artifacts: jobFiles,
  'needs-project': { ...jobFiles, protocol: 'runner' },
  generic: { ...namedPackage, redirected: true },
  go: namedPackage,
  conan: namedPackage,
  composer: namedPackage,
  npm: registryPackage,
  pypi: registryPackage,
  maven: registryPackage,
  nuget: uncontrolledPackage,
  helm: uncontrolledPackage,
  rubygems: uncontrolledPackage,
  debian: uncontrolledPackage,
  'terraform-module': uncontrolledPackage,
  'terraform-state': {
    ...endpoint,
    feature: 'infrastructure',
    level: ROLES.developer,
    memberLevel: ROLES.developer,
    policies: ['READ_TERRAFORM_STATE'],
    openSince: null,
  },
  'container-registry': {
    protocol: 'registry',
    feature: 'container_registry',
    level: ROLES.reporter,
    memberLevel: ROLES.reporter,
    policies: null,
    openSince: [16, 6],
    redirected: false,
    scopeFree: true,
  },
  release: {
    ...endpoint,
    feature: 'releases',
    level: ROLES.guest,
    memberLevel: ROLES.guest,
    policies: ['READ_RELEASES'],
  },
  'trigger-api': {
    ...endpoint,
    protocol: 'trigger',
    feature: 'builds',
    level: ROLES.developer,
    memberLevel: ROLES.developer,
    policies: null,
    openSince: null,
  },
  'secure-files': {
    ...endpoint,
    level: ROLES.developer,
    memberLevel: ROLES.developer,
    policies: ['READ_SECURE_FILES'],
    openSince: null,
    redirected: true,
  },
  deployments: { ...endpoint, feature: 'environments', policies: ['READ_DEPLOYMENTS'] },
  environments: { ...endpoint, feature: 'environments', policies: ['READ_ENVIRONMENTS'] },
};
