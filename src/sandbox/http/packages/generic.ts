import { Hono } from 'hono';
import type { Policy } from '../../world/vocabulary.ts';
import { time } from '../entities/basics.ts';
import type { Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError, invalidParameter } from '../answers/errors.ts';
import { admit } from '../job-token/admit.ts';
import { counted, offsetPage } from '../answers/pages.ts';
import { integerParam } from '../lookup.ts';
import { optionalText, queryParams } from '../params.ts';
import { sendFile, uploadedBytes } from './downloads.ts';
import type { Package } from './store.ts';

const ADMIN: readonly Policy[] = ['ADMIN_PACKAGES'];
const WAYS = ['request', 'basic'] as const;
const FILE = '/projects/:id/packages/generic/:name/:version/:file';

/** The generic registry, and the list of a project's packages of all kinds. */
export function genericPackageRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.put(FILE, async (call) => {
    const { project } = admit(stand, call, { access: 'generic', ways: WAYS, writes: true, policies: ADMIN });
    const { name, version, file } = call.req.param();
    if (!/^[\w.+~@-]+$/.test(name) || name.startsWith('.')) throw invalidParameter('package_name is invalid');
    if (!/^[\w.+~-]+$/.test(version)) throw invalidParameter('package_version is invalid');
    const bytes = await uploadedBytes(call);
    const at = stand.world.now();
    const added = stand.packages.add({
      projectId: project.id,
      type: 'generic',
      name,
      version,
      fileName: file,
      bytes,
      at,
    });
    if (added === null) throw full();
    return call.json({ message: '201 Created' }, 201);
  });
  routes.get(FILE, (call) => {
    const { project } = admit(stand, call, { access: 'generic', ways: WAYS });
    const { name, version, file } = call.req.param();
    const found = stand.packages.file(project.id, 'generic', name, version, file);
    if (found === null) throw new ApiError(404, { message: '404 Not found' });
    return sendFile(stand, call, { bytes: found.bytes, name: found.name, type: 'application/octet-stream' });
  });
  listRoutes(stand, routes);
  return routes;
}

function listRoutes(stand: Stand, routes: Routes): void {
  const demand = { access: 'api', ways: ['request'], policies: ['READ_PACKAGES'] } as const;
  routes.get('/projects/:id/packages', (call) => {
    const { project } = admit(stand, call, demand);
    const params = queryParams(call);
    const type = optionalText(params, 'package_type');
    const name = optionalText(params, 'package_name')?.toLowerCase() ?? '';
    const packages = stand.packages
      .list(project.id)
      .filter((one) => (type === null || one.type === type) && one.name.toLowerCase().includes(name));
    return call.json(offsetPage(call, params, counted(packages)).map(packageEntity));
  });
  routes.get('/projects/:id/packages/:package_id{\\d+}', (call) => {
    const { project } = admit(stand, call, demand);
    const found = stand.packages.list(project.id).find(({ id }) => id === integerParam(call, 'package_id'));
    if (found === undefined) throw new ApiError(404, { message: '404 Package Not Found' });
    return call.json(packageEntity(found));
  });
  routes.get('/projects/:id/packages/:package_id{\\d+}/package_files', (call) => {
    const { project } = admit(stand, call, demand);
    const found = stand.packages.list(project.id).find(({ id }) => id === integerParam(call, 'package_id'));
    if (found === undefined) throw new ApiError(404, { message: '404 Not Found' });
    const files = found.files.map(({ id, name, bytes, sha1, sha256, createdAt }) => ({
      id,
      package_id: found.id,
      created_at: time(createdAt),
      file_name: name,
      size: bytes.length,
      file_md5: null,
      file_sha1: sha1,
      file_sha256: sha256,
    }));
    return call.json(offsetPage(call, queryParams(call), counted(files)));
  });
}

function packageEntity({ id, name, version, type, createdAt }: Package): Record<string, unknown> {
  return { id, name, version, package_type: type, status: 'default', created_at: time(createdAt), tags: [] };
}

/** The stand-in's own limit; GitLab would ask for more disk. */
export function full(): ApiError {
  return new ApiError(413, { message: '413 Request Entity Too Large' });
}
