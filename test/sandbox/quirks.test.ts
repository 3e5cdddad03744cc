import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseQuirks, QUIRKS, SandboxOptionsError, startSandbox } from '../../src/sandbox/index.ts';
import { ORGANISATION, StandIn } from './http/stand-in.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

function sandbox(...args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', MAIN, 'sandbox', ...args], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stderr };
}

async function withQuirks(texts: readonly string[], gitlabVersion = '18.5.0'): Promise<StandIn> {
  const { http, world } = parseQuirks(texts);
  return StandIn.start({ quirks: http, worldQuirks: world, gitlabVersion });
}

async function denialText(quirk: string): Promise<string> {
  const gitlab = await withQuirks([quirk]);
  await gitlab.rest('PATCH', '/projects/101/job_token_scope', { json: { enabled: true } });
  const { body } = await gitlab.call('POST', '/-/sandbox/jobs', { json: { project: 'acme/apps/web', name: 'build' } });
  const { text } = await gitlab.rest('GET', `/projects/103/jobs/${String(body.id)}/trace`);
  await gitlab.close();
  return /not allowed from web to [^\n]*/.exec(text)?.[0] ?? '';
}

describe('what a version does not settle', () => {
  it('names the callee by path or by id', async () => {
    expect(await denialText('denial-wording=path')).toBe('not allowed from web to core.');
    expect(await denialText('denial-wording=id')).toBe('not allowed from web to project #101.');
  });

  it.each([
    ['older', 'Target project is already in the job token scope'],
    ['newer', 'This project is already in the job token allowlist.'],
  ])('words duplicates in the %s way', async (value, text) => {
    const gitlab = await withQuirks([`duplicate-texts=${value}`]);
    const add = () =>
      gitlab.rest('POST', '/projects/101/job_token_scope/allowlist', { json: { target_project_id: 103 } });
    await add();
    const { status, body } = await add();
    expect([status, body]).toEqual([400, { message: `400 Bad request - ${text}` }]);
    await gitlab.close();
  });

  it.each([
    ['refused', 400],
    ['allowed', 201],
  ])('has entries for oneself %s', async (value, expected) => {
    const gitlab = await withQuirks([`self-entries=${value}`]);
    const self = { json: { target_project_id: 101 } };
    const { status } = await gitlab.rest('POST', '/projects/101/job_token_scope/allowlist', self);
    expect(status).toBe(expected);
    await gitlab.close();
  });

  it.each([
    ['refused', 400],
    ['allowed', 204],
  ])('has switching off under enforcement %s', async (value, expected) => {
    const gitlab = await withQuirks([`switch-off-under-enforcement=${value}`]);
    await gitlab.rest('PUT', '/application/settings', { json: { enforce_ci_inbound_job_token_scope_enabled: true } });
    const { status } = await gitlab.rest('PATCH', '/projects/101/job_token_scope', { json: { enabled: false } });
    expect(status).toBe(expected);
    await gitlab.close();
  });

  it.each([
    ['ignored', 200, /Running with gitlab-runner [^]*\n$/],
    ['honoured', 206, /^unning wit$/],
  ])('has parts of job logs %s', async (value, expected, text) => {
    const gitlab = await withQuirks([`trace-range=${value}`]);
    const [job] = (await gitlab.rest('GET', '/projects/103/jobs')).body as { id: number }[];
    const headers = { Range: 'bytes=5-14' };
    const part = await gitlab.rest('GET', `/projects/103/jobs/${String(job?.id)}/trace`, { headers });
    expect([part.status, part.text]).toEqual([expected, expect.stringMatching(text)]);
    await gitlab.close();
  });

  it('cuts the log at any number of rows', async () => {
    const gitlab = await withQuirks(['auth-log-limit=1', 'allowlist-page-size=7']);
    const { body } = await gitlab.graphql('{ project(fullPath: "acme/libs/core") { ciJobTokenAuthLogs { count } } }');
    expect(body.data.project.ciJobTokenAuthLogs.count).toBe(1);
    await gitlab.close();
  });

  it('names every quirk it does not know', () => {
    const refused = (): unknown => parseQuirks(['denial-wordin=id', 'self-entries=perhaps', 'auth-log-limit=0']);
    expect(refused).toThrow(SandboxOptionsError);
    expect(refused).toThrow(/did you mean "denial-wording".*allowed or refused, not "perhaps".*a whole number or none/);
    expect(Object.keys(QUIRKS)).toHaveLength(10);
  });
});

describe('versions', () => {
  it.each(['abc', '18', '15.11', '20.0', '18.5.0.1'])('refuses %s', async (gitlabVersion) => {
    const organisation = { kind: 'text', text: JSON.stringify(ORGANISATION) } as const;
    await expect(startSandbox({ organisation, gitlabVersion })).rejects.toThrow(/^gitlab-version: /);
  });

  it("blames the organisation file for the file's version", async () => {
    const text = JSON.stringify({ ...ORGANISATION, version: '14.2.0' });
    await expect(startSandbox({ organisation: { kind: 'text', text } })).rejects.toThrow(
      /^organisation: version: 14\.2\.0 is older than 16\.0/,
    );
  });

  it('ends the command with 2 and the reason', () => {
    expect(sandbox('--gitlab-version', '15.0')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--gitlab-version: 15.0 is older than 16.0'),
    });
    expect(sandbox('--quirk', 'nothing=1', '--quirk', 'self-entries=')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/unknown quirk "nothing"[^]*self-entries must be/),
    });
    expect(sandbox('--denial-wording', 'colour').status).toBe(2);
  });
});
