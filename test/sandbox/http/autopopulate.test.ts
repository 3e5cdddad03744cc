import { describe, expect, it } from 'vitest';
import { StandIn } from './stand-in.ts';

const TOOL = (name: string): string =>
  `mutation($project: ID!) { result: ${name}(input: {projectPath: $project}) { status errors } }`;
const AUTOPOPULATE = TOOL('ciJobTokenScopeAutopopulateAllowlist');
const CLEAR = TOOL('ciJobTokenScopeClearAllowlistAutopopulations');
const CORE = { project: 'acme/libs/core' };

/** `count` callers of `acme/libs/core`, spread over groups as `pathOf` says; each has used it by the start. */
function organisation(count: number, pathOf: (index: number) => string): object {
  const callers = Array.from({ length: count }, (_, index) => pathOf(index));
  return {
    version: '18.5.0',
    enforced: false,
    start: '2026-03-02T08:00:00Z',
    history: '2d',
    users: [{ name: 'root', admin: true }],
    projects: [
      { path: 'acme/libs/core', id: 1, inboundEnabled: false },
      ...callers.map((path, index) => ({ path, id: index + 2 })),
    ],
    jobs: callers.map((project) => ({
      project,
      name: 'build',
      every: '1d',
      uses: [{ callee: 'acme/libs/core', access: 'npm' }],
    })),
  };
}

async function entriesOf(gitlab: StandIn): Promise<readonly string[]> {
  const { body } = await gitlab.call('GET', '/-/sandbox/state');
  const { entries } = body.projects['acme/libs/core'] as { entries: readonly { kind: string; path: string }[] };
  return entries.map(({ kind, path }) => `${kind} ${path}`);
}

describe("GitLab's own autopopulate (17.9 to 18.6)", () => {
  it('adds every caller of the log, switches on, and clears its own entries only', async () => {
    const gitlab = await StandIn.start(
      {},
      organisation(3, (index) => `acme/apps/a${String(index)}`),
    );
    await gitlab.rest('POST', '/projects/1/job_token_scope/allowlist', { json: { target_project_id: 2 } });
    const { body } = await gitlab.graphql(AUTOPOPULATE, CORE);
    expect(body.data.result).toEqual({ status: 'complete', errors: [] });
    expect(await entriesOf(gitlab)).toEqual(['project acme/apps/a0', 'project acme/apps/a1', 'project acme/apps/a2']);
    expect((await gitlab.rest('GET', '/projects/1/job_token_scope')).body.inbound_enabled).toBe(true);
    expect((await gitlab.graphql(CLEAR, CORE)).body.data.result).toEqual({ status: 'complete', errors: [] });
    expect(await entriesOf(gitlab)).toEqual(['project acme/apps/a0']);
    // Clearing takes entries away; the setting stays.
    expect((await gitlab.rest('GET', '/projects/1/job_token_scope')).body.inbound_enabled).toBe(true);
    await gitlab.close();
  });

  it('compacts the deepest and fullest groups first and stops at the limit', async () => {
    // 210 callers: 15 in the deepest group, the rest directly below another.
    const pathOf = (index: number): string =>
      index < 15 ? `acme/apps/web/deep/d${String(index)}` : `acme/apps/a${String(index)}`;
    const gitlab = await StandIn.start({}, organisation(210, pathOf));
    expect((await gitlab.graphql(AUTOPOPULATE, CORE)).body.data.result.errors).toEqual([]);
    const entries = await entriesOf(gitlab);
    expect(entries.filter((entry) => entry.startsWith('group '))).toEqual(['group acme/apps/web/deep']);
    expect(entries).toHaveLength(196);
    await gitlab.close();
  });

  it('gives up where callers have too many roots, with nothing added and its earlier entries gone', async () => {
    const gitlab = await StandIn.start(
      {},
      organisation(201, (index) => `root${String(index)}/app`),
    );
    const { body } = await gitlab.graphql(AUTOPOPULATE, CORE);
    expect(body.data.result).toEqual({ status: 'error', errors: ['CompactionLimitCannotBeAchievedError'] });
    expect(await entriesOf(gitlab)).toEqual([]);
    expect((await gitlab.rest('GET', '/projects/1/job_token_scope')).body.inbound_enabled).toBe(false);
    await gitlab.close();
  });

  it('needs a Maintainer', async () => {
    const gitlab = await StandIn.start();
    const { body } = await gitlab.graphql(AUTOPOPULATE, CORE, gitlab.token('gus'));
    expect(body.errors[0].message).toMatch(/^The resource that you are attempting to access does not exist/);
    await gitlab.close();
  });

  it.each(['17.8.0', '18.7.0', '19.1.0'])('does not exist in %s', async (gitlabVersion) => {
    const gitlab = await StandIn.start({ gitlabVersion });
    const { body } = await gitlab.graphql(AUTOPOPULATE, CORE);
    expect(body.errors[0].message).toMatch(/^Field 'ciJobTokenScopeAutopopulateAllowlist' doesn't exist on type/);
    await gitlab.close();
  });
});
