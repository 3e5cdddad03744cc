import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openApi } from '../sandbox/http/openapi.ts';
import { StandIn } from '../sandbox/http/stand-in.ts';

const run = promisify(execFile);
const LIMIT_MS = 50_000;

/** Two libraries in subgroups, a caller with a schedule, a failing job and one that leaves artifacts. */
const ORGANISATION = {
  version: '18.5.0',
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  history: '2d',
  groups: ['acme', 'acme/libs', 'acme/apps'],
  users: [
    { name: 'root', admin: true },
    { name: 'dev', memberships: { acme: 'developer' } },
  ],
  projects: [
    { path: 'acme/libs/core', id: 1, files: { 'README.md': 'core\n', 'src/main.c': 'int main;\n' } },
    { path: 'acme/apps/web', id: 2, inboundEnabled: false, files: { 'main.txt': 'web\n' } },
    { path: 'acme/apps/shop', id: 3, visibility: 'internal', files: { 'shop.txt': 'shop\n' } },
  ],
  jobs: [
    { project: 'acme/apps/web', name: 'build', every: '6h', user: 'dev', artifacts: { 'out/a.txt': 'artifact' } },
    { project: 'acme/apps/web', name: 'nightly', every: '1d', at: '2h', user: 'dev', schedule: true, flaky: 1 },
    { project: 'acme/libs/core', name: 'pack', every: '1d', user: 'dev', artifacts: { 'out/core.txt': 'core' } },
  ],
};

/** What a program did. */
export interface Ran {
  readonly failed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** One answer of the stand-in as a client got it. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** A stand-in, a folder for programs to work in, and a proxy that keeps every answer, so that all of them can be checked. */
export class Bench {
  readonly gitlab: StandIn;
  readonly folder: string;
  readonly url: string;
  readonly #proxy: Server;
  readonly #seen: Seen[];

  private constructor(gitlab: StandIn, proxy: Server, seen: Seen[]) {
    this.gitlab = gitlab;
    this.folder = mkdtempSync(join(tmpdir(), 'tidegate-clients-'));
    this.#proxy = proxy;
    this.#seen = seen;
    this.url = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
  }

  static async start(): Promise<Bench> {
    const gitlab = await StandIn.start({}, ORGANISATION);
    const seen: Seen[] = [];
    const proxy = createServer((incoming, outgoing) => {
      const forwarded = request(
        `${gitlab.running.url}${incoming.url ?? ''}`,
        { method: incoming.method, headers: incoming.headers },
        (answer) => void passOn(incoming, answer, outgoing, gitlab.running.url).then((one) => seen.push(one)),
      );
      incoming.pipe(forwarded);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    return new Bench(gitlab, proxy, seen);
  }

  /** Runs a program to its end, with settings of its own. */
  async run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const own = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.folder,
      LC_ALL: 'C.UTF-8',
      GIT_TERMINAL_PROMPT: '0',
    };
    const options = { cwd: this.folder, env: { ...own, ...env }, timeout: LIMIT_MS };
    return run(command, args, options).then(
      ({ stdout, stderr }) => ({ failed: false, stdout, stderr }),
      (error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return { failed: true, stdout, stderr };
      },
    );
  }

  /** Holds a job open and gives its token. */
  async jobToken(project: string, name: string): Promise<string> {
    const held = await this.gitlab.call('POST', '/-/sandbox/jobs', { json: { project, name, hold: true } });
    return String(held.body.token);
  }

  /** Routes of GitLab's description that clients have used so far, and all that was not as the description has it. */
  described(): { readonly routes: readonly string[]; readonly problems: readonly string[] } {
    const routes = new Set<string>();
    const problems = this.#seen.flatMap(({ path, ...answer }) => {
      const found = path.startsWith('/api/v4')
        ? openApi?.check({ ...answer, path: path.slice('/api/v4'.length) })
        : null;
      if (found == null) return [];
      routes.add(`${answer.method} ${path.replace(/\d{3,}/g, 'N').replace(/\b\d+\b/g, 'N')}`);
      return found.map((problem) => `${answer.method} ${path} ${String(answer.status)}: ${problem}`);
    });
    return { routes: [...routes].sort(), problems };
  }

  async close(): Promise<void> {
    this.#proxy.close();
    this.#proxy.closeAllConnections();
    await this.gitlab.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Passes an answer on whole; addresses in it become the proxy's, as a server behind a proxy has it configured. */
async function passOn(
  incoming: IncomingMessage,
  answer: IncomingMessage,
  outgoing: ServerResponse,
  from: string,
): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const to = `http://${incoming.headers.host ?? ''}`;
  const type = answer.headers['content-type'] ?? '';
  const isText = type.startsWith('application/json') || type.startsWith('text/');
  const text = isText ? bytes.toString('utf8').replaceAll(from, to) : '';
  const { 'content-length': _, 'transfer-encoding': __, ...headers } = answer.headers;
  const location = headers.location === undefined ? {} : { location: headers.location.replace(from, to) };
  outgoing.writeHead(answer.statusCode ?? 500, { ...headers, ...location });
  outgoing.end(isText ? text : bytes);
  const path = (incoming.url ?? '').replace(/\?.*$/s, '');
  return { method: incoming.method ?? '', path, status: answer.statusCode ?? 0, type, text };
}
