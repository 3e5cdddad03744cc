import type { Command } from 'commander';
import { printable } from '../../domain/redact.ts';
import { counted } from '../../domain/values.ts';
import type { Adoption } from '../../engine/apply/what-to-adopt.ts';
import { globalsOf, type CliContext } from '../context.ts';
import { confirm } from '../terminal/ask.ts';
import { DEFAULT_REASON, type OrderFlags } from './orders.ts';

const EXAMPLES = `
Needs GitLab 17.6 or later, which tells who added an entry. Nothing is sent to
GitLab, and nobody watches what is taken up but the wave that soaks next.

Examples:
  $ tidegate adopt --dry-run
  $ tidegate adopt acme/libs/core --reason "done on Tuesday, lost with the disk"`;

/** `tidegate adopt`: after an older backup was put back. */
export function registerAdopt(program: Command, context: CliContext): void {
  program
    .command('adopt')
    .description('take up what this account wrote and the record lost, as after a backup was put back')
    .argument('[project...]', 'these projects alone; default all that `tidegate findings` names')
    .option('--dry-run', 'say what would be taken up, change nothing')
    .option('--reason <text>', 'why, for the ledger', DEFAULT_REASON)
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], flags: OrderFlags & { dryRun?: boolean }, command: Command) => {
      const { openDriver } = await import('../session/session.ts');
      const { whatToAdopt } = await import('../../engine/apply/what-to-adopt.ts');
      const { adopt } = await import('../../engine/apply/adopt.ts');
      const globals = globalsOf(command);
      const driver = await openDriver(context, globals);
      try {
        // Whose token it is, for the ledger.
        await driver.engine.forge.identity();
        const found = await whatToAdopt(driver.engine, paths);
        const projects = found.map((one) => {
          const { path, entries, setting } = one;
          return { path, entries, setting, staysOn: staysOn(one) };
        });
        context.out.note(describe(found));
        const question = 'Take this up as what this rollout wrote?';
        if (flags.dryRun === true || !(await confirm(context, globals, question))) {
          context.out.result({ schemaVersion: 1, done: false, wave: null, projects }, () => 'Nothing was changed.');
          return;
        }
        const wave = await adopt(driver.engine, found, { person: driver.person, reason: flags.reason });
        context.out.result({ schemaVersion: 1, done: true, wave, projects }, () => whatNext(wave, found));
      } finally {
        await driver.close();
      }
    });
}

function whatNext(wave: number, found: readonly Adoption[]): string {
  const where = found.some(staysOn) ? ', but for lists that stay on' : '';
  const back = found.every(staysOn) ? '' : `\`tidegate rollback ${wave}\` takes it back${where}; `;
  return [
    `Taken up as wave ${wave}, which nobody watched: \`tidegate findings\` and \`tidegate shadow\` say who is refused.`,
    `${back}\`tidegate tick\` plans what is left anew.`,
  ].join('\n');
}

/** Its list is on without us, so a rollback leaves the entries. */
const staysOn = ({ setting, before }: Adoption): boolean => !setting && before.effective;

const describe = (found: readonly Adoption[]): string =>
  ['Added by this account, and in no row of the record:', ...found.flatMap(adoptionLines)].join('\n');

function adoptionLines(adoption: Adoption): readonly string[] {
  const { path, entries, setting } = adoption;
  const list = setting
    ? ', and its allowlist was turned on'
    : staysOn(adoption)
      ? '; its list stays on, so a rollback leaves them'
      : '';
  return [
    `  ${printable(path)}: ${counted(entries.length, 'entry', 'entries')}${list}`,
    ...entries.map(
      ({ kind, path: entry, admits }) =>
        `    ${kind} ${printable(entry)}${kind === 'group' ? `, which lets in ${counted(admits, 'project')} today` : ''}`,
    ),
  ];
}
