import { afterEach, describe, expect, it } from 'vitest';
import {
  asks,
  connect,
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
const groupData = (page: object): Reply => ({ body: { data: { group: { projects: page } } } });
const goesRound = { code: 'FORGE_UNREADABLE', message: expect.stringContaining('never end') as string };

async function gitlab(answer: (seen: Seen) => Reply | null): Promise<ReturnType<typeof connect>['forge']> {
  stub = await startStub((seen) => {
    const own = answer(seen);
    if (own) return own;
    if (seen.path === '/api/v4/metadata') return { body: { version: '18.5.0' } };
    return asks(seen, 'Features') ? featuresReply() : { status: 404, body: { message: '404 Not Found' } };
  });
  return connect(stub.url).forge;
}

describe('a list that leads back to where it was', () => {
  it('is an error of the list of projects, and a place may be asked for again', async () => {
    const next = new Map([
      [null, 'A'],
      ['A', 'B'],
      ['B', 'A'],
    ]);
    const forge = await gitlab((seen) => {
      if (!asks(seen, 'InventoryOf')) return null;
      return groupData(projectsPage([projectNode(7, 'acme/a')], next.get(seen.body.variables!['after'] as null)));
    });
    await forge.projects(GROUP, null);
    await forge.projects(GROUP, 'graphql:A');
    await forge.projects(GROUP, 'graphql:A');
    await expect(forge.projects(GROUP, 'graphql:B')).rejects.toMatchObject(goesRound);
    expect((await forge.projects(GROUP, null)).next).toBe('graphql:A');
  });

  it('makes the one project unread whose log it is, and no row of the others counts twice', async () => {
    const forge = await gitlab((seen) => {
      if (asks(seen, 'InventoryOf')) {
        const long = (id: number) => projectNode(id, `acme/${id}`, { log: [logNode(1, 'x/1')], more: { log: 'L1' } });
        return groupData(projectsPage([long(7), long(8)]));
      }
      if (!asks(seen, 'InnerLists')) return null;
      // The first project's log has one page more; the other one's leads to itself.
      const parts = Object.entries(seen.body.variables!).flatMap(([name, value]) => {
        const place = name.startsWith('id') ? name.slice(2) : null;
        if (place === null) return [];
        const id = Number((value as string).split('/').at(-1));
        const more = id === 8 ? { more: { log: 'L1' } } : {};
        return [[`p${place}`, projectsPage([projectNode(id, `acme/${id}`, { log: [logNode(2, 'x/2')], ...more })])]];
      });
      return { body: { data: Object.fromEntries(parts) as object } };
    });
    const { items } = await forge.projects(GROUP, null);
    expect(items[0]!.log.map(({ caller }) => caller.id)).toEqual([1, 2]);
    expect(items[0]!.project.unread).toBeNull();
    expect(items[1]!.project).toMatchObject({ allowlist: null, unread: goesRound.message });
  });

  it.each([
    ['names itself as the next', (page: string | null) => page ?? '1'],
    ['names ever new places', (page: string | null) => `${Number(page ?? 1) + 1}`],
  ])('makes a project unread where its list of entries by REST %s', async (_, nextPage) => {
    const forge = await gitlab((seen) => {
      const { pathname, searchParams } = new URL(seen.path, 'http://x');
      if (pathname === '/api/graphql') return { status: 404, body: 'Not Found' };
      if (pathname === '/api/v4/groups/acme/projects')
        return { body: [{ id: 7, path_with_namespace: 'acme/a', namespace: { kind: 'group' } }] };
      if (pathname === '/api/v4/projects/7/job_token_scope') return { body: { inbound_enabled: true } };
      if (!pathname.endsWith('/allowlist')) return null;
      const next = nextPage(searchParams.get('page'));
      return {
        body: [{ id: 7, path_with_namespace: 'acme/a' }],
        headers: { link: `<http://x${pathname}?per_page=100&page=${next}>; rel="next"` },
      };
    });
    const { items } = await forge.projects(GROUP, null);
    expect(items[0]!.project).toMatchObject({ allowlist: null, unread: goesRound.message });
  });
});

describe('a group read by REST', () => {
  const PAGE = 20;

  /** A group that changes right before its second page is read for the first time. */
  async function group(change: (ids: number[]) => void, told = true) {
    const ids = Array.from({ length: 70 }, (_, n) => n + 101);
    let changed = false;
    const forge = await gitlab((seen) => {
      const { pathname, searchParams } = new URL(seen.path, 'http://x');
      if (pathname === '/api/graphql') return { status: 404, body: 'Not Found' };
      if (pathname.endsWith('/job_token_scope')) return { body: { inbound_enabled: true } };
      if (pathname.endsWith('allowlist')) return { body: [] };
      if (pathname !== '/api/v4/groups/acme/projects') return null;
      const page = Number(searchParams.get('page'));
      if (page === 2 && !changed) {
        changed = true;
        change(ids);
      }
      const shown = ids.slice((page - 1) * PAGE, page * PAGE);
      const link = page * PAGE < ids.length ? { link: `<http://x${pathname}?page=${page + 1}>; rel="next"` } : {};
      return {
        body: shown.map((id) => ({ id, path_with_namespace: `acme/p${id}` })),
        headers: { ...link, ...(told ? { 'x-total': `${ids.length}` } : {}) },
      };
    });
    const found: number[] = [];
    for (let after: string | null = null; ;) {
      const page = await forge.projects(GROUP, after);
      found.push(...page.items.map(({ project }) => project.id));
      if (page.next === null) return { found, now: ids };
      after = page.next;
    }
  }

  it.each([
    ['one', (ids: number[]) => ids.splice(3, 1)],
    ['a page and more', (ids: number[]) => ids.splice(0, 25)],
  ])('misses nobody where %s of its projects is deleted between two pages', async (_, remove) => {
    const { found, now } = await group(remove);
    expect(now.filter((id) => !found.includes(id))).toEqual([]);
    expect(new Set(found).size).toBe(found.length);
  });

  it('goes on where a whole page of projects moves in before the place', async () => {
    const { found, now } = await group((ids) => ids.unshift(...Array.from({ length: PAGE }, (_, n) => n + 1)));
    expect(now.filter((id) => id > 100 && !found.includes(id))).toEqual([]);
  });
});
