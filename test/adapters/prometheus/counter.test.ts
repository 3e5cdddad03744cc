import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RefusalAlarm, refusedTokens } from '../../../src/adapters/prometheus/counter.ts';

let server: Server;
afterEach(() => server.close());

async function serve(body: string): Promise<string> {
  server = createServer((request, response) => {
    const asked = new URL(request.url ?? '', 'http://x').searchParams.get('query');
    response.end(asked?.includes('gitlab_ci_job_token_authorization_failures') ? body : '{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('the counter of refused tokens', () => {
  it.each([
    ['the sum', '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"42"]}]}}', 42],
    ['a server without it', '{"status":"success","data":{"resultType":"vector","result":[]}}', null],
    ['an error', '{"status":"error","error":"no"}', null],
    ['a page that is no JSON', '<html>', null],
  ])('reads %s', async (_, body, expected) => expect(await refusedTokens(await serve(body))).toBe(expected));

  it('rings when it grows, and after a restart of GitLab', async () => {
    const readings = [5, 5, 8, null, 8, 2];
    const alarm = new RefusalAlarm(() => Promise.resolve(readings.shift() ?? null));
    server = createServer();
    const grown: (number | null)[] = [];
    for (let n = 0; n < 6; n += 1) grown.push(await alarm.grown());
    expect(grown).toEqual([0, 0, 3, null, 0, 2]);
  });
});
