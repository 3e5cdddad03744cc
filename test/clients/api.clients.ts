import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Gitlab } from '@gitbeaker/rest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from '../sandbox/http/openapi.ts';
import { Bench, type Ran } from './support.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const GITBEAKER = file('./tools/node_modules/.bin/gitbeaker');

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

/** What every client of the API finds in the same organisation, word for word. */
const EXPECTED = {
  projects: ['acme/apps/shop', 'acme/apps/web', 'acme/libs/core'],
  groups: ['acme', 'acme/apps', 'acme/libs'],
  subgroups: ['acme/apps', 'acme/libs'],
  descendants: ['acme/apps/shop', 'acme/apps/web', 'acme/libs/core'],
  jobs: 11,
  descending: true,
  failed: ['nightly'],
  reason: 'script_failure',
  pipelines: 11,
  pipelineJobs: ['build'],
  bridges: 0,
  schedules: ['0 10 * * *'],
  members: [['dev', 30]],
  user: ['root', ['api']],
  version: ['18.5.0-ee', true],
  setting: false,
  tree: ['src', 'README.md', 'src/main.c'],
  file: 'int main;\n',
  issue: ['opened', ['Decided']],
  scope: true,
  listed: ['acme/libs/core', 'acme/apps/web'],
  refused: 403,
};
const DUPLICATE = '400 Bad request - This project is already in the job token allowlist.';

describe('clients of the API', () => {
  afterEach(async () => {
    // Each client finds the organisation as the first one did.
    await bench.gitlab.call('DELETE', '/api/v4/projects/1/job_token_scope/allowlist/2');
    await bench.gitlab.rest('PATCH', '/projects/1/job_token_scope', { json: { enabled: true } });
  });

  const read = async (command: readonly string[]): Promise<unknown> => {
    const [program = '', ...args] = command;
    const ran = await bench.run(program, [...args, bench.url, bench.gitlab.running.token, bench.gitlab.token('dev')]);
    expect(ran.stderr).toBe('');
    return JSON.parse(ran.stdout);
  };

  it('python-gitlab', async () => {
    expect(await read(['/usr/bin/python3', file('read-api.py')])).toEqual({
      ...EXPECTED,
      total: 3,
      keyset: [false, true, 2],
      trace: [true, true],
      // GitLab's route knows no parts.
      range: [200, true],
      artifact: 'artifact',
      added: [2, DUPLICATE],
      removed: 204,
      patched: 204,
      missing: '404 Project Not Found',
    });
  });

  it('the Ruby client', async () => {
    expect(await read(['ruby', '-W0', file('read-api.rb')])).toEqual({
      ...EXPECTED,
      added: [2, 400],
      removed: 200,
      missing: 404,
    });
  });

  it('@gitbeaker/rest', async () => {
    const api = new Gitlab({ host: bench.url, token: bench.gitlab.running.token });
    const statusOf = (call: Promise<unknown>): Promise<number> =>
      call.then(
        () => 200,
        (error: unknown) => (error as { cause: { response: Response } }).cause.response.status,
      );
    const names = (rows: readonly { readonly name: string }[]): string[] =>
      [...new Set(rows.map(({ name }) => name))].sort();
    const paths = (rows: readonly Record<string, unknown>[], key: string): string[] =>
      rows.map((row) => String(row[key])).sort();
    const jobs = await api.Jobs.all(2, { perPage: 3, pagination: 'keyset' });
    const failed = await api.Jobs.all(2, { scope: 'failed' });
    const pipelines = await api.Pipelines.all(2, { perPage: 3 });
    const issue = await api.Issues.create(1, 'Who calls you');
    await api.IssueNotes.create(1, issue.iid, 'Decided');
    const scopes = api.ProjectJobTokenScopes;
    await scopes.addToInboundAllowList(1, 2);
    const found = {
      projects: paths(await api.Projects.all({ perPage: 1 }), 'path_with_namespace'),
      groups: paths(await api.Groups.all({ perPage: 1 }), 'full_path'),
      subgroups: paths(await api.Groups.allSubgroups('acme'), 'full_path'),
      descendants: paths(await api.Groups.allProjects('acme', { includeSubgroups: true }), 'path_with_namespace'),
      jobs: jobs.length,
      descending: jobs.every((job, index) => job.id < (jobs[index - 1]?.id ?? Number.POSITIVE_INFINITY)),
      failed: names(failed),
      reason: (await api.Jobs.show(2, failed[0]?.id ?? 0))['failure_reason'],
      pipelines: pipelines.length,
      pipelineJobs: names(await api.Jobs.all(2, { pipelineId: pipelines.at(-1)?.id ?? 0 })),
      bridges: (await api.Jobs.allPipelineBridges(2, pipelines[0]?.id ?? 0)).length,
      schedules: (await api.PipelineSchedules.all(2)).map(({ cron }) => cron),
      members: (await api.ProjectMembers.all(1, { includeInherited: true })).map((one) => [
        one.username,
        one.access_level,
      ]),
      user: [(await api.Users.showCurrentUser()).username, (await api.PersonalAccessTokens.show()).scopes],
      version: [(await api.Metadata.show()).version, (await api.Metadata.show())['enterprise']],
      setting: (await api.ApplicationSettings.show())['enforce_ci_inbound_job_token_scope_enabled'],
      tree: (await api.Repositories.allRepositoryTrees(1, { recursive: true })).map(({ path }) => path),
      file: await textOf(await api.RepositoryFiles.showRaw(1, 'src/main.c', 'main')),
      issue: [issue.state, (await api.IssueNotes.all(1, issue.iid)).map(({ body }) => body)],
      scope: (await scopes.show(1)).inbound_enabled,
      listed: (await scopes.showInboundAllowList(1)).map((one) => one['path_with_namespace']),
      refused: await statusOf(
        new Gitlab({ host: bench.url, token: bench.gitlab.token('dev') }).ApplicationSettings.show(),
      ),
    };
    expect(found).toEqual(EXPECTED);
    expect(await statusOf(scopes.addToInboundAllowList(1, 2))).toBe(400);
  });
});

async function textOf(content: string | Blob): Promise<string> {
  return typeof content === 'string' ? content : content.text();
}

describe('command lines of the API', () => {
  it("python-gitlab's", async () => {
    const access = ['--server-url', bench.url, '--private-token', bench.gitlab.running.token, '-o', 'json'];
    const ask = async (...args: readonly string[]): Promise<unknown> => {
      const { stdout, stderr } = await bench.run('/usr/bin/python-gitlab', [...access, ...args]);
      expect(stderr).toBe('');
      return JSON.parse(stdout);
    };
    expect(await ask('project', 'get', '--id', 'acme/libs/core')).toMatchObject({ id: 1 });
    expect(
      await ask('group-project', 'list', '--group-id', 'acme', '--include-subgroups', 'true', '--get-all'),
    ).toHaveLength(3);
    expect(await ask('project-job', 'list', '--project-id', '2', '--scope', 'failed', '--get-all')).toHaveLength(2);
    expect(await ask('project-pipeline-schedule', 'list', '--project-id', '2')).toMatchObject([{ cron: '0 10 * * *' }]);
    expect(await ask('project-member-all', 'list', '--project-id', '1')).toMatchObject([{ username: 'dev' }]);
    expect(await ask('current-user', 'get')).toMatchObject({ username: 'root' });
    expect(await ask('application-settings', 'get')).toMatchObject({
      enforce_ci_inbound_job_token_scope_enabled: false,
    });
  });

  it.skipIf(!existsSync(GITBEAKER))("gitbeaker's (test/clients/install.sh installs it)", async () => {
    const ask = (...args: readonly string[]): Promise<Ran> =>
      bench.run(process.execPath, [
        GITBEAKER,
        ...args,
        '--gb-token',
        bench.gitlab.running.token,
        '--gb-host',
        bench.url,
      ]);
    const scope = async (): Promise<unknown> =>
      JSON.parse((await ask('project-job-token-scopes', 'show', '--project-id', '1')).stdout);
    expect(await scope()).toEqual({ inbound_enabled: true, outbound_enabled: false });
    // It sends the text "false", which GitLab reads as well.
    await ask('project-job-token-scopes', 'edit', '--project-id', '1', '--enabled', 'false');
    expect(await scope()).toEqual({ inbound_enabled: false, outbound_enabled: false });
    expect(JSON.parse((await ask('projects', 'all')).stdout)).toHaveLength(3);
    expect(JSON.parse((await ask('jobs', 'all', '--project-id', '2', '--scope', 'failed')).stdout)).toHaveLength(2);
    expect(JSON.parse((await ask('users', 'show-current-user')).stdout)).toMatchObject({ username: 'root' });
  });
});

describe.skipIf(openApi === null)('all that they were answered', () => {
  it("is as GitLab's description has it", () => {
    const { routes, problems } = bench.described();
    expect(problems).toEqual([]);
    // So that an empty list of problems means something.
    expect(routes.length).toBeGreaterThan(20);
  });
});
