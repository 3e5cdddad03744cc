import { afterEach, describe, expect, it } from 'vitest';
import { readingGaps } from '../../../../src/domain/edges/gap.ts';
import { projectId } from '../../../../src/domain/values.ts';
import {
  asks,
  connect,
  entryNode,
  featuresReply,
  logNode,
  projectNode,
  projectsPage,
  startStub,
  type Reply,
  type Seen,
  type Stub,
} from '../stub.ts';

let stub: Stub;
afterEach(() => stub.close());

const GROUP = { kind: 'group', path: 'acme' } as const;
const groupData = (page: object, more: object = {}): Reply => ({
  body: { data: { group: { projects: page }, queryComplexity: { score: 180, limit: 250 } }, ...more },
});

/** A GitLab that enforces nothing, unless `answer` says otherwise. */
async function gitlab(answer: (seen: Seen) => Reply | null, features = featuresReply()): Promise<Stub> {
  stub = await startStub((seen) => {
    const own = answer(seen);
    if (own) return own;
    if (asks(seen, 'Features')) return features;
    if (seen.path.endsWith('/application/settings')) return { status: 403, body: { message: '403 Forbidden' } };
    return { status: 404, body: { message: '404 Not Found' } };
  });
  return stub;
}

const pages = () => stub.seen.filter((seen) => asks(seen, 'InventoryOf'));

describe('a page of projects', () => {
  it('carries settings, entries with permissions and log rows', async () => {
    const fine = { defaultPermissions: false, jobTokenPolicies: ['READ_PACKAGES', 'ADMIN_PACKAGES'] };
    const node = projectNode(7, 'acme/libs/core', {
      entries: [entryNode(12, 'acme/apps/web', 'Project', fine)],
      groups: [entryNode(3, 'acme/apps', 'Group')],
      log: [logNode(12, 'acme/apps/web')],
    });
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? groupData(projectsPage([node], 'CUR', 31)) : null));
    const page = await connect(stub.url).forge.projects(GROUP, null);
    expect(page).toMatchObject({ next: 'graphql:CUR', total: 31 });
    expect(page.items[0]).toMatchObject({
      project: {
        id: 7,
        path: 'acme/libs/core',
        personal: false,
        unread: null,
        log: { rows: 1, cut: false },
        allowlist: {
          stored: true,
          effective: true,
          entries: [
            { kind: 'project', id: 12, defaultPermissions: false, policies: ['ADMIN_PACKAGES', 'READ_PACKAGES'] },
            { kind: 'group', id: 3, path: 'acme/apps', defaultPermissions: true, policies: [], addedBy: 'root' },
          ],
        },
      },
      log: [{ caller: { id: 12, path: 'acme/apps/web' }, lastAuthorizedAt: Date.parse('2026-03-01T00:00:00Z') }],
    });
  });

  it('goes on from a cursor in another process', async () => {
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? groupData(projectsPage([])) : null));
    await connect(stub.url).forge.projects(GROUP, 'graphql:CUR');
    expect(pages()[0]!.body.variables).toMatchObject({ after: 'CUR', group: 'acme', count: false });
  });

  it('makes a project unread where GitLab refuses a part of it, and keeps the others', async () => {
    const hidden = {
      ...projectNode(8, 'acme/b', { level: 20 }),
      ciJobTokenScopeAllowlist: null,
      ciJobTokenAuthLogs: null,
    };
    const errors = [{ message: 'not yours', path: ['group', 'projects', 'nodes', 1, 'ciJobTokenAuthLogs'] }];
    await gitlab((seen) =>
      asks(seen, 'InventoryOf') ? groupData(projectsPage([projectNode(7, 'acme/a'), hidden]), { errors }) : null,
    );
    const { items } = await connect(stub.url).forge.projects(GROUP, null);
    expect(items.map(({ project }) => project.allowlist === null)).toEqual([false, true]);
    expect(items[0]!.project.unread).toBeNull();
    expect(items[1]!.project.unread).toContain('not yours');
    expect(items[1]!.project.unread).toContain('access level 20');
    expect(items[1]!.project.log).toBeNull();
  });

  it('never takes an entry that names nobody for a shorter list', async () => {
    const node = projectNode(7, 'acme/a', { entries: [{ ...entryNode(1, 'x/y'), target: null }] });
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? groupData(projectsPage([node])) : null));
    const { items } = await connect(stub.url).forge.projects(GROUP, null);
    expect(items[0]!.project).toMatchObject({
      allowlist: null,
      unread: expect.stringContaining('allowlist') as string,
    });
  });

  it('reads the rest of long lists, for the projects that have them alone', async () => {
    const long = projectNode(7, 'acme/a', { log: [logNode(1, 'x/1')], more: { log: 'L1' } });
    await gitlab((seen) => {
      if (asks(seen, 'InventoryOf')) return groupData(projectsPage([long, projectNode(8, 'acme/b')]));
      if (!asks(seen, 'InnerLists')) return null;
      const last = seen.body.variables!['log0'] === 'L2';
      const lists = projectNode(7, 'acme/a', {
        log: [logNode(last ? 3 : 2, 'x/y')],
        ...(last ? {} : { more: { log: 'L2' } }),
      });
      return { body: { data: { p0: projectsPage([lists]) } } };
    });
    const { items } = await connect(stub.url).forge.projects(GROUP, null);
    expect(items[0]!.log.map(({ caller }) => caller.id)).toEqual([1, 2, 3]);
    const further = stub.seen.filter((seen) => asks(seen, 'InnerLists'));
    expect(further.map(({ body }) => body.variables)).toEqual([
      { id0: 'gid://gitlab/Project/7', log0: 'L1' },
      { id0: 'gid://gitlab/Project/7', log0: 'L2' },
    ]);
  });

  it('says when the log reaches the length at which GitLab cuts it', async () => {
    const rows = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => logNode(from + i, `x/${from + i}`));
    const node = projectNode(7, 'acme/a', { log: rows(1, 999) });
    const full = projectNode(8, 'acme/b', { log: rows(1, 1_000) });
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? groupData(projectsPage([node, full])) : null));
    const { items } = await connect(stub.url).forge.projects(GROUP, null);
    expect(items.map(({ project }) => project.log!.cut)).toEqual([false, true]);
  });

  it('says when rows of the log name nobody', async () => {
    const hidden = { lastAuthorizedAt: '2026-03-01T00:00:00Z', originProject: null };
    const node = projectNode(7, 'acme/a', { log: [logNode(1, 'x/1'), hidden, null] });
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? groupData(projectsPage([node])) : null));
    const { items } = await connect(stub.url).forge.projects(GROUP, null);
    expect(items[0]!.project.log).toEqual({ rows: 1, cut: true });
    expect(readingGaps({ ...items[0]!.project, inScope: true }).map(({ text }) => text)).toEqual([
      'its log names 1 caller and holds rows that name nobody: deleted, or hidden from the token',
    ]);
  });

  it.each(['99999999999999999999', '9007199254740993', '0'])('is unreadable with the id %s', async (id) => {
    const node = { ...projectNode(7, 'acme/a'), id: `gid://gitlab/Project/${id}` };
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? groupData(projectsPage([node])) : null));
    await expect(connect(stub.url).forge.projects(GROUP, null)).rejects.toMatchObject({
      ...{ code: 'FORGE_UNREADABLE', message: expect.stringContaining('nodes.0.id') as string },
    });
  });

  it('is no empty list when the group is not there', async () => {
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? { body: { data: { group: null } } } : null));
    await expect(connect(stub.url).forge.projects(GROUP, null)).rejects.toMatchObject({ code: 'FORGE_NOT_FOUND' });
  });

  it('is no end when GitLab says that it goes on but not where', async () => {
    const page = { ...projectsPage([]), pageInfo: { hasNextPage: true, endCursor: null } };
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? groupData(page) : null));
    await expect(connect(stub.url).forge.projects(GROUP, null)).rejects.toMatchObject({ code: 'FORGE_UNREADABLE' });
  });
});

describe('the size of a page', () => {
  it('is fitted to the complexity limit', async () => {
    await gitlab((seen) => {
      if (!asks(seen, 'InventoryOf')) return null;
      const score = Math.floor(150 * (1 + Number(seen.body.variables!['first']) / 100));
      const message = `Query has complexity of ${score}, which exceeds max complexity of 250`;
      return score > 250 ? { body: { errors: [{ message }] } } : groupData(projectsPage([projectNode(7, 'acme/a')]));
    });
    expect((await connect(stub.url).forge.projects(GROUP, null)).items).toHaveLength(1);
    expect(pages().map(({ body }) => body.variables!['first'])).toEqual([100, 60]);
  });

  it.each([
    { name: 'a 504', reply: { status: 504, body: 'Gateway Timeout' } },
    {
      name: 'an answer that is cut off',
      reply: { body: '{"data":{"group":{"proj', headers: { 'content-type': 'application/json' } },
    },
    {
      name: 'a timeout of one field',
      reply: groupData(projectsPage([projectNode(7, 'acme/a')]), {
        errors: [
          {
            message: 'Timeout on Project.ciJobTokenAuthLogs',
            path: ['group', 'projects', 'nodes', 0, 'ciJobTokenAuthLogs'],
          },
        ],
      }),
    },
  ])('is halved after $name', async ({ reply }) => {
    await gitlab((seen) => {
      if (!asks(seen, 'InventoryOf')) return null;
      return seen.body.variables!['first'] === 100 ? reply : groupData(projectsPage([projectNode(7, 'acme/a')]));
    });
    const { items } = await connect(stub.url).forge.projects(GROUP, null);
    expect(items[0]!.project.unread).toBeNull();
    expect(pages().map(({ body }) => body.variables!['first'])).toEqual([100, 50]);
  });
});

describe('the effective setting', () => {
  const off = [projectNode(7, 'acme/a', { stored: false }), projectNode(8, 'acme/b', { stored: false })];

  it.each([true, false])('follows the instance setting %s where it can be read', async (enforced) => {
    await gitlab((seen) => {
      if (seen.path.endsWith('/application/settings'))
        return { body: { enforce_ci_inbound_job_token_scope_enabled: enforced } };
      return asks(seen, 'InventoryOf') ? groupData(projectsPage(off)) : null;
    });
    const { items } = await connect(stub.url).forge.projects(GROUP, null);
    expect(items.map(({ project }) => project.allowlist)).toMatchObject([
      { stored: false, effective: enforced },
      { stored: false, effective: enforced },
    ]);
  });

  it('is told by one project where the setting cannot be read', async () => {
    await gitlab((seen) => {
      if (seen.path.endsWith('/job_token_scope')) return { body: { inbound_enabled: true, outbound_enabled: false } };
      return asks(seen, 'InventoryOf') ? groupData(projectsPage(off)) : null;
    });
    const { forge } = connect(stub.url);
    const { items } = await forge.projects(GROUP, null);
    await forge.projects(GROUP, 'graphql:NEXT');
    expect(items.map(({ project }) => project.allowlist?.effective)).toEqual([true, true]);
    expect(stub.seen.filter(({ path }) => path.endsWith('/job_token_scope'))).toHaveLength(1);
  });

  it('is unknown, not off, where neither can be read', async () => {
    await gitlab((seen) => (asks(seen, 'InventoryOf') ? groupData(projectsPage(off)) : null));
    const { items } = await connect(stub.url).forge.projects(GROUP, null);
    expect(items[0]!.project).toMatchObject({ allowlist: null, unread: expect.stringContaining('enforces') as string });
  });
});

describe('a server without GraphQL', () => {
  it('is read project by project, without a log', async () => {
    await gitlab((seen) => {
      const { pathname } = new URL(seen.path, 'http://x');
      if (pathname === '/api/graphql') return { status: 404, body: 'Not Found' };
      if (pathname === '/api/v4/metadata') return { body: { version: '16.11.0' } };
      if (pathname === '/api/v4/groups/acme/projects') {
        const project = { id: 7, path_with_namespace: 'acme/a', visibility: 'secret', namespace: { kind: 'group' } };
        return {
          body: [project],
          headers: { link: '<http://elsewhere.invalid/x?page=2>; rel="next"', 'x-total': '2' },
        };
      }
      if (pathname === '/api/v4/projects/7/job_token_scope') return { body: { inbound_enabled: false } };
      if (pathname !== '/api/v4/projects/7/job_token_scope/allowlist') return null;
      return {
        body: [
          { id: 7, path_with_namespace: 'acme/a' },
          { id: 9, path_with_namespace: 'acme/c' },
        ],
      };
    });
    const { forge } = connect(stub.url);
    const page = await forge.projects(GROUP, null);
    expect(page).toMatchObject({ next: 'rest:2/7/2', total: 2 });
    expect(page.items[0]!.project).toMatchObject({
      visibility: 'unknown',
      log: null,
      unread: null,
      allowlist: { stored: null, effective: false, entries: [{ kind: 'project', id: 9, path: 'acme/c' }] },
    });
    expect(await forge.capabilities()).toMatchObject({
      version: '16.11.0',
      graphql: false,
      authLog: false,
      policies: [],
    });
    await expect(forge.projects(GROUP, 'graphql:CUR')).rejects.toMatchObject({ code: 'FORGE_UNREADABLE' });
  });
});

it('asks for 50 ids at a time and leaves out what is gone', async () => {
  await gitlab((seen) => {
    if (!asks(seen, 'ProjectsById')) return null;
    const ids = (seen.body.variables!['ids'] as string[]).filter((gid) => !gid.endsWith('/60'));
    return {
      body: { data: { projects: projectsPage(ids.map((gid) => projectNode(Number(gid.split('/').at(-1)), 'a/b'))) } },
    };
  });
  const ids = Array.from({ length: 60 }, (_, i) => projectId(i + 1));
  expect(await connect(stub.url).forge.projectsById(ids)).toHaveLength(59);
  expect(stub.seen.filter((seen) => asks(seen, 'ProjectsById'))).toHaveLength(2);
});
