import type { Feature } from '../../world/vocabulary.ts';
import { FEATURES } from '../../world/vocabulary.ts';
import type { Member, Namespace, Project, World } from '../../world/world.ts';
import type { Stand, Viewer } from '../env.ts';
import { groupUrl, nameWithNamespace, projectBasic, time } from './basics.ts';

/** `Project`, with `permissions` where somebody is signed in. */
export function projectDetails(stand: Stand, viewer: Viewer | null, project: Project): Record<string, unknown> {
  const { world, can } = stand;
  return {
    ...projectBasic(world, project),
    _links: projectLinks(world, project),
    empty_repo: Object.keys(project.files).length === 0,
    archived: project.archived,
    visibility: project.visibility,
    jobs_enabled: levelOf(project, 'builds') !== 'disabled',
    issues_enabled: levelOf(project, 'issues') !== 'disabled',
    merge_requests_enabled: levelOf(project, 'merge_requests') !== 'disabled',
    packages_enabled: levelOf(project, 'package_registry') !== 'disabled',
    container_registry_enabled: levelOf(project, 'container_registry') !== 'disabled',
    lfs_enabled: true,
    shared_runners_enabled: true,
    creator_id: 1,
    import_status: 'none',
    marked_for_deletion_on: null,
    public_jobs: true,
    ci_job_token_scope_enabled: false,
    ...(can.pushSetting ? { ci_push_repository_for_job_token_allowed: project.pushOwnRepository } : {}),
    ...featureLevels(project),
    ...(viewer === null ? {} : { permissions: permissions(world, viewer, project) }),
  };
}

function levelOf(project: Project, feature: Feature): string {
  return project.features[feature] ?? 'enabled';
}

function featureLevels(project: Project): Record<string, string> {
  return Object.fromEntries(FEATURES.map((feature) => [`${feature}_access_level`, levelOf(project, feature)]));
}

function projectLinks(world: World, project: Project): Record<string, string> {
  const self = `${world.externalUrl()}/api/v4/projects/${project.id}`;
  return { self, issues: `${self}/issues`, members: `${self}/members` };
}

/** Memberships reach a project through its group or stand on the project itself; GitLab tells the two apart. */
function permissions(world: World, viewer: Viewer, project: Project): Record<string, unknown> {
  // An administrator reaches everything without being a member of anything.
  const level = viewer.user.admin
    ? (world.members(project.id).find(({ user }) => user.id === viewer.user.id)?.accessLevel ?? 0)
    : world.accessLevel(viewer.user.id, project.id);
  const inherited =
    project.namespace.kind === 'group' ? memberLevel(world.groupMembers(project.namespace.id), viewer.user.id) : 0;
  return {
    project_access: level > inherited ? { access_level: level, notification_level: 3 } : null,
    group_access: inherited > 0 ? { access_level: inherited, notification_level: 3 } : null,
  };
}

function memberLevel(members: readonly Member[], userId: number): number {
  return members.find(({ user }) => user.id === userId)?.accessLevel ?? 0;
}

/** `Group` */
export function groupDetails(world: World, group: Namespace): Record<string, unknown> {
  return {
    id: group.id,
    web_url: groupUrl(world, group),
    name: group.path,
    path: group.path,
    description: '',
    visibility: group.visibility,
    share_with_group_lock: false,
    require_two_factor_authentication: false,
    project_creation_level: 'developer',
    subgroup_creation_level: 'maintainer',
    lfs_enabled: true,
    avatar_url: null,
    request_access_enabled: true,
    full_name: nameWithNamespace(group.fullPath),
    full_path: group.fullPath,
    created_at: time(group.createdAt),
    parent_id: group.parent?.id ?? null,
    archived: false,
    marked_for_deletion_on: null,
  };
}
