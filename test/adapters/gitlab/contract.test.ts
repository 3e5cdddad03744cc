import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createForge } from '../../../src/adapters/gitlab/index.ts';
import type { SeededProof } from '../../../src/domain/plan/reconcile.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import type { Clock, Forge } from '../../../src/engine/ports.ts';
import { freely } from './stub.ts';

/** The whole port against the stand-in, which runs in a process of its own and is reached over HTTP alone. */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ORGANISATION = {
  version: '18.5.0',
  enforced: false,
  start: '2026-03-02T08:00:00Z',
  history: '10d',
  seed: 1,
  groups: ['acme', 'acme/libs', 'acme/apps'],
  users: [
    { name: 'root', admin: true },
    { name: 'ci-bot', memberships: { acme: 'developer' } },
  ],
  projects: [
    {
      path: 'acme/libs/core',
      id: 101,
      policiesEnabled: true,
      inboundEnabled: false,
      allowlist: [{ group: 'acme/apps' }],
    },
    { path: 'acme/apps/web', id: 102, inboundEnabled: true },
    { path: 'acme/libs/strict', id: 103, inboundEnabled: true },
    { path: 'ci-bot/own', id: 104 },
  ],
  jobs: [
    {
      project: 'acme/apps/web',
      name: 'build',
      every: '6h',
      at: '1h',
      user: 'ci-bot',
      uses: [{ callee: 'acme/libs/core', access: 'git' }],
    },
    {
      project: 'acme/apps/web',
      name: 'probe',
      every: '1d',
      user: 'ci-bot',
      uses: [{ callee: 'acme/libs/strict', access: 'git' }],
    },
  ],
};
const CORE = { id: projectId(101), path: 'acme/libs/core' };
const WEB = projectId(102);
const ENTRY = { kind: 'project', id: 102, path: 'acme/apps/web' } as const;
const GROUP = { kind: 'group', path: 'acme' } as const;

let child: ChildProcess;
let folder: string;
let forge: Forge;
let clock: Clock;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-contract-'));
  const file = join(folder, 'org.json');
  await writeFile(file, JSON.stringify(ORGANISATION));
  const command = ['--import', 'tsx', 'src/cli/main.ts', 'sandbox', '--org', file, '--port', '0'];
  child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await new Promise<[string]>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (text) => resolve([text]));
    child.once('exit', (code) => reject(new Error(`the stand-in ended with code ${code}`)));
  });
  const { url, token } = JSON.parse(line) as { url: string; token: string };
  ({ forge, clock } = createForge({ url, token: () => token, maxRpm: null, concurrency: 4 }));
}, 60_000);

afterAll(async () => {
  child.kill();
  await rm(folder, { recursive: true, force: true });
});

describe('against the stand-in', () => {
  it('knows what the server can do and who the token is', async () => {
    const capabilities = await forge.capabilities();
    expect(capabilities).toMatchObject({
      graphql: true,
      authLog: true,
      entryPermissions: true,
      pipelineWarnings: true,
    });
    expect(capabilities.version).toMatch(/^18\.5\.0/);
    expect(capabilities.policies).toContain('READ_PACKAGES');
    expect(await forge.identity()).toMatchObject({ username: 'root', admin: true, instanceEnforced: false });
  });

  it('reads the organisation in one request once the server is known', async () => {
    await forge.capabilities();
    await forge.instanceEnforced();
    const before = forge.requestCount();
    const page = await forge.projects(GROUP, null);
    // One page, and one reading of the instance setting.
    expect(forge.requestCount() - before).toBeLessThanOrEqual(2);
    expect(page.next).toBeNull();
    const core = page.items.find(({ project }) => project.id === CORE.id)!;
    expect(core.project).toMatchObject({ unread: null, allowlist: { stored: false, effective: false } });
    expect(core.log.map(({ caller }) => caller.path)).toEqual(['acme/apps/web']);
    const all = await forge.projects({ kind: 'all' }, null);
    expect(all.items.filter(({ project }) => project.personal).map(({ project }) => project.path)).toEqual([
      'ci-bot/own',
    ]);
    expect((await forge.projectsById([CORE.id, projectId(999)])).map(({ project }) => project.path)).toEqual([
      CORE.path,
    ]);
  });

  it('finds projects and groups by path', async () => {
    expect(await forge.projectByPath('acme/apps/web')).toEqual({ id: 102, path: 'acme/apps/web' });
    expect(await forge.projectByPath('acme/apps/none')).toBeNull();
    const named = await forge.namedProject('acme/apps/web');
    expect(named).toMatchObject({ id: 102, path: 'acme/apps/web' });
    expect(Object.keys(named?.features ?? {})).toContain('repository');
    expect(await forge.group('acme/apps')).toMatchObject({ path: 'acme/apps' });
    expect(await forge.group('acme/none')).toBeNull();
  });

  it('adds, narrows, enforces, reopens and removes, each of them twice without harm', async () => {
    const before = await forge.allowlist(CORE);
    for (let i = 0; i < 2; i += 1)
      await forge.addEntry(CORE, { ...ENTRY, defaultPermissions: true, policies: [] }, freely);
    await forge.setPermissions(CORE, { ...ENTRY, defaultPermissions: false, policies: ['READ_PACKAGES'] }, freely);
    for (let i = 0; i < 2; i += 1) await forge.enforce(CORE, { callee: CORE.id } as SeededProof, freely);
    const enforced = await forge.allowlist(CORE);
    expect(enforced).toMatchObject({ stored: true, effective: true });
    expect(enforced.entries[0]).toMatchObject({
      ...ENTRY,
      defaultPermissions: false,
      policies: ['READ_PACKAGES'],
      addedBy: 'root',
    });
    await forge.reopen(CORE, freely);
    for (let i = 0; i < 2; i += 1) await forge.removeEntry(CORE, ENTRY, freely);
    expect(await forge.allowlist(CORE)).toEqual(before);
  });

  it('sees the failed jobs, their earlier runs and their logs', async () => {
    const since = epochMs(clock.now() - 3 * 86_400_000);
    const activity = await forge.activity(GROUP, since, null);
    expect(activity.items.filter(({ jobs }) => jobs > 0)).toMatchObject([
      { project: 102, path: 'acme/apps/web', suspicious: true },
    ]);
    const failed = await forge.failedJobs(WEB, since, []);
    expect(failed.length).toBeGreaterThan(0);
    expect(
      failed.every(({ name, status, finishedAt }) => name === 'probe' && status === 'failed' && finishedAt! >= since),
    ).toBe(true);
    const [latest] = failed;
    let text = '';
    for await (const chunk of await forge.trace(WEB, latest!.id)) text += Buffer.from(chunk).toString();
    expect(text).toContain('not allowed from');
    const runs = await forge.earlierRuns(WEB, 'build', clock.now(), 3);
    expect(runs.map(({ name, status }) => [name, status])).toEqual(Array(3).fill(['build', 'success']));
    expect(await forge.memberLevel(WEB, latest!.user!.id)).toBe(30);
    expect(await forge.memberLevel(WEB, (await forge.identity()).userId)).toBe(50);
  });

  it('tells stored from effective under enforcement, and hears why off is refused', async () => {
    expect((await forge.identity()).instanceEnforced).toBe(false);
    await forge.setInstanceEnforced(true, freely);
    expect(await forge.instanceEnforced()).toBe(true);
    expect((await forge.identity()).instanceEnforced).toBe(true);
    expect(await forge.allowlist(CORE)).toMatchObject({ stored: false, effective: true });
    const words = expect.stringContaining('enforced for the instance') as string;
    await expect(forge.reopen({ id: WEB, path: 'x' }, freely)).rejects.toMatchObject({
      code: 'FORGE_REFUSED',
      message: words,
    });
    await forge.setInstanceEnforced(false, freely);
  });

  it("follows the stand-in's clock", () => {
    expect(Math.abs(clock.now() - Date.parse(ORGANISATION.start))).toBeLessThan(600_000);
  });
});
