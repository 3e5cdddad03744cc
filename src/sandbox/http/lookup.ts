import type { Namespace, Project, World } from '../world/world.ts';
import type { Call, Stand, Viewer } from './env.ts';
import { ApiError, forbidden, methodNotAllowed, notFound } from './answers/errors.ts';

const INTEGER = /^\d{1,15}$/;
const MAINTAINER = 40;

/** Carries a redirect out of a handler. */
export class Moved extends Error {
  readonly location: string;

  constructor(location: string) {
    super(`moved to ${location}`);
    this.name = 'Moved';
    this.location = location;
  }
}

/** Whether the viewer may see the project; anonymous callers see public ones. */
export function canRead(world: World, viewer: Viewer | null, project: Project): boolean {
  return viewer === null ? project.visibility === 'public' : world.canReadProject(viewer.user.id, project.id);
}

/** Whether the viewer may see the group; anonymous callers see public ones. */
export function canReadGroup(world: World, viewer: Viewer | null, group: Namespace): boolean {
  return viewer === null ? group.visibility === 'public' : world.canReadGroup(viewer.user.id, group.id);
}

/** The viewer's access level: 0 without a viewer. */
export function levelOn(world: World, viewer: Viewer | null, project: Project): number {
  return viewer === null ? 0 : world.accessLevel(viewer.user.id, project.id);
}

/** GitLab's `admin_project`. */
export function canAdmin(world: World, viewer: Viewer | null, project: Project): boolean {
  return levelOn(world, viewer, project) >= MAINTAINER;
}

/**
 * The project named by `:id`, numeric or an encoded full path, if the viewer may see it.
 *
 * @throws {@link Moved} for a GET by an old path; 405 for other verbs; 404 for what is not there or not readable
 */
export function projectOf(stand: Stand, call: Call): Project {
  const id = call.req.param('id') ?? '';
  const viewer = call.get('viewer');
  const project = INTEGER.test(id) ? stand.world.projectById(Number(id)) : projectByPath(stand, call, id);
  if (project === null || !canRead(stand.world, viewer, project)) throw notFound('Project');
  return project;
}

function projectByPath(stand: Stand, call: Call, path: string): Project | null {
  const found = stand.world.findProject(path);
  if (found === null) return null;
  if (!found.moved) return found.project;
  // The redirect would tell that a hidden project exists.
  if (!stand.can.movedProjectRedirect || !canRead(stand.world, call.get('viewer'), found.project)) return null;
  if (call.req.method !== 'GET' && call.req.method !== 'HEAD') {
    throw methodNotAllowed('Non GET methods are not allowed for moved projects');
  }
  const url = new URL(call.req.url);
  url.pathname = url.pathname.replace(/(\/projects\/)[^/]+/, `$1${found.project.id}`);
  throw new Moved(url.href);
}

/** As {@link projectOf}, and the viewer must be Maintainer or more: 403 otherwise. */
export function administeredProject(stand: Stand, call: Call): Project {
  const project = projectOf(stand, call);
  if (!canAdmin(stand.world, call.get('viewer'), project)) throw forbidden();
  return project;
}

/** The group named by `:id`; user namespaces are no groups. */
export function groupOf(stand: Stand, call: Call): Namespace {
  const id = call.req.param('id') ?? '';
  const group = INTEGER.test(id) ? stand.world.groupById(Number(id)) : stand.world.groupByPath(id);
  if (group?.kind !== 'group' || !canReadGroup(stand.world, call.get('viewer'), group)) throw notFound('Group');
  return group;
}

/** A whole-number path parameter. Grape refuses anything else before looking. */
export function integerParam(call: Call, name: string): number {
  const text = call.req.param(name) ?? '';
  if (!INTEGER.test(text)) throw new ApiError(400, { error: `${name} is invalid` });
  return Number(text);
}

/** Whether the viewer may read jobs and pipelines: Reporter and more, or everyone where CI/CD is public. */
export function canReadJobs(world: World, viewer: Viewer | null, project: Project): boolean {
  const builds = project.features.builds ?? 'enabled';
  if (builds === 'disabled') return false;
  if (levelOn(world, viewer, project) >= 20) return true;
  return builds === 'enabled' && project.visibility !== 'private' && canRead(world, viewer, project);
}
