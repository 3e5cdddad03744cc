import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { OrganisationSource, RunningSandbox, SandboxOptions } from '../../sandbox/index.ts';
import { RolloutError } from '../../domain/errors.ts';
import { globalsOf, type CliContext } from '../context.ts';
import { readBounded, whyUnreadable } from '../arguments/bounded-file.ts';

interface SandboxFlags {
  readonly port: number;
  readonly host: string;
  readonly org?: string;
  readonly projects?: number;
  readonly seed: number;
  readonly gitlabVersion?: string;
  readonly faults?: string;
  readonly rateLimit?: number;
  readonly allowScripts?: boolean;
  readonly denialWording?: string;
  readonly quirk: readonly string[];
}

const EXAMPLE = `
Example:
  $ tidegate sandbox --projects 300 --seed 7 --port 8080
  {"url":"http://127.0.0.1:8080","token":"glpat-…"}

The token is an administrator's. GET /-/sandbox/tokens lists one for every other user,
POST /-/sandbox/clock {"advance":"7d"} moves the simulated time. Ctrl-C ends it.
An address other than loopback needs a token of your own in TIDEGATE_SANDBOX_TOKEN.

Quirks (each may be given once more):
  denial-wording=path|id              duplicate-texts=older|newer
  remove-direction=inbound|outbound   self-entries=allowed|refused
  object-storage=redirect|none        switch-off-under-enforcement=allowed|refused
  auth-log-limit=N|none               allowlist-page-size=N
  trace-range=ignored|honoured
  rate-limit-headers=always|refusals|retry-after|none`;

/** `tidegate sandbox`: serves the GitLab stand-in until it is interrupted. */
export function registerSandbox(program: Command, context: CliContext): void {
  program
    .command('sandbox')
    .description('serve a small GitLab on this machine, to try things on')
    .addOption(new Option('--port <n>', 'port, 0 for any free one').argParser(wholeNumber(0, 65_535)).default(0))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(new Option('--org <file>', 'organisation file, JSON or YAML').conflicts('projects'))
    .addOption(
      new Option('--projects <n>', 'make up an organisation of about n projects').argParser(wholeNumber(1, 1_000_000)),
    )
    .addOption(
      new Option('--seed <s>', 'seed of the made-up organisation').argParser(wholeNumber(0, 2 ** 31 - 1)).default(1),
    )
    .option('--gitlab-version <v>', 'pose as this version, 16.0 or later')
    .option('--faults <file>', 'fault file, JSON or YAML')
    .addOption(new Option('--rate-limit <n>', 'API calls per minute and user').argParser(wholeNumber(1, 1_000_000_000)))
    .option('--allow-scripts', "run the jobs' scripts on this machine when they are asked for")
    .addOption(
      new Option('--denial-wording <form>', 'name the callee in refusals by path or by id').choices(['path', 'id']),
    )
    .addOption(
      new Option('--quirk <name=value>', 'settle a behaviour whose release is not known for certain; see below')
        .argParser((text: string, earlier: readonly string[]) => [...earlier, text])
        .default([], 'by version'),
    )
    .addHelpText('after', EXAMPLE)
    .action(async (flags: SandboxFlags, command: Command) => {
      await serve(flags, globalsOf(command).tokenFile ?? null, context);
    });
}

async function serve(flags: SandboxFlags, tokenFile: string | null, context: CliContext): Promise<void> {
  const running = await started(flags, context);
  try {
    if (tokenFile !== null) await saveToken(resolve(context.cwd, tokenFile), running.token);
    context.out.data(`${JSON.stringify({ url: running.url, token: running.token })}\n`);
    if (running.scripts !== null) context.out.error(whatScriptsReach(running.scripts));
    await interrupted(context.signal);
  } finally {
    await running.close();
  }
}

/** Said at every start: scripts are code of whoever wrote the organisation file. */
function whatScriptsReach({ network, files }: NonNullable<RunningSandbox['scripts']>): string {
  if (network && files)
    return "Scripts of jobs run on this machine. They reach this stand-in and no other network; they read this machine's programs and /etc, and write to folders of their own.";
  const needs = 'Keeping them away needs Linux with unshare, mount and ip, and the right to make namespaces.';
  return network
    ? `Scripts of jobs run on this machine. They reach no network but this stand-in, but they are NOT kept away from this machine's files. ${needs}`
    : `Scripts of jobs run on this machine and are NOT kept away from its files, nor from any network. ${needs}`;
}

async function started(flags: SandboxFlags, context: CliContext): Promise<RunningSandbox> {
  const { parseQuirks, startSandbox, SandboxOptionsError } = await import('../../sandbox/index.ts');
  const options = (): SandboxOptions => {
    const quirks = parseQuirks([
      ...flags.quirk,
      ...(flags.denialWording === undefined ? [] : [`denial-wording=${flags.denialWording}`]),
    ]);
    return {
      organisation: organisationOf(flags, context.cwd),
      host: flags.host,
      port: flags.port,
      gitlabVersion: flags.gitlabVersion ?? null,
      faults: flags.faults === undefined ? null : readText(context.cwd, flags.faults),
      rateLimit: flags.rateLimit ?? null,
      token: context.env['TIDEGATE_SANDBOX_TOKEN'] ?? null,
      allowScripts: flags.allowScripts === true,
      quirks: quirks.http,
      worldQuirks: quirks.world,
    };
  };
  try {
    return await startSandbox(options());
  } catch (error) {
    if (error instanceof SandboxOptionsError) throw optionError(error.where, error.problems, flags);
    if (isSystemError(error)) {
      throw new RolloutError(
        'USAGE',
        `cannot listen on ${flags.host}:${flags.port}: ${error.code}`,
        'Choose another --port or --host.',
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

function organisationOf(flags: SandboxFlags, cwd: string): OrganisationSource {
  return flags.org === undefined
    ? { kind: 'generated', projects: flags.projects ?? 300, seed: flags.seed }
    : { kind: 'text', text: readText(cwd, flags.org) };
}

/** One line per problem, each with its file and field. */
function optionError(where: string, problems: readonly string[], flags: SandboxFlags): RolloutError {
  const place = { organisation: flags.org ?? 'organisation', faults: flags.faults ?? 'faults' }[where] ?? `--${where}`;
  const hint =
    where === 'host' ? 'Set TIDEGATE_SANDBOX_TOKEN to a token of your own.' : `Correct ${place} and start again.`;
  return new RolloutError('USAGE', problems.map((problem) => `${place}: ${problem}`).join('\n'), hint);
}

/** In bytes: an organisation of 100,000 projects is a tenth of that. */
const LARGEST_FILE = 256_000_000;

function readText(cwd: string, file: string): string {
  try {
    return readBounded(resolve(cwd, file), LARGEST_FILE).toString();
  } catch (error) {
    const what = `${file}: cannot be read (${whyUnreadable(error)})`;
    throw new RolloutError('USAGE', what, 'Name a file that exists and is readable.', { cause: error });
  }
}

/** The mode applies to new files only: an existing file is replaced, so that an open one never holds the token. */
async function saveToken(file: string, token: string): Promise<void> {
  try {
    await rm(file, { force: true });
    await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = isSystemError(error) ? error.code : String(error);
    throw new RolloutError('USAGE', `${file}: cannot be written (${code})`, 'Name another --token-file.', {
      cause: error,
    });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
