import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { RolloutError } from '../../../domain/errors.ts';
import { printable, redact } from '../../../domain/redact.ts';
import { counted } from '../../../domain/values.ts';
import type { ImportRow } from '../../../engine/ports.ts';
import type { CliContext } from '../../context.ts';
import { usage, withRollout } from '../edges/lookup.ts';
import { FILE_KINDS, Tally, type EvidenceRow, type FileKind } from './rows.ts';
import { takeIn, type Taken } from './take-in.ts';

const SKIPPED_SHOWN = 10;

interface ImportFlags {
  readonly kind: FileKind;
  readonly callee?: string;
  readonly dryRun?: boolean;
}

/** `tidegate evidence import`: takes in what other sources have seen. */
export function registerEvidenceImport(evidence: Command, context: CliContext): void {
  evidence
    .command('import')
    .description('take in what other sources have seen; decides nothing')
    .argument('<file>', 'CSV, YAML, JSON or JSON lines; may be packed with gzip')
    .addOption(new Option('--kind <kind>', 'what the file is').choices(FILE_KINDS).default('edges'))
    .option('--callee <path>', 'with auth-log: whose log it is (default: the id in the name GitLab gave the file)')
    .option('--dry-run', 'show what would be taken in, change nothing')
    .addHelpText(
      'after',
      `
Kinds:
  edges      a list: caller, callee, and where known access and seen (CSV with these columns, YAML or JSON)
  auth-log   GitLab's export of a project's authentication log (CSV)
  logs       structured logs of a self-managed GitLab (JSON lines with job_project_id: api_json.log)

Example:
  $ tidegate evidence import job-token-authorizations-101-2026-03-02.csv --kind auth-log`,
    )
    .action(async (file: string, flags: ImportFlags, command: Command) => {
      await withRollout(context, command, async (session) => {
        const { store, clock, row } = session;
        const path = resolve(context.cwd, file);
        const name = redact(printable(basename(file)));
        const read = await readFile(path, file, flags, row.gitlabUrl);
        const { tally } = read;
        const dryRun = flags.dryRun === true;
        const now = clock.now();
        const source = { kind: flags.kind, name: name.slice(0, 150), now };
        const take = async (): Promise<{ readonly taken: Taken; readonly body: Body }> => {
          const taken = await takeIn(read.rows, tally, source, store, dryRun ? null : store);
          refuseProblems(tally, file);
          const unread = tally.unread.reduce((sum, { lines }) => sum + lines, 0);
          const { observations, skipped } = taken;
          const kept = { kind: flags.kind, lines: tally.lines, observations, skipped, unread };
          const body = { sha256: await digestOf(path), ...kept, by: session.person };
          return { taken, body };
        };
        const { taken, body } = await (dryRun
          ? take()
          : store.transaction(async () => {
              // One bad line, and nothing of the file is taken in.
              const done = await take();
              const { by: _, ...kept } = done.body;
              const whole = kept.skipped === 0 && kept.unread === 0;
              await store.putImport({ ...kept, file: name, at: now, whole });
              await store.appendLedger([{ kind: 'evidence', subject: name, body: done.body }], now);
              return done;
            }));
        context.out.result(
          {
            ...{ schemaVersion: 1, dryRun, ...body, ignored: tally.ignored, notRead: tally.unread },
            unused: [...tally.unused],
            unknown: taken.unknown.map(({ line, projects }) => ({
              line,
              projects: projects.map((project) => redact(project)),
            })),
          },
          () => summary(taken, tally, dryRun),
        );
      });
    });
}

/** What is kept of an import. */
type Body = Omit<ImportRow, 'file' | 'at' | 'whole'> & { readonly by: string };

function summary(
  { observations, skipped, unknown }: Taken,
  { ignored, unread, unused }: Tally,
  dryRun: boolean,
): string {
  return [
    `${counted(observations, 'observation')} ${dryRun ? 'would be taken in' : 'taken in'}${skipped > 0 ? `, ${counted(skipped, 'row')} skipped` : ''}${ignored > 0 ? `, ${counted(ignored, 'line')} without a job token` : ''}.`,
    ...(unused.size > 0
      ? [`Not used: ${[...unused].map(printable).join(', ')}; what counts is caller, callee, access and seen.`]
      : []),
    ...unread.map(
      ({ why, lines, first }) => `  not read: ${counted(lines, 'line')}, the first is line ${first}: ${why}`,
    ),
    ...unknown
      .slice(0, SKIPPED_SHOWN)
      .map(({ line, projects }) => `  line ${line}: not known: ${printable(redact(projects.join(', ')))}`),
    ...(skipped > SKIPPED_SHOWN ? [`  and ${skipped - SKIPPED_SHOWN} more`] : []),
    ...(skipped > 0 ? ['Projects are known once an inventory has met them; import the file again then.'] : []),
  ].join('\n');
}

/** The rows of a file as they are read; what is wrong with it is known when they have ended. */
interface Read {
  readonly rows: AsyncIterable<EvidenceRow> | Iterable<EvidenceRow>;
  readonly tally: Tally;
}

async function readFile(path: string, file: string, flags: ImportFlags, gitlabUrl: string): Promise<Read> {
  expectFile(path, file);
  const { linesOf, textOf } = await import('./text.ts');
  const tally = new Tally();
  if (flags.kind === 'logs') {
    const { readJsonLines } = await import('./json-lines.ts');
    // Read to its end before anything is locked: such a log may be of any size.
    return { rows: await readJsonLines(linesOf(path, file), gitlabUrl, tally), tally };
  }
  const { readEdgeList, readEdgeTable, readLogExport } = await import('./tables.ts');
  const text = textOf(path, file);
  if (flags.kind === 'auth-log') return { rows: readLogExport(text, calleeOf(file, flags.callee), tally), tally };
  if (!/\.(?:ya?ml|json)(?:\.gz)?$/i.test(file)) return { rows: readEdgeTable(text, tally), tally };
  let whole = '';
  for await (const part of text) whole += part;
  return { rows: readEdgeList(whole, tally), tally };
}

function expectFile(path: string, file: string): void {
  try {
    if (statSync(path).isFile()) return;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw usage(`${printable(file)} cannot be read (${why})`, 'Check the path and its permissions.');
  }
  throw usage(`${printable(file)} is no file`, 'Name a file.');
}

/** GitLab puts the project's id into the name of the file, and nothing of it into the file. */
function calleeOf(file: string, named: string | undefined): string | number {
  if (named !== undefined) return named;
  const id = /job-token-authorizations-(\d{1,12})(?:\D|$)/.exec(basename(file))?.[1];
  if (id !== undefined) return Number(id);
  throw usage(`whose log ${printable(file)} is cannot be told from its name`, 'Name the project with --callee PATH.');
}

function refuseProblems({ problems, problemCount }: Tally, file: string): void {
  if (problemCount === 0) return;
  const lines = problems.map(
    ({ line, field, message }) => `  ${printable(`${file}:${line}: ${field === null ? '' : `${field}: `}${message}`)}`,
  );
  if (problemCount > problems.length) lines.push(`  and ${problemCount - problems.length} more`);
  throw usage(`the file cannot be taken in:\n${lines.join('\n')}`, 'Nothing was changed. Correct these lines.');
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new RolloutError('USAGE', 'the file changed while it was read', 'Import it again.', { cause });
  }
  return hash.digest('hex');
}
