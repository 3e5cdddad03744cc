import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { edgeKey } from '../../../../domain/edges/edge.ts';
import type { EdgeFilterExpression } from '../../../../domain/edges/edge-filter.ts';
import { tableRow, type TableRow } from '../../../../domain/edges/edge-table.ts';
import { counted, type EpochMs } from '../../../../domain/values.ts';
import type { RolloutStore } from '../../../../engine/ports.ts';
import type { CliContext } from '../../../context.ts';
import { inPieces } from '../../../terminal/stream.ts';
import { readFilter, usage, lookAtRollout } from '../lookup.ts';
import type { TableFormat } from './file.ts';

interface ExportFlags {
  readonly format: TableFormat;
  readonly output?: string;
  readonly filter?: string;
}

/** `tidegate edges export`: the table that people fill in and `edges import` takes back. */
export function registerTableExport(edges: Command, context: CliContext): void {
  edges
    .command('export')
    .description('write one line per edge, to be decided in a spreadsheet or an editor and imported again')
    .addOption(new Option('--format <format>', 'form of the table').choices(['csv', 'yaml']).default('csv'))
    .option('--output <file>', 'file to write, - for stdout', '-')
    .option('--filter <expr>', 'only edges that fit (see edges list --help)')
    .addHelpText(
      'after',
      `
Change state, permissions, reason and expires; leave revision as it is: an edge that somebody decides
meanwhile is then noticed. A replaced edge begins its reason with the credential: "deploy-token: why".

Example:
  $ tidegate edges export --filter state=undecided --output edges.csv`,
    )
    .action(async (flags: ExportFlags, command: Command) => {
      await lookAtRollout(context, command, async ({ store, clock }) => {
        const { tableText } = await import('./file.ts');
        const filter = flags.filter === undefined ? null : readFilter(flags.filter);
        let count = 0;
        const text = inPieces(
          tableText(
            rowsOf(store, clock.now(), filter, () => (count += 1)),
            flags.format,
          ),
        );
        if (flags.output === undefined || flags.output === '-') {
          await context.out.pieces(text);
          return;
        }
        const file = resolve(context.cwd, flags.output);
        await writeOut(file, text);
        context.out.result(
          { schemaVersion: 1, format: flags.format, file, edges: count },
          () => `${counted(count, 'edge')} written to ${flags.output ?? file}`,
        );
      });
    });
}

/** Rows by the callee, so that a table of a million edges is never in memory as a whole. */
async function* rowsOf(
  store: RolloutStore,
  now: EpochMs,
  filter: EdgeFilterExpression | null,
  count: () => void,
): AsyncGenerator<readonly TableRow[]> {
  const { everyCallee } = await import('../../../../engine/planning/knowledge.ts');
  for await (const { edges, decisions } of everyCallee(store, await store.outlines(), now)) {
    const rows = edges
      .map((edge) => ({ edge, decision: decisions.get(edgeKey(edge.caller, edge.callee)) ?? null }))
      .filter((row) => filter === null || filter.matches(row, now));
    rows.forEach(count);
    if (rows.length > 0) yield rows.map(({ edge, decision }) => tableRow(edge, decision));
  }
}

/** @throws RolloutError `USAGE` naming the file */
export async function writeOut(file: string, text: string | AsyncIterable<string>): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw usage(`${file} cannot be written (${why})`, 'Name another file with --output, or - for stdout.');
  }
}
