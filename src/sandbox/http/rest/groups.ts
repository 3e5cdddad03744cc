import { Hono } from 'hono';
import type { Namespace } from '../../world/world.ts';
import { memberEntity } from '../entities/ci.ts';
import { groupDetails } from '../entities/projects.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { authenticated } from '../authenticate.ts';
import { notFound } from '../answers/errors.ts';
import { canReadGroup, groupOf, integerParam } from '../lookup.ts';
import { counted, offsetPage } from '../answers/pages.ts';
import { optionalBoolean, optionalChoice, optionalInteger, optionalText, queryParams, type Params } from '../params.ts';
import { presenter } from './projects.ts';
import { filterOf, groupsByName, projectRows } from './project-rows.ts';

/** `/groups` and what lies below one. */
export function groupRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const { world } = stand;
  routes.get('/groups', (call) => listGroups(stand, call, realGroups(stand)));
  routes.get('/groups/:id', (call) => call.json(groupDetails(world, groupOf(stand, call))));
  routes.get('/groups/:id/subgroups', (call) => listGroups(stand, call, world.subgroups(groupOf(stand, call).id)));
  routes.get('/groups/:id/descendant_groups', (call) => {
    const below = `${groupOf(stand, call).fullPath}/`;
    return listGroups(
      stand,
      call,
      realGroups(stand).filter((group) => group.fullPath.startsWith(below)),
    );
  });
  routes.get('/groups/:id/projects', (call) => {
    const params = queryParams(call);
    const group = groupOf(stand, call);
    const projects = world.projectsIn(group.id, optionalBoolean(params, 'include_subgroups') === true);
    const rows = projectRows(projects, filterOf(world, call.get('viewer'), params), params);
    return call.json(offsetPage(call, params, rows).map(presenter(stand, call, params)));
  });
  // "all" would be taken for a user's id if the shorter path came first.
  for (const path of ['/groups/:id/members/all', '/groups/:id/members']) {
    routes.get(path, (call) => {
      authenticated(call);
      const page = offsetPage(call, queryParams(call), counted(world.groupMembers(groupOf(stand, call).id)));
      return call.json(page.map((member) => memberEntity(world, member)));
    });
    routes.get(`${path}/:user_id`, (call) => {
      authenticated(call);
      const userId = integerParam(call, 'user_id');
      const member = world.groupMembers(groupOf(stand, call).id).find(({ user }) => user.id === userId);
      if (member === undefined) throw notFound();
      return call.json(memberEntity(world, member));
    });
  }
  return routes;
}

/** User namespaces are namespaces, not groups. */
function realGroups(stand: Stand): readonly Namespace[] {
  return stand.world.groups().filter(({ kind }) => kind === 'group');
}

function listGroups(stand: Stand, call: Call, groups: readonly Namespace[]): Response {
  const params = queryParams(call);
  const visible = groups.filter(groupFilter(stand, call, params));
  const order = optionalChoice(params, 'order_by', ['name', 'path', 'id', 'similarity']) ?? 'name';
  const sorted = order === 'id' ? visible : groupsByName(visible);
  const page = optionalText(params, 'sort') === 'desc' ? [...sorted].reverse() : sorted;
  return call.json(offsetPage(call, params, counted(page)).map((group) => groupDetails(stand.world, group)));
}

function groupFilter(stand: Stand, call: Call, params: Params): (group: Namespace) => boolean {
  const viewer = call.get('viewer');
  const search = optionalText(params, 'search')?.toLowerCase() ?? '';
  const topOnly = optionalBoolean(params, 'top_level_only') === true;
  const level = Math.max(
    optionalInteger(params, 'min_access_level') ?? 0,
    optionalBoolean(params, 'owned') === true ? 50 : 0,
  );
  return (group) =>
    (!topOnly || group.parent === null) &&
    group.path.toLowerCase().includes(search) &&
    canReadGroup(stand.world, viewer, group) &&
    (level === 0 || (viewer !== null && stand.world.groupAccessLevel(viewer.user.id, group.id) >= level));
}
