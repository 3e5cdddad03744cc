import { Readable } from 'node:stream';
import { dirname } from 'node:path';
import { gitEnvironment, spawnGit } from './run-git.ts';

/** One request to a repository, as CGI passes it on. */
export interface BackendRequest {
  readonly directory: string;
  /** `/info/refs`, `/git-upload-pack` or `/git-receive-pack` */
  readonly service: string;
  readonly method: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  /** Name of the user; null: nobody, who may not push. */
  readonly user: string | null;
  readonly home: string;
}

/**
 * Lets git's own `http-backend` answer.
 *
 * @returns its answer; the body streams while git works
 */
export async function httpBackend(request: BackendRequest): Promise<Response> {
  const child = spawnGit(['http-backend'], {
    env: { ...gitEnvironment(request.home), ...variablesOf(request) },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('git http-backend has no pipes');
  stdin.on('error', () => undefined);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  if (request.body === null) stdin.end();
  else Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0]).pipe(stdin);
  const { head, rest } = await Promise.race([readHead(stdout), failed]);
  const { status, headers } = parseHead(head);
  if (rest.length > 0) stdout.unshift(rest);
  return new Response(Readable.toWeb(stdout) as ReadableStream<Uint8Array>, { status, headers });
}

function variablesOf({ directory, service, method, query, headers, user }: BackendRequest): NodeJS.ProcessEnv {
  const optional = {
    CONTENT_TYPE: headers.get('content-type'),
    CONTENT_LENGTH: headers.get('content-length'),
    HTTP_CONTENT_ENCODING: headers.get('content-encoding'),
    HTTP_GIT_PROTOCOL: headers.get('git-protocol'),
    GIT_PROTOCOL: headers.get('git-protocol'),
    REMOTE_USER: user,
  };
  return {
    GIT_PROJECT_ROOT: dirname(directory),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `${directory.slice(dirname(directory).length)}${service}`,
    REQUEST_METHOD: method,
    QUERY_STRING: query,
    REMOTE_ADDR: '127.0.0.1',
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
  };
}

interface Head {
  readonly head: string;
  readonly rest: Buffer;
}

/** Up to the empty line that ends a CGI answer's headers. */
function readHead(stream: Readable): Promise<Head> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const settle = (end: () => void): void => {
      stream.off('readable', read).off('end', ended).off('error', reject);
      end();
    };
    const read = (): void => {
      for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
        seen = Buffer.concat([seen, chunk]);
        const end = seen.indexOf('\r\n\r\n');
        if (end < 0) continue;
        const found = { head: seen.subarray(0, end).toString('latin1'), rest: seen.subarray(end + 4) };
        settle(() => resolve(found));
        return;
      }
    };
    const ended = (): void => settle(() => reject(new Error('git http-backend gave no answer')));
    stream.on('readable', read).once('end', ended).once('error', reject);
  });
}

function parseHead(head: string): { readonly status: number; readonly headers: Headers } {
  const headers = new Headers();
  let status = 200;
  for (const line of head.split('\r\n')) {
    const [name = '', value = ''] = line.split(/:\s*(.*)/s);
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else headers.set(name, value);
  }
  return { status, headers };
}
