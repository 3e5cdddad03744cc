import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORGANISATION, StandIn } from './stand-in.ts';

/** What bears on the risk of an edge, as GitLab serves it: who may push, what is guarded, what others consume. */
const HOLDINGS = {
  ...ORGANISATION,
  projects: ORGANISATION.projects.map((project) => {
    if (project.id === 101)
      return {
        ...project,
        ...{ protectedEnvironments: ['production', 'staging'], terraformStates: ['production'], packages: ['core'] },
      };
    return project.id === 104 ? { ...project, forkedFrom: 'acme/apps/web' } : project;
  }),
  jobs: ORGANISATION.jobs.map((job) => ({ ...job, schedule: true })),
};

const QUERY = `query($ids: [ID!]) { projects(ids: $ids) { nodes {
  id forksCount isForked
  packages(first: 1) { count }
  terraformStates(first: 1) { count }
  projectMembers(relations: [DIRECT, INHERITED, INVITED_GROUPS], accessLevels: [DEVELOPER, MAINTAINER, OWNER], first: 50) {
    pageInfo { hasNextPage } nodes { accessLevel { integerValue } user { id username state } }
  }
} } }`;

describe('what a project holds', () => {
  let gitlab: StandIn;
  beforeAll(async () => {
    gitlab = await StandIn.start({}, HOLDINGS);
  });
  afterAll(() => gitlab.close());

  const ask = async (id: number, token?: string) => {
    const { body } = await gitlab.graphql(QUERY, { ids: [`gid://gitlab/Project/${id}`] }, token);
    const data = body.data as { projects: { nodes: readonly Record<string, unknown>[] } };
    return { ...data.projects.nodes[0], errors: body.errors };
  };

  it('is told by GraphQL for many projects at once', async () => {
    expect(await ask(101)).toMatchObject({
      ...{ forksCount: 0, isForked: false, packages: { count: 1 }, terraformStates: { count: 1 } },
      projectMembers: {
        pageInfo: { hasNextPage: false },
        nodes: [
          {
            accessLevel: { integerValue: 30 },
            user: { id: 'gid://gitlab/User/2', username: 'ci-bot', state: 'active' },
          },
          { accessLevel: { integerValue: 40 }, user: { id: 'gid://gitlab/User/3', username: 'mia' } },
        ],
      },
    });
    expect(await ask(103)).toMatchObject({ forksCount: 1, isForked: false, packages: { count: 0 } });
    expect(await ask(104)).toMatchObject({ forksCount: 0, isForked: true });
  });

  it('shows no Terraform state, and no error, to who may read none', async () => {
    const seen = await ask(101, gitlab.token('gus'));
    expect(seen).toMatchObject({ terraformStates: { count: 0 } });
    expect(seen.errors).toBeUndefined();
  });

  it('is told by REST: protected environments to Maintainers alone, forks, packages and who owns a schedule', async () => {
    const environments = '/projects/101/protected_environments';
    const own = await gitlab.rest('GET', environments);
    expect(own.body).toMatchObject([{ name: 'production' }, { name: 'staging' }]);
    expect((await gitlab.rest('GET', `${environments}/production`)).status).toBe(200);
    expect((await gitlab.rest('GET', `${environments}/none`)).status).toBe(404);
    expect((await gitlab.rest('GET', environments, { token: gitlab.token('ci-bot') })).status).toBe(403);
    expect((await gitlab.rest('GET', '/projects/103')).body).toMatchObject({ forks_count: 1 });
    expect((await gitlab.rest('GET', '/projects/101/packages')).body).toMatchObject([{ name: 'core' }]);
    expect((await gitlab.rest('GET', '/projects/103/pipeline_schedules')).body).toMatchObject([
      { active: true, owner: { id: 2, username: 'ci-bot' } },
    ]);
  });

  it('names the administrators to administrators alone', async () => {
    expect((await gitlab.rest('GET', '/users?admins=true')).body).toMatchObject([{ username: 'root', is_admin: true }]);
    const others = await gitlab.rest('GET', '/users?admins=true', { token: gitlab.token('mia') });
    expect(JSON.stringify(others.body)).not.toContain('is_admin');
  });
});
