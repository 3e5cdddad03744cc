import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { globalsOf, type CliContext, type GlobalOptions } from '../../context.ts';
import { writeWhole } from '../../terminal/whole-file.ts';

const FORMATS = ['html', 'markdown', 'json', 'csv'] as const;
type Format = (typeof FORMATS)[number];

const DEFAULT_FILE = 'tidegate-report.html';

interface ReportFlags extends GlobalOptions {
  readonly format?: Format;
  readonly output?: string;
}

/** `tidegate report`: where the rollout stands and why, for people (HTML, Markdown) and for programs (JSON, CSV). */
export function registerReport(program: Command, context: CliContext): void {
  program
    .command('report')
    .description('write where the rollout stands, per wave, and why')
    .addOption(new Option('--format <format>', 'form of the report').choices(FORMATS))
    .option('--output <file>', `file to write, - for stdout (html: ${DEFAULT_FILE}, else stdout)`)
    .addHelpText('after', '\nExample:\n  $ tidegate report\n  $ tidegate report --format markdown > issue.md')
    .action(async (_: unknown, command: Command) => {
      const flags = globalsOf(command) as ReportFlags;
      const format = flags.format ?? (flags.json === true ? 'json' : 'html');
      const text = await makeReport(context, flags, format);
      const output = flags.output ?? (format === 'html' ? DEFAULT_FILE : '-');
      if (output === '-') {
        context.out.data(text);
        return;
      }
      const file = resolve(context.cwd, output);
      await writeWhole(file, text, 'the report');
      context.out.result({ schemaVersion: 1, format, file }, () => `Report written to ${output}`);
    });
}

async function makeReport(context: CliContext, flags: ReportFlags, format: Format): Promise<string> {
  const [{ openRollout }, { refuseVastReport }, { readReportInput }, { buildReport }, { renderReport }] =
    await Promise.all([
      import('../../session/session.ts'),
      import('./size.ts'),
      import('./input.ts'),
      import('../../../report/model/model.ts'),
      import('../../../report/render.ts'),
    ]);
  const { store, clock } = await openRollout(context, flags, 'look');
  try {
    refuseVastReport(Object.values(await store.countEdges()).reduce((sum, n) => sum + n, 0));
    return renderReport(buildReport(await readReportInput(store, clock)), format);
  } finally {
    store.close();
  }
}
