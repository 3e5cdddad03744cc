import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Command } from 'commander';
import { registerScan } from '../../../src/cli/commands/scan.ts';
import { Output } from '../../../src/cli/terminal/output.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scan-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(path: string, text: string | Buffer): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function run(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const collect = (add: (text: string) => void) =>
    ({ write: (text: string) => (add(text), true) }) as unknown as NodeJS.WriteStream;
  const out = new Output(
    collect((text) => (stdout += text)),
    collect((text) => (stderr += text)),
  );
  out.setMode({ json: args.includes('--json'), quiet: false, verbose: false, color: false });
  const program = new Command().option('--gitlab <URL>').option('--json').exitOverride();
  registerScan(program, {
    env: {},
    cwd: folder,
    stdin: process.stdin,
    out,
    signal: new AbortController().signal,
    setExit: () => undefined,
  });
  await program.parseAsync(['node', 'tidegate', '--gitlab', 'https://gitlab.example.com', ...args]);
  return { stdout, stderr };
}

const PIPELINE = "a: { script: ['curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/5/releases', './x.sh'] }";
const scanArgs = ['scan', '.', '--caller', 'shop/cart'] as const;

describe('tidegate scan', () => {
  it('prints the documented JSON', async () => {
    put('.gitlab-ci.yml', PIPELINE);
    put('ids.json', '{"projectIds":{"5":"lib/five"}}');
    const { stdout } = await run(...scanArgs, '--context', 'ids.json', '--json');
    expect(JSON.parse(stdout)).toEqual({
      edges: [
        {
          callee: 'lib/five',
          access: 'release',
          policies: ['READ_RELEASES'],
          file: '.gitlab-ci.yml',
          line: 1,
          certainty: 'certain',
        },
      ],
      unresolved: [],
    });
  });

  it('shows callees with their places, and what is unresolved, for people', async () => {
    put('.gitlab-ci.yml', PIPELINE);
    put('ids.json', '{"projectIds":{"5":"lib/five"}}');
    expect((await run(...scanArgs, '--context', 'ids.json')).stdout).toMatch(
      /^lib\/five\n {2}release +\.gitlab-ci\.yml:1/u,
    );
    expect((await run(...scanArgs)).stdout).toMatch(
      /Unresolved\n {2}release +\.gitlab-ci\.yml:1 {2}projects\/5\/releases/u,
    );
  });

  it('follows no link out of the checkout, and names unread files that matter', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'x.sh'), 'git clone https://t:$CI_JOB_TOKEN@gitlab.example.com/lib/out.git');
    put('.gitlab-ci.yml', PIPELINE);
    put('big.sh', 'x'.repeat(1_100_000));
    put('image.png', Buffer.from([0, 1, 2]));
    symlinkSync(join(outside, 'x.sh'), join(folder, 'x.sh'));
    const { stdout } = await run(...scanArgs, '--json');
    rmSync(outside, { recursive: true });
    const result = JSON.parse(stdout) as { edges: unknown[]; unresolved: { file: string }[] };
    expect(result.edges).toEqual([]);
    expect(result.unresolved.map(({ file }) => file)).toEqual(['.gitlab-ci.yml', 'big.sh', 'x.sh']);
  });

  it('says on stderr that a checkout has no pipeline', async () => {
    expect((await run(...scanArgs)).stderr).toMatch(/no \.gitlab-ci\.yml/u);
  });

  it.each([
    { what: 'a missing folder', args: ['scan', 'nowhere', '--caller', 'a/b'], message: /nowhere is no directory/u },
    { what: 'no caller', args: ['scan', '.'], message: /project the files belong to/u },
    {
      what: 'a caller that is no path',
      args: ['scan', '.', '--caller', 'cart'],
      message: /"cart" is no full project path/u,
    },
    {
      what: 'a context that is no JSON',
      args: [...scanArgs, '--context', 'bad.json'],
      message: /bad\.json:1 is no JSON/u,
    },
    { what: 'a context with a wrong field', args: [...scanArgs, '--context', 'wrong.json'], message: /projectIds\.5/u },
  ])('refuses $what', async ({ args, message }) => {
    put('bad.json', '{');
    put('wrong.json', '{"projectIds":{"5":7}}');
    await expect(run(...args)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message) as string,
    });
  });
});
