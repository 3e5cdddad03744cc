import type { Command } from 'commander';
import { RolloutError } from '../../domain/errors.ts';
import { formatDuration } from '../../domain/values.ts';
import type { TickResult } from '../../engine/run.ts';
import { DEFAULT_DB, globalsOf, type CliContext, type GlobalOptions } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';
import { shellWord } from '../shell-word.ts';
import type { Paint } from '../output.ts';

const CODES: Readonly<Record<TickResult['kind'], ExitCode>> = {
  done: EXIT.done,
  'waiting-for-time': EXIT.waitingForTime,
  'waiting-for-person': EXIT.waitingForPerson,
  'gate-failed': EXIT.gateFailed,
};

interface TickFlags extends GlobalOptions {
  readonly maxRpm?: number;
  /** Seconds. */
  readonly lease?: number;
}

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

async function tickOnce(context: CliContext, globals: TickFlags): Promise<TickResult> {
  const { openDriver } = await import('../session.ts');
  const { checkReach } = await import('../reach.ts');
  const { tick } = await import('../../engine/run.ts');
  const driver = await openDriver(context, globals);
  try {
    await checkReach(driver.engine);
    return await tick(driver.engine);
  } finally {
    await driver.close();
  }
}

/** GitLab may be down for an hour in the weeks that `run` takes: it is asked again, and told to whoever watches. */
async function tickThroughOutages(context: CliContext, globals: TickFlags, pauseMs: number): Promise<TickResult> {
  for (;;) {
    try {
      return await tickOnce(context, globals);
    } catch (error) {
      // A lease is lost when this machine slept, or its clock jumped; whoever has it now keeps it, and we are told so.
      if (!(error instanceof RolloutError) || !['FORGE_UNAVAILABLE', 'LEASE_LOST'].includes(error.code)) throw error;
      context.out.note(`${error.message}\n  Trying again in ${formatDuration(pauseMs)}.`);
      await sleep(pauseMs, context.signal);
    }
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((wake, interrupt) => {
    signal.throwIfAborted();
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      interrupt(signal.reason as Error);
    });
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
