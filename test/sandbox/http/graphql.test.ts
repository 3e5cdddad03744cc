import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClientSchema, getIntrospectionQuery, type GraphQLObjectType, type IntrospectionQuery } from 'graphql';
import { rowsOf, StandIn } from './stand-in.ts';

let gitlab: StandIn;
beforeAll(async () => {
  gitlab = await StandIn.start();
});
afterAll(() => gitlab.close());

const STATE = `query ProjectState($path: ID!, $logs: String) {
  project(fullPath: $path) {
    id fullPath archived
    ciCdSettings { inboundJobTokenScopeEnabled }
    ciJobTokenScopeAllowlist {
      projectsAllowlist(first: 100) { count pageInfo { hasNextPage endCursor } nodes {
        createdAt autopopulated defaultPermissions jobTokenPolicies addedBy { username }
        target { __typename ... on CiJobTokenAccessibleProject { id fullPath } ... on CiJobTokenAccessibleGroup { id fullPath } } } }
      groupsAllowlist(first: 100) { count nodes { target { __typename ... on CiJobTokenAccessibleGroup { id fullPath } } } }
    }
    ciJobTokenAuthLogs(first: 100, after: $logs) { count pageInfo { hasNextPage endCursor } nodes { lastAuthorizedAt originProject { id fullPath } } }
  }
  queryComplexity { score limit }
}`;
const SWEEP = `query Sweep($group: ID!, $first: Int, $after: String) { group(fullPath: $group) {
  projects(includeSubgroups: true, includeArchived: true, first: $first, after: $after) {
    count pageInfo { hasNextPage endCursor }
    nodes { id fullPath archived visibility maxAccessLevel { integerValue } ciCdSettings { inboundJobTokenScopeEnabled } } } } }`;
const ADD = `mutation($project: ID!, $target: ID!, $policies: [CiJobTokenScopePolicies!]) {
  ciJobTokenScopeAddGroupOrProject(input: {projectPath: $project, targetPath: $target, defaultPermissions: false, jobTokenPolicies: $policies}) {
    errors ciJobTokenScopeAllowlistEntry { defaultPermissions jobTokenPolicies target { __typename } } } }`;
const REMOVE = `mutation($project: ID!, $target: ID!) {
  ciJobTokenScopeRemoveProject(input: {projectPath: $project, targetProjectPath: $target, direction: INBOUND}) { errors } }`;

describe('GraphQL', () => {
  it('reads state, entries and log of a project in one document', async () => {
    const { body } = await gitlab.graphql(STATE, { path: 'acme/libs/core' });
    expect(body.errors).toBeUndefined();
    expect(body.data.project).toMatchObject({
      id: 'gid://gitlab/Project/101',
      ciCdSettings: { inboundJobTokenScopeEnabled: false },
      ciJobTokenScopeAllowlist: { projectsAllowlist: { count: 0 }, groupsAllowlist: { count: 0 } },
      ciJobTokenAuthLogs: { count: 2 },
    });
    const callers = rowsOf(body.data.project.ciJobTokenAuthLogs.nodes).map((row) => row.originProject.fullPath);
    expect(callers.sort()).toEqual(['acme/apps/shop', 'acme/apps/web']);
    expect(body.data.queryComplexity.limit).toBe(250);
    expect(body.data.queryComplexity.score).toBeGreaterThan(30);
  });

  it('pages through a group without losing or repeating a project', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { body } = await gitlab.graphql(SWEEP, { group: 'acme', first: 1, after });
      const { nodes, pageInfo } = body.data.group.projects;
      seen.push(...rowsOf(nodes).map((node) => node.fullPath));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(['acme/apps/shop', 'acme/apps/web', 'acme/libs/tools', 'acme/libs/core']);
  });

  it('gives null and one error with its path where the token is no Maintainer', async () => {
    const query = `{ group(fullPath: "acme") { projects(includeSubgroups: true) { nodes {
      fullPath ciJobTokenScopeAllowlist { projectsAllowlist { count } } ciJobTokenAuthLogs { count } } } } }`;
    const { status, body } = await gitlab.graphql(query, {}, gitlab.token('mia'));
    expect(status).toBe(200);
    const { nodes } = body.data.group.projects;
    const denied = rowsOf(nodes).filter((node) => node.ciJobTokenScopeAllowlist === null);
    expect(denied.map((node) => node.fullPath)).toEqual(['acme/apps/shop', 'acme/apps/web']);
    expect(rowsOf(nodes).filter((node) => node.ciJobTokenAuthLogs !== null)).toHaveLength(2);
    expect(body.errors).toHaveLength(4);
    expect(body.errors[0]).toMatchObject({
      path: ['group', 'projects', 'nodes', 0, 'ciJobTokenScopeAllowlist'],
      message:
        "The resource that you are attempting to access does not exist or you don't have permission to perform this action",
    });
  });

  it('adds fine-grained entries, narrows and removes them, with payload errors in 200', async () => {
    const target = { project: 'acme/libs/core', target: 'acme/apps/web' };
    const added = await gitlab.graphql(ADD, { ...target, policies: ['READ_PACKAGES'] });
    expect(added.body.data.ciJobTokenScopeAddGroupOrProject).toEqual({
      errors: [],
      ciJobTokenScopeAllowlistEntry: {
        defaultPermissions: false,
        jobTokenPolicies: ['READ_PACKAGES'],
        target: { __typename: 'CiJobTokenAccessibleProject' },
      },
    });
    const twice = await gitlab.graphql(ADD, { ...target, policies: [] });
    expect(twice.status).toBe(200);
    expect(twice.body.data.ciJobTokenScopeAddGroupOrProject.errors).toEqual([
      'This project is already in the job token allowlist.',
    ]);
    const unknown = await gitlab.graphql(ADD, { ...target, target: 'acme/none', policies: [] });
    expect(unknown.body.data.ciJobTokenScopeAddGroupOrProject.errors).toEqual(['The group or project does not exist.']);
    expect((await gitlab.graphql(REMOVE, target)).body.data.ciJobTokenScopeRemoveProject.errors).toEqual([]);
    expect((await gitlab.graphql(REMOVE, target)).body.data.ciJobTokenScopeRemoveProject.errors).toEqual([
      'Target project is not in the job token scope',
    ]);
  });

  it('refuses mutations on projects of others with a top-level error', async () => {
    const target = { project: 'acme/libs/core', target: 'acme/apps/web', policies: [] };
    for (const token of [gitlab.token('ci-bot'), gitlab.token('root', 'read_api'), null]) {
      const { status, body } = await gitlab.graphql(ADD, target, token);
      expect([status, body.data.ciJobTokenScopeAddGroupOrProject]).toEqual([200, null]);
      expect(body.errors[0].message).toMatch(/^The resource that you are attempting to access does not exist/);
    }
    expect((await gitlab.graphql('{currentUser{id}}', {}, 'glpat-wrong')).status).toBe(401);
  });

  it('resolves jobs for one project per request, pipelines for all', async () => {
    const jobs = await gitlab.graphql(
      '{ a: project(fullPath: "acme/apps/web") { jobs(first: 1) { nodes { id status } } } b: project(fullPath: "acme/apps/shop") { jobs(first: 1) { nodes { id } } } }',
    );
    expect(jobs.body.data.a.jobs.nodes).toHaveLength(1);
    expect(jobs.body.data.b.jobs).toBeNull();
    expect(jobs.body.errors).toHaveLength(1);
    expect(jobs.body.errors[0].path).toEqual(['b', 'jobs']);
    const pipelines = await gitlab.graphql(
      'query($since: Time) { group(fullPath: "acme") { projects(includeSubgroups: true) { nodes { fullPath pipelines(updatedAfter: $since, first: 5) { nodes { status warnings updatedAt } } } } } }',
      { since: '2026-03-01T08:00:00Z' },
    );
    expect(pipelines.body.errors).toBeUndefined();
    const web = rowsOf(pipelines.body.data.group.projects.nodes).find((node) => node.fullPath === 'acme/apps/web');
    expect(web?.pipelines.nodes).toHaveLength(4);
  });

  it('refuses what is too dear, too long, too deep or broken, before running it', async () => {
    const page =
      'projects(first: 100) { count nodes { id pipelines(first: 100) { nodes { id status ref sha } count } } }';
    const dear = `{ groups(first: 100) { nodes { a: ${page} b: ${page} c: ${page} d: ${page} } } }`;
    const { body } = await gitlab.graphql(dear);
    expect(body.errors[0].message).toMatch(/^Query has complexity of \d+, which exceeds max complexity of 250$/);
    expect(body.data).toBeUndefined();
    expect((await gitlab.graphql(`{ currentUser { id } } #${'x'.repeat(10_000)}`)).status).toBe(422);
    const deep = `{ project(fullPath: "acme/libs/core") ${'{ group { parent '.repeat(30)}{ id }${'} }'.repeat(30)} }`;
    expect((await gitlab.graphql(deep)).body.errors).toBeDefined();
    const absurd = '{'.repeat(9_000);
    expect((await gitlab.graphql(absurd)).body.errors[0].message).toBe('Query is nested too deep');
    expect((await gitlab.graphql('query {')).body.errors).toHaveLength(1);
    expect((await gitlab.graphql('{ nothing }')).body.errors[0]).toMatchObject({
      message: "Field 'nothing' doesn't exist on type 'Query'",
      extensions: { code: 'undefinedField' },
    });
  });

  it('shows by introspection what a version has', async () => {
    const fieldsOf = async (version: string): Promise<readonly string[]> => {
      const standIn = await StandIn.start({ gitlabVersion: version });
      const { body } = await standIn.graphql(getIntrospectionQuery({ descriptions: false }));
      await standIn.close();
      const schema = buildClientSchema(body.data as IntrospectionQuery);
      return [
        ...Object.keys(schema.getMutationType()!.getFields()),
        ...Object.keys((schema.getType('Project') as GraphQLObjectType).getFields()),
      ];
    };
    const old = await fieldsOf('17.5.0');
    expect(old).not.toContain('ciJobTokenAuthLogs');
    expect(old).not.toContain('ciJobTokenScopeUpdatePolicies');
    const middle = await fieldsOf('18.5.0');
    expect(middle).toContain('ciJobTokenAuthLogs');
    expect(middle).toContain('ciJobTokenScopeAutopopulateAllowlist');
    expect(await fieldsOf('19.1.0')).not.toContain('ciJobTokenScopeAutopopulateAllowlist');
  });
});

describe("the root's jobs", () => {
  const page = (after: string | null, filter = ''): string =>
    `{ jobs(first: 3${after === null ? '' : `, after: "${after}"`}${filter}) { count nodes { id name project { fullPath } } pageInfo { hasNextPage endCursor } } }`;

  it('are those of all projects, newest first, page by page', async () => {
    const ids: number[] = [];
    const projects = new Set<string>();
    for (let after: string | null = null, more = true; more;) {
      const { body } = await gitlab.graphql(page(after));
      const { nodes, pageInfo, count } = body.data.jobs;
      expect(count).toBe(50);
      for (const { id, project } of nodes as { id: string; project: { fullPath: string } }[]) {
        ids.push(Number(/\d+$/.exec(id)?.[0]));
        projects.add(project.fullPath);
      }
      more = Boolean(pageInfo.hasNextPage);
      after = String(pageInfo.endCursor);
    }
    expect(ids).toHaveLength(50);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a));
    expect([...projects].sort()).toEqual(['acme/apps/shop', 'acme/apps/web']);
  });

  it('are hidden from everybody but administrators', async () => {
    const { body } = await gitlab.graphql(page(null), {}, gitlab.token('mia'));
    expect(body.data.jobs).toMatchObject({ count: 0, nodes: [] });
  });

  it('are filtered as far as GitLab has an index', async () => {
    const reason = (value: string, types: string): string => `, failureReason: ${value}, runnerTypes: [${types}]`;
    const good = await gitlab.graphql(page(null, reason('RUNNER_SYSTEM_FAILURE', 'INSTANCE_TYPE')));
    expect(good.body.data.jobs.nodes).toEqual([]);
    for (const filter of [reason('SCRIPT_FAILURE', 'INSTANCE_TYPE'), reason('RUNNER_SYSTEM_FAILURE', 'GROUP_TYPE')])
      expect((await gitlab.graphql(page(null, filter))).body.errors).toHaveLength(1);
    expect((await gitlab.graphql(page(null, ', statuses: [FAILED]'))).body.data.jobs.count).toBe(0);
  });
});
