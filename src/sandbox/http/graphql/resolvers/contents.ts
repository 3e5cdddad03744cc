import { ROLES } from '../../../world/vocabulary.ts';
import type { Member, Project } from '../../../world/world.ts';
import type { Package } from '../../packages/store.ts';
import { directMembers } from '../../rest/members.ts';
import { levelOn } from '../../lookup.ts';
import { connectionOf, sortedRows, type Connection, type PageArgs } from './connections.ts';
import { globalId, notAvailable } from '../context.ts';
import { resolver, type ResolverMap } from './resolver-map.ts';
import { accessLevel } from './access-level.ts';

interface MemberArgs extends PageArgs {
  readonly relations?: readonly string[] | null;
  readonly accessLevels?: readonly string[] | null;
  readonly search?: string | null;
}

interface PackageArgs extends PageArgs {
  readonly packageName?: string | null;
  readonly packageType?: string | null;
}

interface State {
  readonly id: number;
  readonly name: string;
}

/** `projectMembers`: an error with the field's path for those who may not read them (`read_project_member`). */
export const projectMembers = resolver<Project, MemberArgs>((project, args, { stand, viewer }): Connection<Member> => {
  if (viewer === null) throw notAvailable();
  const { world } = stand;
  const members =
    args.relations?.includes('INHERITED') === false ? directMembers(world, project) : world.members(project.id);
  const search = args.search?.toLowerCase() ?? '';
  const levels = args.accessLevels ?? null;
  const wanted = members.filter(
    ({ user, accessLevel: level }) =>
      user.username.toLowerCase().includes(search) &&
      (levels === null || levels.some((name) => ROLES[name.toLowerCase() as keyof typeof ROLES] === level)),
  );
  return connectionOf(
    sortedRows(wanted, ({ user }) => user.id),
    args,
  );
});

/** `packages`: nothing where the registry is switched off. */
export const projectPackages = resolver<Project, PackageArgs>((project, args, { stand }): Connection<Package> => {
  const name = args.packageName?.toLowerCase() ?? '';
  const off = project.features.package_registry === 'disabled';
  const rows = off ? [] : stand.packages.list(project.id);
  const filter = (one: Package): boolean =>
    one.name.toLowerCase().includes(name) && (args.packageType == null || args.packageType === one.type.toUpperCase());
  return connectionOf(
    sortedRows(rows, ({ id }) => id, { descending: true, filter }),
    args,
  );
});

/** `terraformStates`: an empty list, and no error, for those who may not read states (Developer and more may). */
export const projectStates = resolver<Project, PageArgs>((project, args, { stand, viewer }): Connection<State> => {
  const may = levelOn(stand.world, viewer, project) >= ROLES.developer;
  const states = may ? project.terraformStates.map((name, index) => ({ id: index + 1, name })) : [];
  return connectionOf(
    sortedRows(states, ({ id }) => id),
    args,
  );
});

export const CONTENTS_RESOLVERS: ResolverMap = {
  ProjectMember: {
    accessLevel: resolver<Member>(({ accessLevel: level }) => accessLevel(level)),
    id: resolver<Member>(({ user }) => globalId('ProjectMember', user.id)),
  },
  PackageBase: {
    id: resolver<Package>(({ id }) => globalId('Packages::Package', id)),
    packageType: resolver<Package>(({ type }) => type.toUpperCase()),
  },
  TerraformState: {
    id: resolver<State>(({ id }) => globalId('Terraform::State', id)),
  },
};
