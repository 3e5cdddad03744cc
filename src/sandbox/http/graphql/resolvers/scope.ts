import type { AuthLogRow, Entry, Namespace, Project, World } from '../../../world/world.ts';
import { groupUrl, projectUrl } from '../../entities/basics.ts';
import { canRead, canReadGroup } from '../../lookup.ts';
import { connectionOf, sortedRows, type Connection, type PageArgs } from './connections.ts';
import { authorizeAdmin, globalId, type GraphqlContext } from '../context.ts';
import { resolver, type ResolverMap } from './resolver-map.ts';

/** An entry with the callee whose list holds it. */
export interface ListedEntry {
  readonly callee: Project;
  readonly entry: Entry;
}

/** `ciJobTokenAuthLogs`: newer servers read at most so many rows and drop the rest without a word, the count included. */
export const authLogConnection = resolver<Project, PageArgs>((project, args, context): Connection<AuthLogRow> => {
  authorizeAdmin(context, project);
  const { world, can } = context.stand;
  const rows = world.authLog(project.id);
  const visible = can.authLogRowLimit === null ? rows : rows.slice(0, can.authLogRowLimit);
  return connectionOf(
    sortedRows(visible, ({ caller }) => caller.id),
    args,
  );
});

export const SCOPE_RESOLVERS: ResolverMap = {
  CiJobTokenScopeType: {
    inboundAllowlist: resolver<Project, PageArgs>((project, args, { stand }) => {
      // The callee itself always belongs to its own scope.
      const ids = new Set([project.id, ...ofKind(stand.world, project, 'project').map(({ targetId }) => targetId)]);
      const projects = [...ids].map((id) => stand.world.projectById(id)).filter((listed) => listed !== null);
      return byId(projects, args);
    }),
    inboundAllowlistCount: resolver<Project>((project, _, { stand }) => {
      const links = ofKind(stand.world, project, 'project');
      return links.filter(({ targetId }) => targetId !== project.id).length + 1;
    }),
    groupsAllowlist: resolver<Project, PageArgs>((project, args, { stand }) => {
      const groups = ofKind(stand.world, project, 'group').map(({ targetId }) => stand.world.groupById(targetId));
      return byId(
        groups.filter((group) => group !== null),
        args,
      );
    }),
    groupsAllowlistCount: resolver<Project>((project, _, { stand }) => ofKind(stand.world, project, 'group').length),
    inboundAllowlistAutopopulatedIds: resolver<Project>((project, _, { stand }) =>
      autopopulated(stand.world, project, 'project').map((id) => globalId('Project', id)),
    ),
    groupAllowlistAutopopulatedIds: resolver<Project>((project, _, { stand }) =>
      autopopulated(stand.world, project, 'group').map((id) => globalId('Group', id)),
    ),
    // The outbound limit is gone; its lists hold the project alone.
    outboundAllowlist: resolver<Project, PageArgs>((project, args) => byId([project], args)),
    projects: resolver<Project, PageArgs>((project, args) => byId([project], args)),
  },
  CiJobTokenScopeAllowlist: {
    projectsAllowlist: resolver<Project, PageArgs>((project, args, context) =>
      entryPage(project, 'project', args, context),
    ),
    groupsAllowlist: resolver<Project, PageArgs>((project, args, context) =>
      entryPage(project, 'group', args, context),
    ),
  },
  CiJobTokenScopeAllowlistEntry: {
    addedBy: resolver<ListedEntry>(({ entry }, _, { stand }) =>
      entry.addedBy === null ? null : stand.world.userById(entry.addedBy),
    ),
    autopopulated: resolver<ListedEntry>(({ entry }) => entry.autopopulated),
    createdAt: resolver<ListedEntry>(({ entry }) => entry.createdAt),
    defaultPermissions: resolver<ListedEntry>(({ entry }) => entry.defaultPermissions),
    direction: resolver<ListedEntry>(() => 'inbound'),
    jobTokenPolicies: resolver<ListedEntry>(({ entry }) => entry.policies),
    sourceProject: resolver<ListedEntry>(({ callee }) => callee),
    target: resolver<ListedEntry>(({ entry }, _, context) => targetOf(entry, context)),
  },
  CiJobTokenAccessibleProject: {
    id: resolver<Project>(({ id }) => globalId('Project', id)),
    name: resolver<Project>(({ path }) => path),
    webUrl: resolver<Project>((project, _, { stand }) => projectUrl(stand.world, project)),
  },
  CiJobTokenAccessibleGroup: {
    id: resolver<Namespace>(({ id }) => globalId('Group', id)),
    name: resolver<Namespace>(({ path }) => path),
    webUrl: resolver<Namespace>((group, _, { stand }) => groupUrl(stand.world, group)),
  },
  CiJobTokenAuthLog: {
    originProject: resolver<AuthLogRow>(({ caller }) => caller),
  },
};

function ofKind(world: World, project: Project, kind: Entry['kind']): readonly Entry[] {
  return world.entries(project.id).filter((entry) => entry.kind === kind);
}

function autopopulated(world: World, project: Project, kind: Entry['kind']): readonly number[] {
  return ofKind(world, project, kind)
    .filter((entry) => entry.autopopulated)
    .map(({ targetId }) => targetId);
}

function byId<T extends { readonly id: number }>(rows: readonly T[], args: PageArgs): Connection<T> {
  const sorted = [...rows].sort((a, b) => a.id - b.id);
  return connectionOf(
    sortedRows(sorted, ({ id }) => id),
    args,
  );
}

/** Entries are paged by target id: stable while entries come and go. */
function entryPage(
  callee: Project,
  kind: Entry['kind'],
  args: PageArgs,
  { stand }: GraphqlContext,
): Connection<ListedEntry> {
  const listed = ofKind(stand.world, callee, kind)
    .map((entry): ListedEntry => ({ callee, entry }))
    .sort((a, b) => a.entry.targetId - b.entry.targetId);
  return connectionOf(
    sortedRows(listed, ({ entry }) => entry.targetId),
    args,
    stand.can.allowlistPageSize,
  );
}

/** What the viewer may not read stays null; the entry itself is shown. */
function targetOf(entry: Entry, { stand, viewer }: GraphqlContext): Project | Namespace | null {
  if (entry.kind === 'project') {
    const project = stand.world.projectById(entry.targetId);
    return project !== null && canRead(stand.world, viewer, project) ? project : null;
  }
  const group = stand.world.groupById(entry.targetId);
  return group !== null && canReadGroup(stand.world, viewer, group) ? group : null;
}
