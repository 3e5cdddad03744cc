import { afterEach, describe, expect, it } from 'vitest';
import { startSandbox } from '../../../src/sandbox/index.ts';
import { ORGANISATION, rowsOf, StandIn } from './stand-in.ts';

let gitlab: StandIn | null = null;
afterEach(async () => {
  await gitlab?.close();
  gitlab = null;
});

describe('control routes', () => {
  it('moves the clock and shows it in every answer', async () => {
    gitlab = await StandIn.start();
    expect((await gitlab.call('GET', '/-/sandbox/clock')).body).toEqual({ now: '2026-03-02T08:00:00.000Z' });
    const moved = await gitlab.call('POST', '/-/sandbox/clock', { json: { advance: '7d' } });
    expect(moved.body).toEqual({ now: '2026-03-09T08:00:00.000Z' });
    for (const path of [
      '/api/v4/version',
      '/api/v4/none',
      '/none',
      '/-/sandbox/state',
      '/api/graphql?query={currentUser{id}}',
    ]) {
      expect((await gitlab.call('GET', path)).headers.get('date')).toBe('Mon, 09 Mar 2026 08:00:00 GMT');
    }
    expect((await gitlab.call('POST', '/-/sandbox/clock', { json: { advance: 'soon' } })).status).toBe(400);
  });

  it('journals API calls with their route, user and change, and nothing else', async () => {
    gitlab = await StandIn.start();
    await gitlab.rest('PATCH', '/projects/101/job_token_scope', {
      json: { enabled: true },
      token: gitlab.token('mia'),
    });
    await gitlab.rest('POST', '/projects/101/job_token_scope/allowlist', { json: { target_project_id: 103 } });
    await gitlab.rest('GET', '/user?private_token=secret', { token: null });
    const { body } = await gitlab.call('GET', '/-/sandbox/requests?after=0');
    expect(body).toHaveLength(3);
    expect(body[0]).toEqual({
      n: 1,
      at: '2026-03-02T08:00:00.000Z',
      method: 'PATCH',
      path: '/api/v4/projects/101/job_token_scope',
      route: '/api/v4/projects/:id/job_token_scope',
      user: 'mia',
      status: 204,
      change: { kind: 'setting', project: 'acme/libs/core', entry: null, value: true },
    });
    expect(body[1].change).toMatchObject({ kind: 'entry_added', project: 'acme/libs/core', entry: 'acme/apps/web' });
    expect(body[2]).toMatchObject({ status: 401, user: null, change: null });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect((await gitlab.call('GET', '/-/sandbox/requests?after=2')).body).toHaveLength(1);
  });

  it('shows state and truth, and runs a job now', async () => {
    gitlab = await StandIn.start();
    await gitlab.rest('PATCH', '/projects/101/job_token_scope', { json: { enabled: true } });
    const run = await gitlab.call('POST', '/-/sandbox/jobs', { json: { project: 'acme/apps/web', name: 'build' } });
    expect([run.status, run.body.status]).toEqual([201, 'failed']);
    const { body: state } = await gitlab.call('GET', '/-/sandbox/state');
    expect(state.enforced).toBe(false);
    expect(state.projects['acme/libs/core']).toEqual({ id: 101, stored: true, effective: true, entries: [] });
    const { body: truth } = await gitlab.call('GET', '/-/sandbox/truth');
    const edge = rowsOf(truth.edges).find((candidate) => candidate.caller === 'acme/apps/web');
    expect(edge).toMatchObject({ callee: 'acme/libs/core', access: 'git', denied: 1 });
    expect(edge).toHaveProperty(
      'allowed',
      expect.toSatisfy((runs: number) => runs > 30),
    );
    expect((await gitlab.call('POST', '/-/sandbox/jobs', { json: { project: 'x/y', name: 'z' } })).status).toBe(404);
  });
});

describe('faults', () => {
  const start = async (rules: object[]): Promise<StandIn> =>
    (gitlab = await StandIn.start({ faults: JSON.stringify(rules) }));
  const add = (standIn: StandIn): Promise<unknown> =>
    standIn.rest('POST', '/projects/101/job_token_scope/allowlist', { json: { target_project_id: 103 } });
  const entries = async (standIn: StandIn): Promise<unknown[]> => [
    ...rowsOf((await standIn.call('GET', '/-/sandbox/state')).body.projects['acme/libs/core'].entries),
  ];

  it('resets the connection before or after the write took effect', async () => {
    const when = { method: 'POST', route: '**/allowlist' };
    const before = await start([
      { what: 'reset_before', when: { ...when, call: 1 } },
      { what: 'reset_after', when: { ...when, call: 2 } },
    ]);
    await expect(add(before)).rejects.toThrow();
    expect(await entries(before)).toHaveLength(0);
    await expect(add(before)).rejects.toThrow();
    expect(await entries(before)).toHaveLength(1);
    const { body } = await before.call('GET', '/-/sandbox/requests');
    expect(rowsOf(body).map((row) => [row.status, row.change?.kind ?? null])).toEqual([
      [0, null],
      [0, 'entry_added'],
    ]);
  });

  it.each([
    [{ what: 'rate_limited', retryAfter: 7 }, 429, 'text/plain', '7'],
    [{ what: 'rate_limited' }, 429, 'text/plain', null],
    [{ what: 'status', status: 500 }, 500, 'application/json', null],
    [{ what: 'status', status: 502 }, 502, 'text/html', null],
    [{ what: 'html_200' }, 200, 'text/html', null],
    [{ what: 'expired_token' }, 401, 'application/json', null],
  ])('answers %o', async (rule, status, type, retryAfter) => {
    const standIn = await start([{ ...rule, when: { call: 2 } }]);
    expect((await standIn.rest('GET', '/user')).status).toBe(200);
    const reply = await standIn.rest('GET', '/user');
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(reply.headers.get('content-type')).toContain(type);
  });

  it('cuts an answer short, and slows one down', async () => {
    const standIn = await start([
      { what: 'truncated', when: { call: 1 } },
      { what: 'slow', ms: 150, when: { call: 2 } },
    ]);
    const cut = await standIn.rest('GET', '/user');
    expect(cut.status).toBe(200);
    expect(cut.text).toMatch(/^\{.*[^}]$/);
    const began = performance.now();
    expect((await standIn.rest('GET', '/user')).body.username).toBe('root');
    expect(performance.now() - began).toBeGreaterThan(140);
  });

  it('takes somebody’s role away in the middle, and gives another', async () => {
    const rule = { what: 'role_changed', user: 'mia', place: 'acme/libs', role: null, when: { call: 2 } };
    const standIn = await start([rule]);
    const token = standIn.token('mia');
    const read = async () => (await standIn.rest('GET', '/projects/101/job_token_scope', { token })).status;
    expect([await read(), await read(), await read()]).toEqual([200, 404, 404]);
    const give = (role: string | null, user = 'mia') =>
      standIn.call('POST', '/-/sandbox/roles', { json: { user, place: 'acme/libs', role } });
    expect((await give('developer')).status).toBe(200);
    expect(await read()).toBe(403);
    expect((await give('maintainer')).status).toBe(200);
    expect(await read()).toBe(200);
    expect([(await give('maintainer', 'nobody')).status, (await give('king')).status]).toEqual([404, 400]);
  });

  it('lets a person edit an allowlist meanwhile, off the journal', async () => {
    const standIn = await start([
      { what: 'person_adds_entry', project: 'acme/libs/core', entry: 'acme/apps', when: { call: 1 } },
      { what: 'project_deleted', project: 'acme/libs/tools', when: { call: 1 } },
    ]);
    await standIn.rest('GET', '/user');
    expect(await entries(standIn)).toMatchObject([{ kind: 'group', path: 'acme/apps' }]);
    expect((await standIn.rest('GET', '/projects/102')).status).toBe(404);
    const { body } = await standIn.call('GET', '/-/sandbox/requests');
    expect(rowsOf(body).map((row) => row.change)).toEqual([null, null]);
  });

  it('moves a project meanwhile: its old path redirects readers and refuses the rest', async () => {
    const standIn = await start([
      { what: 'project_moved', project: 'acme/libs/core', to: 'acme/apps/heart', when: { call: 1 } },
    ]);
    await standIn.rest('GET', '/user');
    const old = '/projects/acme%2Flibs%2Fcore';
    const read = await standIn.rest('GET', old);
    expect([read.status, read.headers.get('location')]).toEqual([301, `${standIn.running.url}/api/v4/projects/101`]);
    const write = await standIn.rest('PATCH', `${old}/job_token_scope`, { json: { enabled: true } });
    expect([write.status, write.body]).toEqual([
      405,
      { message: 'Non GET methods are not allowed for moved projects' },
    ]);
    expect((await standIn.rest('GET', '/projects/101')).body.path_with_namespace).toBe('acme/apps/heart');
  });

  it('is the same for the same seed and calls, and differs for another seed', async () => {
    const statuses = async (seed: number): Promise<string> => {
      const rules = [
        { what: 'status', status: 503, when: { rate: 0.3 } },
        { what: 'rate_limited', when: { every: 7 } },
        { what: 'html_200', when: { route: '/api/v4/version', rate: 0.5 }, times: 2 },
      ];
      const standIn = await StandIn.start({ faults: JSON.stringify({ seed, rules }) });
      const seen: number[] = [];
      for (let call = 0; call < 40; call += 1)
        seen.push((await standIn.rest('GET', call % 2 === 0 ? '/user' : '/version')).status);
      await standIn.close();
      return seen.join(' ');
    };
    const [first, again, other] = [await statuses(5), await statuses(5), await statuses(6)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    for (const status of ['200', '429', '503']) expect(first).toContain(status);
  });

  it('spoil git and the registry where a rule names their routes, and count them for no other', async () => {
    const standIn = await start([
      { what: 'status', status: 503, when: { route: '/**/info/refs', call: 2 } },
      { what: 'truncated', when: { route: '/v2/**' } },
      { what: 'rate_limited', when: { call: 1 } },
    ]);
    const refs = '/acme/libs/core.git/info/refs?service=git-upload-pack';
    const git = async (): Promise<number> => (await standIn.call('GET', refs, { token: null })).status;
    expect([await git(), await git(), await git()]).toEqual([401, 503, 401]);
    expect((await standIn.call('GET', '/v2/', { token: null })).text).not.toMatch(/\}$/);
    expect((await standIn.rest('GET', '/user')).status).toBe(429);
    expect((await standIn.call('GET', '/-/sandbox/clock')).status).toBe(200);
  });

  it('refuses rules on what is nowhere, and tells lines', async () => {
    const faults = 'seed: 1\nrules:\n  - what: project_deleted\n    project: acme/libs/cor\n';
    await expect(StandIn.start({ faults })).rejects.toMatchObject({
      problems: ['rule 1: project: no "acme/libs/cor" in the organisation'],
    });
    await expect(StandIn.start({ faults: faults.replace('project:', 'projects:') })).rejects.toMatchObject({
      problems: [
        expect.stringMatching(/^line 3: rules\[0\]\.project: /),
        expect.stringMatching(/^line 3: rules\[0\]: Unrec/),
      ],
    });
  });

  it('names every problem of a fault file', async () => {
    const faults = '- what: status\n  status: 418\n- what: slow\n- what: boom\n';
    await expect(StandIn.start({ faults })).rejects.toMatchObject({ where: 'faults', problems: { length: 3 } });
  });
});

describe('the server', () => {
  it('limits calls per user with headers and a plain 429', async () => {
    gitlab = await StandIn.start({ rateLimit: 2 });
    const first = await gitlab.rest('GET', '/user');
    expect([first.headers.get('ratelimit-limit'), first.headers.get('ratelimit-remaining')]).toEqual(['2', '1']);
    await gitlab.rest('GET', '/user');
    const third = await gitlab.rest('GET', '/user');
    expect([third.status, third.text]).toEqual([429, 'Retry later\n']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await gitlab.rest('GET', '/user', { token: gitlab.token('mia') })).status).toBe(200);
  });

  it.each([
    { told: 'refusals', passed: false, refused: [true, true], enabled: true },
    { told: 'retry-after', passed: false, refused: [false, true], enabled: false },
    { told: 'none', passed: false, refused: [false, false], enabled: false },
  ] as const)('tells of its limit as asked: $told', async ({ told, passed, refused, enabled }) => {
    gitlab = await StandIn.start({ rateLimit: 1, quirks: { rateHeaders: told } });
    const { headers, body } = await gitlab.rest('GET', '/application/settings');
    expect(headers.has('ratelimit-limit')).toBe(passed);
    expect(body).toMatchObject({ throttle_authenticated_api_enabled: enabled });
    const second = await gitlab.rest('GET', '/user');
    expect([second.headers.has('ratelimit-limit'), second.headers.has('retry-after')]).toEqual(refused);
    expect(second.status).toBe(429);
  });

  it('leaves loopback only with a token of the user', async () => {
    const organisation = { kind: 'text', text: JSON.stringify(ORGANISATION) } as const;
    await expect(startSandbox({ organisation, host: '0.0.0.0' })).rejects.toMatchObject({ where: 'host' });
  });

  it('names every problem of an organisation file', async () => {
    const broken = { ...ORGANISATION, colour: 'red', projects: [{ path: 'acme/x', visibility: 'secret' }] };
    const error = await StandIn.start({}, broken).then(
      () => null,
      (reason: unknown) => reason as { where: string; problems: readonly string[] },
    );
    expect(error?.where).toBe('organisation');
    expect(error?.problems.join('\n')).toMatch(/colour/);
    expect(error?.problems.join('\n')).toMatch(/projects.*visibility/);
  });
});
