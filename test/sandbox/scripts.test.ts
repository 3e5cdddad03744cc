import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StandIn, type Reply } from './http/stand-in.ts';

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
    {
      path: 'acme/web',
      id: 2,
      files: { b: 'web\n', '.gitmodules': '[submodule "core"]\n\tpath = libs/core\n\turl = ../core.git\n' },
    },
    { path: 'acme/nightly', id: 3, files: { c: 'c\n' } },
  ],
  jobs: [
    job('good', ['cat b', 'echo "$CI_PROJECT_PATH by $GITLAB_USER_LOGIN"', 'echo "$CI_JOB_TOKEN"']),
    job('clone', [CLONE, 'echo "never said"']),
    job('slow', ['sleep 30'], { timeout: '1s' }),
    job('long', ['sleep 29.75']),
    job('outside', ['echo "routes: $(tail -n +2 /proc/net/route | wc -l)"']),
    job(
      'files',
      [
        'touch mine ../mine && echo "own folder: $(basename "$PWD")"',
        `ls ${import.meta.dirname} 2>/dev/null && echo "sees the sources"`,
        `ls "${homedir()}" 2>/dev/null | wc -l`,
        'touch /usr/bin/not-mine 2>/dev/null && echo "changes programs"',
        'echo "the end"',
      ].map((line) => `${line} || true`),
    ),
    job('modules', ['cat libs/core/a'], {
      variables: { GIT_SUBMODULE_STRATEGY: 'recursive', CI_COMMIT_BRANCH: 'mine' },
    }),
    job('commit', ['echo "$CI_COMMIT_SHA = $(git rev-parse HEAD) on $CI_COMMIT_BRANCH by $CI_PIPELINE_SOURCE"']),
    { project: 'acme/nightly', name: 'night', every: '1d', at: '2h', user: 'dev', schedule: true, script: [CLONE] },
    {
      project: 'acme/nightly',
      name: 'told',
      every: '1d',
      at: '2h',
      user: 'dev',
      uses: [{ callee: 'acme/core', access: 'npm' }],
    },
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
    if (gitlab.running.scripts?.network !== true) skip('this platform has no networks of its own for processes');
    const { trace } = await run('outside');
    expect(trace).toContain('routes: 0\n');
  });

  it('see nothing of this machine but its programs where the platform allows it, and leave nothing behind', async ({
    skip,
  }) => {
    if (gitlab.running.scripts?.files !== true) skip('this platform has no files of its own for processes');
    const { status, trace } = await run('files');
    expect(status).toBe('success');
    expect(trace).toContain('own folder: build\n');
    expect(trace).toMatch(/\n0\n/);
    expect(trace).not.toMatch(/^(?:sees the sources|changes programs)$/m);
  });

  it('have their submodules fetched as the runner does, refused and let in', async () => {
    await gitlab.call('DELETE', '/api/v4/projects/1/job_token_scope/allowlist/2');
    const denied = await run('modules');
    expect(denied.trace).toMatch(
      /Updating\/initializing submodules recursively with git depth set to 20\.\.\..*\nSubmodule 'core' \(http:\/\/[^\n]*\/acme\/core\.git\) registered for path 'libs\/core'\nCloning into '[^']+\/libs\/core'\.\.\.\nremote: Authentication by CI\/CD job token not allowed from web to core\.\nfatal: unable to access 'http:[^']+': The requested URL returned error: 403\nfatal: clone of '[^']+' into submodule path '[^']+' failed\nFailed to clone 'libs\/core'\. Retry scheduled\n/,
    );
    expect(denied.trace).not.toContain('step_script');
    await gitlab.rest('POST', '/projects/1/job_token_scope/allowlist', { json: { target_project_id: 2 } });
    const allowed = await run('modules');
    expect([allowed.status, allowed.trace]).toEqual([
      'success',
      expect.stringContaining('cat libs/core/a\u001b[0;m\ncore\n'),
    ]);
  });

  it('know the commit they work on', async () => {
    const { trace } = await run('commit');
    expect(trace).toMatch(/\n([0-9a-f]{40}) = \1 on main by api\n/);
  });

  it('run on their schedule when the clock moves, each at its own time', async () => {
    const before = await gitlab.call('GET', '/-/sandbox/truth');
    await gitlab.call('POST', '/-/sandbox/clock', { json: { advance: '26h' } });
    const { body: jobs } = await gitlab.rest('GET', '/projects/3/jobs?per_page=100');
    const nights = (
      jobs as { name: string; created_at: string; failure_reason: string; pipeline: { source: string } }[]
    )
      .filter(({ name, created_at: at }) => name === 'night' && at > '2026-03-02T08:00:00.000Z')
      .map(({ created_at: at, failure_reason: reason, pipeline }) => [at, reason, pipeline.source]);
    expect(nights).toEqual([
      ['2026-03-03T10:00:00.000Z', 'script_failure', 'schedule'],
      ['2026-03-02T10:00:00.000Z', 'script_failure', 'schedule'],
    ]);
    // What the clones did is in the truth, and the jobs without a script went on as ever.
    const count = ({ body }: Reply, access: string) =>
      (body.edges as { caller: string; access: string; allowed: number; denied: number }[])
        .filter((edge) => edge.caller === 'acme/nightly' && edge.access === access)
        .reduce((sum, { allowed, denied }) => sum + allowed + denied, 0);
    const after = await gitlab.call('GET', '/-/sandbox/truth');
    expect(count(after, 'git') - count(before, 'git')).toBe(2);
    expect(count(after, 'npm') - count(before, 'npm')).toBe(2);
  });

  it('are not started by the thousand in one go', async () => {
    const answer = await gitlab.call('POST', '/-/sandbox/clock', { json: { advance: '400w' } });
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(/more than 1000 scripts/)]);
  });

  it('end with the stand-in', async () => {
    const brief = await StandIn.start({ allowScripts: true }, ORGANISATION);
    const json = { project: 'acme/web', name: 'long' };
    const asked = brief.call('POST', '/-/sandbox/jobs', { json }).catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, 700));
    const began = performance.now();
    await brief.close();
    await asked;
    // By itself the script would end half a minute later.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('sleep 29.75');
  });

  it('stay text unless they are allowed', async () => {
    const without = await StandIn.start({}, ORGANISATION);
    const { status, trace } = await run('good', without);
    expect([without.running.scripts, status]).toEqual([null, 'success']);
    expect(trace).not.toContain('acme/web by dev');
    await without.close();
  });
});
