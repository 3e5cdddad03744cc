import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StandIn, type Reply } from './stand-in.ts';

const ORGANISATION = {
  version: '18.5.0',
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  groups: ['acme', 'acme/libs', 'acme/apps'],
  users: [{ name: 'root', admin: true }, { name: 'dev', memberships: { acme: 'developer' } }, { name: 'stranger' }],
  projects: [
    { path: 'acme/libs/core', id: 1 },
    { path: 'acme/libs/open', id: 2, visibility: 'public' },
    { path: 'acme/libs/closed', id: 3, visibility: 'public', features: { container_registry: 'private' } },
    { path: 'acme/apps/web', id: 4 },
  ],
  jobs: [
    { project: 'acme/apps/web', name: 'build', every: '6h', user: 'dev' },
    { project: 'acme/apps/web', name: 'as-stranger', every: '6h', user: 'stranger' },
  ],
};

let gitlab: StandIn;
const tokens = new Map<string, { id: number; token: string }>();

const basic = (user: string, password: string): object => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const asRoot = (): object => basic('root', gitlab.running.token);
const asJob = (name = 'build'): object => basic('gitlab-ci-token', tokens.get(name)?.token ?? '');
const get = (path: string, headers: object = {}, method = 'GET'): Promise<Reply> =>
  gitlab.call(method, path, { token: null, headers });

/** What the token service answers for `repository:NAME:ACTIONS`, and what the token of the answer then allows. */
async function login(name: string, actions: string, headers: object): Promise<Reply> {
  return get(`/jwt/auth?service=container_registry&scope=repository:${name}:${actions}`, headers);
}
async function granted(name: string, actions: string, headers: object): Promise<readonly string[]> {
  const { status, body } = await login(name, actions, headers);
  expect(status).toBe(200);
  const claims = JSON.parse(Buffer.from(String(body.token).split('.')[1] ?? '', 'base64url').toString()) as {
    access: readonly { name: string; actions: readonly string[] }[];
  };
  return claims.access.flatMap((access) => (access.name === name ? access.actions : []));
}
const bearer = async (name: string, actions: string, headers: object): Promise<object> => ({
  Authorization: `Bearer ${String((await login(name, actions, headers)).body.token)}`,
});

async function send(method: string, url: string, headers: object, body: string): Promise<Response> {
  return fetch(url, { method, headers: { ...headers, 'Content-Type': 'application/octet-stream' }, body });
}

/** Pushes one blob and a manifest that names it, in the steps of the protocol. */
async function push(name: string, tag: string, headers: object): Promise<string> {
  const { url } = gitlab.running;
  const config = '{"os":"linux"}';
  const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
  const begun = await send('POST', `${url}/v2/${name}/blobs/uploads/`, headers, '');
  expect(begun.status).toBe(202);
  const patched = await send('PATCH', begun.headers.get('location') ?? '', headers, config.slice(0, 4));
  expect([patched.status, patched.headers.get('range')]).toEqual([202, '0-3']);
  const location = patched.headers.get('location') ?? '';
  expect((await send('PUT', `${location}?digest=${digest}`, headers, config.slice(4))).status).toBe(201);
  const manifest = JSON.stringify({ schemaVersion: 2, config: { digest, size: config.length }, layers: [] });
  const put = await send('PUT', `${url}/v2/${name}/manifests/${tag}`, headers, manifest);
  expect(put.status).toBe(201);
  return put.headers.get('docker-content-digest') ?? '';
}

beforeAll(async () => {
  gitlab = await StandIn.start({}, ORGANISATION);
  for (const name of ['build', 'as-stranger']) {
    const json = { project: 'acme/apps/web', name, hold: true };
    tokens.set(name, (await gitlab.call('POST', '/-/sandbox/jobs', { json })).body as { id: number; token: string });
  }
});
afterAll(() => gitlab.close());

describe('the registry', () => {
  it('sends who comes without a token to the token service', async () => {
    const { status, headers, body } = await get('/v2/');
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe(
      `Bearer realm="${gitlab.running.url}/jwt/auth",service="container_registry"`,
    );
    expect(headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    expect(body.errors).toMatchObject([{ code: 'UNAUTHORIZED', message: 'authentication required' }]);
  });

  it('gives back what was pushed, by tag and by digest', async () => {
    const right = await bearer('acme/libs/core/tool', 'pull,push', asRoot());
    const digest = await push('acme/libs/core/tool', '1.0', right);
    for (const reference of ['1.0', digest]) {
      const { status, headers } = await get(`/v2/acme/libs/core/tool/manifests/${reference}`, right, 'HEAD');
      expect([status, headers.get('docker-content-digest')]).toEqual([200, digest]);
    }
    expect((await get('/v2/acme/libs/core/tool/tags/list', right)).body).toEqual({
      name: 'acme/libs/core/tool',
      tags: ['1.0'],
    });
    expect((await get('/v2/acme/libs/core/tool/manifests/2.0', right)).body.errors).toMatchObject([
      { code: 'MANIFEST_UNKNOWN' },
    ]);
  });

  it('refuses an upload that is not what its digest says', async () => {
    const right = await bearer('acme/libs/core', 'push', asRoot());
    const begun = await send('POST', `${gitlab.running.url}/v2/acme/libs/core/blobs/uploads/`, right, '');
    const url = `${begun.headers.get('location') ?? ''}?digest=sha256:${'0'.repeat(64)}`;
    const answer = await send('PUT', url, right, 'other');
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('DIGEST_INVALID')]);
  });

  it.each(['a.b.c', 'x', ''])('takes no token but its own: %j', async (token) => {
    const { status, headers } = await get('/v2/acme/libs/core/tags/list', { Authorization: `Bearer ${token}` });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).not.toContain('insufficient_scope');
  });
});

describe('the token service', () => {
  it('knows one service, and has nothing for nobody', async () => {
    expect((await get('/jwt/auth?service=other')).status).toBe(404);
    const { status, body } = await get('/jwt/auth?service=container_registry');
    expect([status, body]).toEqual([403, { errors: [{ code: 'DENIED', message: 'access forbidden' }] }]);
  });

  it('lets any running job log in, and no dead one', async () => {
    expect((await get('/jwt/auth?service=container_registry', asJob())).status).toBe(200);
    const dead = await get('/jwt/auth?service=container_registry', basic('gitlab-ci-token', 'glcbt-64_gone'));
    expect([dead.status, dead.body.errors[0].code]).toEqual([401, 'UNAUTHORIZED']);
  });

  it.each<[string, string, string, () => object, readonly string[]]>([
    ['a job pushes to its own project', 'acme/apps/web/image', 'pull,push', asJob, ['pull', 'push']],
    ['a job that is not listed gets nothing', 'acme/libs/core', 'pull', asJob, []],
    ['a job never pushes elsewhere', 'acme/libs/open', 'pull,push', asJob, ['pull']],
    ['a public registry is for all', 'acme/libs/open', 'pull', () => ({}), ['pull']],
    ['unless it is for members', 'acme/libs/closed', 'pull', () => ({}), []],
    ['of a name without a project there is none', 'acme/nowhere', 'pull', asRoot, []],
  ])('%s', async (_, name, actions, who, expected) => {
    expect(await granted(name, actions, who())).toEqual(expected);
  });
});

describe('a callee and its list', () => {
  it('refuses with a word that clients print as "denied", and lets the listed in, whose user has a role', async () => {
    const denied = await get('/v2/acme/libs/core/manifests/latest', await bearer('acme/libs/core', 'pull', asJob()));
    expect(denied.status).toBe(401);
    expect(denied.headers.get('www-authenticate')).toMatch(
      /scope="repository:acme\/libs\/core:pull",error="insufficient_scope"$/,
    );
    await gitlab.rest('POST', '/projects/1/job_token_scope/allowlist', { json: { target_project_id: 4 } });
    expect(await granted('acme/libs/core', 'pull', asJob())).toEqual(['pull']);
    expect(await granted('acme/libs/core', 'pull', asJob('as-stranger'))).toEqual([]);
    const { body } = await gitlab.call('GET', '/-/sandbox/truth');
    expect(body.edges).toContainEqual(
      expect.objectContaining({ caller: 'acme/apps/web', callee: 'acme/libs/core', access: 'container-registry' }),
    );
  });
});
