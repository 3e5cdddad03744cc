import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { registerDecide } from './decide.ts';
import { registerTableExport } from './table/export.ts';
import { registerTableImport } from './table/import.ts';
import { registerList } from './list/list.ts';
import { registerShow } from './one/show.ts';
import { registerWhy } from './one/why.ts';

/** `tidegate edges`: who reaches whom, and what was decided on it. */
export function registerEdges(program: Command, context: CliContext): void {
  const edges = program
    .command('edges')
    .description('who reaches whom: list, show, why; approve, reject, replace; export, import')
    .addHelpText('after', '\nExample:\n  $ tidegate edges list --state undecided');
  registerList(edges, context);
  registerShow(edges, context);
  registerWhy(edges, context);
  registerDecide(edges, context);
  registerTableExport(edges, context);
  registerTableImport(edges, context);
}
