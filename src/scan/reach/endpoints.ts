import type { AccessKind } from '../types.ts';

/** What a REST address asks for, and by which fine-grained permissions. */
export interface Endpoint {
  readonly access: AccessKind;
  readonly policies: readonly string[];
}

type Policy = (write: boolean, method: string) => readonly string[];
interface Rule {
  readonly path: RegExp;
  readonly access: AccessKind;
  readonly policies: Policy;
}

const none: Policy = () => [];
const pair =
  (name: string): Policy =>
  (write) => [`${write ? 'ADMIN' : 'READ'}_${name}`];

/**
 * Project endpoints that accept a job token, first match wins; everything else below `projects/:id` answers a job token
 * as if it were nobody. Source: GitLab's page "Fine-grained permissions for CI/CD job tokens" and the package registries'
 * pages.
 */
const PROJECT_RULES: readonly Rule[] = [
  { path: /^packages\/generic\//u, access: 'generic', policies: pair('PACKAGES') },
  { path: /^packages\/npm(?:\/-\/npm\/v1\/security|\/)?/u, access: 'npm', policies: pair('PACKAGES') },
  { path: /^packages\/pypi/u, access: 'pypi', policies: pair('PACKAGES') },
  { path: /^packages\/maven/u, access: 'maven', policies: pair('PACKAGES') },
  { path: /^packages\/conan/u, access: 'conan', policies: pair('PACKAGES') },
  { path: /^packages\/go(?:\/|$)/u, access: 'go', policies: pair('PACKAGES') },
  { path: /^packages\/composer/u, access: 'composer', policies: pair('PACKAGES') },
  { path: /^packages\/nuget/u, access: 'nuget', policies: none },
  { path: /^packages\/helm/u, access: 'helm', policies: none },
  { path: /^packages\/rubygems/u, access: 'rubygems', policies: none },
  { path: /^packages\/debian/u, access: 'debian', policies: none },
  { path: /^debian_distributions/u, access: 'debian', policies: none },
  { path: /^packages\/terraform\/modules/u, access: 'terraform-module', policies: none },
  { path: /^packages\/[^/]+\/pipelines$/u, access: 'api', policies: () => ['READ_PIPELINES'] },
  { path: /^packages(?:\/|$)/u, access: 'api', policies: pair('PACKAGES') },
  { path: /^jobs\/(?:artifacts\/.+|[^/]+\/artifacts(?:\/.*)?)$/u, access: 'artifacts', policies: () => ['READ_JOBS'] },
  { path: /^(?:jobs|pipelines\/[^/]+\/jobs)$/u, access: 'api', policies: () => ['READ_JOBS'] },
  { path: /^pipelines\/[^/]+\/metadata$/u, access: 'api', policies: () => ['ADMIN_PIPELINES'] },
  { path: /^repository\/changelog$/u, access: 'api', policies: pair('RELEASES') },
  { path: /^releases(?:\/|$)/u, access: 'release', policies: pair('RELEASES') },
  { path: /^catalog\/publish$/u, access: 'release', policies: () => ['ADMIN_RELEASES'] },
  {
    path: /^deployments(?:\/|$)/u,
    access: 'deployments',
    policies: (write, method) => {
      if (!write) return ['READ_DEPLOYMENTS'];
      return method === 'POST' ? ['ADMIN_DEPLOYMENTS', 'ADMIN_ENVIRONMENTS'] : ['ADMIN_DEPLOYMENTS'];
    },
  },
  { path: /^environments(?:\/|$)/u, access: 'environments', policies: pair('ENVIRONMENTS') },
  { path: /^terraform\/state\//u, access: 'terraform-state', policies: pair('TERRAFORM_STATE') },
  { path: /^secure_files(?:\/|$)/u, access: 'secure-files', policies: pair('SECURE_FILES') },
  { path: /^(?:ref\/[^/]+\/)?trigger\/pipeline$/u, access: 'trigger-api', policies: none },
  { path: /^repository\/(?:files|archive|tags|branches|commits|tree|raw|blobs)/u, access: 'api', policies: none },
  { path: /^merge_requests(?:\/|$)/u, access: 'api', policies: () => ['READ_MERGE_REQUESTS'] },
];

const READ_METHODS = new Set(['GET', 'HEAD', '']);
// Audits and upload addresses are POSTs that only read.
const READING_POST = /^packages\/(?:npm\/-\/npm\/v1\/security|conan\/.*upload_urls)/u;

/** The endpoint of `projects/:id/REST`, or null where a job token is not accepted. `rest` has no query. */
export function projectEndpoint(rest: string, method: string): Endpoint | null {
  const path = rest.replace(/\/+$/u, '').replace(/^\/+/u, '');
  const verb = method.toUpperCase();
  const write = !READ_METHODS.has(verb) && !READING_POST.test(path);
  const slashed = path.endsWith('/') ? path : `${path}/`;
  for (const rule of PROJECT_RULES) {
    if (!rule.path.test(path) && !rule.path.test(slashed)) continue;
    return { access: rule.access, policies: rule.policies(write, verb) };
  }
  return null;
}

const PACKAGE_KINDS: Readonly<Record<string, AccessKind>> = {
  npm: 'npm',
  pypi: 'pypi',
  maven: 'maven',
  conan: 'conan',
  composer: 'composer',
  nuget: 'nuget',
  generic: 'generic',
  debian: 'debian',
  terraform: 'terraform-module',
  rubygems: 'rubygems',
  go: 'go',
  helm: 'helm',
};

/** A group- or instance-level package address names no project: its kind and, if any, its group. */
export function wideEndpoint(rest: string): { readonly access: AccessKind; readonly group: string | null } | null {
  const match = /^(?:groups?\/([^/]+)\/-\/)?packages\/([a-z]+)/iu.exec(rest);
  if (!match) return null;
  const access = PACKAGE_KINDS[(match[2] ?? '').toLowerCase()];
  return access === undefined ? null : { access, group: match[1] ?? null };
}
