/**
 * What could stand in the place of an entry: another credential for one edge, other ways out for a callee whose callers
 * do not fit. Each with its steps, as a person would do them in GitLab.
 */
import type { Edge } from '../edges/edge.ts';
import type { ProjectOutline } from '../project.ts';
import { counted, samePath } from '../values.ts';

/** What a job can use instead of its token; `none`: it needs no credential, `role`: its user needs a role. */
export type Credential = 'deploy-token' | 'project-access-token' | 'group-deploy-token' | 'none' | 'role';

/** One way to do without the entry, or to do what no entry can do. */
export interface Alternative {
  readonly credential: Credential;
  /** Why it is safer, or why an entry alone would not do. */
  readonly why: string;
  /** In order; each is one sentence. */
  readonly steps: readonly string[];
}

type Facts = Readonly<{ edge: Pick<Edge, 'access' | 'sources'>; caller: ProjectOutline; callee: ProjectOutline }>;

const rootOf = (path: string): string => path.split('/')[0] ?? path;
const hasAny = (access: readonly string[], kinds: readonly string[]): readonly string[] =>
  access.filter((kind) => kinds.includes(kind));

/** Formats with endpoints of a group or of the instance, where GitLab never compares caller and callee. */
const GROUP_PACKAGES = ['npm', 'maven', 'pypi', 'nuget', 'composer', 'conan'];
const CHANGING = ['release', 'deployments', 'environments', 'trigger-api', 'terraform-state', 'secure-files'];
const SHARED_READS = ['git', 'submodule', 'lfs', 'artifacts', 'container-registry', 'generic', ...GROUP_PACKAGES];

const keepSafe = (caller: ProjectOutline, variable: string): string =>
  `Store it in ${caller.path} as a masked and protected CI/CD variable, such as ${variable}.`;
const useInJob = (variable: string): string => `Use $${variable} in the job where it uses $CI_JOB_TOKEN now.`;

/** GitLab lets a job push to another project from 19.x on only, and only where the callee has opened that switch. */
function forPush({ caller, callee }: Facts): Alternative {
  return {
    credential: 'project-access-token',
    why: 'before GitLab 19 no entry lets a job push to another project; from 19 on it takes a switch that opens pushing to every caller on the list',
    steps: [
      `Create a project access token in ${callee.path}: role Developer, scope write_repository, with an expiry date.`,
      keepSafe(caller, 'PUSH_TOKEN'),
      'Push with that token as the password, and protect the branches it is not meant for.',
    ],
  };
}

/** The registry gives a job token push rights in its own project alone, whatever the list says. */
function forRegistryPush({ caller, callee }: Facts): Alternative {
  return {
    credential: 'deploy-token',
    why: 'an entry lets a job pull images, never push them: a job token pushes to the registry of its own project only',
    steps: [
      `If the job only pulls, an entry is enough. If it pushes, create a deploy token in ${callee.path} with read_registry and write_registry.`,
      keepSafe(caller, 'REGISTRY_TOKEN'),
      'Log in to the registry with that token before the push.',
    ],
  };
}

function forGroupPackages({ caller, callee }: Facts, kinds: readonly string[]): Alternative {
  const group = callee.path.split('/').slice(0, -1).join('/');
  return {
    credential: 'group-deploy-token',
    why: `${kinds.join(', ')} packages read from a group or from the whole instance are found by the rights of the job's user; the log names one project for each such request, so entries may be missing`,
    steps: [
      `Point the package manager at the project itself (/projects/${callee.id}/packages), so that one entry is all it needs.`,
      `Or create a deploy token of group ${group} with read_package_registry.`,
      keepSafe(caller, 'PACKAGES_TOKEN'),
    ],
  };
}

function forForeignWrites({ caller, callee }: Facts, kinds: readonly string[]): Alternative {
  return {
    credential: 'project-access-token',
    why: `${kinds.join(', ')} across ${caller.personal ? 'a personal namespace' : 'root groups'}: an entry lets in every job of the caller with all that its user may do; a token has one role, one scope and an end`,
    steps: [
      `Create a project access token in ${callee.path} with the least role that does it and an expiry date.`,
      keepSafe(caller, 'CALLEE_TOKEN'),
      useInJob('CALLEE_TOKEN'),
      'Limit the variable to the environment or the protected branches of that job.',
    ],
  };
}

function forPersonalReads({ caller, callee }: Facts): Alternative {
  return {
    credential: 'deploy-token',
    why: 'the caller is in a personal namespace: one person decides what its jobs do, and no group entry will ever cover it',
    steps: [
      `Create a deploy token in ${callee.path} with the read scopes it needs (read_repository, read_registry, read_package_registry).`,
      keepSafe(caller, 'DEPLOY_TOKEN'),
      useInJob('DEPLOY_TOKEN'),
    ],
  };
}

/** A refusal looks the same where the caller is not listed and where the job's user has no role. */
function forRoleGap({ callee }: Facts): Alternative {
  return {
    credential: 'role',
    why: "only refusals were seen: where the job's user has no sufficient role on the callee GitLab answers in the same words, and no entry helps",
    steps: [
      "Look up who started the refused job: the pusher, or the schedule's owner.",
      `Check that user's role in ${callee.path}: Reporter reads code and packages, Developer writes.`,
      'Give the role first, through a group where there is one; approve the edge only if the job is still refused.',
    ],
  };
}

function forSharedReads({ callee }: Facts): Alternative {
  return {
    credential: 'none',
    why: `the callee is ${callee.visibility}: what it shares with everyone is read without an entry`,
    steps: [
      `Check in ${callee.path} under Settings > General > Visibility that the feature is not "Only Project Members".`,
      'Replace the edge by public-read; an entry would add rights that the job does not use.',
    ],
  };
}

/** Other credentials that are safer than an entry for this edge, or that it needs beside one; empty where an entry is best. */
export function saferCredentials(facts: Facts): readonly Alternative[] {
  const { caller, callee } = facts;
  const { access, sources } = facts.edge;
  const found: Alternative[] = [];
  const foreign = caller.personal || !samePath(rootOf(caller.path), rootOf(callee.path));
  const changing = hasAny(access, CHANGING);
  const packages = hasAny(access, GROUP_PACKAGES);
  if (access.includes('git-push')) found.push(forPush(facts));
  if (access.includes('container-registry')) found.push(forRegistryPush(facts));
  if (foreign && changing.length > 0) found.push(forForeignWrites(facts, changing));
  if (packages.length > 0) found.push(forGroupPackages(facts, packages));
  if (callee.visibility === 'public' || callee.visibility === 'internal') {
    if (access.length > 0 && access.every((kind) => SHARED_READS.includes(kind))) found.push(forSharedReads(facts));
  } else if (caller.personal && changing.length === 0 && !access.includes('git-push')) {
    found.push(forPersonalReads(facts));
  }
  if (sources.length > 0 && sources.every((source) => source === 'denial')) found.push(forRoleGap(facts));
  return found;
}

/** A callee that cannot hold an entry for each caller, and what the least widening for it would be. */
export interface Crowding {
  readonly callee: string;
  readonly callers: number;
  /** Group entries that the plan has or would need, with what each admits beyond the callers. */
  readonly groups: readonly { readonly path: string; readonly widening: number }[];
}

/** One way to need fewer or narrower entries. */
export interface WayOut {
  readonly name: 'split the hub' | 'deploy token' | 'project access token' | 'public-read' | 'own group';
  readonly steps: readonly string[];
}

/** Ways out for a callee with too many callers, the least intrusive first. They are to be weighed by a person. */
export function waysOut({ callee, callers, groups }: Crowding): readonly WayOut[] {
  const widest = [...groups].sort((a, b) => b.widening - a.widening || (a.path < b.path ? -1 : 1))[0];
  const own: readonly WayOut[] =
    widest && widest.widening > 0
      ? [
          {
            name: 'own group',
            steps: [
              `Move the callers below ${widest.path} into a subgroup of their own: an entry for that admits ${counted(widest.widening, 'project')} less.`,
            ],
          },
        ]
      : [];
  return [
    ...own,
    {
      name: 'deploy token',
      steps: [
        `Create a read-only deploy token in ${callee} for callers that only read it.`,
        'Store it as a masked variable of their group, and use it in place of the job token.',
        'Replace those edges: `tidegate edges replace --filter "callee=…" --by deploy-token --reason TEXT`.',
      ],
    },
    {
      name: 'public-read',
      steps: [
        `Let ${callee} be internal, with every feature but the one that is read limited to its members.`,
        'Jobs then read it without an entry; replace those edges by public-read.',
      ],
    },
    {
      name: 'split the hub',
      steps: [
        `Publish what the ${counted(callers, 'caller')} read (a package, an image) from a project of its own, apart from the code of ${callee}.`,
        'Each of the two then has an allowlist, and limits, of its own.',
      ],
    },
    {
      name: 'project access token',
      steps: [
        `For the few callers that write to ${callee}: a project access token with one role, one scope and an expiry date each.`,
      ],
    },
  ];
}
