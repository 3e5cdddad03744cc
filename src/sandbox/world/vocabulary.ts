/** The closed sets of words the stand-in's world uses; each value is spelt as GitLab or the organisation file spells it. */

/** Visibilities, from fewest who see it to most. */
export const VISIBILITIES = ['private', 'internal', 'public'] as const;
/** Who may see a project or group. */
export type Visibility = (typeof VISIBILITIES)[number];

/** Who may use a feature of a project, from nobody to most. */
export const FEATURE_LEVELS = ['disabled', 'private', 'enabled'] as const;
/** `private`: only project members; `enabled`: everyone who may see the project. */
export type FeatureLevel = (typeof FEATURE_LEVELS)[number];

/** Project features with a level of their own, by their REST names without `_access_level`. */
export const FEATURES = [
  'repository',
  'builds',
  'container_registry',
  'package_registry',
  'releases',
  'environments',
  'infrastructure',
  'issues',
  'merge_requests',
  'forking',
  'wiki',
  'snippets',
  'pages',
  'analytics',
  'feature_flags',
  'monitor',
  'model_experiments',
  'model_registry',
  'requirements',
  'security_and_compliance',
] as const;
/** A part of a project that may be kept to its members. */
export type Feature = (typeof FEATURES)[number];
/** Only levels that differ from `enabled` need to be there. */
export type Features = Readonly<Partial<Record<Feature, FeatureLevel>>>;

/** Roles and their access levels. */
export const ROLES = { guest: 10, planner: 15, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const;
/** A role by its name; `ROLES` has the level. */
export type Role = keyof typeof ROLES;

/** How a job reaches another project with its token. */
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
/** What a job uses of another project. */
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** Values of `CiJobTokenScopePolicies`. */
export const POLICIES = [
  'READ_BADGES',
  'ADMIN_BADGES',
  'READ_DEPLOYMENTS',
  'ADMIN_DEPLOYMENTS',
  'READ_ENVIRONMENTS',
  'ADMIN_ENVIRONMENTS',
  'READ_JOBS',
  'ADMIN_JOBS',
  'READ_MERGE_REQUESTS',
  'READ_PACKAGES',
  'ADMIN_PACKAGES',
  'READ_PIPELINES',
  'ADMIN_PIPELINES',
  'READ_RELEASES',
  'ADMIN_RELEASES',
  'READ_REPOSITORIES',
  'ADMIN_REPOSITORIES',
  'READ_SECURE_FILES',
  'ADMIN_SECURE_FILES',
  'READ_TERRAFORM_STATE',
  'ADMIN_TERRAFORM_STATE',
  'READ_WORK_ITEMS',
] as const;
/** A fine-grained permission of an entry. */
export type Policy = (typeof POLICIES)[number];

/**
 * Why a job token was refused: `allowlist` no entry admits the caller, `policy` the entry lacks the permission, `role` the
 * job's user lacks the role, `feature` the feature is switched off, `gone` the callee does not exist any more,
 * `impossible` GitLab never allows it (pushing to another project before 19).
 */
export type DenialCause = 'allowlist' | 'policy' | 'role' | 'feature' | 'gone' | 'impossible';

/** What GitLab answers and whether the authentication log gets a row. */
export type AccessVerdict =
  | { readonly allowed: true; readonly logged: boolean }
  | {
      readonly allowed: false;
      readonly cause: DenialCause;
      /** Status of the refusing answer. */
      readonly status: 400 | 403 | 404;
      /** What GitLab says: the `message` of REST bodies, the line after `remote: ` for git. */
      readonly text: string;
    };
