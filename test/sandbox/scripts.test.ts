import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StandIn } from './http/stand-in.ts';

const CLONE = 'git clone --quiet "http://gitlab-ci-token:$CI_JOB_TOKEN@$CI_SERVER_FQDN/acme/core.git" ../core';
const job = (name: string, script: readonly string[], more: object = {}): object => ({
  project: 'acme/web',
  name,
  every: '52w',
  user: 'dev',
  script,
  ...more,
});
const ORGANISATION = {
  version: '18.5.0',
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  users: [
    { name: 'root', admin: true },
    { name: 'dev', memberships: { acme: 'developer' } },
  ],
  projects: [
    { path: 'acme/core', id: 1, files: { a: 'core\n' } },
    { path: 'acme/web', id: 2, files: { b: 'web\n' } },
  ],
  jobs: [
    job('good', ['cat b', 'echo "$CI_PROJECT_PATH by $GITLAB_USER_LOGIN"', 'echo "$CI_JOB_TOKEN"']),
    job('clone', [CLONE, 'echo "never said"']),
    job('slow', ['sleep 30'], { timeout: '1s' }),
    job('outside', ['echo "routes: $(tail -n +2 /proc/net/route | wc -l)"']),
  ],
};

let gitlab: StandIn;
beforeAll(async () => {
  gitlab = await StandIn.start({ allowScripts: true }, ORGANISATION);
});
afterAll(() => gitlab.close());

async function run(name: string, standIn = gitlab) {
  const { body } = await standIn.call('POST', '/-/sandbox/jobs', { json: { project: 'acme/web', name } });
  const { text } = await standIn.rest('GET', `/projects/2/jobs/${String(body.id)}/trace`);
  return { status: String(body.status), reason: body.failureReason as string | null, trace: text };
}

describe('jobs with a script', () => {
  it('run in a checkout of their project, with CI variables and a masked token', async () => {
    const { status, trace } = await run('good');
    expect(status).toBe('success');
    expect(trace).toContain('\u001b[32;1m$ cat b\u001b[0;m\nweb\n');
    expect(trace).toContain('acme/web by dev\n');
    expect(trace).toContain('$ echo "$CI_JOB_TOKEN"\u001b[0;m\n[MASKED]\n');
    expect(trace).toMatch(/section_start:\d+:step_script\r/);
    expect(trace.endsWith('Job succeeded\u001b[0;m\n')).toBe(true);
  });

  it('end at the first failure, as the real client words it', async () => {
    const { status, reason, trace } = await run('clone');
    expect([status, reason]).toEqual(['failed', 'script_failure']);
    expect(trace).toContain('remote: Authentication by CI/CD job token not allowed from web to core.\n');
    expect(trace).not.toContain('never said');
    expect(trace).toContain('ERROR: Job failed: exit status 128');
    await gitlab.rest('POST', '/projects/1/job_token_scope/allowlist', { json: { target_project_id: 2 } });
    expect((await run('clone')).status).toBe('success');
  });

  it('are stopped at their time limit', async () => {
    const { reason, trace } = await run('slow');
    expect(reason).toBe('job_execution_timeout');
    expect(trace).toContain('ERROR: Job failed: execution took longer than 1s seconds');
  });

  it('have no network but the stand-in where the platform allows it', async ({ skip }) => {
    if (gitlab.running.scripts !== 'cut-off') skip('this platform has no networks of its own for processes');
    const { trace } = await run('outside');
    expect(trace).toContain('routes: 0\n');
  });

  it('stay text unless they are allowed', async () => {
    const without = await StandIn.start({}, ORGANISATION);
    const { status, trace } = await run('good', without);
    expect([without.running.scripts, status]).toEqual(['off', 'success']);
    expect(trace).not.toContain('acme/web by dev');
    await without.close();
  });
});
