import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StandIn } from '../../sandbox/http/stand-in.ts';
import { Folder, nodeWords, run } from '../run-cli.ts';

const QUICK = `
observe: { window: 0s }
decisions: { rules: [{ name: all, when: {}, then: approve, reason: test }] }
`;

let gitlab: StandIn;
let folder: Folder;
beforeAll(async () => {
  gitlab = await StandIn.start();
});
afterAll(() => gitlab.close());
beforeEach(async () => {
  folder = new Folder();
  await cli('init');
});
afterEach(() => folder.remove());

const cli = (...args: string[]) =>
  run(args, {
    cwd: folder.path,
    env: { TIDEGATE_TOKEN: gitlab.running.token, TIDEGATE_GITLAB_URL: gitlab.running.url },
  });
const next = async () => / {2}next {6}(.*)/.exec((await cli('status')).stdout)?.[1];

describe('status', () => {
  it('says at each stop what comes next', async () => {
    expect(await next()).toBe('an inventory, with the next `tidegate tick`');
    expect(await cli('tick')).toMatchObject({ code: 3 });
    expect(await next()).toMatch(/^an inventory, at 2026-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await cli('pause');
    expect(await next()).toBe('`tidegate resume`');
  });

  it("goes by GitLab's clock after a bare inventory, as every command that only looks", async () => {
    expect(await cli('inventory')).toMatchObject({ code: 0 });
    const { rows } = JSON.parse((await cli('ledger', 'show', '--json', '--limit', '1')).stdout) as {
      rows: readonly { kind: string; at: string }[];
    };
    expect(rows).toMatchObject([{ kind: 'inventory', at: expect.stringMatching(/^2026-03-/) as string }]);
  });

  it('says what a person has to do', async () => {
    writeFileSync(folder.file('tidegate.yaml'), QUICK);
    expect(await cli('tick')).toMatchObject({ code: 4 });
    expect(await next()).toMatch(/^plan [0-9a-f]{16} waits for approval$/);
    expect((await cli('status')).stdout).toContain('`tidegate plan show`, then `tidegate approve ');
  });

  it('tells approvals past their date from those in force', async () => {
    writeFileSync(folder.file('tidegate.yaml'), QUICK.replace('reason: test', 'reason: test, expires: 1s'));
    await cli('tick');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await cli('status')).stdout).toMatch(
      /expired {3}\d approvals? past the date or in question, to be decided anew/,
    );
    expect(JSON.parse((await cli('status', '--json')).stdout)).toMatchObject({ expired: expect.any(Number) as number });
  });

  it('fits 80 columns', async () => {
    await cli('tick');
    for (const line of (await cli('status')).stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

const terminal = process.platform === 'linux' && spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

/** Answers the question of a command on a terminal with one key. */
function answered(key: string): { readonly code: number | null; readonly screen: string } {
  const words = [...nodeWords(['abort']), '; exit $?'].join(' ');
  // Before the question the terminal would turn Ctrl-C into a signal.
  const wait = `for i in {1..300}; do grep -qs 'y/N' screen && break; sleep 0.1; done; sleep 0.3; printf '${key}'`;
  const result = spawnSync('/bin/bash', ['-c', `(${wait}) | script -qefc '${words}' screen`], {
    cwd: folder.path,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: result.status, screen: result.stdout };
}

describe.skipIf(!terminal)('a question on a terminal (needs script)', () => {
  it.each([
    { name: 'Ctrl-C', key: '\\x03', code: 130, says: 'interrupted at the question' },
    { name: 'Ctrl-D', key: '\\x04', code: 0, says: 'Nothing was changed' },
    { name: 'Enter', key: '\\r', code: 0, says: 'Nothing was changed' },
  ])('is answered with no by $name', async ({ key, code, says }) => {
    const result = answered(key);
    expect(result, result.screen).toMatchObject({ code });
    expect(result.screen).toContain('This ends the rollout. Go on? [y/N]');
    expect(result.screen).toContain(says);
    expect((await cli('status')).stdout).not.toContain('aborted');
  });
});
