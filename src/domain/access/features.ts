import { isSince } from '../server-version.ts';
import type { AccessKind, AccessUse } from './permissions.ts';

/** A project feature as far as this rule cares: open to everyone who sees the callee, or to its members only. */
export type FeatureAccess = 'enabled' | 'private' | 'disabled';

/** The features that a public or internal callee shares without an entry, each until it is closed to non-members. */
export const SHARED_FEATURES = [
  'repository',
  'builds',
  'container_registry',
  'package_registry',
  'releases',
  'environments',
] as const;
/** One of them. */
export type SharedFeature = (typeof SHARED_FEATURES)[number];

const ALL_SHARED: ReadonlySet<SharedFeature> = new Set(SHARED_FEATURES);
const SHARED_BEFORE_17: ReadonlySet<SharedFeature> = new Set([...ALL_SHARED].filter((one) => one !== 'repository'));

/**
 * What public and internal callees share without an entry: all but the repository since 16.6, the repository since 17.0
 * (https://docs.gitlab.com/ci/jobs/ci_job_token/, history).
 *
 * @param version - as the server tells it; null where it is not known: then that of today
 */
export function sharedFeatures(version: string | null): ReadonlySet<SharedFeature> {
  if (version === null || isSince(version, '17.0')) return ALL_SHARED;
  return isSince(version, '16.6') ? SHARED_BEFORE_17 : new Set();
}

const FEATURE_OF_KIND: Readonly<Record<Exclude<AccessKind, 'api'>, SharedFeature | null>> = {
  git: 'repository',
  submodule: 'repository',
  lfs: 'repository',
  artifacts: 'builds',
  'needs-project': 'builds',
  'container-registry': 'container_registry',
  generic: 'package_registry',
  npm: 'package_registry',
  pypi: 'package_registry',
  maven: 'package_registry',
  nuget: 'package_registry',
  composer: 'package_registry',
  conan: 'package_registry',
  go: 'package_registry',
  helm: 'package_registry',
  rubygems: 'package_registry',
  debian: 'package_registry',
  'terraform-module': 'package_registry',
  release: 'releases',
  deployments: 'environments',
  environments: 'environments',
  'git-push': null,
  'terraform-state': null,
  'trigger-api': null,
  'secure-files': null,
};

const FEATURE_OF_POLICY: Readonly<Record<string, SharedFeature>> = {
  READ_PACKAGES: 'package_registry',
  READ_JOBS: 'builds',
  READ_PIPELINES: 'builds',
  READ_RELEASES: 'releases',
  READ_DEPLOYMENTS: 'environments',
  READ_ENVIRONMENTS: 'environments',
  READ_REPOSITORIES: 'repository',
};

/**
 * The features of a callee that a use touches.
 *
 * @returns null where the use is of none that can be open to everyone; undefined where that hangs on the endpoint
 */
export function featuresOf(use: AccessUse | null): readonly SharedFeature[] | null | undefined {
  if (use === null) return undefined;
  const { kind, policies } = use;
  if (policies?.some((policy) => policy.startsWith('ADMIN_')) === true) return null;
  if (kind !== 'api') {
    const feature = FEATURE_OF_KIND[kind];
    return feature === null ? null : [feature];
  }
  if (policies === null || policies.length === 0) return undefined;
  const features = policies.map((policy) => FEATURE_OF_POLICY[policy] ?? null);
  return features.includes(null) ? null : features.filter((feature) => feature !== null);
}
