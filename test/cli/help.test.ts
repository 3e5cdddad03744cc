import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Output } from '../../src/cli/terminal/output.ts';
import { COMMAND_NAMES, createProgram } from '../../src/cli/program.ts';
import { Folder, run } from './run-cli.ts';

let folder: Folder;
let all: Command;
beforeAll(async () => {
  folder = new Folder();
  const silent = new Output({ write: () => true }, { write: () => true });
  const signal = new AbortController().signal;
  all = await createProgram({ env: {}, cwd: '.', stdin: process.stdin, out: silent, signal, setExit: () => undefined });
});
afterAll(() => folder.remove());

const words = (command: Command): string =>
  command.parent?.parent ? `${words(command.parent)} ${command.name()}` : command.name();
const leaves = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(leaves)];
const cli = (args: readonly string[]) => run(args, { cwd: folder.path });

async function helpOf(command: Command): Promise<string> {
  const { code, stdout, stderr } = await cli([...words(command).split(' '), '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('help', () => {
  it('lists every command that can be loaded by its name', () => {
    expect(all.commands.map((command) => command.name())).toEqual(COMMAND_NAMES);
  });

  it('of every command, below others too, has an example and names the options of all', async () => {
    for (const command of all.commands.flatMap(leaves)) {
      const text = await helpOf(command);
      expect(text, words(command)).toMatch(new RegExp(`\\n {2}\\$ .*tidegate ${words(command)}\\b`));
      expect(text.replaceAll(/\s+/g, ' '), words(command)).toContain('Every command also takes --db,');
    }
  });

  it('lists the commands in groups, none without one', async () => {
    const { stdout } = await cli(['--help']);
    const headings = [...stdout.matchAll(/^[A-Z][a-z ]+:$/gm)].map(([heading]) => heading);
    const groups = ['Begin:', 'Look and decide:', 'Carry out:', 'Step in:', 'Show and keep:', 'Without a rollout:'];
    expect(headings).toEqual(['Options:', ...groups, 'Commands:']);
    expect(stdout.slice(stdout.indexOf('\nCommands:')).match(/^ {2}[a-z]+ /gm)).toEqual(['  help ']);
  });

  it('of every command, below others too, fits 80 columns but for examples to be copied', async () => {
    for (const command of all.commands.flatMap(leaves)) {
      const tooLong = (await helpOf(command))
        .split('\n')
        .filter((line) => line.length > 80 && !/^ *(?:\$|tidegate |echo |\{)/.test(line));
      expect(tooLong, words(command)).toEqual([]);
    }
  });

  it('of one command needs no other to be loaded', async () => {
    const signal = new AbortController().signal;
    const out = new Output({ write: () => true }, { write: () => true });
    const context = { env: {}, cwd: '.', stdin: process.stdin, out, signal, setExit: () => undefined };
    for (const name of COMMAND_NAMES) {
      const one = await createProgram(context, ['--db', 'x.db', name, '--help']);
      expect(one.commands.map((loaded) => loaded.name())).toContain(name);
      expect(one.commands.length).toBeLessThan(COMMAND_NAMES.length);
    }
    expect((await createProgram(context, ['--version'])).commands).toEqual([]);
  });

  it('and the version end with 0', async () => {
    for (const args of [['--help'], ['help'], ['status', '--help'], ['help', 'status'], ['--version'], ['-V']]) {
      const { code, stderr } = await cli(args);
      expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
    }
  });
});

const root = new URL('../../', import.meta.url);
const GUIDES = [
  'first-rollout',
  'company-rollout',
  'operating',
  'deploying',
  'auditing',
  'reading-a-verdict',
  'tightening',
  'exit-codes',
] as const;
const PAGES = ['README.md', ...GUIDES.map((name) => `docs/guides/${name}.md`)];
/** What works without a rollout, or does not end. */
const APART = ['demo', 'init', 'sandbox', 'scan'];

/** The `tidegate` lines of a page's shell blocks, without comments. */
function commandsOf(page: string): readonly string[] {
  const text = readFileSync(fileURLToPath(new URL(page, root)), 'utf8');
  const blocks = [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.split('\n'))
    .map((line) => /(?:^|&& )(tidegate [^#|]*)/.exec(line)?.[1]?.trim() ?? '')
    .filter((line) => line !== '');
}

function shellWords(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

describe.each(PAGES)('the commands on %s', (page) => {
  const commands = commandsOf(page);

  it('are there', () => expect(commands.length).toBeGreaterThan(0));

  // Run where there is no rollout: a command that is understood says so; one that is not is refused by its usage.
  it.each(commands)('%s', async (line) => {
    const args = shellWords(line).slice(1);
    if (APART.includes(args[0] ?? '')) {
      // Its usage is read up to a mistake that is made on purpose, and no further.
      const refused = await cli([...args, '--made-up']);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("unknown option '--made-up'");
      return;
    }
    const { stderr } = await cli(args);
    expect(stderr).not.toMatch(/unknown|too many|argument missing|missing required|is invalid|--help to see|defect/);
    expect(stderr).toMatch(/there is no rollout|no address of a GitLab|no access token|no such file/);
  });
});
