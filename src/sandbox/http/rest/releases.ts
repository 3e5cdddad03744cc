import { Hono } from 'hono';
import type { Policy } from '../../world/vocabulary.ts';
import type { Project } from '../../world/world.ts';
import { projectUrl, time, userBasic } from '../entities/basics.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError, invalidParameter, notFound } from '../answers/errors.ts';
import { admit, type Admitted } from '../job-token/admit.ts';
import { counted, offsetPage } from '../answers/pages.ts';
import { bodyParams, optionalMoment, optionalText, queryParams, type Params } from '../params.ts';
import type { Release } from '../releases.ts';

const ADMIN: readonly Policy[] = ['ADMIN_RELEASES'];
const WAYS = ['request'] as const;
const ONE = '/projects/:id/releases/:tag';

/** Releases of a project: read by every member, made by developers and their jobs. */
export function releaseRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const reader = (call: Call): Admitted => admit(stand, call, { access: 'release', ways: WAYS });
  const writer = (call: Call): Admitted =>
    admit(stand, call, { access: 'release', ways: WAYS, writes: true, policies: ADMIN });
  const present = (project: Project, release: Release): Record<string, unknown> =>
    releaseEntity(stand, project, release);

  routes.get('/projects/:id/releases', (call) => {
    const { project } = reader(call);
    const page = offsetPage(call, queryParams(call), counted(stand.releases.list(project.id)));
    return call.json(page.map((release) => present(project, release)));
  });
  routes.get('/projects/:id/releases/permalink/latest', (call) => {
    const { project } = reader(call);
    const [latest] = stand.releases.list(project.id);
    if (latest === undefined) throw notFound();
    return call.json(present(project, latest));
  });
  routes.get(ONE, (call) => {
    const { project } = reader(call);
    return call.json(present(project, existing(stand, project, call.req.param('tag'))));
  });
  routes.post('/projects/:id/releases', async (call) => {
    const { project, user } = writer(call);
    const params = await bodyParams(call);
    const tag = optionalText(params, 'tag_name');
    if (tag === null) throw invalidParameter('tag_name is missing');
    if (stand.releases.find(project.id, tag) !== null) throw new ApiError(409, { message: 'Release already exists' });
    const now = stand.world.now();
    const author = user ?? stand.world.users()[0];
    if (author === undefined) throw notFound('User');
    const fresh: Release = { tag, name: tag, description: null, author, createdAt: now, releasedAt: now };
    const release = changed(fresh, params);
    stand.releases.put(project.id, release);
    return call.json(present(project, release), 201);
  });
  routes.put(ONE, async (call) => {
    const { project } = writer(call);
    const release = changed(existing(stand, project, call.req.param('tag')), await bodyParams(call));
    stand.releases.put(project.id, release);
    return call.json(present(project, release));
  });
  routes.delete(ONE, (call) => {
    const { project } = writer(call);
    const release = existing(stand, project, call.req.param('tag'));
    stand.releases.remove(project.id, release.tag);
    return call.json(present(project, release));
  });
  return routes;
}

function existing(stand: Stand, project: Project, tag: string): Release {
  const release = stand.releases.find(project.id, tag);
  if (release === null) throw notFound();
  return release;
}

function changed(release: Release, params: Params): Release {
  return {
    ...release,
    name: optionalText(params, 'name') ?? release.name,
    description: optionalText(params, 'description') ?? release.description,
    releasedAt: optionalMoment(params, 'released_at') ?? release.releasedAt,
  };
}

function releaseEntity({ world }: Stand, project: Project, release: Release): Record<string, unknown> {
  const web = `${projectUrl(world, project)}/-`;
  const archive = (format: string): string => `${web}/archive/${release.tag}/${project.path}-${release.tag}.${format}`;
  const formats = ['zip', 'tar.gz', 'tar.bz2', 'tar'];
  return {
    tag_name: release.tag,
    name: release.name,
    description: release.description,
    created_at: time(release.createdAt),
    released_at: time(release.releasedAt),
    upcoming_release: release.releasedAt > world.now(),
    author: userBasic(world, release.author),
    commit_path: null,
    tag_path: `/${project.fullPath}/-/tags/${release.tag}`,
    assets: {
      count: formats.length,
      sources: formats.map((format) => ({ format, url: archive(format) })),
      links: [],
    },
    evidences: [],
    _links: { self: `${web}/releases/${release.tag}` },
  };
}
