import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { RolloutError } from '../../../domain/errors.ts';
import type { Evidence } from '../../../domain/edges/evidence.ts';
import type { ProjectRef } from '../../../domain/project.ts';
import { printable, redact } from '../../../domain/redact.ts';
import { counted, epochMs, projectId, type EpochMs } from '../../../domain/values.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import type { CliContext } from '../../context.ts';
import { usage, withRollout } from '../edges/lookup.ts';
import { FILE_KINDS, type EvidenceRow, type FileKind, type ReadRows } from './rows.ts';

const PROBLEMS_SHOWN = 50;
const SKIPPED_SHOWN = 10;
const BATCH = 1_000;

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
        const read = await readFile(path, file, flags, row.gitlabUrl);
        refuseProblems(read, file);
        const now = clock.now();
        const matched = await match(store, read.rows, flags.kind, redact(printable(basename(file))).slice(0, 150), now);
        const body = {
          ...{
            sha256: await digestOf(path),
            kind: flags.kind,
            lines: read.lines,
            observations: matched.evidence.length,
          },
          ...{ skipped: matched.skipped.length, unread: unreadOf(read), by: session.person },
        };
        const name = redact(printable(basename(file)));
        if (flags.dryRun !== true) {
          await store.transaction(async () => {
            for (let at = 0; at < matched.evidence.length; at += BATCH) {
              await store.putEvidence(matched.evidence.slice(at, at + BATCH));
            }
            const { by: _, ...kept } = body;
            const whole = kept.skipped === 0 && kept.unread === 0;
            await store.putImport({ ...kept, file: name, at: now, whole });
            await store.appendLedger([{ kind: 'evidence', subject: name, body }], now);
          });
        }
        context.out.result(
          {
            ...{ schemaVersion: 1, dryRun: flags.dryRun === true, ...body, ignored: read.ignored },
            notRead: read.unread,
            unknown: matched.skipped
              .slice(0, PROBLEMS_SHOWN)
              .map(({ line, names }) => ({ line, projects: names.map((name) => redact(name)) })),
          },
          () => summary(matched, read, flags.dryRun === true),
        );
      });
    });
}

const unreadOf = ({ unread }: Pick<Read, 'unread'>): number => unread.reduce((sum, { lines }) => sum + lines, 0);

function summary({ evidence, skipped }: Matched, { ignored, unread }: Read, dryRun: boolean): string {
  return [
    `${counted(evidence.length, 'observation')} ${dryRun ? 'would be taken in' : 'taken in'}${skipped.length > 0 ? `, ${counted(skipped.length, 'row')} skipped` : ''}${ignored > 0 ? `, ${counted(ignored, 'line')} without a job token` : ''}.`,
    ...unread.map(
      ({ why, lines, first }) => `  not read: ${counted(lines, 'line')}, the first is line ${first}: ${why}`,
    ),
    ...skipped
      .slice(0, SKIPPED_SHOWN)
      .map(({ line, names }) => `  line ${line}: not known: ${printable(redact(names.join(', ')))}`),
    ...(skipped.length > SKIPPED_SHOWN ? [`  and ${skipped.length - SKIPPED_SHOWN} more`] : []),
    ...(skipped.length > 0 ? ['Projects are known once an inventory has met them; import the file again then.'] : []),
  ].join('\n');
}

type Read = ReadRows & { readonly lines: number };

async function readFile(path: string, file: string, flags: ImportFlags, gitlabUrl: string): Promise<Read> {
  expectFile(path, file);
  const { linesOf, textOf } = await import('./text.ts');
  if (flags.kind === 'logs') {
    const { readJsonLines } = await import('./json-lines.ts');
    return readJsonLines(linesOf(path, file), gitlabUrl);
  }
  const { readEdgeList, readLogExport } = await import('./tables.ts');
  const text = textOf(path, file);
  const read =
    flags.kind === 'auth-log'
      ? readLogExport(text, calleeOf(file, flags.callee))
      : readEdgeList(text, /\.(?:ya?ml|json)(?:\.gz)?$/i.test(file) ? 'yaml' : 'csv');
  return { ...read, lines: read.rows.length + read.problems.length };
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

function refuseProblems({ problems }: ReadRows, file: string): void {
  if (problems.length === 0) return;
  const lines = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(
      ({ line, field, message }) =>
        `  ${printable(`${file}:${line}: ${field === null ? '' : `${field}: `}${message}`)}`,
    );
  if (problems.length > PROBLEMS_SHOWN) lines.push(`  and ${problems.length - PROBLEMS_SHOWN} more`);
  throw usage(`the file cannot be taken in:\n${lines.join('\n')}`, 'Nothing was changed. Correct these lines.');
}

interface Matched {
  readonly evidence: readonly Evidence[];
  /** Rows that name a project which is not known. */
  readonly skipped: readonly { readonly line: number; readonly names: readonly string[] }[];
}

/** The row in the words of the store. A row without a time was seen when it was taken in. */
async function match(
  store: RolloutStore,
  rows: readonly EvidenceRow[],
  kind: FileKind,
  name: string,
  now: EpochMs,
): Promise<Matched> {
  const known = new Map<string | number, ProjectRef | null>();
  const find = async (named: string | number): Promise<ProjectRef | null> => {
    const before = known.get(named);
    if (before !== undefined) return before;
    const found = await (typeof named === 'number' ? store.project(projectId(named)) : store.projectByPath(named));
    known.set(named, found);
    return found;
  };
  const evidence: Evidence[] = [];
  const skipped: { line: number; names: string[] }[] = [];
  for (const row of rows) {
    const [caller, callee] = [await find(row.caller), await find(row.callee)];
    if (!caller || !callee) {
      skipped.push({
        line: row.line,
        names: [...(caller ? [] : [`${row.caller}`]), ...(callee ? [] : [`${row.callee}`])],
      });
      continue;
    }
    if (caller.id === callee.id) continue;
    // Nothing has been seen in the future, whatever a file says.
    const seen = epochMs(Math.min(row.seenAt ?? now, now));
    evidence.push({
      ...{ caller: caller.id, callee: callee.id, access: row.access, policies: null, firstSeen: seen, lastSeen: seen },
      ...(kind === 'auth-log'
        ? { source: 'auth-log' as const, where: 'authentication log', certainty: 'certain' as const }
        : {
            source: 'import' as const,
            where: kind === 'logs' ? name : `${name}:${row.line}`,
            certainty: certaintyOf(kind),
          }),
    });
  }
  return { evidence, skipped };
}

/** GitLab's own log says what happened; a list says what somebody believes. */
const certaintyOf = (kind: FileKind): Evidence['certainty'] => (kind === 'logs' ? 'certain' : 'likely');

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new RolloutError('USAGE', 'the file changed while it was read', 'Import it again.', { cause });
  }
  return hash.digest('hex');
}
