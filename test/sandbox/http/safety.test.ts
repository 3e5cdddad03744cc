import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StandIn } from './stand-in.ts';
import { stopwatch } from '../../processor-time.ts';

let gitlab: StandIn;
const warnings: string[] = [];
const note = (warning: Error): void => void warnings.push(warning.message);
beforeAll(async () => {
  gitlab = await StandIn.start();
  process.on('warning', note);
});
afterAll(async () => {
  process.off('warning', note);
  await gitlab.close();
});
afterEach(async () => {
  expect((await gitlab.rest('GET', '/user')).status).toBe(200);
  expect(warnings).toEqual([]);
});

/** First line of the answer to these bytes; the connection is given up when nothing comes. */
function answerTo(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let seen = '';
    const socket = connect(Number(new URL(gitlab.running.url).port), '127.0.0.1', () => socket.write(bytes));
    const settle = (): void => {
      socket.destroy();
      resolve(seen.split('\r\n')[0] ?? '');
    };
    socket.setEncoding('utf8').on('data', (text) => {
      seen += text.toString();
      settle();
    });
    socket.once('error', settle).once('close', settle).setTimeout(300, settle);
  });
}

const HOST = 'HTTP/1.1\r\nHost: x\r\n';

describe('HTTP that is none', () => {
  it.each([
    ['words', 'this is not HTTP\r\n\r\n', '400'],
    ['zero bytes', '\0\u0001\r\n\r\n', '400'],
    ['no host', 'GET /api/v4/version HTTP/1.1\r\n\r\n', '400'],
    ['a host that is none', 'GET /api/v4/version HTTP/1.1\r\nHost: a b:99999\r\n\r\n', '400'],
    ['two lengths', `POST /api/graphql ${HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`, '400'],
    [
      'a length and chunks',
      `POST /api/graphql ${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      '400',
    ],
    ['chunks that are none', `POST /api/graphql ${HOST}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`, '400'],
    ['a huge header', `GET / ${HOST}X: ${'a'.repeat(100_000)}\r\n\r\n`, '431'],
    ['a path that cannot be decoded', `GET /api/v4/projects/%ZZ/jobs ${HOST}\r\n`, '401'],
    ['a path out of the tree', `GET /../../etc/passwd.git/info/refs?service=git-upload-pack ${HOST}\r\n`, '401'],
    ['half a request', `POST /api/graphql ${HOST}Content-Length: 500\r\n\r\nabc`, ''],
  ])('%s', async (_, bytes, status) => {
    expect(await answerTo(bytes)).toMatch(status === '' ? /^$/ : new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

describe('bodies that are none', () => {
  const scope = '/api/v4/projects/101/job_token_scope';
  const send = async (method: string, path: string, type: string, body: RequestInit['body']): Promise<number> => {
    const headers = { 'PRIVATE-TOKEN': gitlab.running.token, 'Content-Type': type };
    const reply = await fetch(`${gitlab.running.url}${path}`, { method, headers, body, duplex: 'half' } as RequestInit);
    await reply.text();
    return reply.status;
  };
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

  it.each([
    ['half a JSON object', 'application/json', '{"enabled":'],
    ['a number', 'application/json', '5'],
    ['null', 'application/json', 'null'],
    ['a prototype', 'application/json', '{"__proto__":{"enabled":true}}'],
    ['lists in lists', 'application/json', `{"enabled":${deep}}`],
    ['XML', 'application/xml', '<a/>'],
    ['a form without its boundary', 'multipart/form-data', '--x\r\nbad'],
    ['a broken form', 'multipart/form-data; boundary=x', '--x\r\nbad'],
  ])('%s', async (_, type, body) => {
    expect(await send('PATCH', scope, type, body)).toBe(400);
    expect((await gitlab.rest('GET', '/projects/101/job_token_scope')).body.inbound_enabled).toBe(false);
  });

  it('more than a megabyte, told or not', async () => {
    const huge = 'x'.repeat(1_100_000);
    expect(await send('POST', '/api/graphql', 'application/json', huge)).toBe(413);
    expect(await send('POST', '/api/graphql', 'application/json', new Blob([huge]).stream())).toBe(413);
  });
});

describe('GraphQL that would cost too much', () => {
  const ask = async (query: string): Promise<string> => {
    const elapsed = stopwatch();
    const { body, text } = await gitlab.graphql(query);
    expect(elapsed()).toBeLessThan(5_000);
    expect(body.data ?? null, text.slice(0, 200)).toBeNull();
    return String(body.errors[0].message);
  };
  const nested = (depth: number, open: string): string => `{${open.repeat(depth)}id${'}'.repeat(depth + 1)}`;

  it.each([
    ['deep', nested(30, 'project(fullPath:"a"){'), /exist|depth/],
    ['deeper than any parser likes', nested(4_000, 'a{'), /nested too deep|too large/],
    ['lists in lists', `{projects(ids:${'['.repeat(3_000)}${']'.repeat(3_000)}){nodes{id}}}`, /nested too deep/],
    [
      'a flood of aliases',
      `{${Array.from({ length: 230 }, (_, n) => `a${String(n)}:project(fullPath:"a"){id}`).join(' ')}}`,
      /complexity/,
    ],
    ['fragments that spread each other', 'query{...A} fragment A on Query{...B} fragment B on Query{...A}', /spread/],
    [
      'fragments that double',
      `query{...F0} ${Array.from({ length: 60 }, (_, n) => `fragment F${String(n)} on Query{...F${String(n + 1)} ...F${String(n + 1)}}`).join(' ')} fragment F60 on Query{currentUser{id}}`,
      /complexity/,
    ],
    ['directives without end', `{currentUser${'@include(if:true)'.repeat(500)}{id}}`, /@include/],
    ['longer than 10,000 characters', `{currentUser{id ${'#'.repeat(10_000)}\n}}`, /too large/],
  ])('%s', async (_, query, message) => {
    expect(await ask(query)).toMatch(message);
  });
});
