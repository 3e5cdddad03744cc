import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { edgeKey } from '../../../../domain/edges/edge.ts';
import type { EdgeFilterExpression } from '../../../../domain/edges/edge-filter.ts';
import { tableRow, type TableRow } from '../../../../domain/edges/edge-table.ts';
import { counted, type EpochMs } from '../../../../domain/values.ts';
import type { RolloutStore } from '../../../../engine/ports.ts';
import type { CliContext } from '../../../context.ts';
import { inPieces } from '../../../terminal/stream.ts';
import { writeWhole } from '../../../terminal/whole-file.ts';
import { readFilter, lookAtRollout } from '../lookup.ts';
import type { TableFormat } from './file.ts';

interface ExportFlags {
  readonly format: TableFormat;
  readonly output?: string;
  readonly filter?: string;
  readonly outside?: boolean;
}

/** `tidegate edges export`: the table that people fill in and `edges import` takes back. */
export function registerTableExport(edges: Command, context: CliContext): void {
  edges
    .command('export')
    .description('write one line per edge, to be decided in a spreadsheet or an editor and imported again')
    .addOption(new Option('--format <format>', 'form of the table').choices(['csv', 'yaml']).default('csv'))
    .option('--output <file>', 'file to write, - for stdout', '-')
    .option('--filter <expr>', 'only edges that fit (see edges list --help)')
    .option('--outside', 'also edges of callees outside of the scope, on which nothing waits')
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
            rowsOf(store, clock.now(), flags.outside === true, filter, () => (count += 1)),
            flags.format,
          ),
        );
        if (flags.output === undefined || flags.output === '-') {
          await context.out.pieces(text);
          return;
        }
        const file = resolve(context.cwd, flags.output);
        await writeWhole(file, text, 'the table');
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
  outside: boolean,
  filter: EdgeFilterExpression | null,
  count: () => void,
): AsyncGenerator<readonly TableRow[]> {
  const { everyCallee } = await import('../../../../engine/planning/knowledge.ts');
  const projects = await store.outlines();
  const callees = outside ? projects : projects.filter(({ inScope }) => inScope);
  for await (const { edges, decisions } of everyCallee(store, callees, now)) {
    const rows = edges
      .map((edge) => ({ edge, decision: decisions.get(edgeKey(edge.caller, edge.callee)) ?? null }))
      .filter((row) => filter === null || filter.matches(row, now));
    rows.forEach(count);
    if (rows.length > 0) yield rows.map(({ edge, decision }) => tableRow(edge, decision));
  }
}
