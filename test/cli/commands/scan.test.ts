import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Command } from 'commander';
import { registerScan } from '../../../src/cli/commands/scan/index.ts';
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

interface Shown {
  readonly edges: readonly { readonly callee: string }[];
  readonly unresolved: readonly { readonly file: string; readonly why: string }[];
}

/** What is found in the folder. */
const result = async (...args: readonly string[]): Promise<Shown> =>
  JSON.parse((await run(...scanArgs, ...args, '--json')).stdout) as Shown;

const CLONE = 'git clone https://gitlab-ci-token:$CI_JOB_TOKEN@gitlab.example.com/lib/core.git';
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

  it('follows no link out of the checkout', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'x.sh'), 'git clone https://t:$CI_JOB_TOKEN@gitlab.example.com/lib/out.git');
    put('.gitlab-ci.yml', 'a: { script: [./x.sh, sh out/x.sh] }');
    symlinkSync(join(outside, 'x.sh'), join(folder, 'x.sh'));
    symlinkSync(outside, join(folder, 'out'));
    const { edges, unresolved } = await result();
    rmSync(outside, { recursive: true });
    expect(edges).toEqual([]);
    const why = 'a link that leads out of the checkout';
    expect(unresolved).toEqual([
      expect.objectContaining({ file: 'out/', why }),
      expect.objectContaining({ file: 'x.sh', why }),
    ]);
  });

  it('follows no link to the folder around the checkout', async () => {
    const outer = mkdtempSync(join(tmpdir(), 'outer-'));
    const inner = join(outer, 'checkout');
    mkdirSync(inner);
    writeFileSync(join(outer, 'x.sh'), CLONE);
    writeFileSync(join(inner, '.gitlab-ci.yml'), 'a: { script: [sh up/x.sh] }');
    symlinkSync(outer, join(inner, 'up'));
    const { stdout } = await run('scan', inner, '--caller', 'shop/cart', '--json');
    rmSync(outer, { recursive: true });
    expect(JSON.parse(stdout)).toMatchObject({ edges: [], unresolved: [{ file: 'up/' }] });
  });

  it('follows a link to a folder inside of the checkout, and ends where one leads to a folder around it', async () => {
    put('.gitlab-ci.yml', 'a: { script: [sh ci/x.sh] }');
    put('tools/ci/x.sh', CLONE);
    symlinkSync(join(folder, 'tools', 'ci'), join(folder, 'ci'));
    symlinkSync(folder, join(folder, 'tools', 'round'));
    expect((await result()).edges).toEqual([expect.objectContaining({ callee: 'lib/core', file: 'ci/x.sh' })]);
  });

  it.each([
    { what: 'a script', path: 'big.sh', command: 'sh big.sh' },
    { what: 'a program', path: 'fetch.js', command: 'node fetch.js' },
    { what: 'a batch file', path: 'get.bat', command: 'cmd /c get.bat' },
    { what: 'a list of packages', path: 'requirements.txt', command: 'pip install -r requirements.txt' },
    { what: 'a list of modules', path: '.gitmodules', command: 'git submodule update --init' },
    { what: 'an included file', path: 'ci/more.yml', command: 'true' },
  ])('names $what that a job uses and that is too large to read, once', async ({ path, command }) => {
    put(
      '.gitlab-ci.yml',
      `include: [{ local: 'ci/*.yml' }]\na: { script: ['${command}'] }\nb: { script: ['${command}'] }`,
    );
    put(path, '#'.repeat(4_200_000));
    put('unused.sh', '#'.repeat(4_200_000));
    const told = (await result()).unresolved.filter(({ file }) => file === path);
    expect(told).toEqual([expect.objectContaining({ why: 'too large to read: 4.2 MB, the limit is 4.0 MB', line: 1 })]);
  });

  it('names what a job uses and that is no text, or cannot be read, and nothing that it does not use', async () => {
    put('.gitlab-ci.yml', 'include: /ci.yml\na: { script: [./tool, cp logo.png out/, sh gone.sh] }');
    put('ci.yml', Buffer.from([0, 0, 0]));
    put('tool', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]));
    put('logo.png', Buffer.from([0x89, 0x50, 0, 0]));
    put('other.bin', Buffer.from([0, 1, 2]));
    symlinkSync(join(folder, 'nothing'), join(folder, 'gone.sh'));
    expect((await result()).unresolved.map(({ file, why }) => [file, why])).toEqual([
      ['ci.yml', 'not a text file'],
      ['gone.sh', 'the file cannot be read'],
      ['tool', 'not a text file'],
    ]);
  });

  it.each([
    ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
  ])('reads configuration, scripts and context in %s', async (_, encoded) => {
    put(
      '.gitlab-ci.yml',
      encoded('a: { script: [sh x.sh, \'curl -H "JOB-TOKEN: $CI_JOB_TOKEN" $CI_API_V4_URL/projects/5/releases\'] }'),
    );
    put('x.sh', encoded(CLONE));
    put('ids.json', encoded('{"projectIds":{"5":"lib/five"}}'));
    const { edges, unresolved } = await result('--context', 'ids.json');
    expect([edges.map(({ callee }) => callee), unresolved]).toEqual([['lib/five', 'lib/core'], []]);
  });

  it.each(['[a, b]', '- job: { script: [make] }', 'just text'])('says that %s is no configuration', async (text) => {
    put('.gitlab-ci.yml', text);
    expect((await result()).unresolved).toEqual([
      expect.objectContaining({
        file: '.gitlab-ci.yml',
        line: 1,
        why: expect.stringContaining('no mapping') as string,
      }),
    ]);
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
