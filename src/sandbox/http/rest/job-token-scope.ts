import { Hono } from 'hono';
import type { Entry, Namespace, Outcome, Project } from '../../world/world.ts';
import { groupBasic, projectBasic } from '../entities/basics.ts';
import { authenticated } from '../authenticate.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { badRequest, forbidden, invalidParameter, notFound } from '../answers/errors.ts';
import { administeredProject, canAdmin, canRead, canReadGroup, integerParam, projectOf } from '../lookup.ts';
import { counted, offsetPage } from '../answers/pages.ts';
import { bodyParams, optionalBoolean, queryParams, requiredInteger } from '../params.ts';
import { INSUFFICIENT_TO_MODIFY, refusalText, targetNotReadable } from '../answers/refusals.ts';

/** `/projects/:id/job_token_scope` and its two allowlists, with GitLab's texts and codes. */
export function jobTokenScopeRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const { world } = stand;
  const base = '/projects/:id/job_token_scope';

  routes.get(base, (call) => {
    authenticated(call);
    const project = administeredProject(stand, call);
    return call.json({ inbound_enabled: world.effectiveInbound(project.id), outbound_enabled: false });
  });

  routes.patch(base, async (call) => {
    authenticated(call);
    const params = await bodyParams(call);
    const enabled = optionalBoolean(params, 'enabled');
    if (enabled === null) {
      throw invalidParameter(
        params['enabled'] === undefined ? 'enabled is missing, enabled is empty' : 'enabled is empty',
      );
    }
    const project = administeredProject(stand, call);
    settle(stand, world.setInbound(project.id, enabled), 'project');
    return call.body(null, 204);
  });

  listRoutes(stand, routes, base);
  projectEntryRoutes(stand, routes, `${base}/allowlist`);
  if (stand.can.groupsAllowlist) groupEntryRoutes(stand, routes, `${base}/groups_allowlist`);
  return routes;
}

function listRoutes(stand: Stand, routes: Routes, base: string): void {
  const { world } = stand;
  routes.get(`${base}/allowlist`, (call) => {
    authenticated(call);
    const project = administeredProject(stand, call);
    // GitLab unites the callee with its links and keeps duplicates: a self link shows the callee twice.
    const listed = [project, ...targets(stand, project, 'project', (id) => world.projectById(id))];
    const page = offsetPage(call, queryParams(call), counted(listed));
    return call.json(page.map((listedProject) => projectBasic(world, listedProject)));
  });
  if (!stand.can.groupsAllowlist) return;
  routes.get(`${base}/groups_allowlist`, (call) => {
    authenticated(call);
    const project = administeredProject(stand, call);
    const listed = targets(stand, project, 'group', (id) => world.groupById(id));
    const page = offsetPage(call, queryParams(call), counted(listed));
    return call.json(page.map((group) => groupBasic(world, group)));
  });
}

function targets<T>(stand: Stand, project: Project, kind: Entry['kind'], find: (id: number) => T | null): readonly T[] {
  return stand.world
    .entries(project.id)
    .filter((entry) => entry.kind === kind)
    .map((entry) => find(entry.targetId))
    .filter((target) => target !== null);
}

function projectEntryRoutes(stand: Stand, routes: Routes, base: string): void {
  const { world } = stand;
  routes.post(base, async (call) => {
    const viewer = authenticated(call);
    numericCallee(call);
    const targetId = requiredInteger(await bodyParams(call), 'target_project_id');
    const project = administeredProject(stand, call);
    const target = world.projectById(targetId);
    if (target === null) throw notFound('target_project_id not found');
    if (!canRead(world, viewer, target)) throw badRequest(targetNotReadable('project'));
    settle(stand, world.addEntry(project.id, { kind: 'project', targetId, addedBy: viewer.user.id }), 'project');
    return call.json({ source_project_id: project.id, target_project_id: targetId }, 201);
  });

  routes.delete(`${base}/:target_project_id`, (call) => {
    const viewer = authenticated(call);
    numericCallee(call);
    const targetId = integerParam(call, 'target_project_id');
    const project = projectOf(stand, call);
    const target = world.projectById(targetId);
    if (target === null || !canRead(world, viewer, target)) throw notFound('Project');
    if (!canAdmin(world, viewer, project)) throw forbidden(INSUFFICIENT_TO_MODIFY);
    settle(stand, world.removeEntry(project.id, 'project', targetId), 'project');
    return call.body(null, 204);
  });
}

function groupEntryRoutes(stand: Stand, routes: Routes, base: string): void {
  const { world } = stand;
  const existing = (id: number): Namespace => {
    const group = world.groupById(id);
    if (group?.kind !== 'group') throw notFound('target_group_id not found');
    return group;
  };
  routes.post(base, async (call) => {
    const viewer = authenticated(call);
    numericCallee(call);
    const targetId = requiredInteger(await bodyParams(call), 'target_group_id');
    const project = administeredProject(stand, call);
    const target = existing(targetId);
    if (!canReadGroup(world, viewer, target)) throw badRequest(targetNotReadable('group'));
    settle(stand, world.addEntry(project.id, { kind: 'group', targetId, addedBy: viewer.user.id }), 'group');
    return call.json({ source_project_id: project.id, target_group_id: targetId }, 201);
  });

  routes.delete(`${base}/:target_group_id`, (call) => {
    const viewer = authenticated(call);
    numericCallee(call);
    const target = existing(integerParam(call, 'target_group_id'));
    const project = projectOf(stand, call);
    if (!canAdmin(world, viewer, project)) throw forbidden(INSUFFICIENT_TO_MODIFY);
    settle(stand, world.removeEntry(project.id, 'group', target.id), 'group');
    return call.body(null, 204);
  });
}

/** These four endpoints declare `:id` as Integer: an encoded path is a parameter error, not a lookup. */
function numericCallee(call: Call): void {
  integerParam(call, 'id');
}

function settle(stand: Stand, outcome: Outcome, kind: Entry['kind']): void {
  if (outcome.ok) return;
  if (outcome.refusal === 'project_not_found') throw notFound('Project');
  throw badRequest(refusalText(outcome.refusal, kind, stand.can));
}
