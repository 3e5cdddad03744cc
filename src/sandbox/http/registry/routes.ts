import { Hono } from 'hono';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { uploadedBytes } from '../packages/downloads.ts';
import { digestOf } from './images.ts';

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const NAME = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

type Action = 'pull' | 'push';
type Status = 400 | 401 | 404 | 413;

/**
 * The container registry (`/v2/`), as far as clients need it to push and pull. It looks at nothing but the token that
 * `/jwt/auth` gave, as GitLab's does: what an allowlist refuses shows here as a token without the right.
 */
export function registryRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.use('/v2/*', async (call, next) => {
    await next();
    call.res.headers.set('Docker-Distribution-Api-Version', 'registry/2.0');
  });
  routes.get('/v2/', (call) => (accessOf(stand, call) === null ? challenge(stand, call, null) : call.json({})));
  pullRoutes(stand, routes);
  uploadRoutes(stand, routes);
  routes.all('/v2/*', (call) => failure(call, 404, 'UNSUPPORTED', 'The operation is unsupported.'));
  return routes;
}

function pullRoutes(stand: Stand, routes: Routes): void {
  const { images } = stand;
  routes.get('/v2/:name{.+}/tags/list', (call) =>
    withRight(stand, call, 'pull', (name) => {
      const tags = images.tags(name);
      return tags === null
        ? failure(call, 404, 'NAME_UNKNOWN', 'repository name not known to registry', { name })
        : call.json({ name, tags });
    }),
  );
  routes.get('/v2/:name{.+}/manifests/:reference', (call) =>
    withRight(stand, call, 'pull', (name) => {
      const reference = call.req.param('reference');
      const found = images.manifest(name, reference);
      if (found === null) return failure(call, 404, 'MANIFEST_UNKNOWN', 'manifest unknown', { Tag: reference });
      return content(call, found.bytes, found.type, found.digest);
    }),
  );
  routes.get('/v2/:name{.+}/blobs/:digest', (call) =>
    withRight(stand, call, 'pull', (name) => {
      const digest = call.req.param('digest');
      const bytes = images.blob(name, digest);
      if (bytes === null) return failure(call, 404, 'BLOB_UNKNOWN', 'blob unknown to registry', { digest });
      return content(call, bytes, 'application/octet-stream', digest);
    }),
  );
}

function uploadRoutes(stand: Stand, routes: Routes): void {
  const { images } = stand;
  // Mounting from another repository is answered with an ordinary upload, as the protocol allows.
  routes.post('/v2/:name{.+}/blobs/uploads/', (call) =>
    withRight(stand, call, 'push', (name) => accepted(stand, call, name, images.beginUpload(), 0)),
  );
  routes.patch('/v2/:name{.+}/blobs/uploads/:id', (call) =>
    withRight(stand, call, 'push', async (name) => {
      const id = call.req.param('id');
      const sofar = images.append(id, await uploadedBytes(call));
      return sofar === null ? uploadUnknown(call) : accepted(stand, call, name, id, sofar.length);
    }),
  );
  routes.put('/v2/:name{.+}/blobs/uploads/:id', (call) =>
    withRight(stand, call, 'push', async (name) => {
      const id = call.req.param('id');
      const bytes = images.append(id, await uploadedBytes(call));
      if (bytes === null) return uploadUnknown(call);
      const digest = call.req.query('digest') ?? '';
      images.endUpload(id);
      if (!DIGEST.test(digest) || digestOf(bytes) !== digest)
        return failure(call, 400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
      images.putBlob(name, digest, bytes);
      return created(stand, call, `/v2/${name}/blobs/${digest}`, digest);
    }),
  );
  routes.put('/v2/:name{.+}/manifests/:reference', (call) =>
    withRight(stand, call, 'push', async (name) => {
      const reference = call.req.param('reference');
      const bytes = await uploadedBytes(call);
      if (bytes.length > MAX_MANIFEST_BYTES || (reference.includes(':') && reference !== digestOf(bytes)))
        return failure(call, 400, 'MANIFEST_INVALID', 'manifest invalid');
      const type = call.req.header('content-type') ?? 'application/vnd.docker.distribution.manifest.v2+json';
      const { digest } = images.putManifest(name, reference, bytes, type);
      return created(stand, call, `/v2/${name}/manifests/${digest}`, digest);
    }),
  );
}

/** What the bearer token allows; null without a token that holds. */
function accessOf({ registryTokens, world }: Stand, call: Call): ReturnType<Stand['registryTokens']['verify']> {
  const token = bearerOf(call);
  return token === null ? null : registryTokens.verify(token, world.now());
}

const bearerOf = (call: Call): string | null =>
  /^bearer\s+(\S+)$/i.exec(call.req.header('authorization') ?? '')?.[1] ?? null;

async function withRight(
  stand: Stand,
  call: Call,
  action: Action,
  answer: (name: string) => Response | Promise<Response>,
): Promise<Response> {
  const name = call.req.param('name') ?? '';
  if (!NAME.test(name)) return failure(call, 400, 'NAME_INVALID', 'invalid repository name', { name });
  const allowed = (accessOf(stand, call) ?? []).some((one) => one.name === name && one.actions.includes(action));
  return allowed ? answer(name) : challenge(stand, call, { name, action });
}

/** 401 with the place to get a token. A token that lacks the right is told apart: clients then say `denied`, not `unauthorized`. */
function challenge(
  stand: Stand,
  call: Call,
  wanted: { readonly name: string; readonly action: Action } | null,
): Response {
  const held = accessOf(stand, call);
  const scope =
    wanted === null ? '' : `,scope="repository:${wanted.name}:${wanted.action === 'push' ? 'pull,push' : 'pull'}"`;
  const error = bearerOf(call) === null ? '' : `,error="${held === null ? 'invalid_token' : 'insufficient_scope'}"`;
  call.header(
    'WWW-Authenticate',
    `Bearer realm="${stand.world.externalUrl()}/jwt/auth",service="container_registry"${scope}${error}`,
  );
  const detail = wanted && [{ Type: 'repository', Class: '', Name: wanted.name, Action: wanted.action }];
  return failure(call, 401, 'UNAUTHORIZED', 'authentication required', detail);
}

function failure(call: Call, status: Status, code: string, message: string, detail: unknown = null): Response {
  return call.json({ errors: [{ code, message, detail }] }, status);
}

const uploadUnknown = (call: Call): Response =>
  failure(call, 404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');

function content(call: Call, bytes: Uint8Array<ArrayBuffer>, type: string, digest: string): Response {
  const headers = { 'Content-Type': type, 'Docker-Content-Digest': digest, ETag: `"${digest}"` };
  return call.body(bytes, 200, { ...headers, 'Content-Length': String(bytes.length) });
}

function accepted({ world }: Stand, call: Call, name: string, id: string, size: number): Response {
  return call.body(null, 202, {
    Location: `${world.externalUrl()}/v2/${name}/blobs/uploads/${id}`,
    Range: `0-${String(Math.max(0, size - 1))}`,
    'Docker-Upload-UUID': id,
  });
}

function created({ world }: Stand, call: Call, path: string, digest: string): Response {
  return call.body(null, 201, { Location: `${world.externalUrl()}${path}`, 'Docker-Content-Digest': digest });
}
