import { Hono } from 'hono';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError } from '../answers/errors.ts';
import type { Download, ObjectStorage } from './object-storage.ts';

const MAX_UPLOAD_BYTES = 50 * 1024 * 1024;

/** Where redirected downloads lead: files by a key that nobody can guess, without a token. */
export function objectStorageRoutes(storage: ObjectStorage): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.get('/:key/:name', (call) => {
    const download = storage.get(call.req.param('key'));
    return download === null ? call.text('AccessDenied', 403) : attachment(call, download);
  });
  return routes;
}

/** Sends a file, or a redirect to it: a redirect is no 2xx, which is why GitLab's log misses such downloads. */
export function sendFile(stand: Stand, call: Call, download: Download): Response {
  if (!stand.world.objectStorage) return attachment(call, download);
  return call.redirect(`${stand.world.externalUrl()}${stand.objects.put(download)}`, 302);
}

/** The file itself, whatever the instance's storage is. */
export function attachment(call: Call, { bytes, name, type }: Download): Response {
  call.header('Content-Type', type);
  call.header('Content-Disposition', `attachment; filename="${name.replace(/["\\\r\n]/g, '_')}"`);
  return call.body(bytes);
}

/** The bytes of an upload, up to GitLab's own kind of limit. */
export async function uploadedBytes(call: Call): Promise<Uint8Array<ArrayBuffer>> {
  refuseLarge(call);
  const body: ReadableStream<Uint8Array> | null = call.req.raw.body;
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_UPLOAD_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The fields of an upload form; forms are read whole, so their length must be told. */
export async function uploadedForm(call: Call): Promise<Readonly<Record<string, unknown>>> {
  refuseLarge(call);
  if (call.req.header('content-length') === undefined) throw tooLarge();
  return call.req.parseBody().catch(() => ({}));
}

function refuseLarge(call: Call): void {
  if (Number(call.req.header('content-length') ?? '0') > MAX_UPLOAD_BYTES) throw tooLarge();
}

function tooLarge(): ApiError {
  return new ApiError(413, { message: '413 Request Entity Too Large' });
}
