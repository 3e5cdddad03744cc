/**
 * What a person does in GitLab once an edge was replaced by another credential: which scopes and role it takes for what was
 * seen, and what that credential does not open.
 */
import type { Edge } from '../edges/edge.ts';
import type { Project } from '../project.ts';
import type { Replacement } from './decision.ts';

const CODE = ['git', 'submodule', 'lfs', 'go'];
const IMAGES = ['container-registry'];
const PACKAGES = [
  ...['generic', 'npm', 'pypi', 'maven', 'nuget', 'composer', 'conan', 'helm', 'rubygems', 'debian'],
  'terraform-module',
];
/** What changes the callee, or may. */
const CHANGING = [
  'git-push',
  'release',
  'deployments',
  'environments',
  'trigger-api',
  'terraform-state',
  'secure-files',
];

/** https://docs.gitlab.com/user/project/deploy_tokens/#scope: nothing else of the API is open to a deploy token. */
const DEPLOY_SCOPES: readonly (readonly [scope: string, kinds: readonly string[]])[] = [
  ['read_repository', CODE],
  ['read_registry', IMAGES],
  ['read_package_registry', PACKAGES],
];

interface Facts {
  readonly edge: Pick<Edge, 'access'>;
  readonly caller: Pick<Project, 'path'>;
  readonly callee: Pick<Project, 'path'>;
}

const VARIABLES: Readonly<Record<Exclude<Replacement, 'public-read'>, string>> = {
  'deploy-token': 'DEPLOY_TOKEN',
  'project-access-token': 'CALLEE_TOKEN',
  'service-account': 'SERVICE_TOKEN',
};

/** The steps in order, each a sentence or two. */
export function replacementSteps(by: Replacement, facts: Facts): readonly string[] {
  const { caller, callee, edge } = facts;
  if (by === 'public-read') {
    return [
      `Let ${callee.path} be internal or public, with every feature but what is read limited to its members.`,
      `Run the jobs of ${caller.path} once before the callee is enforced: they read it without an entry.`,
    ];
  }
  const variable = VARIABLES[by];
  return [
    ...created(by, edge.access, callee.path),
    `Store it in ${caller.path} as a masked and protected CI/CD variable, such as ${variable}.`,
    `Use $${variable} in the job where it uses $CI_JOB_TOKEN now, and run it once before the callee is enforced.`,
  ];
}

function created(
  by: Exclude<Replacement, 'public-read'>,
  access: readonly string[],
  callee: string,
): readonly string[] {
  switch (by) {
    case 'deploy-token': {
      const scopes = DEPLOY_SCOPES.filter(([, kinds]) => access.some((kind) => kinds.includes(kind)));
      const closed = access.filter((kind) => !DEPLOY_SCOPES.some(([, kinds]) => kinds.includes(kind)));
      const names = scopes.map(([scope]) => scope).join(', ');
      return [
        `Create a deploy token in ${callee} with ${names === '' ? 'the read scopes that the job needs' : names}, and an expiry date.`,
        ...(closed.length > 0
          ? [
              `A deploy token does not open ${closed.join(', ')}: a project access token does, so replace the edge by that.`,
            ]
          : []),
      ];
    }
    case 'project-access-token':
      return [`Create a project access token in ${callee}: ${roleAndScopes(access)}, with an expiry date.`];
    case 'service-account':
      return [
        `Create a service account, and make it a member of ${callee} with ${roleOf(access)} as its role.`,
        `Create a personal access token of it: ${scopesOf(access)}, with an expiry date.`,
      ];
  }
}

const roleAndScopes = (access: readonly string[]): string => `role ${roleOf(access)}, ${scopesOf(access)}`;

const roleOf = (access: readonly string[]): string =>
  access.some((kind) => CHANGING.includes(kind)) ? 'Developer' : 'Reporter';

/** The narrowest scopes of an access token for what was seen; unknown uses take what reads. */
function scopesOf(access: readonly string[]): string {
  const scopes = new Set(
    access.map((kind) => {
      if (kind === 'git-push') return 'write_repository';
      if (CODE.includes(kind)) return 'read_repository';
      if (IMAGES.includes(kind)) return 'read_registry';
      return CHANGING.includes(kind) ? 'api' : 'read_api';
    }),
  );
  if (scopes.size === 0) scopes.add('read_api');
  const named = [...scopes].filter((scope) => !(scope === 'read_api' && scopes.has('api'))).sort();
  return `${named.length === 1 ? 'scope' : 'scopes'} ${named.join(', ')}`;
}
