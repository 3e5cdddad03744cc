import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { ExportCallee } from '../../report/export/model.ts';
import type { ExportFormat } from '../../report/export/render.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { RolloutStore } from '../../engine/ports.ts';
import type { CliContext } from '../context.ts';
import { inPieces } from '../terminal/stream.ts';
import { writeWhole } from '../terminal/whole-file.ts';
import { lookAtRollout } from './edges/lookup.ts';
import { counted } from '../../domain/values.ts';

/** As `report/export/render.ts` has them, which is loaded only when it is needed. */
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
      await lookAtRollout(context, command, async ({ store, clock }) => {
        const { exportText } = await import('../../report/export/render.ts');
        const format = flags.format ?? 'json';
        const tally = new Tally();
        const text = inPieces(exportText(tally.counting(allowlists(store, clock.now())), format));
        if (flags.output === '-') await context.out.pieces(text);
        else {
          const file = resolve(context.cwd, flags.output);
          await writeWhole(file, text, 'the export');
          context.out.result(
            { schemaVersion: 1, format, file, callees: tally.written },
            () => `${counted(tally.written, 'allowlist')} written to ${flags.output}`,
          );
        }
        for (const note of tally.notes()) context.out.note(note);
      });
    });
}

/** The allowlists of the callees in scope, by path; null for one that was not read. */
async function* allowlists(store: RolloutStore, now: EpochMs): AsyncGenerator<ExportCallee | null> {
  const [{ everyCallee }, { exportCallee }] = await Promise.all([
    import('../../engine/planning/knowledge.ts'),
    import('../../report/export/model.ts'),
  ]);
  const projects = await store.outlines();
  const personal = new Set(projects.filter((project) => project.personal).map(({ id }) => id));
  const isPersonal = (id: ProjectId): boolean => personal.has(id);
  const callees = projects.filter(({ inScope }) => inScope);
  for await (const known of everyCallee(store, callees, now)) yield exportCallee({ ...known, isPersonal });
}

/** What the reader of the export would not see in it. */
class Tally {
  written = 0;
  #unread = 0;
  #open = 0;
  #tooMany = 0;

  async *counting(callees: AsyncIterable<ExportCallee | null>): AsyncGenerator<ExportCallee> {
    for await (const callee of callees) {
      if (callee === null) {
        this.#unread += 1;
        continue;
      }
      this.written += 1;
      this.#open += callee.enforce ? 0 : 1;
      this.#tooMany += isTooLong(callee) ? 1 : 0;
      yield callee;
    }
  }

  notes(): readonly string[] {
    const note = (count: number, text: string): readonly string[] =>
      count === 0 ? [] : [`${counted(count, 'project')} ${text}`];
    return [
      ...note(this.#unread, 'left out: the allowlist was not read.'),
      ...note(this.#open, 'not switched on: edges wait for a decision.'),
      ...note(this.#tooMany, `beyond ${ENTRY_LIMIT} entries, which GitLab refuses: \`tidegate plan\` fits them.`),
    ];
  }
}

const isTooLong = ({ entries }: ExportCallee): boolean =>
  (['project', 'group'] as const).some((kind) => entries.filter((entry) => entry.kind === kind).length > ENTRY_LIMIT);
