import { GraphQLError } from 'graphql';
import type { Visibility } from '../../../world/vocabulary.ts';
import type { Namespace, Project, User, World } from '../../../world/world.ts';
import { canRead, canReadGroup, levelOn } from '../../lookup.ts';
import { reportedVersion } from '../../rest/instance.ts';
import { connectionOf, sortedRows, type PageArgs } from './connections.ts';
import { globalId, numberOf, type GraphqlContext } from '../context.ts';
import { resolver, type ResolverMap } from './resolver-map.ts';
import { instanceJobs } from './jobs.ts';

const MAX_FULL_PATHS = 50;
const LEVELS: Readonly<Record<string, number>> = {
  NO_ACCESS: 0,
  MINIMAL_ACCESS: 5,
  GUEST: 10,
  PLANNER: 15,
  REPORTER: 20,
  SECURITY_MANAGER: 25,
  DEVELOPER: 30,
  MAINTAINER: 40,
  OWNER: 50,
  ADMIN: 60,
};

interface ProjectsArgs extends PageArgs {
  readonly membership?: boolean | null;
  readonly search?: string | null;
  readonly personal?: boolean | null;
  readonly sort?: string | null;
  readonly namespacePath?: string | null;
  readonly ids?: readonly string[] | null;
  readonly fullPaths?: readonly string[] | null;
  readonly archived?: 'ONLY' | 'INCLUDE' | 'EXCLUDE' | null;
  readonly active?: boolean | null;
  readonly minAccessLevel?: string | null;
  readonly visibilityLevel?: Visibility | null;
  readonly aimedForDeletion?: boolean | null;
}

interface GroupsArgs extends PageArgs {
  readonly ids?: readonly string[] | null;
  readonly topLevelOnly?: boolean | null;
  readonly ownedOnly?: boolean | null;
  readonly search?: string | null;
  readonly parentPath?: string | null;
  readonly sort?: string | null;
}

export const QUERY_RESOLVERS: ResolverMap = {
  Query: {
    currentUser: resolver<undefined>((_, __, { viewer }) => viewer?.user ?? null),
    metadata: resolver<undefined>((_, __, context) =>
      context.viewer === null
        ? null
        : { version: reportedVersion(context.stand), revision: '5a7d00d1f00', enterprise: true },
    ),
    queryComplexity: resolver<undefined>((_, __, { complexity }) => complexity),
    project: resolver<undefined, { fullPath: string }>((_, { fullPath }, context) => {
      // GraphQL follows no redirects: an old path finds nothing.
      const found = context.stand.world.findProject(fullPath);
      return found === null || found.moved || !canRead(context.stand.world, context.viewer, found.project)
        ? null
        : found.project;
    }),
    projects: resolver<undefined, ProjectsArgs>((_, args, context) => {
      const descending = args.sort == null || !/_asc$/i.test(args.sort);
      return connectionOf(
        sortedRows(candidates(args, context), ({ id }) => id, { descending, filter: projectFilter(args, context) }),
        args,
      );
    }),
    group: resolver<undefined, { fullPath: string }>((_, { fullPath }, context) => {
      const group = context.stand.world.groupByPath(fullPath);
      return group?.kind === 'group' && canReadGroup(context.stand.world, context.viewer, group) ? group : null;
    }),
    jobs: instanceJobs,
    groups: resolver<undefined, GroupsArgs>((_, args, context) =>
      connectionOf(
        sortedRows(context.stand.world.groups(), ({ id }) => id, { filter: groupFilter(args, context) }),
        args,
      ),
    ),
  },
  CurrentUser: userFields(),
  UserCore: userFields(),
};

function userFields(): ResolverMap[string] {
  return {
    id: resolver<User>(({ id }) => globalId('User', id)),
    name: resolver<User>(({ username }) => username),
    bot: resolver<User>(() => false),
    state: resolver<User>(() => 'active'),
  };
}

/** The rows to look through: those named by id or path where the query names them. */
function candidates(args: ProjectsArgs, { stand }: GraphqlContext): readonly Project[] {
  const { world } = stand;
  if (args.fullPaths != null && args.fullPaths.length > MAX_FULL_PATHS) {
    throw new GraphQLError(`You cannot provide more than ${MAX_FULL_PATHS} full_paths`);
  }
  if (args.ids == null && args.fullPaths == null) return world.projects();
  const named = new Map<number, Project>();
  for (const gid of args.ids ?? []) {
    const id = numberOf(gid, 'Project');
    const project = id === null ? null : world.projectById(id);
    if (project !== null) named.set(project.id, project);
  }
  for (const path of args.fullPaths ?? []) {
    const found = world.findProject(path);
    if (found !== null && !found.moved) named.set(found.project.id, found.project);
  }
  return [...named.values()].sort((a, b) => a.id - b.id);
}

function projectFilter(args: ProjectsArgs, context: GraphqlContext): (project: Project) => boolean {
  const { viewer, stand } = context;
  const { world } = stand;
  const search = args.search?.toLowerCase();
  const level = Math.max(LEVELS[args.minAccessLevel ?? 'NO_ACCESS'] ?? 0, args.membership === true ? 10 : 0);
  const archived = args.archived ?? (args.active === true ? 'EXCLUDE' : 'INCLUDE');
  return (project) =>
    (archived === 'INCLUDE' || project.archived === (archived === 'ONLY')) &&
    (args.visibilityLevel == null || project.visibility === args.visibilityLevel) &&
    (search === undefined || project.path.toLowerCase().includes(search)) &&
    (args.namespacePath == null || sameText(project.namespace.fullPath, args.namespacePath)) &&
    (args.personal !== true || project.namespace.path === viewer?.user.username) &&
    args.aimedForDeletion !== true &&
    (level === 0 || membershipLevel(world, context, project) >= level) &&
    (viewer?.user.admin === true || canRead(world, viewer, project));
}

/** An administrator reaches every project, but is a member only where somebody made him one. */
function membershipLevel(world: World, { viewer }: GraphqlContext, project: Project): number {
  if (viewer?.user.admin !== true) return levelOn(world, viewer, project);
  return world.members(project.id).find(({ user }) => user.id === viewer.user.id)?.accessLevel ?? 0;
}

function groupFilter(args: GroupsArgs, { stand, viewer }: GraphqlContext): (group: Namespace) => boolean {
  const { world } = stand;
  const ids = args.ids == null ? null : new Set(args.ids.map((gid) => numberOf(gid, 'Group')));
  const search = args.search?.toLowerCase() ?? '';
  return (group) =>
    group.kind === 'group' &&
    (ids === null || ids.has(group.id)) &&
    (args.topLevelOnly !== true || group.parent === null) &&
    (args.parentPath == null || sameText(group.parent?.fullPath ?? '', args.parentPath)) &&
    group.path.toLowerCase().includes(search) &&
    (args.ownedOnly !== true || (viewer !== null && world.groupAccessLevel(viewer.user.id, group.id) >= 50)) &&
    canReadGroup(world, viewer, group);
}

function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
