import type { FeatureAccess } from '../../../domain/access/features.ts';
import { SHARED_FEATURES } from '../../../domain/access/features.ts';
import { projectId } from '../../../domain/values.ts';
import type { FeatureLevels, FeatureReading, Page, ScopeQuery } from '../../../engine/ports.ts';
import type { GitlabClient } from '../http/client.ts';
import { projectList } from '../http/project-list.ts';
import type { RestProject } from '../graphql/schema.ts';

/** Levels of later releases are left out, as unread: they must count neither as open nor as closed. */
const LEVELS: Readonly<Record<string, FeatureAccess>> = {
  enabled: 'enabled',
  public: 'enabled',
  private: 'private',
  disabled: 'disabled',
};

/** What REST tells of a project's features. Jobs are shared only where pipelines are public as well. */
export function featuresOf(project: RestProject): FeatureLevels {
  const levels = SHARED_FEATURES.flatMap((feature) => {
    const level = LEVELS[project[`${feature}_access_level`] ?? ''];
    const closed = feature === 'builds' && level === 'enabled' && project.public_jobs === false;
    return level === undefined ? [] : [[feature, closed ? 'private' : level] as const];
  });
  return Object.fromEntries(levels);
}

/**
 * One page of feature levels. GraphQL does not offer them, and only public and internal projects share anything: so this
 * is a REST list of those alone, a hundred per request.
 */
export async function featurePage(
  client: GitlabClient,
  scope: ScopeQuery,
  visibility: 'public' | 'internal',
  after: string | null,
  membershipOnly: () => Promise<boolean>,
): Promise<Page<FeatureReading>> {
  const { items, next, total } = await projectList(client, scope, after, membershipOnly, 100, { visibility });
  return { items: items.map((project) => ({ id: projectId(project.id), features: featuresOf(project) })), next, total };
}
