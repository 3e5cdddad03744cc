import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORGANISATION, rowsOf, StandIn, type Row } from './stand-in.ts';

let gitlab: StandIn;
beforeAll(async () => {
  gitlab = await StandIn.start();
});
afterAll(() => gitlab.close());

const idsOf = (body: unknown): number[] => rowsOf(body).map(({ id }) => id);

describe('lists', () => {
  it('pages projects by offset, with totals and links', async () => {
    const page = await gitlab.rest('GET', '/projects?per_page=2&page=2&order_by=id&sort=asc');
    expect(idsOf(page.body)).toEqual([103, 104]);
    expect(page.headers.get('x-total')).toBe('6');
    expect(page.headers.get('x-total-pages')).toBe('3');
    expect(page.headers.get('x-next-page')).toBe('3');
    expect(page.headers.get('x-prev-page')).toBe('1');
    const rels = [...(page.headers.get('link') ?? '').matchAll(/[?&]page=(\d+)[^>]*>; rel="(\w+)"/g)];
    expect(rels.map(([, number, rel]) => `${rel} ${number}`)).toEqual(['prev 1', 'next 3', 'first 1', 'last 3']);
  });

  it('pages projects by keyset until no link is left', async () => {
    const seen: number[] = [];
    let path: string | null = '/projects?pagination=keyset&order_by=id&sort=asc&per_page=4';
    while (path !== null) {
      const page = await gitlab.rest('GET', path);
      seen.push(...idsOf(page.body));
      expect(page.headers.get('x-total')).toBeNull();
      const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
      path = next === undefined ? null : next.slice(`${gitlab.running.url}/api/v4`.length);
    }
    expect(seen).toEqual([101, 102, 103, 104, 105, 106]);
  });

  it.each([
    ['id_after=103', [106, 105, 104]],
    ['archived=true', [106]],
    ['archived=false&visibility=private&sort=asc', [101, 102, 103, 104, 105]],
    ['search=SHOP', [104]],
  ])('filters projects: %s', async (query, ids) => {
    expect(idsOf((await gitlab.rest('GET', `/projects?${query}`)).body)).toEqual(ids);
  });

  it('shows a user what he may see, a stranger what is public', async () => {
    const mine = await gitlab.rest('GET', '/projects?membership=true&order_by=id&sort=asc', {
      token: gitlab.token('mia'),
    });
    expect(idsOf(mine.body)).toEqual([101, 102, 103, 104]);
    expect(idsOf((await gitlab.rest('GET', '/projects', { token: null })).body)).toEqual([106]);
  });

  it('lists a group with and without its subgroups', async () => {
    expect((await gitlab.rest('GET', '/groups/acme/projects')).body).toEqual([]);
    const all = await gitlab.rest('GET', '/groups/acme/projects?include_subgroups=true&order_by=id&sort=asc');
    expect(idsOf(all.body)).toEqual([101, 102, 103, 104]);
    const below = await gitlab.rest('GET', '/groups/acme/subgroups');
    expect(rowsOf(below.body).map((group) => group.full_path)).toEqual(['acme/apps', 'acme/libs']);
  });

  it('redirects GET of a moved project and refuses the rest', async () => {
    const faults = JSON.stringify([
      { what: 'project_moved', project: 'acme/libs/core', to: 'acme/libs/kernel', times: 1 },
    ]);
    const moving = await StandIn.start({ faults });
    await moving.rest('GET', '/version');
    const get = await moving.rest('GET', '/projects/acme%2Flibs%2Fcore/job_token_scope');
    expect([get.status, get.headers.get('location')]).toEqual([
      301,
      `${moving.running.url}/api/v4/projects/101/job_token_scope`,
    ]);
    const patch = await moving.rest('PATCH', '/projects/acme%2Flibs%2Fcore/job_token_scope', {
      json: { enabled: true },
    });
    expect([patch.status, patch.body]).toEqual([
      405,
      { message: 'Non GET methods are not allowed for moved projects' },
    ]);
    await moving.close();
  });

  it('walks failed jobs by keyset and streams a trace, also in part', async () => {
    const enforced = await StandIn.start();
    await enforced.rest('PATCH', '/projects/101/job_token_scope', { json: { enabled: true } });
    await enforced.call('POST', '/-/sandbox/clock', { json: { advance: '1d' } });
    const failed: Row[] = [];
    let path: string | null = '/projects/103/jobs?scope[]=failed&pagination=keyset&order_by=id&sort=desc&per_page=3';
    while (path !== null) {
      const page = await enforced.rest('GET', path);
      failed.push(...rowsOf(page.body));
      const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
      path = next === undefined ? null : next.slice(`${enforced.running.url}/api/v4`.length);
    }
    expect(failed).toHaveLength(4);
    expect(idsOf(failed)).toEqual([...idsOf(failed)].sort((a, b) => b - a));
    expect(failed[0]).toMatchObject({ name: 'build', failure_reason: 'script_failure', pipeline: { project_id: 103 } });
    const trace = await enforced.rest('GET', `/projects/103/jobs/${failed[0]!.id}/trace`);
    expect(trace.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(trace.text).toMatch(/Authentication by CI\/CD job token not allowed from web to /);
    const part = await enforced.rest('GET', `/projects/103/jobs/${failed[0]!.id}/trace`, {
      headers: { Range: 'bytes=10-19' },
    });
    // GitLab's route knows no parts of a log.
    expect([part.status, part.text]).toEqual([200, trace.text]);
    const [pipeline] = (await enforced.rest('GET', '/projects/103/pipelines?status=failed&per_page=1')).body;
    const jobs = await enforced.rest('GET', `/projects/103/pipelines/${pipeline.id}/jobs`);
    expect(jobs.body[0].status).toBe('failed');
    expect((await enforced.rest('GET', `/projects/103/pipelines/${pipeline.id}/bridges`)).body).toEqual([]);
    await enforced.close();
  });

  it('reads the tree and files of a repository', async () => {
    const tree = await gitlab.rest('GET', '/projects/101/repository/tree');
    expect(rowsOf(tree.body).map((node) => `${node.type} ${node.path}`)).toEqual(['tree src', 'blob README.md']);
    const all = await gitlab.rest('GET', '/projects/101/repository/tree?recursive=true&per_page=1&pagination=keyset');
    expect(all.headers.get('link')).toMatch(/page_token=.*rel="next"/);
    const raw = await gitlab.rest('GET', '/projects/101/repository/files/src%2Fmain.c/raw?ref=HEAD');
    expect(raw.text).toBe('int main;');
    expect((await gitlab.rest('GET', '/projects/101/repository/files/none/raw?ref=HEAD')).body).toEqual({
      message: '404 File Not Found',
    });
  });

  it('opens issues and notes', async () => {
    const issue = await gitlab.rest('POST', '/projects/101/issues', { json: { title: 'Who calls?', labels: 'a,b' } });
    expect([issue.status, issue.body.labels]).toEqual([201, ['a', 'b']]);
    const note = await gitlab.rest('POST', `/projects/101/issues/${issue.body.iid}/notes`, {
      json: { body: 'web does' },
    });
    expect(note.status).toBe(201);
    expect((await gitlab.rest('GET', '/projects/101/issues?search=who')).body).toHaveLength(1);
  });

  it('tells who the token belongs to', async () => {
    const token = gitlab.token('mia');
    expect((await gitlab.rest('GET', '/user', { token })).body).not.toHaveProperty('is_admin');
    expect((await gitlab.rest('GET', '/user')).body).toMatchObject({ username: 'root', is_admin: true });
    expect((await gitlab.rest('GET', '/personal_access_tokens/self', { token })).body).toMatchObject({
      scopes: ['api'],
      active: true,
      revoked: false,
    });
    expect((await gitlab.rest('GET', '/users/3')).body).toMatchObject({ username: 'mia', is_admin: false });
    expect((await gitlab.rest('GET', '/users?username=root')).body).toMatchObject([{ is_admin: true }]);
    expect((await gitlab.rest('GET', '/users/1', { token })).body).not.toHaveProperty('is_admin');
    expect((await gitlab.rest('GET', '/application/settings', { token })).status).toBe(403);
    const { body: user } = await gitlab.rest('GET', '/user', { token });
    const member = await gitlab.rest('GET', `/projects/101/members/all/${user.id}`);
    expect(member.body).toMatchObject({ username: 'mia', access_level: 40 });
    expect((await gitlab.rest('GET', '/metadata')).body).toMatchObject({ version: `${ORGANISATION.version}-ee` });
  });
});
