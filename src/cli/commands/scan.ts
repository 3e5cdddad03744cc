import type { Dirent } from 'node:fs';
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { z } from 'zod';
import { RolloutError } from '../../domain/errors.ts';
import type { ScanContext, ScanEdge, ScanResult } from '../../scan/index.ts';
import { globalsOf, type CliContext } from '../context.ts';
import type { Paint } from '../terminal/output.ts';

type Shown = Pick<ScanResult, 'edges' | 'unresolved'>;

interface ScanOptions {
  readonly caller?: string;
  readonly context?: string;
}

const MAX_FILE_BYTES = 1_000_000;
const MAX_TOTAL_BYTES = 200_000_000;
const MAX_FILES = 50_000;
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules']);
/** Files that can hold a job's accesses: one of these that was not read is named in the result. */
const MATTERS =
  /(?:^|\/)(?:\.gitlab-ci\.ya?ml|\.gitmodules|[^/]*Dockerfile[^/]*|Makefile|package\.json|\.npmrc|go\.mod|pom\.xml)$|\.(?:ya?ml|sh|bash|py|rb|ps1|tf|toml|gradle|kts)$/u;

const contextSchema = z.strictObject({
  projectIds: z.record(z.string().regex(/^\d+$/u, 'an id is a whole number'), z.string()).default({}),
  groups: z.record(z.string().regex(/^\d+$/u, 'an id is a whole number'), z.string()).default({}),
  variables: z.record(z.string(), z.string()).default({}),
  included: z.record(z.string(), z.string()).default({}),
});

/** `tidegate scan`: static evidence from a checkout. */
export function registerScan(program: Command, context: CliContext): void {
  program
    .command('scan')
    .description('list which other projects the jobs of a checkout reach with CI_JOB_TOKEN')
    .argument('<dir>', 'the checkout')
    .option('--caller <path>', 'full path of the project the files belong to (else CI_PROJECT_PATH)')
    .option('--context <file>', 'JSON of project ids, groups, CI/CD variables and included configuration')
    .addHelpText(
      'after',
      '\nExample:\n  $ tidegate scan . --caller shop/cart --gitlab https://gitlab.example.com --json',
    )
    .action(async (directory: string, options: ScanOptions, command: Command) => {
      const { scan } = await import('../../scan/index.ts');
      const gitlabUrl = gitlabOf(globalsOf(command).gitlab, context);
      const caller = callerOf(options.caller, context);
      const known: Partial<ScanContext> =
        options.context === undefined ? {} : await readContext(options.context, context.cwd);
      const checkout = await readCheckout(resolve(context.cwd, directory), directory, context.signal);
      if (known.variables?.['CI_CONFIG_PATH'] === undefined && !checkout.files.has('.gitlab-ci.yml')) {
        context.out.note(`scan: ${directory} has no .gitlab-ci.yml, so no job of it is known`);
      }
      const { edges, unresolved } = scan({ caller, gitlabUrl, context: known, ...checkout });
      context.out.result({ edges, unresolved }, render);
    });
}

const usage = (message: string, hint: string, cause?: unknown): RolloutError =>
  new RolloutError('USAGE', message, hint, cause === undefined ? undefined : { cause });

function gitlabOf(given: string | undefined, { env }: CliContext): string {
  const url = given ?? env['TIDEGATE_GITLAB_URL'] ?? env['CI_SERVER_URL'] ?? '';
  const hint = 'Give --gitlab URL, such as --gitlab https://gitlab.example.com.';
  if (url === '') throw usage('scan: which GitLab instance is not known', hint);
  if (!URL.canParse(url) || !/^https?:$/u.test(new URL(url).protocol)) {
    throw usage(`--gitlab: "${url}" is no http or https address`, hint);
  }
  return url;
}

function callerOf(given: string | undefined, { env }: CliContext): string {
  const path = (given ?? env['CI_PROJECT_PATH'] ?? '').replace(/^\/+|\/+$/gu, '');
  if (/^[^\s/]+(?:\/[^\s/]+)+$/u.test(path)) return path;
  const message =
    path === '' ? 'scan: the project the files belong to is not known' : `--caller: "${path}" is no full project path`;
  throw usage(message, 'Give --caller PATH, such as --caller shop/cart.');
}

async function readContext(file: string, cwd: string): Promise<Partial<ScanContext>> {
  const hint = 'It must be a JSON object with projectIds, groups, variables and included, each of them optional.';
  const text = await readFile(resolve(cwd, file), 'utf8').catch((cause: unknown) => {
    throw usage(`--context: ${file} cannot be read`, 'Name an existing JSON file.', cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw usage(`--context: ${file}${lineOf(cause, text)} is no JSON`, hint, cause);
  }
  const parsed = contextSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || '(whole file)'}: ${message}`,
  );
  throw usage(`--context: ${file}: ${problems.slice(0, 10).join('; ')}`, hint);
}

/** `:LINE` of a JSON error, where the message tells the position. */
function lineOf(cause: unknown, text: string): string {
  const position = /at position (\d+)/u.exec(String(cause))?.[1];
  return position === undefined ? '' : `:${text.slice(0, Number(position)).split('\n').length}`;
}

interface Checkout {
  readonly files: ReadonlyMap<string, string>;
  readonly unread: ReadonlyMap<string, string>;
  /** Every file that was not read. */
  readonly others: ReadonlySet<string>;
}

/** Reads the text files below a directory, within bounds; links are followed only to files inside of it. */
async function readCheckout(root: string, shown: string, signal: AbortSignal): Promise<Checkout> {
  const found = await stat(root).catch(() => null);
  if (found?.isDirectory() !== true) throw usage(`scan: ${shown} is no directory`, 'Name the root of a checkout.');
  const base = await realpath(root);
  const files = new Map<string, string>();
  const unread = new Map<string, string>();
  const others = new Set<string>();
  const folders = [base];
  let total = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    signal.throwIfAborted();
    for (const entry of await listed(folder, base, unread)) {
      const path = join(folder, entry.name);
      const name = relative(base, path).split(sep).join('/');
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) folders.push(path);
        continue;
      }
      const full = files.size >= MAX_FILES || total >= MAX_TOTAL_BYTES;
      const text = full ? { why: 'the checkout has more text than is read' } : await readText(path, base, entry);
      if ('text' in text) {
        files.set(name, text.text);
        total += text.text.length;
      } else {
        others.add(name);
        if (MATTERS.test(name)) unread.set(name, text.why);
      }
    }
  }
  return { files, unread, others };
}

async function listed(folder: string, base: string, unread: Map<string, string>): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    unread.set(`${relative(base, folder).split(sep).join('/')}/`, 'the folder cannot be read');
    return [];
  }
}

async function readText(path: string, base: string, entry: Dirent): Promise<{ text: string } | { why: string }> {
  try {
    const target = entry.isSymbolicLink() ? await realpath(path) : path;
    if (target !== path && !target.startsWith(base + sep)) return { why: 'a link that leads out of the checkout' };
    // A pipe or a device must never be opened for reading.
    const found = await stat(target);
    if (!found.isFile()) return { why: 'no regular file' };
    if (found.size > MAX_FILE_BYTES) return { why: `larger than ${MAX_FILE_BYTES} bytes` };
    const bytes = await readFile(target);
    return bytes.subarray(0, 8_000).includes(0) ? { why: 'not a text file' } : { text: bytes.toString('utf8') };
  } catch {
    return { why: 'the file cannot be read' };
  }
}

function render(result: Shown, paint: Paint): string {
  const lines: string[] = [];
  const callees = new Map<string, ScanEdge[]>();
  for (const edge of result.edges) callees.set(edge.callee, [...(callees.get(edge.callee) ?? []), edge]);
  for (const [callee, edges] of [...callees].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(paint('bold', plain(callee)));
    for (const { access, policies, file, line, certainty } of edges) {
      const note = certainty === 'likely' ? paint('yellow', ' likely') : '';
      lines.push(
        `  ${access.padEnd(20)} ${plain(`${file}:${line}`)}${policies.length > 0 ? `  ${policies.join(', ')}` : ''}${note}`,
      );
    }
  }
  if (result.edges.length === 0)
    lines.push('No other project is reached with the job token, as far as the files tell.');
  if (result.unresolved.length > 0) lines.push('', paint('bold', 'Unresolved'));
  for (const { access, expression, why, file, line } of result.unresolved) {
    lines.push(
      `  ${access.padEnd(20)} ${plain(`${file}:${line}`)}  ${plain(expression)}`,
      `  ${' '.repeat(20)} ${plain(why)}`,
    );
  }
  return lines.join('\n');
}

/** Names of files and projects are text of others: nothing in them may steer a terminal. */
const plain = (text: string): string => stripVTControlCharacters(text).replace(/\p{Cc}|\p{Bidi_Control}/gu, '?');
