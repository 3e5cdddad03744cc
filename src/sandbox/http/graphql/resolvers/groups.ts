import type { Namespace, Project } from '../../../world/world.ts';
import { groupUrl } from '../../entities/basics.ts';
import { canRead, canReadGroup } from '../../lookup.ts';
import { connectionOf, sortedRows, type PageArgs } from './connections.ts';
import { globalId, numberOf, type GraphqlContext } from '../context.ts';
import { resolver, type ResolverMap } from './resolver-map.ts';

interface GroupProjectsArgs extends PageArgs {
  readonly includeSubgroups?: boolean | null;
  readonly includeArchived?: boolean | null;
  readonly archivedOnly?: boolean | null;
  readonly search?: string | null;
  readonly ids?: readonly string[] | null;
}

export const GROUP_RESOLVERS: ResolverMap = {
  Group: {
    id: resolver<Namespace>(({ id }) => globalId('Group', id)),
    name: resolver<Namespace>(({ path }) => path),
    parent: resolver<Namespace>(({ parent }, _, { stand, viewer }) =>
      parent !== null && canReadGroup(stand.world, viewer, parent) ? parent : null,
    ),
    projects: resolver<Namespace, GroupProjectsArgs>((group, args, context) => {
      const projects = context.stand.world.projectsIn(group.id, args.includeSubgroups === true);
      const filter = groupProjectFilter(args, context);
      return connectionOf(
        sortedRows(projects, ({ id }) => id, { descending: true, filter }),
        args,
      );
    }),
    projectsCount: resolver<Namespace>(({ id }, _, { stand }) => stand.world.projectsIn(id, false).length),
    updatedAt: resolver<Namespace>(({ createdAt }) => createdAt),
    webPath: resolver<Namespace>(({ fullPath }) => `/groups/${fullPath}`),
    webUrl: resolver<Namespace>((group, _, { stand }) => groupUrl(stand.world, group)),
  },
  Namespace: {
    id: resolver<Namespace>(({ kind, id }) => globalId(kind === 'group' ? 'Group' : 'Namespaces::UserNamespace', id)),
    name: resolver<Namespace>(({ path }) => path),
  },
};

function groupProjectFilter(args: GroupProjectsArgs, context: GraphqlContext): (project: Project) => boolean {
  const { viewer, stand } = context;
  const search = args.search?.toLowerCase();
  const ids = args.ids == null ? null : new Set(args.ids.map((gid) => numberOf(gid, 'Project')));
  return (project) =>
    (args.includeArchived !== false || !project.archived) &&
    (args.archivedOnly !== true || project.archived) &&
    (search === undefined || project.path.toLowerCase().includes(search)) &&
    (ids === null || ids.has(project.id)) &&
    (viewer?.user.admin === true || canRead(stand.world, viewer, project));
}
