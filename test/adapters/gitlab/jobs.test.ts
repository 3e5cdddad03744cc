import { afterEach, describe, expect, it } from 'vitest';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import { asks, connect, featuresReply, projectsPage, startStub, type Reply, type Seen, type Stub } from './stub.ts';

let stub: Stub;
afterEach(() => stub.close());

const P = projectId(7);
const at = (hour: number): string => new Date(Date.UTC(2026, 2, 2, hour)).toISOString();
const moment = (hour: number) => epochMs(Date.UTC(2026, 2, 2, hour));
const job = (id: number, hour: number, more: object = {}) => ({
  id,
  name: 'build',
  status: 'failed',
  finished_at: at(hour),
  ...more,
});

/** Serves these pages of jobs by the `cursor` of the Link header, which names another origin on purpose. */
async function serveJobs(pages: readonly (readonly object[])[]): Promise<void> {
  stub = await startStub(({ path }) => {
    const page = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? '0');
    const link = `<http://elsewhere.invalid/api/v4/projects/7/jobs?cursor=${page + 1}>; rel="next"`;
    return { body: pages[page], headers: page + 1 < pages.length ? { link } : {} };
  });
}

describe('failedJobs', () => {
  it('walks until a whole page lies before the moment, as jobs are listed by creation', async () => {
    // Job 3 was created early and finished late: a walk that stopped at the first old job would miss it.
    await serveJobs([[job(9, 10), job(8, 4)], [job(7, 3), job(3, 9)], [job(2, 2)], [job(1, 1)]]);
    const jobs = await connect(stub.url).forge.failedJobs(P, moment(8), []);
    expect(jobs.map(({ id }) => id)).toEqual([9, 3]);
    expect(stub.seen).toHaveLength(3);
    const query = new URL(stub.seen[0]!.path, 'http://x').searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      'scope[]': 'failed',
      pagination: 'keyset',
      order_by: 'id',
      sort: 'desc',
    });
  });

  it('finds through its pipeline what was made long ago and ended now', async () => {
    const old = job(2, 9, { pipeline: { id: 40 } });
    stub = await startStub(({ path }) => {
      if (path.includes('/pipelines/40/jobs')) return { body: [old] };
      if (path.includes('cursor=1'))
        return { body: [job(8, 1)], headers: { link: '<http://x/?cursor=2>; rel="next"' } };
      return { body: [job(9, 10, { pipeline: { id: 41 } })], headers: { link: '<http://x/?cursor=1>; rel="next"' } };
    });
    const jobs = await connect(stub.url).forge.failedJobs(P, moment(8), [41, 40]);
    expect(jobs.map(({ id }) => id)).toEqual([9, 2]);
    expect(stub.seen).toHaveLength(3);
    expect(stub.seen[2]!.path).toContain('include_retried=true');
  });

  it('keeps what the watch needs, and survives states it has never heard of', async () => {
    const user = { id: 5, username: 'dev', email: 'dev@example.com' };
    await serveJobs([
      [job(9, 10, { status: 'exploded', user, allow_failure: true, failure_reason: 'script_failure' })],
    ]);
    expect(await connect(stub.url).forge.failedJobs(P, moment(0), [])).toEqual([
      {
        id: 9,
        project: 7,
        name: 'build',
        status: 'other',
        finishedAt: moment(10),
        startedAt: null,
        failureReason: 'script_failure',
        allowFailure: true,
        user: { id: 5, username: 'dev' },
        pipeline: null,
        webUrl: null,
      },
    ]);
  });

  it('counts a job that failed without running', async () => {
    await serveJobs([[{ id: 1, name: 'x', status: 'failed', created_at: at(9), finished_at: null }]]);
    expect(await connect(stub.url).forge.failedJobs(P, moment(8), [])).toHaveLength(1);
  });
});

// Fails when a list that is too long is taken for all there is.
it('does not call failed jobs read that it did not get to the end of', async () => {
  await serveJobs(Array.from({ length: 202 }, (_, page) => [job(1_000 - page, 10)]));
  await expect(connect(stub.url).forge.failedJobs(P, moment(8), [])).rejects.toMatchObject({
    code: 'FORGE_UNREADABLE',
    message: expect.stringContaining('more than 20000') as string,
  });
  expect(stub.seen).toHaveLength(200);
});

describe('who may change an allowlist', () => {
  const member = (username: string, access_level: number, state = 'active') => ({
    id: 1,
    username,
    access_level,
    state,
  });
  const owners = async (lists: Readonly<Record<string, readonly object[]>>): Promise<readonly string[]> => {
    stub = await startStub(({ path }) => ({
      body: lists[new URL(path, 'http://x').pathname.split('/projects/7/')[1] ?? ''] ?? [],
    }));
    return connect(stub.url).forge.owners(P);
  };

  it('is named with owners first, and without those who cannot', async () => {
    const members = [
      member('mia', 40),
      member('dev', 30),
      member('olga', 50),
      member('ben', 50, 'blocked'),
      member('al', 40),
    ];
    expect(await owners({ members, 'members/all': [member('root', 50)] })).toEqual(['olga', 'al', 'mia']);
  });

  it('is looked for above where there is nobody in the project itself', async () => {
    expect(await owners({ members: [member('dev', 30)], 'members/all': [member('root', 50)] })).toEqual(['root']);
    await stub.close();
    expect(await owners({})).toEqual([]);
  });
});

it('looks for earlier runs through pipelines of before where the newest pages hold none', async () => {
  const others = Array.from({ length: 12 }, (_, page) => [job(900 - page, 9, { name: 'other' })]);
  stub = await startStub(({ path }) => {
    const { pathname, searchParams } = new URL(path, 'http://x');
    if (pathname.endsWith('/pipelines')) return { body: [40, 39].map((id) => ({ id, status: 'failed' })) };
    if (pathname.includes('/pipelines/40/')) return { body: [job(5, 5), job(4, 9)] };
    if (pathname.includes('/pipelines/39/'))
      return { body: [job(3, 3, { status: 'success' }), job(2, 2, { status: 'canceled' })] };
    const page = Number(searchParams.get('cursor') ?? '0');
    return {
      body: others[page],
      headers: { link: `<http://x/api/v4/projects/7/jobs?cursor=${page + 1}>; rel="next"` },
    };
  });
  const runs = await connect(stub.url).forge.earlierRuns(P, 'build', moment(8), 5);
  expect(runs.map(({ id, status }) => [id, status])).toEqual([
    [5, 'failed'],
    [3, 'success'],
  ]);
  const asked = stub.seen.find(({ path }) => path.includes('/pipelines?'))!;
  expect(new URL(asked.path, 'http://x').searchParams.get('updated_before')).toBe('2026-03-02T08:00:00Z');
});

it('finds earlier runs of one job, newest first, no more than asked for', async () => {
  const pages = [[job(9, 9), job(8, 8, { name: 'test' })], [job(7, 7, { status: 'success' }), job(6, 6)], [job(5, 5)]];
  await serveJobs(pages);
  const runs = await connect(stub.url).forge.earlierRuns(P, 'build', moment(9), 2);
  expect(runs.map(({ id, status }) => [id, status])).toEqual([
    [7, 'success'],
    [6, 'failed'],
  ]);
  expect(stub.seen).toHaveLength(2);
});

describe('the jobs of a project that refuses them', () => {
  const refuses = async (project: object | null): Promise<void> => {
    stub = await startStub(({ path }) => {
      if (/\/jobs\b/.test(path)) return { status: 403, body: { message: '403 Forbidden' } };
      return project === null ? { status: 404, body: { message: '404 Project Not Found' } } : { body: project };
    });
  };
  const seen = { id: 7, path_with_namespace: 'acme/seven', visibility: 'private' };

  it('are none where its CI is switched off', async () => {
    await refuses({ ...seen, builds_access_level: 'disabled' });
    const { forge } = connect(stub.url);
    expect(await forge.failedJobs(P, moment(8), [])).toEqual([]);
    expect(await forge.succeededJobs(P)).toEqual([]);
  });

  it.each([
    ['its CI is on', { ...seen, builds_access_level: 'private', jobs_enabled: false }],
    ['nothing tells of its CI', seen],
    ['the project is hidden', null],
  ])('are unread where %s', async (_, project) => {
    await refuses(project);
    const { forge } = connect(stub.url);
    await expect(forge.failedJobs(P, moment(8), [])).rejects.toMatchObject({ code: 'FORGE_REFUSED' });
    await expect(forge.succeededJobs(P)).rejects.toMatchObject({ code: 'FORGE_REFUSED' });
  });
});

describe('the files of a project that refuses them', () => {
  const seen = { id: 7, path_with_namespace: 'acme/seven', visibility: 'private' };
  const refuses = async (project: object): Promise<void> => {
    stub = await startStub(({ path }) =>
      path.includes('/repository/') ? { status: 403, body: { message: '403 Forbidden' } } : { body: project },
    );
  };

  it('are none where it has no repository', async () => {
    await refuses({ ...seen, repository_access_level: 'disabled' });
    expect(await connect(stub.url).forge.repository(P)).toBeNull();
  });

  it('are unread where it has one', async () => {
    await refuses({ ...seen, repository_access_level: 'private' });
    await expect(connect(stub.url).forge.repository(P)).rejects.toMatchObject({ code: 'FORGE_REFUSED' });
  });
});

describe('trace', () => {
  const read = async (): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await connect(stub.url, { timeoutMs: 400 }).forge.trace(P, 1)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };

  it('streams, however long the reader takes over a chunk', async () => {
    stub = await startStub(() => ({ body: 'line one\nline two\n', headers: { 'content-type': 'text/plain' } }));
    expect(await read()).toBe('line one\nline two\n');
  });

  it.each([
    { status: 404, body: { message: '404 Not Found' } },
    { status: 200, body: '' },
  ])('is empty for %j', async (reply) => {
    stub = await startStub(() => reply);
    expect(await read()).toBe('');
  });

  it.each([
    { name: 'breaks off', end: 'destroy' as const },
    { name: 'stands still', end: 'nothing' as const },
  ])('fails when it $name', async ({ end }) => {
    stub = await startStub(() => ({
      raw: (response) => {
        response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '900' });
        response.write('half');
        if (end === 'destroy') setTimeout(() => response.destroy(), 30);
      },
    }));
    await expect(read()).rejects.toMatchObject({ code: 'FORGE_UNAVAILABLE' });
  });
});

describe('memberLevel', () => {
  const level = async (answer: (seen: Seen) => Reply): Promise<number | null> => {
    stub = await startStub(answer);
    return connect(stub.url).forge.memberLevel(P, 5);
  };
  const self = (admin: boolean) => ({ body: { id: 1, username: 'me', ...(admin ? { is_admin: true } : {}) } });
  const server =
    (member: Reply, admin = false, theirs: object = {}) =>
    ({ path }: Seen): Reply => {
      if (path.includes('/members/all/5')) return member;
      if (path === '/api/v4/user') return self(admin);
      if (path === '/api/v4/users/5') return { body: { id: 5, username: 'dev', ...theirs } };
      return { status: 404, body: { message: '404 Not Found' } };
    };
  const missing = { status: 404, body: { message: '404 Not found' } };

  it.each([
    { name: 'a member', answer: server({ body: { access_level: 30 } }), expected: 30 },
    { name: 'no member', answer: server(missing), expected: 0 },
    { name: 'an administrator who is no member', answer: server(missing, true, { is_admin: true }), expected: 50 },
    { name: 'no administrator either', answer: server(missing, true, { is_admin: false }), expected: 0 },
    { name: 'a forbidden list', answer: server({ status: 403, body: { message: '403 Forbidden' } }), expected: null },
    {
      name: 'a hidden project',
      answer: server({ status: 404, body: { message: '404 Project Not Found' } }),
      expected: null,
    },
  ])('is $expected for $name', async ({ answer, expected }) => {
    expect(await level(answer)).toBe(expected);
  });
});

describe('activity of projects that show no pipelines', () => {
  const hidden = (id: number, level: number, jobsEnabled: boolean) => ({
    ...{ id: `gid://gitlab/Project/${id}`, fullPath: `acme/${id}`, pipelines: null },
    ...{ jobsEnabled, maxAccessLevel: { integerValue: level } },
  });
  const nodes = [hidden(1, 20, false), hidden(2, 10, false), hidden(3, 20, true)];

  it.each([
    { admin: false, suspicious: [false, true, true] },
    { admin: true, suspicious: [false, false, true] },
  ])('is none where whoever asks would see CI, administrator: $admin', async ({ admin, suspicious }) => {
    stub = await startStub((seen) => {
      if (seen.path.endsWith('/user')) return { body: { id: 1, username: 'me', is_admin: admin } };
      if (seen.path.endsWith('/self')) return { body: {} };
      if (asks(seen, 'Features')) return featuresReply();
      return { body: { data: { group: { projects: projectsPage(nodes, null) } } } };
    });
    const page = await connect(stub.url).forge.activity({ kind: 'group', path: 'acme' }, moment(0), null);
    expect(page.items.map((one) => one.suspicious)).toEqual(suspicious);
  });
});

describe('activity', () => {
  const node = (id: number, pipelines: readonly object[] | null, more = false) => ({
    id: `gid://gitlab/Project/${id}`,
    fullPath: `acme/${id}`,
    pipelines: pipelines && { pageInfo: { hasNextPage: more, endCursor: 'x' }, nodes: pipelines },
  });
  const pipeline = (status: string, totalJobs: number, failedJobsCount = 0, warnings = false) => ({
    id: 'gid://gitlab/Ci::Pipeline/1',
    status,
    totalJobs,
    failedJobsCount,
    warnings,
  });

  it('names the projects whose failed jobs deserve a look', async () => {
    const nodes = [
      node(1, [pipeline('SUCCESS', 4), pipeline('RUNNING', 9)]),
      node(2, [pipeline('FAILED', 2, 1)]),
      node(3, [pipeline('SUCCESS', 3, 1, true)], true),
      node(4, []),
      node(5, null),
      // A child fails while its parent does not wait for it; a job fails and is run again with success.
      { ...node(6, [pipeline('SUCCESS', 1)]), children: node(6, [pipeline('FAILED', 5, 1)]).pipelines },
      node(7, [{ ...pipeline('SUCCESS', 2), retried: { count: 1 } }]),
    ];
    stub = await startStub((seen) =>
      asks(seen, 'Features') ? featuresReply() : { body: { data: { group: { projects: projectsPage(nodes, 'N') } } } },
    );
    const page = await connect(stub.url).forge.activity({ kind: 'group', path: 'acme' }, moment(0), null);
    expect(page.next).toBe('graphql:N');
    expect(page.items.map(({ project, jobs, suspicious, more }) => [project, jobs, suspicious, more])).toEqual([
      [1, 4, false, false],
      [2, 2, true, false],
      [3, 3, true, true],
      [4, 0, false, false],
      [5, 0, true, true],
      [6, 6, true, false],
      [7, 2, true, false],
    ]);
    expect(stub.seen.at(-1)!.body.variables).toMatchObject({ since: '2026-03-02T00:00:00Z' });
  });
});
