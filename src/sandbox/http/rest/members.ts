import { Hono } from 'hono';
import type { Member, Project, World } from '../../world/world.ts';
import { authenticated } from '../authenticate.ts';
import { memberEntity } from '../entities/ci.ts';
import type { Routes, SandboxEnv, Stand } from '../env.ts';
import { notFound } from '../answers/errors.ts';
import { integerParam, projectOf } from '../lookup.ts';
import { counted, offsetPage } from '../answers/pages.ts';
import { optionalText, queryParams } from '../params.ts';

/** Members of a project, inherited ones included. */
export function memberRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const { world } = stand;
  // "all" would be taken for a user's id if the shorter paths came first.
  const lists = { '/projects/:id/members/all': all, '/projects/:id/members': directMembers };
  for (const [path, membersOf] of Object.entries(lists)) {
    routes.get(path, (call) => {
      authenticated(call);
      const params = queryParams(call);
      const query = optionalText(params, 'query')?.toLowerCase() ?? '';
      const members = membersOf(world, projectOf(stand, call)).filter(({ user }) =>
        user.username.toLowerCase().includes(query),
      );
      return call.json(offsetPage(call, params, counted(members)).map((member) => memberEntity(world, member)));
    });
    routes.get(`${path}/:user_id`, (call) => {
      authenticated(call);
      const userId = integerParam(call, 'user_id');
      const member = membersOf(world, projectOf(stand, call)).find(({ user }) => user.id === userId);
      if (member === undefined) throw notFound();
      return call.json(memberEntity(world, member));
    });
  }
  return routes;
}

function all(world: World, project: Project): readonly Member[] {
  return world.members(project.id);
}

/** A membership stands on the project itself where the group above gives less. */
export function directMembers(world: World, project: Project): readonly Member[] {
  if (project.namespace.kind === 'user') return world.members(project.id);
  const inherited = new Map(
    world.groupMembers(project.namespace.id).map((member) => [member.user.id, member.accessLevel]),
  );
  return world.members(project.id).filter((member) => member.accessLevel > (inherited.get(member.user.id) ?? 0));
}
