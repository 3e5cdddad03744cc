import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { ExportCallee } from '../../report/export/model.ts';
import type { ExportFormat } from '../../report/export/render.ts';
import type { CliContext } from '../context.ts';
import { writeOut } from './edges/table/export.ts';
import { withRollout } from './edges/lookup.ts';
import { counted } from './edges/text.ts';

/** As `report/export-render.ts` has them, which is loaded only when it is needed. */
const FORMATS: readonly ExportFormat[] = ['terraform', 'gitlabform', 'csv', 'json', 'mermaid', 'dot'];
/** GitLab's own limit, for projects and for groups. */
const ENTRY_LIMIT = 200;

interface ExportFlags {
  readonly format?: ExportFormat;
  readonly output: string;
}

/** `tidegate export`: the allowlists as they should stand, for other tools. */
export function registerExport(program: Command, context: CliContext): void {
  program
    .command('export')
    .description('the allowlists as they should stand: entries of today and of approved edges')
    .addOption(new Option('--format <format>', 'form of the export (default: json)').choices(FORMATS))
    .option('--output <file>', 'file to write, - for stdout', '-')
    .addHelpText('after', '\nExample:\n  $ tidegate export --format terraform --output allowlists.tf')
    .action(async (flags: ExportFlags, command: Command) => {
      await withRollout(context, command, async ({ store, clock }) => {
        const [{ loadKnowledge }, { exportCallees }, { renderExport }] = await Promise.all([
          import('../../engine/planning/knowledge.ts'),
          import('../../report/export/model.ts'),
          import('../../report/export/render.ts'),
        ]);
        const format = flags.format ?? 'json';
        const knowledge = await loadKnowledge(store, clock.now());
        const callees = exportCallees(knowledge);
        const inScope = [...knowledge.projects.values()].filter((project) => project.inScope).length;
        for (const note of notesOn(callees, inScope)) context.out.note(note);
        const text = renderExport(callees, format);
        if (flags.output === '-') {
          context.out.data(text);
          return;
        }
        const file = resolve(context.cwd, flags.output);
        await writeOut(file, text);
        context.out.result(
          { schemaVersion: 1, format, file, callees: callees.length },
          () => `${counted(callees.length, 'allowlist')} written to ${flags.output}`,
        );
      });
    });
}

/** What the reader of the export would not see in it. */
function notesOn(callees: readonly ExportCallee[], inScope: number): readonly string[] {
  const notes: string[] = [];
  const unread = inScope - callees.length;
  if (unread > 0) notes.push(`${counted(unread, 'project')} left out: the allowlist was not read.`);
  const open = callees.filter(({ enforce }) => !enforce).length;
  if (open > 0) notes.push(`${counted(open, 'project')} not switched on: edges wait for a decision.`);
  const tooMany = callees.filter(({ entries }) =>
    (['project', 'group'] as const).some((kind) => entries.filter((entry) => entry.kind === kind).length > ENTRY_LIMIT),
  ).length;
  if (tooMany > 0) {
    notes.push(
      `${counted(tooMany, 'project')} beyond ${ENTRY_LIMIT} entries, which GitLab refuses: \`tidegate plan\` fits them.`,
    );
  }
  return notes;
}
