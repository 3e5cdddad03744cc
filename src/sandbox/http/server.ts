import { createServer, STATUS_CODES, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Routes } from './env.ts';

/** A listening stand-in. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Simulated time for answers that never reach a route. */
  readonly now: () => number;
}

/**
 * How long an idle connection is kept, as GitLab's proxy keeps it. Node's own five seconds are about as long as clients keep
 * one: a busy machine lets a client write to a connection that has just been closed.
 */
const KEEP_ALIVE_MS = 65_000;

/**
 * Serves the application over HTTP/1.1.
 *
 * @throws the system's error (`EADDRINUSE`, `EACCES`, …) when the address cannot be had
 */
export async function listen(app: Routes, options: ListenOptions): Promise<Listening> {
  const handle = getRequestListener((request, bindings) => app.fetch(request, bindings), {
    overrideGlobalObjects: false,
  });
  const date = (): string => new Date(options.now()).toUTCString();
  const server = createServer((incoming, outgoing) => {
    // Set first, so that answers the adapter gives by itself carry the simulated time too.
    outgoing.setHeader('Date', date());
    void handle(incoming, outgoing);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket, date()));
  await bound(server, options);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${hostInUrl(options.host)}:${port}`, close: () => closed(server) };
}

/** What is no HTTP gets a 400 and the end of the connection, as from the proxy before GitLab. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex, date: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const reason = STATUS_CODES[status] ?? 'Bad Request';
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nDate: ${date}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function bound(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Clients keep connections alive; nobody waits for them.
    server.closeAllConnections();
  });
}

/** Everything that names this machine alone needs no brackets but IPv6 does. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
