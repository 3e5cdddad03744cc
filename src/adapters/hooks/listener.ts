import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { RolloutError } from '../../domain/errors.ts';
import { projectId, type ProjectId } from '../../domain/values.ts';
import { Remembered } from './remembered.ts';

/** A job that GitLab says has failed. Its ids are all that is taken over; whether it is so is asked through the API. */
export interface FailedJobEvent {
  readonly jobId: number;
  readonly project: ProjectId;
}

/** How GitLab's webhooks are taken. */
export interface ListenerOptions {
  /** What GitLab sends as `X-Gitlab-Token`. */
  readonly secret: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Stores the event durably before GitLab is answered; a failure makes GitLab send it again. */
  readonly onFailedJob: (event: FailedJobEvent) => Promise<void>;
}

/** A listener at work. `close` waits for requests in flight. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** A job event has about 5 kB; a commit message may make it longer. */
const MAX_BODY_BYTES = 256 * 1024;
const MAX_CONNECTIONS = 200;
const SLOWEST_REQUEST_MS = 10_000;

const JobEvent = z.object({
  object_kind: z.literal('build'),
  build_id: z.number().int().positive(),
  build_status: z.string(),
  project_id: z.number().int().positive(),
});

/** Job events of projects and groups; the system hooks of an instance have none. */
const JOB_EVENT = 'Job Hook';

/**
 * Listens for GitLab's job webhooks. Whoever does not know the secret learns nothing and gets nothing read; the body is never
 * believed; the same event again changes nothing.
 *
 * @throws RolloutError `USAGE` when the address cannot be had
 * @see https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events
 */
export async function listenForJobs(options: ListenerOptions): Promise<Listening> {
  const seen = new Remembered(10_000);
  const expected = digest(options.secret);
  const server = createServer((request, response) => {
    void answer(request, options, expected, seen)
      .catch((): Reply => ({ status: 500, body: { message: 'the event could not be stored; send it again' } }))
      .then((reply) => send(request, response, reply));
  });
  server.requestTimeout = SLOWEST_REQUEST_MS;
  server.headersTimeout = SLOWEST_REQUEST_MS / 2;
  server.maxConnections = MAX_CONNECTIONS;
  await bound(server, options);
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function bound(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        new RolloutError(
          'USAGE',
          `cannot listen on ${host}:${port}: ${error.code ?? error.message}`,
          'Choose another --port or --host.',
        ),
      ),
    );
    server.listen(port, host, done);
  });
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

async function answer(
  request: IncomingMessage,
  { onFailedJob }: ListenerOptions,
  expected: Buffer,
  seen: Remembered,
): Promise<Reply> {
  if (request.method === 'GET') return { status: 200, body: { status: 'listening' } };
  if (request.method !== 'POST') return { status: 405, body: { message: 'POST job events here' } };
  if (!timingSafeEqual(digest(one(request, 'x-gitlab-token') ?? ''), expected)) {
    return { status: 401, body: { message: 'the secret token of the webhook is another one' } };
  }
  // Other events are answered well: GitLab switches a webhook off that fails again and again.
  if (one(request, 'x-gitlab-event') !== JOB_EVENT) return ignored('no job event');
  const text = await bodyOf(request);
  if (text === null) return { status: 413, body: { message: `a job event has at most ${MAX_BODY_BYTES} bytes` } };
  const event = JobEvent.safeParse(parsed(text));
  if (!event.success) return ignored('no job event');
  const { build_id: jobId, build_status: status, project_id: project } = event.data;
  if (status !== 'failed') return ignored('not a failed job');
  const delivery = one(request, 'idempotency-key') ?? one(request, 'x-gitlab-event-uuid') ?? '';
  const key = `${delivery} ${project} ${jobId} ${status}`;
  if (seen.has(key)) return ignored('known already');
  await onFailedJob({ jobId, project: projectId(project) });
  seen.add(key);
  return { status: 202, body: { status: 'noted' } };
}

const ignored = (why: string): Reply => ({ status: 200, body: { status: 'ignored', why } });

/** Of equal length whatever was sent, so that comparing them takes the same time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A header that was sent once. */
function one(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

/** Null when it is longer than allowed; the rest is then not read. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Reply): void {
  if (response.destroyed) return;
  // What was refused is not read to its end.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
