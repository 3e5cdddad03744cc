import type { Command } from 'commander';
import type { TickResult } from '../../engine/drive/run.ts';
import { DEFAULT_DB, globalsOf, type CliContext } from '../context.ts';
import { sleep, tickOnce, tickThroughOutages } from '../session/drive.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../arguments/numbers.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Paint } from '../terminal/output.ts';

const CODES: Readonly<Record<TickResult['kind'], ExitCode>> = {
  done: EXIT.done,
  'waiting-for-time': EXIT.waitingForTime,
  'waiting-for-person': EXIT.waitingForPerson,
  'gate-failed': EXIT.gateFailed,
};

const LEASE_HELP = 'after so long without a sign of life another driver may take over (default: 120)';
const LONGEST_LEASE_S = 3_600;

/** `tidegate tick`: whatever is next, until it must wait. */
export function registerTick(program: Command, context: CliContext): void {
  program
    .command('tick')
    .description('take up whatever is next and go on until it must wait')
    .option('--max-rpm <n>', 'requests per minute at most', wholeNumber(1))
    .option('--lease <seconds>', LEASE_HELP, wholeNumber(2, LONGEST_LEASE_S))
    .addHelpText(
      'after',
      '\nExample (from cron or a scheduled pipeline):\n  $ tidegate tick || test $? -eq 3 -o $? -eq 4\n\nExit codes: 0 done, 3 waiting for time, 4 waiting for a person, 5 a wave was rolled back, 6 another driver is at work.',
    )
    .action(async (_: unknown, command: Command) => {
      const globals = globalsOf(command);
      const result = withDatabase(await tickOnce(context, globals), globals.db);
      context.out.result(toJson(result), () => renderTick(result, context.out.paint));
      context.setExit(CODES[result.kind]);
    });
}

/** `tidegate run`: keeps ticking, sleeping while there is time to wait for. */
export function registerRun(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('keep ticking until a person is needed or everything is done')
    .option('--max-rpm <n>', 'requests per minute at most', wholeNumber(1))
    .option('--lease <seconds>', LEASE_HELP, wholeNumber(2, LONGEST_LEASE_S))
    .option('--poll <seconds>', 'look again at least this often while waiting', wholeNumber(1), 60)
    .addHelpText('after', '\nExample:\n  $ tidegate run --max-rpm 600')
    .action(async (flags: { poll: number }, command: Command) => {
      for (;;) {
        const globals = globalsOf(command);
        const result = withDatabase(await tickThroughOutages(context, globals, flags.poll * 1_000), globals.db);
        if (result.kind !== 'waiting-for-time') {
          context.out.result(toJson(result), () => renderTick(result, context.out.paint));
          context.setExit(CODES[result.kind]);
          return;
        }
        context.out.note(renderTick(result, context.out.paint));
        await sleep(flags.poll * 1_000, context.signal);
      }
    });
}

/** What to type next, to be copied as it stands: with the database that this command was given. */
function withDatabase<T extends TickResult>(result: T, db: string): T {
  if (db === DEFAULT_DB) return result;
  return { ...result, next: result.next.replaceAll('`tidegate ', `\`tidegate --db ${shellWord(db)} `) };
}

const toJson = (result: TickResult): object => ({
  schemaVersion: 1,
  ...result,
  ...('until' in result ? { until: new Date(result.until).toISOString() } : {}),
});

/** What the driver waits for, and what to do next. */
export function renderTick(result: TickResult, paint: Paint): string {
  const tone = result.kind === 'done' ? 'green' : result.kind === 'gate-failed' ? 'red' : 'yellow';
  const label = {
    done: 'Done',
    'waiting-for-time': 'Waiting',
    'waiting-for-person': 'Your turn',
    'gate-failed': 'Stopped',
  }[result.kind];
  return `${paint(tone, label)}: ${result.what}.\n  Next: ${result.next}`;
}
