import { Hono } from 'hono';
import { z } from 'zod';
import type { Policy } from '../../world/vocabulary.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError, badRequest } from '../answers/errors.ts';
import { admit, type Admitted } from '../job-token/admit.ts';
import { attachment, uploadedBytes } from './downloads.ts';
import { full } from './generic.ts';
import type { Package } from './store.ts';

const ADMIN: readonly Policy[] = ['ADMIN_PACKAGES'];
const WAYS = ['bearer', 'request'] as const;

const publication = z.object({
  name: z.string(),
  versions: z.record(z.string(), z.record(z.string(), z.unknown())),
  _attachments: z.record(z.string(), z.object({ data: z.base64() })),
});

/** The project-level npm registry. What it does not have is not looked for at npmjs: forwarding is off. */
export function npmRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.get('/projects/:id/packages/npm/-/package/:name/dist-tags', (call) => {
    const { project } = admit(stand, call, { access: 'npm', ways: WAYS });
    return call.json(distTags(stand.packages.list(project.id, 'npm', call.req.param('name'))));
  });
  routes.get('/projects/:id/packages/npm/:path{.+/-/.+}', (call) => {
    const { project } = admit(stand, call, { access: 'npm', ways: WAYS });
    const [name = '', file = ''] = call.req.param('path').split('/-/');
    const found = stand.packages
      .list(project.id, 'npm', name)
      .flatMap(({ files }) => files)
      .find((candidate) => candidate.name === file);
    if (found === undefined) throw new ApiError(404, { message: '404 Not found' });
    return attachment(call, { bytes: found.bytes, name: found.name, type: 'application/octet-stream' });
  });
  routes.get('/projects/:id/packages/npm/:name{.+}', (call) => {
    const { project } = admit(stand, call, { access: 'npm', ways: WAYS });
    const name = call.req.param('name');
    const packages = stand.packages.list(project.id, 'npm', name);
    if (packages.length === 0) throw new ApiError(404, { message: '404 Packages Not Found' });
    const registry = `${stand.world.externalUrl()}/api/v4/projects/${String(project.id)}/packages/npm`;
    const versions = packages.map((one) => [one.version, manifestOf(one, registry)] as const);
    return call.json({ name, versions: Object.fromEntries(versions), 'dist-tags': distTags(packages) });
  });
  routes.put('/projects/:id/packages/npm/:name{.+}', async (call) => {
    const admitted = admit(stand, call, { access: 'npm', ways: WAYS, writes: true, policies: ADMIN });
    return publish(stand, call, admitted);
  });
  return routes;
}

async function publish(stand: Stand, call: Call, { project }: Admitted): Promise<Response> {
  const body = publication.safeParse(jsonOf(await uploadedBytes(call)));
  if (!body.success) throw badRequest('Package must be a valid npm publication');
  const { name, versions, _attachments: attachments } = body.data;
  const [version, manifest] = Object.entries(versions)[0] ?? [];
  const [fileName, file] = Object.entries(attachments)[0] ?? [];
  if (version === undefined || manifest === undefined || fileName === undefined || file === undefined)
    throw badRequest('Attachment data is empty.');
  if (stand.packages.list(project.id, 'npm', name).some((one) => one.version === version))
    throw new ApiError(403, { message: '403 Forbidden - Package already exists.' });
  const added = stand.packages.add({
    projectId: project.id,
    type: 'npm',
    name,
    version,
    fileName,
    bytes: new Uint8Array(Buffer.from(file.data, 'base64')),
    at: stand.world.now(),
    manifest,
  });
  if (added === null) throw full();
  return call.json({ message: '200 OK' });
}

function manifestOf({ name, manifest, files }: Package, registry: string): Record<string, unknown> {
  const [file] = files;
  const dist = { shasum: file?.sha1, tarball: `${registry}/${name}/-/${file?.name ?? ''}` };
  return { ...manifest, dist };
}

/** The newest upload is the latest one: who publishes may name other tags, which are not kept. */
function distTags(packages: readonly Package[]): Record<string, string> {
  const latest = packages.at(-1);
  return latest === undefined ? {} : { latest: latest.version };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
