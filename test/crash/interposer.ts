import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One call of the product on its way to GitLab. */
export interface Passing {
  /** From 1, over all processes that came this way. */
  readonly n: number;
  readonly method: string;
  readonly path: string;
  /** It changes something, as far as method and body tell. */
  readonly writes: boolean;
}

/** What a test does to calls: waits for whatever a hook returns, before the call goes on and before its answer does. */
export interface Hooks {
  readonly before?: (call: Passing) => Promise<void> | void;
  readonly after?: (call: Passing) => Promise<void> | void;
}

/**
 * Stands between the product and the stand-in, in the process of the test. A process that is killed while its call waits
 * here is killed before GitLab has seen it, or after GitLab has carried it out and before the answer: no hook in the product
 * is needed for either.
 */
export class Interposer {
  readonly url: string;
  hooks: Hooks = {};
  /** What is not there: answered with 404 and never passed on. */
  refuse: (path: string) => boolean = () => false;
  readonly calls: Passing[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      // A killed process leaves calls without anybody to answer.
      void this.#pass(incoming, outgoing, target).catch(() => outgoing.destroy());
    });
  }

  static async start(target: string): Promise<Interposer> {
    const server = createServer({ keepAliveTimeout: 1_000 });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return new Interposer(server, target);
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse, target: string): Promise<void> {
    const body = await buffer(incoming);
    const { method = 'GET', url: path = '/' } = incoming;
    const writes = path.startsWith('/api/graphql') ? body.includes('"mutation') : method !== 'GET';
    const call: Passing = { n: this.calls.length + 1, method, path, writes };
    this.calls.push(call);
    await this.hooks.before?.(call);
    const answer = this.refuse(path) ? NOT_THERE : await forward(`${target}${path}`, incoming, body);
    await this.hooks.after?.(call);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}

const NOT_THERE = { status: 404, headers: {}, body: Buffer.from('Not here\n') };

interface Forwarded {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function forward(url: string, { method, headers }: IncomingMessage, body: Buffer): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const { host: _, ...kept } = headers;
    const outgoing = request(url, { ...(method === undefined ? {} : { method }), headers: kept }, (response) => {
      buffer(response).then(
        (body) => resolve({ status: response.statusCode ?? 502, headers: response.headers, body }),
        reject,
      );
    });
    outgoing.on('error', reject).end(body);
  });
}
