import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { TableCheck, type CheckedTable, type TableChange } from '../../../../domain/edges/edge-table-check.ts';
import type { Evidence } from '../../../../domain/edges/evidence.ts';
import { printable, redact } from '../../../../domain/redact.ts';
import { evidenceLine } from '../../../../domain/decisions/rules.ts';
import { isoTime, type EpochMs, counted } from '../../../../domain/values.ts';
import type { RolloutStore } from '../../../../engine/ports.ts';
import { confirm } from '../../../terminal/ask.ts';
import { currentPlaybook } from '../../../playbook/file.ts';
import type { CliContext } from '../../../context.ts';
import { usage, withRollout } from '../lookup.ts';
import { recordOrder, type Change, type Order } from '../record.ts';
import { readTable, type FileProblem, type TableFormat } from './file.ts';
import { worldsOf, type Compared } from './world.ts';
import { unseenEdge } from '../targets.ts';
import { paintState, permissionsText } from '../text.ts';
import { readBounded, whyUnreadable } from '../../../arguments/bounded-file.ts';

const LARGEST_BYTES = 256_000_000;
const PROBLEMS_SHOWN = 200;
const CHANGES_SHOWN = 50;
/** Rows whose callees are looked up together. */
const CHECKED_AT_ONCE = 1_000;

interface ImportFlags {
  readonly format?: TableFormat;
  readonly dryRun?: boolean;
}

/** `tidegate edges import`: takes an edited table back, all of it or nothing. */
export function registerTableImport(edges: Command, context: CliContext): void {
  edges
    .command('import')
    .description('record what an edited table says; checks everything before it changes anything')
    .argument('<file>', 'table as edges export writes it')
    .addOption(
      new Option('--format <format>', 'form of the table (default: by the name of the file)').choices(['csv', 'yaml']),
    )
    .option('--dry-run', 'show the difference, change nothing')
    .addHelpText(
      'after',
      `
A row for a pair that nobody has seen adds the edge, with the file as its evidence. Columns access and
evidence of known edges are not read back.

Example:
  $ tidegate edges import edges.csv --dry-run`,
    )
    .action(async (file: string, flags: ImportFlags, command: Command) => {
      await withRollout(context, command, async (session, globals) => {
        const format = flags.format ?? (/\.ya?ml$/i.test(file) ? 'yaml' : 'csv');
        const text = readText(resolve(context.cwd, file), file);
        const now = session.clock.now();
        const outlines = await session.store.outlines();
        const table = await checkFile(session.store, text, file, { format, projects: outlines, now });
        const order = orderOf(table.changes, session.person, file, text, now);
        if (table.changes.length > 0) context.out.note(difference(table, context));
        const go =
          flags.dryRun !== true &&
          table.changes.length > 0 &&
          (await confirm(context, globals, `Record ${counted(table.changes.length, 'change')}?`));
        if (go) {
          const { playbook } = currentPlaybook(context.cwd, session.row);
          const projects = new Map(outlines.map((project) => [project.id, project]));
          await recordOrder(session, order, { projects, playbook }, session.row.decisionsRevision);
        }
        context.out.result(resultOf(table, go, flags.dryRun === true), ({ decided, observed, unchanged }) =>
          go
            ? `${counted(decided, 'decision')} recorded, ${counted(observed, 'new edge')}, ${unchanged} unchanged.`
            : `Nothing was changed; ${counted(table.changes.length, 'row')} would change, ${unchanged} would not.`,
        );
      });
    });
}

function readText(path: string, file: string): string {
  try {
    return readBounded(path, LARGEST_BYTES).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EFBIG')
      throw usage(
        `${printable(file)} is larger than ${LARGEST_BYTES / 1_000_000} MB`,
        'Export with --filter and import in parts.',
      );
    throw usage(`${printable(file)} cannot be read (${whyUnreadable(error)})`, 'Check the path and its permissions.');
  }
}

/** @throws RolloutError `USAGE` with every problem of the file */
async function checkFile(store: RolloutStore, text: string, file: string, compared: Compared): Promise<CheckedTable> {
  const { rows, problems: ofForm } = readTable(text, compared.format);
  const worldFor = await worldsOf(store, compared);
  const check = new TableCheck();
  for (let start = 0; start < rows.length; start += CHECKED_AT_ONCE) {
    const some = rows.slice(start, start + CHECKED_AT_ONCE);
    check.take(some, await worldFor(some));
  }
  const table = check.result();
  const problems: readonly FileProblem[] = [...ofForm, ...table.problems].sort((a, b) => a.line - b.line);
  if (problems.length === 0) return table;
  const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ line, field, message }) => {
    const where = field === null || field === 'row' ? '' : `${field}: `;
    return `  ${printable(`${file}:${line}: ${where}${message}`)}`;
  });
  if (problems.length > PROBLEMS_SHOWN) shown.push(`  and ${problems.length - PROBLEMS_SHOWN} more`);
  throw usage(
    `the table cannot be imported:\n${shown.join('\n')}`,
    'Nothing was changed. Correct these lines; after a conflict export again.',
  );
}

function orderOf(rows: readonly TableChange[], person: string, file: string, text: string, now: EpochMs): Order {
  const name = redact(printable(basename(file)));
  const changes: Change[] = [];
  const evidence: Evidence[] = [];
  for (const row of rows) {
    const { caller, callee, decision } = row;
    const shown = row.edge ?? unseenEdge(caller, callee, now);
    const unseen = shown.sources.length === 0;
    const observed = unseen && (decision === null || decision.verdict === 'approved');
    if (observed) evidence.push(...evidenceOf(row, `${name.slice(0, 180)}:${row.line}`, now));
    if (decision === null) continue;
    const known = observed
      ? { ...shown, sources: ['import'] as const, access: row.access, firstSeen: now, lastSeen: now }
      : shown;
    changes.push({
      shown,
      decision: {
        ...decision,
        reason: printable(decision.reason.replaceAll(/[\r\n]+/g, ' ')),
        subject: { kind: 'edge', caller: caller.id, callee: callee.id },
        by: { kind: 'person', name: person },
        evidence: known.sources.length === 0 ? 'never seen' : evidenceLine(known),
        decidedAt: now,
      },
    });
  }
  const sha256 = createHash('sha256').update(text).digest('hex');
  const body = { sha256, decisions: changes.length, observations: evidence.length, by: person };
  return { changes, evidence, origin: { kind: 'import', subject: name, body } };
}

function evidenceOf({ caller, callee, access }: TableChange, where: string, now: EpochMs): readonly Evidence[] {
  const kinds = access.length === 0 ? [null] : access;
  return kinds.map((kind) => ({
    ...{ caller: caller.id, callee: callee.id, source: 'import', access: kind, policies: null, where },
    ...{ firstSeen: now, lastSeen: now, certainty: 'likely' },
  }));
}

function difference({ changes }: CheckedTable, { out }: CliContext): string {
  const lines = changes.slice(0, CHANGES_SHOWN).map(({ line, caller, callee, edge, decision }) => {
    const before = edge === null ? 'never seen' : edge.state;
    const after = paintState(decision?.verdict ?? 'undecided', out.paint);
    const until = decision?.expiresAt == null ? '' : `, until ${isoTime(decision.expiresAt)}`;
    const terms = decision?.verdict === 'approved' ? `, ${permissionsText(decision.permissions)}${until}` : '';
    const why = decision === null ? '' : `: ${printable(decision.reason)}`;
    return `  ${line}: ${printable(caller.path)} -> ${printable(callee.path)}: ${before} => ${after}${printable(terms)}${why}`;
  });
  if (changes.length > CHANGES_SHOWN) lines.push(`  and ${changes.length - CHANGES_SHOWN} more`);
  return [`${counted(changes.length, 'row')} differ:`, ...lines].join('\n');
}

interface ImportResult {
  readonly schemaVersion: 1;
  readonly dryRun: boolean;
  readonly decided: number;
  readonly observed: number;
  readonly unchanged: number;
  readonly changes: readonly object[];
}

function resultOf(table: CheckedTable, done: boolean, dryRun: boolean): ImportResult {
  const decisions = table.changes.filter(({ decision }) => decision !== null).length;
  return {
    schemaVersion: 1,
    dryRun,
    decided: done ? decisions : 0,
    observed: done ? table.changes.filter(({ edge }) => edge === null).length : 0,
    unchanged: table.unchanged,
    changes: table.changes.map(({ line, caller, callee, edge, decision }) => ({
      line,
      caller: caller.path,
      callee: callee.path,
      from: edge?.state ?? null,
      to: decision?.verdict ?? 'undecided',
    })),
  };
}
