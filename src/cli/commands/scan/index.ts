import { resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { z } from 'zod';
import { decodedText } from '../../../domain/encoding.ts';
import { RolloutError } from '../../../domain/errors.ts';
import type { ScanContext, ScanEdge, ScanResult } from '../../../scan/index.ts';
import { globalsOf, type CliContext } from '../../context.ts';
import type { Paint } from '../../terminal/output.ts';
import { readBounded, whyUnreadable } from '../../arguments/bounded-file.ts';
import { CheckoutFiles } from './checkout.ts';

type Shown = Pick<ScanResult, 'edges' | 'unresolved'>;

interface ScanOptions {
  readonly caller?: string;
  readonly context?: string;
}

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
      const { scan } = await import('../../../scan/index.ts');
      const gitlabUrl = gitlabOf(globalsOf(command).gitlab, context);
      const caller = callerOf(options.caller, context);
      const known: Partial<ScanContext> =
        options.context === undefined ? {} : readContext(options.context, context.cwd);
      const files = CheckoutFiles.list(resolve(context.cwd, directory), directory);
      if (known.variables?.['CI_CONFIG_PATH'] === undefined && !files.has('.gitlab-ci.yml')) {
        context.out.note(`scan: ${directory} has no .gitlab-ci.yml, so no job of it is known`);
      }
      const listed = { files, others: new Set<string>(), unread: files.unlisted };
      const { edges, unresolved } = scan({ caller, gitlabUrl, context: known, ...listed });
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

function readContext(file: string, cwd: string): Partial<ScanContext> {
  const hint = 'It must be a JSON object with projectIds, groups, variables and included, each of them optional.';
  const text = contextText(file, cwd);
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

/** In bytes. */
const LARGEST_CONTEXT = 256_000_000;

/** In UTF-8 or UTF-16, with a byte order mark or without. */
function contextText(file: string, cwd: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readBounded(resolve(cwd, file), LARGEST_CONTEXT);
  } catch (cause) {
    throw usage(`--context: ${file} cannot be read (${whyUnreadable(cause)})`, 'Name an existing JSON file.', cause);
  }
  const text = decodedText(bytes);
  if (text === null) throw usage(`--context: ${file} is no text`, 'Save it as JSON in UTF-8.');
  return text;
}

/** `:LINE` of a JSON error, where the message tells the position. */
function lineOf(cause: unknown, text: string): string {
  const position = /at position (\d+)/u.exec(String(cause))?.[1];
  return position === undefined ? '' : `:${text.slice(0, Number(position)).split('\n').length}`;
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
