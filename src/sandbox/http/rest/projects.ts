import { Hono } from 'hono';
import { FEATURES, FEATURE_LEVELS, VISIBILITIES, type Feature, type FeatureLevel } from '../../world/vocabulary.ts';
import type { Project, ProjectUpdate } from '../../world/world.ts';
import { authenticated } from '../authenticate.ts';
import { projectBasic } from '../entities/basics.ts';
import { projectDetails } from '../entities/projects.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { forbidden, invalidParameter, methodNotAllowed } from '../answers/errors.ts';
import { administeredProject, levelOn, projectOf } from '../lookup.ts';
import { decodeCursor, keysetLink, offsetPage, pageRequest } from '../answers/pages.ts';
import { bodyParams, optionalBoolean, optionalChoice, optionalInteger, optionalText, queryParams } from '../params.ts';
import type { Params } from '../params.ts';
import { filterOf, projectRows } from './project-rows.ts';

const MAX_OFFSET = { rows: 50_000, type: 'Project' };

/** `/projects` and `/projects/:id`. */
export function projectRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.get('/projects', (call) => listProjects(stand, call));
  routes.get('/projects/:id', (call) => call.json(projectDetails(stand, call.get('viewer'), projectOf(stand, call))));
  routes.put('/projects/:id', async (call) => {
    authenticated(call);
    const params = await bodyParams(call);
    const project = administeredProject(stand, call);
    const outcome = stand.world.updateProject(project.id, projectUpdate(params));
    if (!outcome.ok) throw forbidden();
    return call.json(projectDetails(stand, call.get('viewer'), stand.world.projectById(project.id) ?? project));
  });
  routes.post('/projects/:id/:action{archive|unarchive}', (call) => {
    const viewer = authenticated(call);
    const project = projectOf(stand, call);
    if (levelOn(stand.world, viewer, project) < 50) throw forbidden();
    stand.world.updateProject(project.id, { archived: call.req.param('action') === 'archive' });
    return call.json(projectDetails(stand, viewer, stand.world.projectById(project.id) ?? project), 201);
  });
  routes.delete('/projects/:id', (call) => {
    const viewer = authenticated(call);
    const project = projectOf(stand, call);
    if (levelOn(stand.world, viewer, project) < 50) throw forbidden();
    stand.world.deleteProject(project.id);
    return call.json({ message: '202 Accepted' }, 202);
  });
  return routes;
}

function listProjects(stand: Stand, call: Call): Response {
  const params = queryParams(call);
  const filter = filterOf(stand.world, call.get('viewer'), params);
  const present = presenter(stand, call, params);
  if (optionalText(params, 'pagination') !== 'keyset') {
    const rows = projectRows(stand.world.projects(), filter, params);
    return call.json(offsetPage(call, params, rows, MAX_OFFSET).map(present));
  }
  if ((optionalText(params, 'order_by') ?? 'id') !== 'id') {
    throw methodNotAllowed('Keyset pagination is not yet available for this type of request');
  }
  return call.json(keysetPage(stand, call, params, filter).map(present));
}

/** One keyset page by id; the `Link` carries `id_after` or `id_before`, as GitLab's does for projects. */
function keysetPage(
  stand: Stand,
  call: Call,
  params: Params,
  filter: (project: Project) => boolean,
): readonly Project[] {
  const ascending = (optionalChoice(params, 'sort', ['asc', 'desc']) ?? 'desc') === 'asc';
  const cursor = decodeCursor(optionalText(params, 'cursor') ?? '');
  const { perPage } = pageRequest(params);
  const past = (project: Project): boolean =>
    cursor === null || (ascending ? project.id > cursor : project.id < cursor);
  const rows = projectRows(stand.world.projects(), (project) => past(project) && filter(project), {
    order_by: 'id',
    sort: ascending ? 'asc' : 'desc',
    ...pick(params, ['id_after', 'id_before']),
  }).slice(0, perPage + 1);
  const page = rows.slice(0, perPage);
  const last = page.at(-1);
  const bound = ascending ? 'id_after' : 'id_before';
  keysetLink(call, rows.length > perPage && last !== undefined ? { [bound]: String(last.id) } : null);
  return page;
}

function pick(params: Params, names: readonly string[]): Params {
  return Object.fromEntries(names.filter((name) => name in params).map((name) => [name, params[name]]));
}

/** How a list shows a project: `simple=true`, and every anonymous list, has the basic form. */
export function presenter(stand: Stand, call: Call, params: Params): (project: Project) => Record<string, unknown> {
  const viewer = call.get('viewer');
  return optionalBoolean(params, 'simple') === true || viewer === null
    ? (project) => projectBasic(stand.world, project)
    : (project) => projectDetails(stand, viewer, project);
}

/** The attributes of `PUT /projects/:id` that mean something here; GitLab refuses a call without any known attribute. */
function projectUpdate(params: Params): ProjectUpdate {
  const visibility = optionalChoice(params, 'visibility', VISIBILITIES);
  const push = optionalBoolean(params, 'ci_push_repository_for_job_token_allowed');
  const features: Partial<Record<Feature, FeatureLevel>> = {};
  for (const feature of FEATURES) {
    const level = optionalChoice(params, `${feature}_access_level`, FEATURE_LEVELS);
    if (level !== null) features[feature] = level;
  }
  const update: ProjectUpdate = {
    ...(visibility === null ? {} : { visibility }),
    ...(push === null ? {} : { pushOwnRepository: push }),
    ...(Object.keys(features).length === 0 ? {} : { features }),
  };
  // Attributes GitLab has and the stand-in does not keep; accepting them silently keeps real clients going.
  const known = ['name', 'description', 'default_branch', 'ci_forward_deployment_enabled', 'keep_latest_artifact'];
  if (Object.keys(update).length === 0 && !known.some((name) => name in params)) {
    throw invalidParameter('name, description, visibility, … are missing, at least one parameter must be provided');
  }
  optionalInteger(params, 'ci_default_git_depth');
  return update;
}
