import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../../src/cli/context.ts';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { Output } from '../../../src/cli/terminal/output.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { RolloutError } from '../../../src/domain/errors.ts';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tidegate compact` in this process on the given standard input. */
async function run(stdin: string, ...options: string[]): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
      return true;
    },
  });
  let code = 0;
  const context: CliContext = {
    env: {},
    cwd: '.',
    stdin: Readable.from([Buffer.from(stdin)]) as unknown as NodeJS.ReadStream,
    out: new Output(into('stdout'), into('stderr')),
    signal: new AbortController().signal,
    setExit: (exit) => {
      code = exit;
    },
  };
  try {
    const args = ['compact', ...options];
    await (await createProgram(context, args)).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    written.stderr += error.message;
    code = exitCodeOf(error.code);
  }
  return { code, ...written };
}

const json = (value: unknown) => run(JSON.stringify(value), '--json');

describe('compact --json', () => {
  it('answers in the published shape', async () => {
    const { code, stdout } = await json({
      limit: 3,
      callers: ['a/x/1', 'a/x/2', 'b/3', 'me/tool'],
      projects: ['a/x/9', 'b/4'],
      existing: ['B'],
      userNamespaces: ['me'],
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      entries: [
        { kind: 'group', path: 'a/x' },
        { kind: 'project', path: 'me/tool' },
      ],
      widening: 1,
      widened: [{ group: 'a/x', admits: 3, observed: 2 }],
    });
  });

  it('counts projects and groups apart when asked to', async () => {
    const callers = ['a/1', 'a/2', 'b/1', 'b/2'];
    const { stdout } = await json({ limit: { projects: 2, groups: 1 }, callers, projects: [] });
    expect(JSON.parse(stdout)).toEqual({
      entries: [
        { kind: 'group', path: 'a' },
        { kind: 'project', path: 'b/1' },
        { kind: 'project', path: 'b/2' },
      ],
      widening: 0,
      widened: [{ group: 'a', admits: 2, observed: 2 }],
    });
  });

  it('takes existing entries with their kind, for paths that no project tells', async () => {
    const existing = [{ kind: 'group', path: 'a/b' }];
    const { stdout } = await json({ limit: 1, callers: ['a/b/1'], projects: [], existing });
    expect(JSON.parse(stdout)).toEqual({ entries: [], widening: 0, widened: [] });
  });

  it('exits 1 with the least achievable count and says why', async () => {
    const { code, stdout, stderr } = await json({ limit: 1, callers: ['a/1', 'b/1', 'b/2'], projects: [] });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ leastAchievable: 2, least: { entries: 2, projects: 1, groups: 1 } });
    expect(stderr).toContain('the least achievable count is 2 entries');
    expect(stderr).toContain('2 top-level groups share no group entry (a, b)');
  });
});

describe('compact as text', () => {
  it('lists entries and what groups admit', async () => {
    const { stdout } = await run(JSON.stringify({ limit: 1, callers: ['a/1', 'a/2'], projects: ['a/3'] }));
    expect(stdout).toContain('group    a\n');
    expect(stdout).toContain('a admits 3 projects, 2 of them observed');
    expect(stdout).toContain('1 entry to add, widening 1');
  });

  it('lets no control character of a name through', async () => {
    const { stdout, stderr } = await run(
      JSON.stringify({ limit: 9, callers: ['a/\u001b[31mred', 'a/\u0007'], projects: [] }),
    );
    expect(stdout + stderr).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(stdout).toContain('a/\uFFFD[31mred');
  });
});

describe('bad input', () => {
  const good = { limit: 1, callers: [], projects: [] };

  it.each([
    ['limit', { ...good, limit: -1 }],
    ['limit', { ...good, limit: 1.5 }],
    ['limit', { ...good, limit: { projects: 1 } }],
    ['callers: ', { limit: 1, projects: [] }],
    ['callers[1]', { ...good, callers: ['a/b', 7] }],
    ['callers[0]: no project path', { ...good, callers: ['alone'] }],
    ['projects[0]: no path', { ...good, projects: ['a//b'] }],
    ['projects[0]', { ...good, projects: ['/a/b'] }],
    ['projects', { ...good, projects: 'a/b' }],
    ['existing[0]', { ...good, existing: [{ kind: 'user', path: 'a' }] }],
    ['userNamespaces[0]', { ...good, userNamespaces: [''] }],
    ['callers[0]: longer', { ...good, callers: [`${'a/'.repeat(2_000)}b`] }],
    ['input: not a JSON object', []],
    ['projects: missing', { limit: 1, callers: [] }],
    ['limit: missing', { callers: [], projects: [] }],
    ['exisitng: no such field', { ...good, exisitng: ['a/b'] }],
    ['\uFFFD[2J: no such field', { ...good, ['\u001b[2J']: 1 }],
    ['existing: not a list', { ...good, existing: null }],
  ])('names %s and exits 2', async (field, value) => {
    const { code, stdout, stderr } = await json(value);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(field);
  });

  it.each([
    ['', 'stdin is empty'],
    ['{"limit":', 'no JSON'],
    ['\u001b[31m', 'no JSON'],
  ])('exits 2 on %j', async (stdin, message) => {
    const { code, stderr } = await run(stdin);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('\u001b');
  });

  it('names no more than ten problems at once', async () => {
    const { stderr } = await json({ ...good, callers: Array.from({ length: 50 }, () => '') });
    expect(stderr.split('\n').length).toBeLessThan(15);
    expect(stderr).toMatch(/and \d+ more/);
  });
});
