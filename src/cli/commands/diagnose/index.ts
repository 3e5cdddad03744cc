import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { RolloutError } from '../../../domain/errors.ts';
import type { Diagnosis, TraceContext } from '../../../trace/index.ts';
import { globalsOf, type CliContext } from '../../context.ts';
import { readBounded, whyUnreadable } from '../../arguments/bounded-file.ts';
import { traceInput } from './trace-input.ts';

interface DiagnoseOptions {
  readonly caller?: string;
  readonly registry?: string;
  readonly ids?: string;
}

/** `tidegate diagnose`: reads a job trace and names the denial, caller, callee and access. */
export function registerDiagnose(program: Command, context: CliContext): void {
  program
    .command('diagnose')
    .description('read a job trace and name the denial, caller, callee and access')
    .argument('[file]', 'the trace (default: standard input)')
    .option('--caller <path>', 'full path of the project whose job failed (else CI_PROJECT_PATH)')
    .option('--registry <host>', 'container registry of the instance (else CI_REGISTRY, then the usual addresses)')
    .option('--ids <file>', 'JSON object of project id to full path, to name callees that the trace gives by id')
    .addHelpText(
      'after',
      '\nExample:\n  $ tidegate diagnose job.log --caller shop/cart --gitlab https://gitlab.example.com --ids ids.json --json',
    )
    .action(async (file: string | undefined, options: DiagnoseOptions, command: Command) => {
      const { diagnose } = await import('../../../trace/index.ts');
      const traceContext = contextOf(options, globalsOf(command).gitlab, context);
      const { chunks, note } = await traceInput(
        await openTrace(file, context),
        file === undefined || file === '-' ? 'standard input' : file,
      );
      if (note !== null) context.out.note(note);
      const diagnosis = await diagnose(chunks, traceContext);
      if (context.out.json) context.out.result(shapeOf(diagnosis), String);
      else await printText(diagnosis, traceContext, context);
    });
}

async function printText(diagnosis: Diagnosis, trace: TraceContext, { out }: CliContext): Promise<void> {
  const { diagnosisText } = await import('./text.ts');
  const frame = { caller: trace.callerPath, gitlabUrl: trace.gitlabUrl, columns: out.columns };
  out.result(diagnosis, (value, paint) => diagnosisText(value, frame, paint));
}

function contextOf(options: DiagnoseOptions, gitlab: string | undefined, context: CliContext): TraceContext {
  const { env } = context;
  const gitlabUrl = gitlab ?? env['TIDEGATE_GITLAB_URL'] ?? env['CI_SERVER_URL'];
  if (gitlabUrl === undefined || gitlabUrl === '') {
    throw usage(
      'diagnose: which GitLab instance is not known',
      'Give --gitlab URL, or set TIDEGATE_GITLAB_URL or CI_SERVER_URL.',
    );
  }
  checkUrl(gitlabUrl);
  const callerPath = (options.caller ?? env['CI_PROJECT_PATH'] ?? '').replace(/^\/+|\/+$/g, '');
  if (callerPath === '') {
    throw usage(
      'diagnose: the project whose job failed is not known',
      'Give --caller PATH, such as --caller shop/cart.',
    );
  }
  if (!PATH.test(callerPath))
    throw usage(`--caller: "${callerPath}" is no full path of a project`, 'Give group and project, such as shop/cart.');
  const registryHost = options.registry ?? env['CI_REGISTRY'] ?? null;
  if (registryHost !== null && !HOST.test(registryHost))
    throw usage(
      `--registry: "${registryHost}" is no host`,
      'Give a host, such as registry.example.com or git.example.com:5050.',
    );
  const ids = options.ids === undefined ? new Map<number, string>() : readIds(options.ids, context.cwd);
  const known = new Set([...ids.values(), callerPath].map((path) => path.toLowerCase()));
  const tokens = [env['TIDEGATE_TOKEN'], env['GITLAB_TOKEN'], env['CI_JOB_TOKEN']];
  return {
    callerPath,
    gitlabUrl,
    registryHost,
    projectIds: (id) => ids.get(id) ?? null,
    isProject: (path) => known.has(path.toLowerCase()),
    secrets: tokens.filter((token) => token !== undefined),
  };
}

const PATH = /^[\p{L}\p{N}_.][\p{L}\p{N}_.+-]*(?:\/[\p{L}\p{N}_.][\p{L}\p{N}_.+-]*)+$/u;
const HOST = /^(?:https?:\/\/)?[\w.-]+(?::\d{1,5})?(?:\/.*)?$/;

function checkUrl(url: string): void {
  const hint = 'Give the address of the instance, such as https://gitlab.example.com.';
  if (!URL.canParse(url)) throw usage(`--gitlab: "${url}" is no URL`, hint);
  if (!/^https?:$/.test(new URL(url).protocol)) throw usage(`--gitlab: "${url}" is no http or https address`, hint);
}

/** In bytes: a hundred thousand projects are five million. */
const LARGEST_IDS = 256_000_000;

function idsText(file: string, cwd: string): string {
  try {
    return readBounded(resolve(cwd, file), LARGEST_IDS).toString();
  } catch (cause) {
    throw unreadable(`--ids ${file}`, cause);
  }
}

function readIds(file: string, cwd: string): ReadonlyMap<number, string> {
  const hint = 'It must be a JSON object of project id to full path, such as {"42": "shop/cart"}.';
  const text = idsText(file, cwd);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RolloutError('USAGE', `--ids ${file}: not JSON`, hint, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usage(`--ids ${file}: not an object`, hint);
  return new Map(
    Object.entries(value).map(([id, path]: [string, unknown]) => {
      if (!/^\d{1,15}$/.test(id)) throw usage(`--ids ${file}: "${id}" is no project id`, hint);
      if (typeof path !== 'string' || path === '') throw usage(`--ids ${file}: the path of ${id} is no text`, hint);
      return [Number(id), path];
    }),
  );
}

async function openTrace(file: string | undefined, context: CliContext): Promise<AsyncIterable<Uint8Array>> {
  if (file === undefined || file === '-') {
    if (context.stdin.isTTY) context.out.note('Paste the trace, then end it with Ctrl-D.');
    return context.stdin as AsyncIterable<Uint8Array>;
  }
  const path = resolve(context.cwd, file);
  const status = await stat(path).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  if (status.isDirectory()) throw usage(`${file}: is a directory`, 'Name the file that holds the trace.');
  return readOf(path, file);
}

/** The file in chunks; a failure while reading names the file, too. */
async function* readOf(path: string, file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function usage(message: string, hint: string): RolloutError {
  return new RolloutError('USAGE', message, hint);
}

function unreadable(file: string, cause: unknown): RolloutError {
  const code = whyUnreadable(cause);
  const why = code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`;
  return new RolloutError('USAGE', `${file}: ${why}`, 'Check the name and the rights of the file.', { cause });
}

/** Exactly the public shape: the library knows more than the command line promises. */
function shapeOf({ verdict, callee, access, signature, line, quote, confidence, reason }: Diagnosis): object {
  return { verdict, callee, access, signature, line, quote, confidence, reason };
}
