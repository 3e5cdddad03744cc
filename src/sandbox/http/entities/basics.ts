import type { EpochMs, Namespace, Project, User, World } from '../../world/world.ts';

/** GitLab's time stamps: ISO 8601 with milliseconds, UTC. */
export function time(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** `2026-03-02` */
export function day(at: EpochMs): string {
  return time(at).slice(0, 10);
}

/** The address of a project's page. */
export function projectUrl(world: World, project: Project): string {
  return `${world.externalUrl()}/${project.fullPath}`;
}

/** The address of a group's page. */
export function groupUrl(world: World, group: Namespace): string {
  return group.kind === 'group'
    ? `${world.externalUrl()}/groups/${group.fullPath}`
    : `${world.externalUrl()}/${group.fullPath}`;
}

/** `Acme / Libs / Core` in GitLab; names equal path segments here. */
export function nameWithNamespace(fullPath: string): string {
  return fullPath.split('/').join(' / ');
}

/** Host of the clone addresses. */
function host(world: World): string {
  return new URL(world.externalUrl()).hostname;
}

/** `UserBasic` */
export function userBasic(world: World, user: User): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    name: user.username,
    state: 'active',
    locked: false,
    avatar_url: null,
    web_url: `${world.externalUrl()}/${user.username}`,
  };
}

/** `NamespaceBasic` */
export function namespaceBasic(world: World, namespace: Namespace): Record<string, unknown> {
  return {
    id: namespace.id,
    name: namespace.path,
    path: namespace.path,
    kind: namespace.kind,
    full_path: namespace.fullPath,
    parent_id: namespace.parent?.id ?? null,
    avatar_url: null,
    web_url: groupUrl(world, namespace),
  };
}

/** `BasicProjectDetails` */
export function projectBasic(world: World, project: Project): Record<string, unknown> {
  return {
    id: project.id,
    description: null,
    name: project.path,
    name_with_namespace: nameWithNamespace(project.fullPath),
    path: project.path,
    path_with_namespace: project.fullPath,
    created_at: time(project.createdAt),
    default_branch: project.defaultBranch,
    tag_list: [],
    topics: [],
    ssh_url_to_repo: `git@${host(world)}:${project.fullPath}.git`,
    http_url_to_repo: `${projectUrl(world, project)}.git`,
    web_url: projectUrl(world, project),
    readme_url: null,
    forks_count: project.forks,
    avatar_url: null,
    star_count: 0,
    last_activity_at: time(project.createdAt),
    namespace: namespaceBasic(world, project.namespace),
  };
}

/** `BasicGroupDetails`: no full path, as in GitLab. */
export function groupBasic(world: World, group: Namespace): Record<string, unknown> {
  return { id: group.id, web_url: groupUrl(world, group), name: group.path };
}
