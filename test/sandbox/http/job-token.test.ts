import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StandIn } from './stand-in.ts';

const run = promisify(execFile);

/** A private and a public callee, and a caller whose jobs are a developer's, a guest's and a stranger's. */
const ORGANISATION = {
  version: '18.5.0',
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  history: '1d',
  users: [
    { name: 'root', admin: true },
    { name: 'dev', memberships: { acme: 'developer' } },
    { name: 'guest', memberships: { acme: 'guest' } },
    { name: 'stranger' },
  ],
  projects: [
    {
      path: 'acme/libs/core',
      id: 1,
      files: { 'README.md': 'core\n', 'src/main.c': 'int main;\n', 'bin/go.sh': '#!/bin/sh\n' },
    },
    { path: 'acme/libs/narrow', id: 2, policiesEnabled: true, allowlist: [{ project: 'acme/apps/web', policies: [] }] },
    { path: 'acme/libs/open', id: 3, visibility: 'public', files: { 'README.md': 'open\n' } },
    {
      path: 'acme/apps/web',
      id: 4,
      files: {
        'main.txt': 'web\n',
        '.gitmodules': '[submodule "core"]\n\tpath = libs/core\n\turl = ../libs/core.git\n'.replace(
          '../libs',
          '../../libs',
        ),
      },
    },
  ],
  jobs: [
    { project: 'acme/apps/web', name: 'build', every: '52w', user: 'dev' },
    { project: 'acme/apps/web', name: 'as-guest', every: '52w', user: 'guest' },
    { project: 'acme/apps/web', name: 'as-stranger', every: '52w', user: 'stranger' },
    { project: 'acme/libs/core', name: 'pack', every: '1h', user: 'dev', artifacts: { 'out/a.txt': 'artifact' } },
  ],
};

const DENIED = 'Authentication by CI/CD job token not allowed from web to core.';
const git = (...args: readonly string[]) =>
  run('git', args, { env: { PATH: process.env['PATH'], GIT_TERMINAL_PROMPT: '0', HOME: '/nonexistent', LC_ALL: 'C' } });

let gitlab: StandIn;
let folder: string;
const tokens = new Map<string, { id: number; token: string }>();
const jobToken = (name: string): string => tokens.get(name)?.token ?? '';
const asJob = (name: string) => ({ token: null, headers: { 'JOB-TOKEN': jobToken(name) } });
const cloneUrl = (path: string, name = 'build'): string =>
  `${gitlab.running.url.replace('://', `://gitlab-ci-token:${jobToken(name)}@`)}/${path}.git`;
const list = (method: 'POST' | 'DELETE', callee: number, json?: object) =>
  gitlab.rest(method, `/projects/${String(callee)}/job_token_scope/allowlist${method === 'DELETE' ? '/4' : ''}`, {
    json,
  });

async function begin(project: string, name: string): Promise<void> {
  const { body } = await gitlab.call('POST', '/-/sandbox/jobs', { json: { project, name, hold: true } });
  tokens.set(name, { id: body.id, token: body.token });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
  gitlab = await StandIn.start({}, ORGANISATION);
  for (const name of ['build', 'as-guest', 'as-stranger']) await begin('acme/apps/web', name);
});
afterAll(async () => {
  await gitlab.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a token of a job in progress', () => {
  it('tells its job, and dies with it', async () => {
    await begin('acme/libs/core', 'pack');
    const own = asJob('pack');
    const job = await gitlab.rest('GET', '/job', own);
    expect(job.body).toMatchObject({ id: tokens.get('pack')?.id, status: 'running', name: 'pack' });
    expect((await gitlab.rest('GET', '/projects/1/releases', own)).status).toBe(200);
    const ended = await gitlab.call('POST', `/-/sandbox/jobs/${String(job.body.id)}/end`, {
      json: { status: 'failed', trace: 'it broke\n' },
    });
    expect(ended.body).toMatchObject({ status: 'failed', failureReason: 'script_failure' });
    expect((await gitlab.rest('GET', '/projects/1/releases', own)).body).toEqual({ message: '401 Unauthorized' });
    expect((await gitlab.rest('GET', `/projects/1/jobs/${String(job.body.id)}/trace`)).text).toBe('it broke\n');
    await expect(git('ls-remote', cloneUrl('acme/libs/core', 'pack'))).rejects.toMatchObject({
      stderr: expect.stringMatching(/Authentication failed/),
    });
  });

  it('opens no route that GitLab keeps to people', async () => {
    for (const path of ['/projects/1', '/projects/4', '/projects/1/repository/tree'])
      expect((await gitlab.rest('GET', path, asJob('build'))).status).toBe(404);
    expect((await gitlab.rest('GET', '/user', asJob('build'))).status).toBe(401);
    const scope = await gitlab.rest('PATCH', '/projects/4/job_token_scope', {
      ...asJob('build'),
      json: { enabled: false },
    });
    expect(scope.status).toBe(401);
  });
});

describe('a callee that does not list the caller', () => {
  it.each([
    ['releases', '/releases', 403],
    ['a file', '/repository/files/README.md/raw', 403],
    ['an archive', '/repository/archive.tar.gz', 403],
    ['artifacts', '/jobs/artifacts/main/download?job=pack', 403],
    ['generic packages', '/packages/generic/tool/1.0/tool.bin', 403],
    ['environments', '/environments', 403],
  ])('names both projects for %s', async (_, path, status) => {
    const answer = await gitlab.rest('GET', `/projects/1${path}`, asJob('build'));
    expect([answer.status, answer.body]).toEqual([status, { message: `403 Forbidden - ${DENIED}` }]);
  });

  it('hides itself from package managers and triggers', async () => {
    for (const path of ['/packages/npm/@acme%2Fcore', '/packages/pypi/simple/core']) {
      const answer = await gitlab.rest('GET', `/projects/1${path}`, asJob('build'));
      expect([answer.status, answer.body]).toEqual([404, { message: '404 Project Not Found' }]);
    }
    const json = { token: jobToken('build'), ref: 'main' };
    const trigger = await gitlab.rest('POST', '/projects/1/trigger/pipeline', { token: null, json });
    expect([trigger.status, trigger.body]).toEqual([404, { message: '404 Not Found' }]);
  });

  it('gives the runner no reason', async () => {
    const [job] = (await gitlab.rest('GET', '/projects/1/jobs?scope[]=success')).body as { id: number }[];
    const answer = await gitlab.rest('GET', `/jobs/${String(job?.id)}/artifacts`, asJob('build'));
    expect([answer.status, answer.body]).toEqual([403, { message: '403 Forbidden' }]);
  });

  it('refuses git in its own words', async () => {
    const refused = await git('clone', cloneUrl('acme/libs/core'), join(folder, 'no')).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      stderr: expect.stringMatching(
        /remote: Authentication by CI\/CD job token not allowed from web to core\.\nfatal: unable to access '[^']+': The requested URL returned error: 403/,
      ),
    });
  });

  it('lets nobody in without a token, and everybody where it is public', async () => {
    const bare = `${gitlab.running.url}/acme/libs/core.git`;
    await expect(git('ls-remote', bare)).rejects.toMatchObject({
      stderr: expect.stringMatching(/could not read User/),
    });
    expect((await git('ls-remote', `${gitlab.running.url}/acme/libs/open.git`)).stdout).toMatch(/refs\/heads\/main/);
    expect((await git('ls-remote', cloneUrl('acme/libs/open', 'as-stranger'))).stdout).toMatch(/refs\/heads\/main/);
  });

  it('demands permissions where they are fine-grained', async () => {
    const read = await gitlab.rest('GET', '/projects/2/packages/generic/tool/1.0/tool.bin', asJob('build'));
    expect(read.body.message).toMatch(
      /in project narrow\. The following token permission is required: read_packages\.$/,
    );
    const write = await gitlab.rest('POST', '/projects/2/releases', { ...asJob('build'), json: { tag_name: 'v1' } });
    expect(write.body.message).toMatch(/The following token permission is required: admin_releases\.$/);
  });
});

describe('a callee that lists the caller', () => {
  beforeAll(async () => {
    expect((await list('POST', 1, { target_project_id: 4 })).status).toBe(201);
  });

  it('is cloned with its submodules, files and all', async () => {
    const to = join(folder, 'web');
    const insteadOf = `url.${cloneUrl('').replace(/\.git$/, '')}.insteadOf=${gitlab.running.url}/`;
    await git('-c', insteadOf, 'clone', '--quiet', '--recurse-submodules', cloneUrl('acme/apps/web'), to);
    expect(readFileSync(join(to, 'libs/core/src/main.c'), 'utf8')).toBe('int main;\n');
    expect((await git('-C', join(to, 'libs/core'), 'ls-files', '-s', 'bin/go.sh')).stdout).toMatch(/^100755 /);
    expect((await git('-C', to, 'submodule', 'status')).stdout).toMatch(/^ [0-9a-f]{40} libs\/core/);
  });

  it('gives archives and files', async () => {
    const { text } = await gitlab.rest('GET', '/projects/1/repository/files/src%2Fmain.c/raw', asJob('build'));
    expect(text).toBe('int main;\n');
    const archive = await gitlab.rest('GET', '/projects/1/repository/archive.tar', asJob('build'));
    expect(archive.text).toContain('core-main-');
  });

  it('looks at the role of the user behind the job', async () => {
    const guest = await git('ls-remote', cloneUrl('acme/libs/core', 'as-guest')).catch((error: unknown) => error);
    expect(guest).toMatchObject({ stderr: expect.stringMatching(/You are not allowed to download code/) });
    const stranger = await git('ls-remote', cloneUrl('acme/libs/core', 'as-stranger')).catch((error: unknown) => error);
    expect(stranger).toMatchObject({ stderr: expect.stringMatching(/Insufficient permissions to pull from the repo/) });
    // REST says the same to a listed stranger as to an unlisted caller.
    const rest = await gitlab.rest('GET', '/projects/1/releases', asJob('as-stranger'));
    expect(rest.body.message).toBe(`403 Forbidden - ${DENIED}`);
  });

  it('takes and gives generic packages, by a redirect that leaves no row in the log', async () => {
    const path = '/projects/1/packages/generic/tool/1.0/tool.bin';
    const put = await fetch(`${gitlab.running.url}/api/v4${path}`, {
      method: 'PUT',
      headers: { 'JOB-TOKEN': jobToken('build') },
      body: new Uint8Array([0, 255, 128, 10]),
    });
    expect([put.status, await put.json()]).toEqual([201, { message: '201 Created' }]);
    const get = await gitlab.rest('GET', path, asJob('build'));
    expect(get.status).toBe(302);
    const file = await fetch(get.headers.get('location') ?? '');
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array([0, 255, 128, 10]));
    const packages = await gitlab.rest('GET', '/projects/1/packages', asJob('build'));
    expect(packages.body).toMatchObject([{ name: 'tool', version: '1.0', package_type: 'generic' }]);
    expect((await gitlab.rest('GET', path.replace('1.0', '2.0'), asJob('build'))).status).toBe(404);
  });

  it('makes releases and starts pipelines', async () => {
    const made = await gitlab.rest('POST', '/projects/1/releases', { ...asJob('build'), json: { tag_name: 'v1.0' } });
    expect([made.status, made.body.author.username]).toEqual([201, 'dev']);
    const twice = await gitlab.rest('POST', '/projects/1/releases', { ...asJob('build'), json: { tag_name: 'v1.0' } });
    expect(twice.status).toBe(409);
    const json = { token: jobToken('build'), ref: 'main' };
    const pipeline = await gitlab.rest('POST', '/projects/1/trigger/pipeline', { token: null, json });
    expect([pipeline.status, pipeline.body.status]).toEqual([201, 'success']);
    const branch = await gitlab.rest('POST', '/projects/1/trigger/pipeline', {
      token: null,
      json: { ...json, ref: 'x' },
    });
    expect([branch.status, branch.body]).toEqual([400, { message: { base: ['Reference not found'] } }]);
  });

  it('gives artifacts of its newest good job', async () => {
    const raw = await gitlab.rest('GET', '/projects/1/jobs/artifacts/main/raw/out/a.txt?job=pack', asJob('build'));
    expect([raw.status, raw.text]).toEqual([200, 'artifact']);
    const zip = await gitlab.rest('GET', '/projects/1/jobs/artifacts/main/download?job=pack', asJob('build'));
    expect(zip.status).toBe(302);
    const bytes = await (await fetch(zip.headers.get('location') ?? '')).arrayBuffer();
    expect(Buffer.from(bytes).subarray(0, 2).toString()).toBe('PK');
  });

  it('refuses pushes of other projects, and takes those of people', async () => {
    const to = join(folder, 'core');
    await git('clone', '--quiet', cloneUrl('acme/libs/core'), to);
    const commit = ['-C', to, '-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '-qm', 'more'];
    await git(...commit, '--allow-empty');
    const refused = await git('-C', to, 'push', 'origin', 'HEAD:main').catch((error: unknown) => error);
    expect(refused).toMatchObject({ stderr: expect.stringMatching(/You are not allowed to upload code\./) });
    const mine = `${gitlab.running.url.replace('://', `://dev:${gitlab.token('dev')}@`)}/acme/libs/core.git`;
    await git('-C', to, 'rm', '-q', 'README.md');
    await git(...commit);
    await git('-C', to, 'push', '--quiet', mine, 'HEAD:main');
    expect((await gitlab.rest('GET', '/projects/1/repository/files/README.md/raw')).status).toBe(404);
    expect((await gitlab.rest('GET', '/projects/1/repository/files/src%2Fmain.c/raw')).text).toBe('int main;\n');
  });

  it('has the accesses in the truth, and in the log those that GitLab would log', async () => {
    await gitlab.call('POST', '/-/sandbox/clock', { json: { advance: '6m' } });
    const { body } = await gitlab.call('GET', '/-/sandbox/truth');
    const edges = (body.edges as { caller: string; callee: string; access: string; allowed: number; denied: number }[])
      .filter(({ callee, caller }) => callee === 'acme/libs/core' && caller === 'acme/apps/web')
      .map(({ access, allowed, denied }) => [access, allowed > 0, denied > 0]);
    expect(edges).toContainEqual(['git', true, true]);
    expect(edges).toContainEqual(['npm', false, true]);
    expect(edges).toContainEqual(['generic', true, true]);
    const { body: log } = await gitlab.graphql(
      '{ project(fullPath: "acme/libs/core") { ciJobTokenAuthLogs { nodes { originProject { fullPath } } } } }',
    );
    expect(log.data.project.ciJobTokenAuthLogs.nodes).toEqual([{ originProject: { fullPath: 'acme/apps/web' } }]);
  });
});

describe('the journal', () => {
  it('names the user of the job and hides its token', async () => {
    const token = jobToken('build');
    await gitlab.rest('GET', `/projects/1/releases?job_token=${token}`, { token: null });
    const { text } = await gitlab.call('GET', '/-/sandbox/requests');
    expect(text).toContain('job_token=%5BFILTERED%5D');
    expect(text).toContain('"user":"dev"');
    expect(text).not.toContain(token);
  });
});
