import { afterEach, describe, expect, it } from 'vitest';
import { projectId } from '../../../../src/domain/values.ts';
import type { ProjectFactsReading } from '../../../../src/engine/ports.ts';
import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../../../src/sandbox/index.ts';
import { connect, featuresReply, startStub, type Reply, type Stub } from '../stub.ts';

/** A library that others consume and that guards production; its callers, one of which is forked; a stranger's project. */
const ORGANISATION = {
  history: '1d',
  users: [
    { name: 'root', admin: true },
    { name: 'ci-bot', memberships: { acme: 'developer' } },
    { name: 'mia', memberships: { 'acme/libs': 'maintainer', 'acme/apps': 'reporter' } },
  ],
  projects: [
    {
      ...{ path: 'acme/libs/core', id: 101, packages: ['core', 'kit'] },
      ...{ terraformStates: ['production'], protectedEnvironments: ['production'] },
    },
    { path: 'acme/apps/web', id: 102 },
    { path: 'acme/apps/fork', id: 103, forkedFrom: 'acme/apps/web' },
    { path: 'other/secret', id: 104 },
  ],
  jobs: [{ project: 'acme/apps/web', name: 'nightly', every: '1d', user: 'mia', schedule: true, uses: [] }],
};
const IDS = [101, 102, 103, 104].map(projectId);

const countsOf = ({ facts }: ProjectFactsReading) =>
  Object.fromEntries(facts.map(({ fact, count, problem }) => [fact, count ?? problem]));

let sandbox: RunningSandbox;
async function gitlab(options: Partial<SandboxOptions> = {}, user: string | null = null) {
  sandbox = await startSandbox({ organisation: { kind: 'text', text: JSON.stringify(ORGANISATION) }, ...options });
  const answer = await fetch(`${sandbox.url}/-/sandbox/tokens`);
  const { tokens } = (await answer.json()) as { tokens: { user: string; token: string; scopes: string[] }[] };
  const own = tokens.find((one) => one.user === user && one.scopes.includes('api'))?.token;
  return connect(sandbox.url, { token: () => own ?? sandbox.token }).forge;
}

describe('facts of projects, over HTTP', () => {
  afterEach(() => sandbox.close());

  it('are told of all projects in one request', async () => {
    const forge = await gitlab();
    await forge.capabilities();
    await forge.identity();
    const before = forge.requestCount();
    const [core, web, fork, secret] = await forge.projectFacts(IDS);
    expect(forge.requestCount() - before).toBe(1);
    expect(countsOf(core!)).toEqual({ forks: 0, packages: 2, terraformStates: 1, pushers: 2, maintainers: 1 });
    expect(core?.maintainers).toEqual([3]);
    expect(countsOf(web!)).toEqual({ forks: 1, packages: 0, terraformStates: 0, pushers: 1, maintainers: 0 });
    expect(countsOf(fork!)).toMatchObject({ forks: 0, pushers: 1 });
    expect(countsOf(secret!)).toMatchObject({ pushers: 0, maintainers: 0 });
  });

  it('that the token may not see are unread and say why, never zero', async () => {
    const forge = await gitlab({}, 'mia');
    const [core, web, , secret] = await forge.projectFacts(IDS);
    expect(countsOf(core!)).toMatchObject({ terraformStates: 1 });
    // A Reporter is shown an empty list of states, without an error.
    expect(countsOf(web!)).toMatchObject({ terraformStates: 'the token is no Developer there', pushers: 1 });
    const gone = 'the project does not exist any more, or the token may not see it';
    expect(countsOf(secret!)).toEqual({
      forks: gone,
      packages: gone,
      terraformStates: gone,
      pushers: gone,
      maintainers: gone,
    });
    expect(secret?.maintainers).toBeNull();
  });

  it('beside them: protected environments, owners of schedules, administrators to an administrator alone', async () => {
    const forge = await gitlab();
    expect(await forge.protectedEnvironments(projectId(101))).toEqual({
      ...{ fact: 'protectedEnvironments', count: 1, problem: null },
    });
    expect(await forge.protectedEnvironments(projectId(102))).toMatchObject({ count: 0, problem: null });
    expect(await forge.schedules(projectId(102))).toMatchObject([{ owner: 3 }]);
    expect(await forge.administrators()).toEqual([1]);
    await sandbox.close();
    const mias = await gitlab({}, 'mia');
    expect(await mias.administrators()).toBeNull();
    const refused = await mias.protectedEnvironments(projectId(102));
    expect(refused).toMatchObject({ count: null, problem: expect.stringContaining('403') as string });
  });

  it.each(['16.11.0', '17.5.0', '19.4.0'])('are the same on GitLab %s', async (gitlabVersion) => {
    const forge = await gitlab({ gitlabVersion });
    const [core] = await forge.projectFacts([projectId(101)]);
    expect(countsOf(core!)).toEqual({ forks: 0, packages: 2, terraformStates: 1, pushers: 2, maintainers: 1 });
  });

  it.each([
    { what: 'rate_limited', retryAfter: 0 },
    { what: 'status', status: 502 },
    { what: 'reset_before' },
    { what: 'reset_after' },
  ])('survive $what', async (rule) => {
    const forge = await gitlab({ faults: JSON.stringify([{ ...rule, when: { graphql: 'RiskFacts' }, times: 1 }]) });
    const [core] = await forge.projectFacts(IDS);
    expect(countsOf(core!)).toEqual({ forks: 0, packages: 2, terraformStates: 1, pushers: 2, maintainers: 1 });
  });

  it.each([{ what: 'truncated' }, { what: 'html_200' }])('are refused whole by $what', async (rule) => {
    const forge = await gitlab({ faults: JSON.stringify([{ ...rule, when: { graphql: 'RiskFacts' } }]) });
    await expect(forge.projectFacts(IDS)).rejects.toThrow(/read the risk facts of projects/);
  });
});

describe('facts of projects, where GitLab answers otherwise', () => {
  let stub: Stub;
  afterEach(() => stub.close());

  const missing: Reply = { status: 404, body: { message: '404 Not Found' } };
  const REST: Readonly<Record<string, Reply>> = {
    'projects/8/packages': { body: [{ id: 1 }, { id: 2 }] },
    'projects/8/members/all': {
      body: [
        { id: 1, access_level: 50 },
        { id: 2, access_level: 30 },
        { id: 3, access_level: 30, state: 'blocked' },
        { id: 4, access_level: 20 },
      ],
    },
    'projects/8': { body: { id: 8, forks_count: 3 } },
    metadata: { body: { version: '15.11.0', enterprise: false } },
    user: { body: { id: 99, username: 'bot' } },
  };

  async function byRest(change: Readonly<Record<string, Reply>> = {}) {
    stub = await startStub(({ path }) => {
      const where = path.replace(/^\/api\/v4\//, '').replace(/\?.*$/, '');
      return { ...REST, ...change }[where] ?? missing;
    });
    return connect(stub.url).forge;
  }

  it('come by REST where GraphQL does not answer', async () => {
    const [read] = await (await byRest()).projectFacts([projectId(8)]);
    expect(read).toMatchObject({ maintainers: [1] });
    expect(countsOf(read!)).toMatchObject({ forks: 3, packages: 2, pushers: 2, maintainers: 1 });
    expect(countsOf(read!)).toMatchObject({ terraformStates: expect.stringContaining('GraphQL alone') as string });
  });

  it.each([
    ['packages', 'projects/8/packages'],
    ['pushers', 'projects/8/members/all'],
    ['forks', 'projects/8'],
  ])('leave %s unread where it is refused or missing', async (fact, path) => {
    for (const reply of [{ status: 403, body: { message: '403 Forbidden' } }, missing]) {
      const [read] = await (await byRest({ [path]: reply })).projectFacts([projectId(8)]);
      expect(read?.facts.find((one) => one.fact === fact)).toMatchObject({ count: null });
      await stub.close();
    }
  });

  it('ask an edition without protected environments once', async () => {
    const forge = await byRest({
      'projects/8/protected_environments': { status: 404, body: { error: '404 Not Found' } },
    });
    expect(await forge.protectedEnvironments(projectId(8))).toMatchObject({ count: null });
    expect(await forge.protectedEnvironments(projectId(9))).toMatchObject({ count: null });
    expect(stub.seen.filter(({ path }) => path.includes('protected_environments'))).toHaveLength(1);
  });

  it('keep what an error of one field leaves, and take a list that was cut for a lower bound', async () => {
    const member = (id: number, level: number) => ({
      ...{ accessLevel: { integerValue: level }, user: { id: `gid://gitlab/User/${id}`, state: 'active' } },
    });
    const page = (more: boolean, ...nodes: object[]) => ({ pageInfo: { hasNextPage: more }, nodes });
    const node = {
      ...{ id: 'gid://gitlab/Project/8', forksCount: 0, maxAccessLevel: { integerValue: 40 }, packages: null },
      ...{ terraformStates: { count: 0 }, developers: page(false), maintainers: page(true, member(5, 40)) },
    };
    stub = await startStub(({ path, body }) => {
      if (!path.endsWith('/graphql')) return REST[path.replace('/api/v4/', '')] ?? missing;
      if (body.query?.includes('__type')) return featuresReply({ facts: true });
      const errors = [{ message: 'no such registry', path: ['projects', 'nodes', 0, 'packages'] }];
      const pageInfo = { hasNextPage: false, endCursor: null };
      return { body: { data: { projects: { pageInfo, nodes: [node] } }, errors } };
    });
    const [read] = await connect(stub.url).forge.projectFacts([projectId(8)]);
    expect(read?.facts).toEqual(
      expect.arrayContaining([
        { fact: 'packages', count: null, problem: 'no such registry' },
        { fact: 'terraformStates', count: 0, problem: null },
        { fact: 'maintainers', count: 1, problem: 'there are more than were listed' },
      ]),
    );
    const asked = stub.seen.map(({ body }) => body.query ?? '').find((query) => query.includes('RiskFacts'));
    expect(asked).toContain('accessLevels: [MAINTAINER, OWNER]');
  });
});
