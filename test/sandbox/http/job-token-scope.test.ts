import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ORGANISATION, rowsOf, StandIn } from './stand-in.ts';

let gitlab: StandIn;
beforeEach(async () => {
  gitlab = await StandIn.start();
});
afterEach(() => gitlab.close());

const SCOPE = '/projects/101/job_token_scope';

describe('job token scope over REST', () => {
  it('tells the effective value, PATCH answers 204 without a body', async () => {
    expect((await gitlab.rest('GET', SCOPE)).body).toEqual({ inbound_enabled: false, outbound_enabled: false });
    const patch = await gitlab.rest('PATCH', SCOPE, { json: { enabled: true } });
    expect([patch.status, patch.text]).toEqual([204, '']);
    expect((await gitlab.rest('GET', SCOPE)).body.inbound_enabled).toBe(true);
  });

  it('takes the encoded full path, in any case', async () => {
    expect((await gitlab.rest('GET', '/projects/acme%2Flibs%2Fcore/job_token_scope')).status).toBe(200);
    expect((await gitlab.rest('GET', '/projects/Acme%2FLibs%2FCore/job_token_scope')).status).toBe(200);
  });

  it('refuses to switch off while the instance enforces, in GitLab words', async () => {
    const setting = { enforce_ci_inbound_job_token_scope_enabled: true };
    expect((await gitlab.rest('PUT', '/application/settings', { json: setting })).body).toMatchObject(setting);
    const refused = await gitlab.rest('PATCH', SCOPE, { json: { enabled: false } });
    expect([refused.status, refused.body]).toEqual([
      400,
      {
        message:
          '400 Bad request - Job token scope cannot be disabled for this project because it is enforced for the instance.',
      },
    ]);
    expect((await gitlab.rest('GET', SCOPE)).body.inbound_enabled).toBe(true);
    const stored = await gitlab.graphql(
      '{project(fullPath:"acme/libs/core"){ciCdSettings{inboundJobTokenScopeEnabled}}}',
    );
    expect(stored.body.data.project.ciCdSettings.inboundJobTokenScopeEnabled).toBe(false);
  });

  it('adds, lists and removes projects', async () => {
    const added = await gitlab.rest('POST', `${SCOPE}/allowlist`, { json: { target_project_id: 103 } });
    expect([added.status, added.body]).toEqual([201, { source_project_id: 101, target_project_id: 103 }]);
    const listed = await gitlab.rest('GET', `${SCOPE}/allowlist`);
    expect(
      rowsOf(listed.body)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([101, 103]);
    expect((await gitlab.rest('DELETE', `${SCOPE}/allowlist/103`)).status).toBe(204);
    expect((await gitlab.rest('GET', `${SCOPE}/allowlist`)).body).toHaveLength(1);
  });

  it('adds, lists and removes groups without their full path', async () => {
    const { id } = (await gitlab.rest('GET', '/groups/acme%2Fapps')).body;
    const added = await gitlab.rest('POST', `${SCOPE}/groups_allowlist`, { json: { target_group_id: id } });
    expect([added.status, added.body]).toEqual([201, { source_project_id: 101, target_group_id: id }]);
    const listed = await gitlab.rest('GET', `${SCOPE}/groups_allowlist`);
    expect(listed.body).toEqual([{ id, web_url: `${gitlab.running.url}/groups/acme/apps`, name: 'apps' }]);
    expect((await gitlab.rest('DELETE', `${SCOPE}/groups_allowlist/${id}`)).status).toBe(204);
  });

  it.each([
    ['GET', SCOPE, 'none', undefined, 401, '401 Unauthorized'],
    ['GET', SCOPE, 'wrong', undefined, 401, '401 Unauthorized'],
    ['GET', SCOPE, 'gus', undefined, 403, '403 Forbidden'],
    ['PATCH', SCOPE, 'ci-bot', { enabled: true }, 403, '403 Forbidden'],
    ['GET', '/projects/105/job_token_scope', 'mia', undefined, 404, '404 Project Not Found'],
    ['GET', '/projects/999/job_token_scope', 'root', undefined, 404, '404 Project Not Found'],
    [
      'POST',
      `${SCOPE}/allowlist`,
      'root',
      { target_project_id: 999 },
      404,
      '404 target_project_id not found Not Found',
    ],
    [
      'POST',
      `${SCOPE}/groups_allowlist`,
      'root',
      { target_group_id: 999 },
      404,
      '404 target_group_id not found Not Found',
    ],
    [
      'POST',
      `${SCOPE}/allowlist`,
      'mia',
      { target_project_id: 105 },
      400,
      "400 Bad request - The target_project that you are attempting to access does not exist or you don't have permission to perform this action",
    ],
    [
      'DELETE',
      `${SCOPE}/allowlist/103`,
      'root',
      undefined,
      400,
      '400 Bad request - Target project is not in the job token scope',
    ],
    [
      'DELETE',
      `${SCOPE}/allowlist/101`,
      'root',
      undefined,
      400,
      '400 Bad request - Source project cannot be removed from the job token scope',
    ],
    ['DELETE', `${SCOPE}/allowlist/105`, 'mia', undefined, 404, '404 Project Not Found'],
    [
      'DELETE',
      `${SCOPE}/allowlist/103`,
      'ci-bot',
      undefined,
      403,
      '403 Forbidden - Insufficient permissions to modify the job token scope',
    ],
  ])('%s %s by %s: %o -> %i', async (method, path, user, json, status, message) => {
    const token = user === 'none' ? null : user === 'wrong' ? 'glpat-wrong' : gitlab.token(user);
    const reply = await gitlab.rest(method, path, { token, ...(json === undefined ? {} : { json }) });
    expect([reply.status, reply.body]).toEqual([status, { message }]);
  });

  it.each([
    ['PATCH', SCOPE, {}, 'enabled is missing, enabled is empty'],
    ['POST', `${SCOPE}/allowlist`, {}, 'target_project_id is missing'],
    ['POST', `${SCOPE}/allowlist`, { target_project_id: 'x' }, 'target_project_id is invalid'],
    ['POST', '/projects/acme%2Flibs%2Fcore/job_token_scope/allowlist', { target_project_id: 103 }, 'id is invalid'],
  ])('parameter errors: %s %s %o', async (method, path, json, error) => {
    const reply = await gitlab.rest(method, path, { json });
    expect([reply.status, reply.body]).toEqual([400, { error }]);
  });

  it('answers a duplicate with 400, newer and older words', async () => {
    const add = (standIn: StandIn) => standIn.rest('POST', `${SCOPE}/allowlist`, { json: { target_project_id: 103 } });
    await add(gitlab);
    expect((await add(gitlab)).body.message).toBe(
      '400 Bad request - This project is already in the job token allowlist.',
    );
    const older = await StandIn.start({ gitlabVersion: '17.0.0' });
    await add(older);
    expect((await add(older)).body.message).toBe('400 Bad request - Target project is already in the job token scope');
    await older.close();
  });

  it('holds 200 project entries and not one more', async () => {
    const callers = Array.from({ length: 201 }, (_, index) => ({ path: `acme/apps/c${index}`, id: 1_000 + index }));
    const crowded = await StandIn.start({}, { ...ORGANISATION, projects: [...ORGANISATION.projects, ...callers] });
    const statuses: number[] = [];
    let last = '';
    for (const { id } of callers) {
      const reply = await crowded.rest('POST', `${SCOPE}/allowlist`, { json: { target_project_id: id } });
      statuses.push(reply.status);
      last = reply.text;
    }
    expect(statuses.filter((status) => status === 201)).toHaveLength(200);
    expect(JSON.parse(last)).toEqual({
      message:
        '400 Bad request - Validation failed: Source project exceeds the allowable number of project links in this direction',
    });
    const page = await crowded.rest('GET', `${SCOPE}/allowlist?per_page=100&page=3`);
    expect([page.body.length, page.headers.get('x-total'), page.headers.get('x-next-page')]).toEqual([1, '201', '']);
    await crowded.close();
  });

  it('lets a read token read and refuses its writes', async () => {
    const token = gitlab.token('root', 'read_api');
    expect((await gitlab.rest('GET', SCOPE, { token })).status).toBe(200);
    const refused = await gitlab.rest('PATCH', SCOPE, { token, json: { enabled: true } });
    expect([refused.status, refused.body.error]).toEqual([403, 'insufficient_scope']);
  });
});
