import { afterEach, describe, expect, it } from 'vitest';
import type { SeededProof } from '../../../src/domain/plan/reconcile.ts';
import { projectId } from '../../../src/domain/values.ts';
import {
  freely,
  asks,
  connect,
  entryNode,
  featuresReply,
  mutates,
  projectNode,
  projectsPage,
  startStub,
  type Reply,
  type Seen,
  type Stub,
} from './stub.ts';

let stub: Stub;
afterEach(() => stub.close());

const CALLEE = { id: projectId(7), path: 'acme/old-name' };
const WEB = { kind: 'project', id: 12, path: 'acme/apps/old-web' } as const;
const GROUP = { kind: 'group', id: 3, path: 'acme/apps' } as const;
const DEFAULT = { defaultPermissions: true, policies: [] } as const;
const FINE = { defaultPermissions: false, policies: ['READ_PACKAGES'] } as const;
// The brand is type-only; in the product `proveSeeded` alone makes one.
const proofOf = (id: number): SeededProof => ({ callee: projectId(id) }) as SeededProof;

async function gitlab(answer: (seen: Seen) => Reply | null): Promise<void> {
  stub = await startStub((seen) => {
    const own = answer(seen);
    if (own) return own;
    if (asks(seen, 'Features')) return featuresReply();
    if (!asks(seen, 'query Paths')) return { status: 404, body: { message: '404 Not Found' } };
    const [gid] = seen.body.variables!['ids'] as string[];
    const id = Number(gid!.split('/').at(-1));
    return { body: { data: { projects: projectsPage([{ id: gid, fullPath: `now/${id}` }]) } } };
  });
}

const writes = () =>
  stub.seen.filter((seen) => seen.method !== 'GET' && (seen.path !== '/api/graphql' || mutates(seen)));

describe('adding an entry', () => {
  it.each([
    { entry: WEB, path: '/api/v4/projects/7/job_token_scope/allowlist', body: { target_project_id: 12 } },
    { entry: GROUP, path: '/api/v4/projects/7/job_token_scope/groups_allowlist', body: { target_group_id: 3 } },
  ])('names a $entry.kind by its id', async ({ entry, path, body }) => {
    await gitlab(({ method, path }) =>
      method === 'POST' && path.startsWith('/api/v4/') ? { status: 201, body: {} } : null,
    );
    await connect(stub.url).forge.addEntry(CALLEE, { ...entry, ...DEFAULT }, freely);
    expect(writes()).toMatchObject([{ method: 'POST', path, body }]);
  });

  it.each([
    'This project is already in the job token allowlist.',
    'This group is already in the job token allowlist.',
    'Target project is already in the job token scope',
  ])('takes "%s" for success', async (text) => {
    await gitlab(({ path }) =>
      path.includes('/allowlist') ? { status: 400, body: { message: `400 Bad request - ${text}` } } : null,
    );
    await expect(connect(stub.url).forge.addEntry(CALLEE, { ...WEB, ...DEFAULT }, freely)).resolves.toBeUndefined();
  });

  it("passes on GitLab's words when the limit is reached", async () => {
    const text = 'Validation failed: Source project exceeds the allowable number of project links in this direction';
    await gitlab(({ path }) => (path.includes('/allowlist') ? { status: 400, body: { message: text } } : null));
    await expect(connect(stub.url).forge.addEntry(CALLEE, { ...WEB, ...DEFAULT }, freely)).rejects.toMatchObject({
      code: 'FORGE_REFUSED',
      message: expect.stringContaining(text) as string,
    });
  });

  it('sends a fine-grained one by the paths of today', async () => {
    await gitlab((seen) =>
      mutates(seen) ? { body: { data: { ciJobTokenScopeAddGroupOrProject: { errors: [] } } } } : null,
    );
    await connect(stub.url).forge.addEntry(CALLEE, { ...WEB, ...FINE }, freely);
    expect(writes()[0]!.body.variables).toEqual({ project: 'now/7', target: 'now/12', policies: ['READ_PACKAGES'] });
  });

  it('takes an error in the payload for a refusal although the status is 200', async () => {
    const payload = { ciJobTokenScopeUpdatePolicies: { errors: ['Failed to update job token scope'] } };
    await gitlab((seen) => (mutates(seen) ? { body: { data: payload } } : null));
    await expect(connect(stub.url).forge.setPermissions(CALLEE, { ...WEB, ...FINE }, freely)).rejects.toMatchObject({
      code: 'FORGE_REFUSED',
      message: expect.stringContaining('Failed to update job token scope') as string,
    });
    expect(writes()).toHaveLength(1);
  });
});

describe('a fine-grained entry that cannot be sent', () => {
  const set = (entry: typeof WEB | typeof GROUP) =>
    connect(stub.url).forge.setPermissions(CALLEE, { ...entry, ...FINE }, freely);

  it('is refused where GitLab has no fine-grained permissions, and nothing is sent', async () => {
    const { body } = featuresReply() as { body: { data: object } };
    const older = { data: { ...body.data, mutation: { fields: [] }, addInput: null, policies: null } };
    await gitlab((seen) => (asks(seen, 'Features') ? { body: older } : null));
    await expect(set(WEB)).rejects.toMatchObject({
      code: 'FORGE_REFUSED',
      message: expect.stringContaining('17.8 and later') as string,
    });
    expect(writes()).toEqual([]);
  });

  it('names a group by its path of today', async () => {
    await gitlab((seen) => {
      if (seen.path.startsWith('/api/v4/groups/3')) return { body: { id: 3, full_path: 'now/apps', path: 'apps' } };
      return mutates(seen) ? { body: { data: { ciJobTokenScopeUpdatePolicies: { errors: [] } } } } : null;
    });
    await set(GROUP);
    expect(writes()[0]?.body.variables).toMatchObject({ project: 'now/7', target: 'now/apps' });
  });

  it.each([
    { what: 'group', entry: GROUP, hides: () => false, words: 'group 3' },
    { what: 'project', entry: WEB, hides: (seen: Seen) => asks(seen, 'query Paths'), words: 'project 7' },
  ] as const)('is missing with its $what, and nothing is sent', async ({ entry, hides, words }) => {
    await gitlab((seen) => (hides(seen) ? { body: { data: { projects: projectsPage([]) } } } : null));
    await expect(set(entry)).rejects.toMatchObject({
      code: 'FORGE_NOT_FOUND',
      message: expect.stringContaining(`${words} does not exist or is hidden`) as string,
    });
    expect(writes()).toEqual([]);
  });

  // The status is 200 each time; what is said decides whether the write is looked up, given up or stops the run.
  it.each([
    { says: 'Invalid token', code: 'TOKEN_REFUSED' },
    { says: 'Token was revoked. You have to re-authorize from the user.', code: 'TOKEN_REFUSED' },
    { says: 'Timeout on validation of query', code: 'FORGE_UNAVAILABLE' },
    { says: 'Internal server error', code: 'FORGE_UNAVAILABLE' },
    {
      says: "The resource that you are attempting to access does not exist or you don't have permission",
      code: 'FORGE_REFUSED',
    },
  ])('is $code where GitLab says: $says', async ({ says, code }) => {
    for (const body of [
      { errors: [{ message: says }] },
      {
        data: { ciJobTokenScopeUpdatePolicies: null },
        errors: [{ message: says, path: ['ciJobTokenScopeUpdatePolicies'] }],
      },
    ]) {
      await gitlab((seen) => (mutates(seen) ? { body } : null));
      await expect(set(WEB)).rejects.toMatchObject({ code });
      expect(writes()).toHaveLength(1);
      await stub.close();
    }
  });

  it('is unclear where GitLab answers with nothing', async () => {
    await gitlab((seen) => (mutates(seen) ? { body: { data: { ciJobTokenScopeUpdatePolicies: null } } } : null));
    await expect(set(WEB)).rejects.toMatchObject({ code: 'FORGE_UNREADABLE' });
  });
});

describe('removing an entry', () => {
  it('takes one that is not there for removed', async () => {
    const message = '400 Bad request - Target project is not in the job token scope';
    await gitlab(({ method }) => (method === 'DELETE' ? { status: 400, body: { message } } : null));
    await connect(stub.url).forge.removeEntry(CALLEE, WEB, freely);
    expect(writes()).toMatchObject([{ method: 'DELETE', path: '/api/v4/projects/7/job_token_scope/allowlist/12' }]);
  });

  it.each([
    { name: 'is gone with its target', entries: [], outcome: 'removed' },
    { name: 'is still there behind a hidden target', entries: [entryNode(12, 'x/y')], outcome: 'FORGE_NOT_FOUND' },
  ])('looks after a 404 whether the entry $name', async ({ entries, outcome }) => {
    const node = projectNode(7, 'now/7', { entries });
    await gitlab((seen) =>
      asks(seen, 'ProjectsById') ? { body: { data: { projects: projectsPage([node]) } } } : null,
    );
    const work = connect(stub.url)
      .forge.removeEntry(CALLEE, WEB, freely)
      .then(
        () => 'removed',
        (error: unknown) => (error as { code: string }).code,
      );
    expect(await work).toBe(outcome);
  });
});

describe('switching', () => {
  const settings = (value: boolean | null, errors: string[] = []): Reply => ({
    body: { data: { projectCiCdSettingsUpdate: { errors, ciCdSettings: { inboundJobTokenScopeEnabled: value } } } },
  });

  it.each([
    { on: true, name: 'on' },
    { on: false, name: 'off' },
  ])('turns the allowlist $name by the mutation that leaves an audit event', async ({ on }) => {
    await gitlab((seen) => (mutates(seen) ? settings(on) : null));
    const { forge } = connect(stub.url);
    await (on ? forge.enforce(CALLEE, proofOf(7), freely) : forge.reopen(CALLEE, freely));
    expect(writes().map(({ body }) => body.variables)).toEqual([{ project: 'now/7', enabled: on }]);
  });

  it('does not take the proof of another project', async () => {
    await gitlab(() => null);
    await expect(connect(stub.url).forge.enforce(CALLEE, proofOf(8), freely)).rejects.toThrow(
      'the proof is of project 8',
    );
    expect(writes()).toEqual([]);
  });

  it.each([
    { name: 'errors', reply: settings(true, ['it is enforced for the instance']), words: 'enforced for the instance' },
    { name: 'an unchanged setting', reply: settings(true), words: 'left the setting unchanged' },
  ])('takes $name for a refusal', async ({ reply, words }) => {
    await gitlab((seen) => (mutates(seen) ? reply : null));
    await expect(connect(stub.url).forge.reopen(CALLEE, freely)).rejects.toMatchObject({
      code: 'FORGE_REFUSED',
      message: expect.stringContaining(words) as string,
    });
  });

  it('goes by REST where there is no such mutation', async () => {
    await gitlab((seen) => {
      if (seen.path === '/api/graphql') return { status: 404, body: 'Not Found' };
      if (seen.path === '/api/v4/metadata') return { body: { version: '15.11.0' } };
      return seen.method === 'PATCH' ? { status: 204 } : null;
    });
    await connect(stub.url).forge.enforce(CALLEE, proofOf(7), freely);
    expect(writes().at(-1)).toMatchObject({ path: '/api/v4/projects/7/job_token_scope', body: { enabled: true } });
  });
});

it('tells the stored and the effective setting apart, asking for what GitLab acts on now', async () => {
  const node = projectNode(7, 'now/7', { stored: false });
  await gitlab((seen) => {
    if (seen.path.endsWith('/job_token_scope')) return { body: { inbound_enabled: true, outbound_enabled: false } };
    return asks(seen, 'ProjectsById') ? { body: { data: { projects: projectsPage([node]) } } } : null;
  });
  expect(await connect(stub.url).forge.allowlist(CALLEE)).toEqual({ stored: false, effective: true, entries: [] });
});
