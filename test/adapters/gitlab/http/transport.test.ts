import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GraphqlClient } from '../../../../src/adapters/gitlab/graphql/graphql.ts';
import { GitlabClient } from '../../../../src/adapters/gitlab/http/client.ts';
import { ServerClock } from '../../../../src/adapters/gitlab/http/clock.ts';
import { Transport } from '../../../../src/adapters/gitlab/http/transport.ts';
import type { Permit } from '../../../../src/engine/ports.ts';
import { RolloutError } from '../../../../src/domain/errors.ts';
import { projectId } from '../../../../src/domain/values.ts';
import { CANARY, connect, freely, startStub, type Reply, type Stub } from '../stub.ts';

let stub: Stub | null = null;
afterEach(async () => {
  await stub?.close();
  stub = null;
});

const serve = async (answer: (nth: number) => Reply): Promise<Stub> =>
  (stub = await startStub((_, nth) => answer(nth)));

async function failure(work: Promise<unknown>): Promise<RolloutError> {
  const error: unknown = await work.then(
    () => new Error('did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RolloutError);
  // No error of any kind may show the token, however deep one looks.
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(CANARY);
  return error as RolloutError;
}

/** The layers below the forge, as somebody might use them who forgot about intents. */
function bare(
  url: string,
  maxRpm: number | null = null,
): { transport: Transport; graphql: GraphqlClient; settings: GitlabClient['settings'] } {
  const options = { url, token: () => CANARY, maxRpm, concurrency: 1, timeoutMs: 1_000 };
  const transport = new Transport({ ...options, clock: new ServerClock(), notify: () => undefined });
  const { settings } = new GitlabClient(transport, () => undefined);
  return { transport, graphql: new GraphqlClient(transport), settings };
}

const CALLEE = { id: projectId(7), path: 'acme/libs/core' };
const ENTRY = { kind: 'group', id: 9, path: 'acme/apps', defaultPermissions: true, policies: [] } as const;
const USER = { body: { id: 7, path_with_namespace: 'acme/libs/core' } };

describe('reading', () => {
  it('sends the token in its header, and the path encoded', async () => {
    const { url, seen } = await serve(() => USER);
    expect(await connect(url).forge.projectByPath('acme/libs/core')).toEqual(CALLEE);
    expect(seen[0]).toMatchObject({ method: 'GET', path: '/api/v4/projects/acme%2Flibs%2Fcore' });
    expect(seen[0]!.headers.authorization).toBe(`Bearer ${CANARY}`);
  });

  it('works below a relative root', async () => {
    const { url, seen } = await serve(() => USER);
    await connect(`${url}/gitlab`).forge.projectByPath('acme/libs/core');
    expect(seen[0]!.path).toBe('/gitlab/api/v4/projects/acme%2Flibs%2Fcore');
  });

  it.each([
    { name: 'a 502 with HTML', reply: { status: 502, body: '<html>Bad gateway</html>' } },
    { name: 'a 503', reply: { status: 503, headers: { 'retry-after': '0' } } },
    { name: 'a plain 429', reply: { status: 429, headers: { 'retry-after': '0' }, body: 'Retry later\n' } },
    { name: 'cut off JSON', reply: { headers: { 'content-type': 'application/json' }, body: '{"id": 7, "pa' } },
    {
      name: 'a refusal that is cut off',
      reply: { status: 404, headers: { 'content-type': 'application/json' }, body: '{"message":"404' },
    },
    {
      name: 'a refusal that breaks off',
      reply: {
        raw: (response) => {
          response.writeHead(403, { 'content-type': 'application/json', 'content-length': '500' });
          response.write('{"mess');
          setTimeout(() => response.destroy(), 20);
        },
      },
    },
    { name: 'an HTML page with 200', reply: { headers: { 'content-type': 'text/html' }, body: '<html>Hi</html>' } },
    { name: 'a reset connection', reply: { raw: (response) => response.destroy() } },
    {
      name: 'a body that breaks off',
      reply: {
        raw: (response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
          response.write('{"id":');
          setTimeout(() => response.destroy(), 20);
        },
      },
    },
  ] satisfies { name: string; reply: Reply }[])('tries again after $name', async ({ reply }) => {
    // The first answer is a good one: a host that has never answered is not asked as often.
    const { url, seen } = await serve((nth) => (nth === 2 ? reply : USER));
    const { forge } = connect(url);
    await forge.projectByPath('acme/libs/core');
    expect(await forge.projectByPath('acme/libs/core')).toEqual(CALLEE);
    expect(seen).toHaveLength(3);
    expect(forge.requestCount()).toBe(3);
  });

  it.each([
    { status: 401, body: { message: '401 Unauthorized' }, code: 'TOKEN_REFUSED', words: '401 Unauthorized' },
    { status: 403, body: { message: '403 Forbidden' }, code: 'FORGE_REFUSED', words: '403 Forbidden' },
    { status: 400, body: { error: 'page is invalid' }, code: 'FORGE_REFUSED', words: 'page is invalid' },
  ])('does not repeat $status, which is $code', async ({ status, body, code, words }) => {
    const { url, seen } = await serve(() => ({ status, body }));
    const error = await failure(connect(url).forge.projectByPath('a/b'));
    expect(error.code).toBe(code);
    expect(error.message).toContain('look up project a/b');
    expect(error.message).toContain(words);
    expect(error.hint).not.toBe('');
    expect(seen).toHaveLength(1);
  });

  it('gives up on a server that only sends HTML, and says what it is', async () => {
    const { url, seen } = await serve(() => ({
      headers: { 'content-type': 'text/html' },
      body: '<html>Sign in</html>',
    }));
    const error = await failure(connect(url).forge.projectByPath('a/b'));
    expect(error.code).toBe('FORGE_UNREADABLE');
    expect(error.message).toContain('an HTML page');
    expect(seen).toHaveLength(3);
  });

  it('names the field of an answer that has another shape, without its value', async () => {
    const { url } = await serve(() => ({ body: { id: 'secret-value' } }));
    const error = await failure(connect(url).forge.projectByPath('a/b'));
    expect(error.code).toBe('FORGE_UNREADABLE');
    expect(error.message).toContain('path_with_namespace');
    expect(error.message).not.toContain('secret-value');
  });

  it('times out', async () => {
    const { url } = await serve(() => ({ raw: () => undefined }));
    const error = await failure(connect(url, { timeoutMs: 100 }).forge.projectByPath('a/b'));
    expect(error.code).toBe('FORGE_UNAVAILABLE');
    expect(error.message).toContain('within 0.1 s');
  });

  it('stops waiting when the run is being stopped', async () => {
    const { url } = await serve(() => ({ status: 429, headers: { 'retry-after': '300' }, body: 'Retry later' }));
    const stop = new AbortController();
    const work = failure(connect(url, { signal: stop.signal }).forge.projectByPath('a/b'));
    setTimeout(() => stop.abort(), 200);
    expect((await work).code).toBe('INTERRUPTED');
  });
});

describe('writing', () => {
  it.each([
    { name: 'a 500', reply: { status: 500, body: { message: '500 Internal Server Error' } } },
    { name: 'a 429', reply: { status: 429, headers: { 'retry-after': '0' }, body: 'Retry later' } },
    { name: 'a reset connection', reply: { raw: (response) => response.destroy() } },
    { name: 'silence', reply: { raw: () => undefined } },
  ] satisfies { name: string; reply: Reply }[])('is done once, also after $name', async ({ reply }) => {
    const { url, seen } = await serve(() => reply);
    const { forge } = connect(url, { timeoutMs: 300 });
    const error = await failure(forge.setInstanceEnforced(true, freely));
    expect(error.code).toBe('FORGE_UNAVAILABLE');
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'PUT', body: { enforce_ci_inbound_job_token_scope_enabled: true } });
  });

  it.each([
    { name: 'POST', send: ({ transport }) => transport.json('POST', 'api/v4/projects/1/issues', {}) },
    { name: 'DELETE', send: ({ transport }) => transport.json('DELETE', 'api/v4/projects/1') },
    { name: 'PUT of a resource', send: ({ settings }) => settings.edit({}) },
    { name: 'a mutation', send: ({ graphql }) => graphql.query({ text: 'mutation m { m }', data: z.unknown() }, {}) },
  ] satisfies { name: string; send: (at: ReturnType<typeof bare>) => Promise<unknown> }[])(
    'is not done without the permit of an intent: $name',
    async ({ send }) => {
      const { url, seen } = await serve(() => ({ body: { data: {} } }));
      await expect(send(bare(url))).rejects.toThrow('has no permit to be sent');
      expect(seen).toEqual([]);
    },
  );

  it('never follows a redirect', async () => {
    const { url, seen } = await serve(() => ({ status: 307, headers: { location: '/api/v4/application/settings' } }));
    expect((await failure(connect(url).forge.setInstanceEnforced(true, freely))).code).toBe('FORGE_UNREADABLE');
    expect(seen).toHaveLength(1);
  });
});

describe('redirects', () => {
  it('follows a renamed project within the API', async () => {
    const { url, seen } = await serve((nth) =>
      nth === 1 ? { status: 301, headers: { location: `${stub!.url}/api/v4/projects/7` } } : USER,
    );
    expect(await connect(url).forge.projectByPath('acme/old')).toEqual(CALLEE);
    expect(seen[1]!.path).toBe('/api/v4/projects/7');
  });

  it('never carries the token to another host', async () => {
    const other = await startStub(() => USER);
    const { url } = await serve(() => ({
      status: 302,
      headers: { location: `${other.url}/api/v4/projects/7?t=${CANARY}` },
    }));
    const error = await failure(connect(url).forge.projectByPath('acme/old'));
    await other.close();
    expect(error.code).toBe('FORGE_UNREADABLE');
    expect(error.message).toContain(other.url);
    expect(other.seen).toEqual([]);
  });

  it('takes a redirect to the sign-in page for what it is', async () => {
    const { url } = await serve(() => ({ status: 302, headers: { location: '/users/sign_in' } }));
    const error = await failure(connect(url).forge.projectByPath('a/b'));
    expect(error.code).toBe('FORGE_UNREADABLE');
    expect(error.message).toContain('/users/sign_in');
  });

  it('does not run in circles', async () => {
    const { url, seen } = await serve(() => ({ status: 301, headers: { location: '/api/v4/projects/7' } }));
    await failure(connect(url).forge.projectByPath('a/b'));
    expect(seen.length).toBeLessThanOrEqual(3 * 4);
  });
});

describe('the token', () => {
  it('is cut out of what GitLab echoes', async () => {
    const { url } = await serve(() => ({ status: 403, body: { message: `token ${CANARY} is not allowed\u001b[31m` } }));
    const error = await failure(connect(url).forge.projectByPath('a/b'));
    expect(error.message).toContain('token [token] is not allowed');
    expect(error.message).not.toContain('\u001b');
  });

  it.each([`${CANARY}\n`, `${CANARY} x`, '', `${CANARY}\u2028`])(
    'is refused unsent when it cannot be one: %j',
    async (token) => {
      const { url, seen } = await serve(() => USER);
      const error = await failure(connect(url, { token: () => token }).forge.projectByPath('a/b'));
      expect(error.code).toBe('TOKEN_REFUSED');
      expect(seen).toEqual([]);
    },
  );
});

describe('a server that cannot be reached', () => {
  it('is named, with what to look at', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(connect(`http://127.0.0.1:${port}`).forge.projectByPath('a/b'));
    expect(error.code).toBe('FORGE_UNAVAILABLE');
    expect(error.message).toContain(`127.0.0.1:${port} cannot be reached`);
    expect(error.hint).toContain('--gitlab');
  });

  it('speaks no TLS: that is said, and nothing is repeated', async () => {
    const { url, seen } = await serve(() => USER);
    const error = await failure(connect(url.replace('http:', 'https:')).forge.projectByPath('a/b'));
    expect(error.code).toBe('FORGE_UNAVAILABLE');
    expect(error.message).toContain('does not speak TLS');
    expect(error.hint).toContain('http://');
    expect(seen).toEqual([]);
  });

  it.each(['gitlab.example.com', 'ftp://gitlab.example.com', 'https://me:secret@gitlab.example.com'])(
    'is no GitLab at all: %s',
    (url) => {
      expect(() => connect(url)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
      expect(() => connect(url)).not.toThrow(/secret/);
    },
  );
});

it('reads GitLab as the clock', async () => {
  const { url } = await serve(() => ({ ...USER, headers: { date: 'Mon, 02 Mar 2026 08:00:00 GMT' } }));
  const { forge, clock } = connect(url);
  await forge.projectByPath('a/b');
  expect(clock.now() - Date.parse('2026-03-02T08:00:00Z')).toBeLessThan(5_000);
  expect(clock.now()).toBeGreaterThanOrEqual(Date.parse('2026-03-02T08:00:00Z'));
});

it('sends no more at once than it may', async () => {
  let open = 0;
  let most = 0;
  stub = await startStub(() => {
    open += 1;
    most = Math.max(most, open);
    return {
      raw: (response) =>
        void setTimeout(() => {
          open -= 1;
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(USER.body));
        }, 20),
    };
  });
  const { forge } = connect(stub.url, { concurrency: 3 });
  await Promise.all(Array.from({ length: 12 }, () => forge.projectByPath('a/b')));
  expect(most).toBe(3);
});

it('counts an unclear write of an entry as unavailable', async () => {
  stub = await startStub(({ method }) =>
    method === 'POST' ? { status: 404, body: { message: '404 Not Found' } } : { body: { version: '16.11.0' } },
  );
  const { forge } = connect(stub.url);
  // GraphQL is not there, so the route of REST is used; its 404 names the callee or the group.
  const error = await failure(forge.addEntry(CALLEE, ENTRY, freely));
  expect(error.code).toBe('FORGE_NOT_FOUND');
});

describe('a permit', () => {
  // Fails when the transport does not ask it, or asks before the turn has come: what it says may be outdated by then.
  it('is asked when the turn of its write has come, and keeps it back', async () => {
    const { url, seen } = await serve(() => ({ body: {} }));
    const { transport } = bare(url, 120);
    await transport.json('GET', 'api/v4/version');
    const start = performance.now();
    let askedAfterMs = 0;
    const permit = (() => {
      askedAfterMs = performance.now() - start;
      return Promise.reject(new Error('withdrawn'));
    }) as unknown as Permit;
    const write = transport.permitted(permit, () => transport.json('POST', 'api/v4/projects/1/issues', {}));
    await expect(write).rejects.toThrow('withdrawn');
    expect(askedAfterMs).toBeGreaterThan(200);
    expect(seen.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('a mutation that is answered with data and with an error beside it', () => {
  it('has failed, with GitLab’s words', async () => {
    const data = { update: { errors: [] } };
    const errors = [{ message: 'can only be set to false', path: ['update', 'settings'] }];
    const { url } = await serve(() => ({ body: { data, errors } }));
    const { transport, graphql } = bare(url);
    const document = {
      text: 'mutation { update { errors } }',
      data: z.record(z.string(), z.object({ errors: z.array(z.string()) })),
    };
    await expect(transport.permitted(freely, () => graphql.mutate(document, {}))).rejects.toMatchObject({
      kind: 'refused',
      message: 'can only be set to false',
    });
  });
});
