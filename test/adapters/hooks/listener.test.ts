import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenForJobs, type FailedJobEvent, type Listening } from '../../../src/adapters/hooks/listener.ts';

const SECRET = 'a secret that nobody guesses';
const EVENT = { object_kind: 'build', build_id: 812, build_status: 'failed', project_id: 7, build_name: 'test' };

let listening: Listening;
let told: FailedJobEvent[];
let broken: boolean;

beforeEach(async () => {
  told = [];
  broken = false;
  listening = await listenForJobs({
    ...{ secret: SECRET, host: '127.0.0.1', port: 0 },
    onFailedJob: (event) => {
      if (broken) return Promise.reject(new Error('the disk is full'));
      told.push(event);
      return Promise.resolve();
    },
  });
});
afterEach(() => listening.close());

async function send(body: unknown, headers: Record<string, string> = {}, method = 'POST'): Promise<[number, string]> {
  const response = await fetch(listening.url, {
    method,
    headers: { 'x-gitlab-token': SECRET, 'x-gitlab-event': 'Job Hook', 'idempotency-key': 'k-1', ...headers },
    ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  });
  return [response.status, await response.text()];
}

describe('the listener', () => {
  it('takes the ids of a failed job, and nothing else of the event', async () => {
    expect(await send({ ...EVENT, build_name: '$(reboot)', user: { id: 1 } })).toEqual([202, '{"status":"noted"}']);
    expect(told).toEqual([{ jobId: 812, project: 7 }]);
  });

  it.each([
    ['no secret', { 'x-gitlab-token': '' }],
    ['another secret', { 'x-gitlab-token': `${SECRET}.` }],
    ['the beginning of the secret', { 'x-gitlab-token': SECRET.slice(0, -1) }],
  ])('refuses %s without reading the body', async (_, headers) => {
    expect((await send('x'.repeat(10_000), headers))[0]).toBe(401);
    expect(told).toEqual([]);
  });

  it.each<[string, unknown, Record<string, string>]>([
    ['a job that passed', { ...EVENT, build_status: 'success' }, {}],
    ['a push', { object_kind: 'push' }, { 'x-gitlab-event': 'Push Hook' }],
    ['a push that calls itself a job', { object_kind: 'push' }, {}],
    ['text that is no JSON', '{"object_kind":', {}],
    ['an event of a system hook, as those have no jobs', EVENT, { 'x-gitlab-event': 'System Hook' }],
    ['an id that is none', { ...EVENT, build_id: '812; drop table failures' }, {}],
    ['an id below zero', { ...EVENT, project_id: -1 }, {}],
    ['a list', [EVENT], {}],
  ])('ignores %s with 200, so that GitLab does not switch the webhook off', async (_, body, headers) => {
    expect((await send(body, headers))[0]).toBe(200);
    expect(told).toEqual([]);
  });

  it('takes the same delivery once, and a new one of the same job again', async () => {
    await send(EVENT);
    expect((await send(EVENT))[0]).toBe(200);
    expect((await send(EVENT, { 'idempotency-key': 'k-2' }))[0]).toBe(202);
    expect(told).toHaveLength(2);
  });

  it('asks for the event again when it could not be stored, and takes it then', async () => {
    broken = true;
    expect((await send(EVENT))[0]).toBe(500);
    broken = false;
    expect((await send(EVENT))[0]).toBe(202);
  });

  it('does not read a body that is too long, whether it says so or not', async () => {
    expect((await send('x'.repeat(300_000)))[0]).toBe(413);
    const { port } = new URL(listening.url);
    const answer = await new Promise<string>((done) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        socket.destroy();
        done(data.toString());
      });
      socket.write(
        `POST / HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: ${SECRET}\r\nX-Gitlab-Event: Job Hook\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const chunk = 'y'.repeat(65_536);
      for (let n = 0; n < 5; n += 1) socket.write(`10000\r\n${chunk}\r\n`);
    });
    expect(answer).toContain('413');
  });

  it('says that it listens, and takes events by POST alone', async () => {
    expect((await send(null, {}, 'GET'))[0]).toBe(200);
    expect((await send(null, {}, 'DELETE'))[0]).toBe(405);
  });

  it('names an address that it cannot have', async () => {
    const port = Number(new URL(listening.url).port);
    const again = listenForJobs({ secret: SECRET, host: '127.0.0.1', port, onFailedJob: () => Promise.resolve() });
    await expect(again).rejects.toMatchObject({ code: 'USAGE', message: /EADDRINUSE/ });
  });
});
