import type { MiddlewareHandler } from 'hono';
import type { SandboxEnv } from '../env.ts';

/**
 * Refuses bodies above `maxBytes` with 413, but on the paths that are spared. A body without a stated length is read here, counted, and kept for the route;
 * Hono's own limiter would need the global Request replaced for that.
 */
export function limitBody(maxBytes: number, spared: (path: string) => boolean): MiddlewareHandler<SandboxEnv> {
  return async (call, next) => {
    if (spared(call.req.path)) {
      await next();
      return undefined;
    }
    const refused = (): Response => call.json({ message: '413 Request Entity Too Large' }, 413);
    const chunked = call.req.header('transfer-encoding') !== undefined;
    if (!chunked) {
      if (Number(call.req.header('content-length') ?? '0') > maxBytes) return refused();
      await next();
      return undefined;
    }
    const body = await readUpTo(call.req.raw.body, maxBytes);
    if (body === null) return refused();
    // The cache holds promises, whatever its type says: the other readers call `then` on it.
    Object.assign(call.req.bodyCache, { text: Promise.resolve(body) });
    await next();
    return undefined;
  };
}

/** The text of a stream, or null when it is longer than allowed. */
async function readUpTo(stream: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string | null> {
  if (stream === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
