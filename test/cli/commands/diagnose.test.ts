import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOST, trace } from '../../trace/trace-builder.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const REPOSITORY = new URL('../../../', import.meta.url).pathname;
const DENIED = trace([
  {
    run: 'curl --fail-with-body -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/7/releases"',
    prints: ['{"message":"403 Forbidden - Authentication by CI/CD job token not allowed from cart to project #7."}'],
  },
]);
const CALLER = ['--caller', 'shop/cart'];

let folder = '';
const inFolder = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diagnose-'));
  writeFileSync(inFolder('job.log'), DENIED);
  writeFileSync(inFolder('ids.json'), '{"7":"tools/sdk"}');
  writeFileSync(inFolder('broken.json'), '{"7":');
  writeFileSync(inFolder('list.json'), '["tools/sdk"]');
  writeFileSync(inFolder('names.json'), '{"sdk":"tools/sdk"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

function tidegate(args: readonly string[], stdin = '', gitlab = `https://${HOST}`): Promise<Outcome> {
  return new Promise((settle) => {
    const env = { PATH: process.env['PATH'], HOME: folder, CI_SERVER_URL: gitlab };
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', 'diagnose', ...args],
      { cwd: REPOSITORY, env },
      (error, stdout, stderr) => {
        settle({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    child.stdin?.end(stdin);
  });
}

describe('tidegate diagnose', () => {
  it('prints exactly the public shape with --json', async () => {
    const { code, stdout } = await tidegate([inFolder('job.log'), ...CALLER, '--ids', inFolder('ids.json'), '--json']);
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(found)).toEqual([
      'verdict',
      'callee',
      'access',
      'signature',
      'line',
      'quote',
      'confidence',
      'reason',
    ]);
    expect(found).toMatchObject({
      verdict: 'allowlist_denied',
      callee: 'tools/sdk',
      access: 'api',
      signature: 'job-token-not-allowed',
    });
  });

  it('reads standard input, and says to a person what to do next', async () => {
    const { code, stdout } = await tidegate(CALLER, DENIED);
    expect(code).toBe(0);
    expect(stdout).toContain('Refused by the allowlist');
    expect(stdout).toContain('caller   shop/cart');
    expect(stdout).toContain('project id 7');
    expect(stdout).toContain('Before anything is added');
    expect(stdout).toContain('What would disprove this');
  });

  it('lets nothing of the log reach the terminal raw, and no token at all', async () => {
    const hostile = DENIED.replace(
      '{"message"',
      '\u001b]0;pwned\u0007\u001b[31mglpat-abcdefghij0123456789 \u202e{"message"',
    );
    const { stdout } = await tidegate(CALLER, hostile);
    expect(stdout).toContain('Refused by the allowlist');
    // eslint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u001b\u0007\u202e]|glpat-|pwned/);
  });

  it.each([
    ['a missing file', ['absent.log', ...CALLER], 'absent.log: no such file'],
    ['a directory', ['.', ...CALLER], '.: is a directory'],
    ['ids that are no JSON', [...CALLER, '--ids', 'broken.json'], 'broken.json: not JSON'],
    ['ids that are a list', [...CALLER, '--ids', 'list.json'], 'list.json: not an object'],
    ['an id that is no number', [...CALLER, '--ids', 'names.json'], '"sdk" is no project id'],
    ['missing ids', [...CALLER, '--ids', 'absent.json'], 'absent.json: no such file'],
    ['no caller', [], '--caller'],
    ['a caller that is no path', ['--caller', 'cart'], '"cart" is no full path'],
    ['a registry that is no host', [...CALLER, '--registry', 'a b'], '"a b" is no host'],
  ])('refuses %s with exit code 2 and names it', async (_, args, message) => {
    const resolved = args.map((arg) => (/\.(?:json|log)$/.test(arg) ? inFolder(arg) : arg));
    const { code, stdout, stderr } = await tidegate(resolved, DENIED);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });

  it.each([
    ['an address that is no URL', 'git.corp', '"git.corp" is no URL'],
    ['an address of another kind', 'ftp://git.corp', 'no http or https'],
    ['no address', '', 'Give --gitlab URL'],
  ])('refuses %s with exit code 2', async (_, gitlab, message) => {
    const { code, stderr } = await tidegate(CALLER, DENIED, gitlab);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
