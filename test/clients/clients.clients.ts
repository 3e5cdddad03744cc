import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Gitlab } from '@gitbeaker/rest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StandIn } from '../sandbox/http/stand-in.ts';

const run = promisify(execFile);
const LIMIT_MS = 50_000;

const ORGANISATION = {
  version: '18.5.0',
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  history: '2d',
  users: [
    { name: 'root', admin: true },
    { name: 'dev', memberships: { acme: 'developer' } },
  ],
  projects: [
    { path: 'acme/libs/core', id: 1, files: { 'README.md': 'core\n' } },
    { path: 'acme/apps/web', id: 2 },
  ],
  jobs: [{ project: 'acme/apps/web', name: 'build', every: '6h', user: 'dev' }],
};

let gitlab: StandIn;
let folder: string;
let url: string;
let job: string;

/** Runs a program to its end, in a folder and with settings of its own. */
async function client(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const own = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
  };
  const options = { cwd: folder, env: { ...own, ...env }, timeout: LIMIT_MS };
  return run(command, args, options).then(
    ({ stdout, stderr }) => ({ failed: false, stdout, stderr }),
    (error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return { failed: true, stdout, stderr };
    },
  );
}

const list = () => gitlab.rest('POST', '/projects/1/job_token_scope/allowlist', { json: { target_project_id: 2 } });
const unlist = () => gitlab.call('DELETE', '/api/v4/projects/1/job_token_scope/allowlist/2');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-clients-'));
  gitlab = await StandIn.start({}, ORGANISATION);
  url = gitlab.running.url;
  const held = await gitlab.call('POST', '/-/sandbox/jobs', {
    json: { project: 'acme/apps/web', name: 'build', hold: true },
  });
  job = held.body.token;
});
afterAll(async () => {
  await gitlab.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What every API client reads below: projects, jobs over several pages, the setting. */
const EXPECTED = { projects: ['acme/apps/web', 'acme/libs/core'], jobs: 9, inbound: true, refused: 403 };

describe('clients of the API', () => {
  it('python-gitlab', async () => {
    const program = `
import gitlab, json, sys
gl = gitlab.Gitlab(sys.argv[1], private_token=sys.argv[2], per_page=3)
gl.auth()
p = gl.projects.get(2)
out = {
  'projects': sorted(x.path_with_namespace for x in gl.projects.list(iterator=True)),
  'jobs': len(list(p.jobs.list(iterator=True, pagination='keyset', order_by='id', sort='desc'))),
  'inbound': gl.http_get('/projects/1/job_token_scope')['inbound_enabled'],
}
try:
  gitlab.Gitlab(sys.argv[1], private_token=sys.argv[3]).http_get('/application/settings')
except gitlab.GitlabHttpError as e:
  out['refused'] = e.response_code
print(json.dumps(out))`;
    const { stdout, stderr } = await client('/usr/bin/python3', [
      '-c',
      program,
      url,
      gitlab.running.token,
      gitlab.token('dev'),
    ]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
  });

  it("python-gitlab's command line", async () => {
    const access = ['--server-url', url, '--private-token', gitlab.running.token, '-o', 'json'];
    const { stdout } = await client('/usr/bin/python-gitlab', [...access, 'project', 'get', '--id', '1']);
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, path_with_namespace: 'acme/libs/core' });
  });

  it('the Ruby client', async () => {
    const program = `
require 'gitlab'; require 'json'
c = Gitlab.client(endpoint: ARGV[0] + '/api/v4', private_token: ARGV[1])
out = {
  projects: c.projects(per_page: 1).auto_paginate.map(&:path_with_namespace).sort,
  jobs: c.jobs(2, per_page: 3).auto_paginate.length,
  inbound: c.get('/projects/1/job_token_scope').inbound_enabled,
}
begin
  Gitlab.client(endpoint: ARGV[0] + '/api/v4', private_token: ARGV[2]).get('/application/settings')
rescue Gitlab::Error::ResponseError => e
  out[:refused] = e.response_status
end
puts JSON.generate(out)`;
    const { stdout, stderr } = await client('ruby', [
      '-W0',
      '-e',
      program,
      url,
      gitlab.running.token,
      gitlab.token('dev'),
    ]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
  });

  it('@gitbeaker/rest', async () => {
    const api = new Gitlab({ host: url, token: gitlab.running.token });
    const projects = await api.Projects.all({ perPage: 1 });
    const refused = new Gitlab({ host: url, token: gitlab.token('dev') }).ApplicationSettings.show();
    const status = await refused.then(
      () => 200,
      (error: unknown) => (error as { cause: { response: Response } }).cause.response.status,
    );
    expect({
      projects: projects.map((project) => project['path_with_namespace']).sort(),
      jobs: (await api.Jobs.all(2, { perPage: 3 })).length,
      inbound: (await api.ProjectJobTokenScopes.show(1)).inbound_enabled,
      refused: status,
    }).toEqual(EXPECTED);
  });
});

describe('clients with the token of a job', () => {
  // Each begins refused, whatever became of the one before.
  beforeEach(unlist);
  const repository = (): string => `${url.replace('://', `://gitlab-ci-token:${job}@`)}/acme/libs/core.git`;

  it('git', async () => {
    const denied = await client('git', ['clone', repository(), 'denied']);
    expect(denied.stderr).toMatch(
      /remote: Authentication by CI\/CD job token not allowed from web to core\.\nfatal: .* error: 403/,
    );
    await list();
    expect((await client('git', ['clone', repository(), 'allowed'])).failed).toBe(false);
    await unlist();
  });

  it('curl', async () => {
    const file = `${url}/api/v4/projects/1/packages/generic/tool/1.0/tool.txt`;
    const token = ['--header', `JOB-TOKEN: ${job}`];
    writeFileSync(join(folder, 'tool.txt'), 'tool\n');
    const denied = await client('curl', ['-sS', '--fail-with-body', ...token, file]);
    expect([denied.failed, JSON.parse(denied.stdout)]).toEqual([
      true,
      { message: '403 Forbidden - Authentication by CI/CD job token not allowed from web to core.' },
    ]);
    expect(denied.stderr).toMatch(/The requested URL returned error: 403/);
    await list();
    await client('curl', ['-sS', '--fail', ...token, '--upload-file', 'tool.txt', file]);
    expect((await client('curl', ['-sS', '--fail', '--location', ...token, file])).stdout).toBe('tool\n');
    await unlist();
  });

  it('npm', async () => {
    const registry = `${url}/api/v4/projects/1/packages/npm/`;
    const settings = `@acme:registry=${registry}\n${registry.replace(/^http:/, '')}:_authToken=${job}\nupdate-notifier=false\n`;
    mkdirSync(join(folder, 'package'), { recursive: true });
    writeFileSync(join(folder, '.npmrc'), settings);
    writeFileSync(join(folder, 'package', 'package.json'), '{"name":"@acme/core","version":"1.0.0"}');
    const install = ['install', '--no-audit', '--no-fund', '--prefix', 'app', '@acme/core'];
    await list();
    const published = await client('npm', ['publish', './package']);
    expect(published.stderr).not.toMatch(/npm error/);
    expect(published).toMatchObject({ failed: false, stdout: expect.stringContaining('+ @acme/core@1.0.0') });
    expect((await client('npm', install)).stdout).toMatch(/added 1 package/);
    await unlist();
    rmSync(join(folder, '.npm'), { recursive: true, force: true });
    const denied = await client(
      'npm',
      install.map((word) => (word === 'app' ? 'other' : word)),
    );
    expect(denied.stderr).toMatch(/E404[^]*404 Not Found - GET http:.*\/packages\/npm\/@acme%2fcore/);
  });

  it('pip', async () => {
    const form = new FormData();
    form.set('name', 'acme-core');
    form.set('version', '1.0.0');
    form.set('content', new File(['not looked into'], 'acme_core-1.0.0-py3-none-any.whl'));
    const headers = { 'PRIVATE-TOKEN': gitlab.running.token };
    const body = await new Response(form).blob();
    const type = { 'Content-Type': body.type };
    const put = await fetch(`${url}/api/v4/projects/1/packages/pypi`, {
      method: 'POST',
      headers: { ...headers, ...type },
      body: await body.arrayBuffer(),
    });
    expect(put.status).toBe(201);
    const index = `${url.replace('://', `://gitlab-ci-token:${job}@`)}/api/v4/projects/1/packages/pypi/simple`;
    const versions = ['-m', 'pip', '-v', 'index', 'versions', 'acme-core', '--index-url', index];
    const denied = await client('/usr/bin/python3', versions);
    expect(denied.failed).toBe(true);
    expect(denied.stderr).toMatch(/No matching distribution found for acme-core/);
    await list();
    expect((await client('/usr/bin/python3', versions)).stdout).toContain('Available versions: 1.0.0');
    await unlist();
  });
});
