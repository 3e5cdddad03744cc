import { CommanderError } from 'commander';
import { RolloutError } from '../domain/errors.ts';
import type { CliContext } from './context.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts';
import { Output } from './output.ts';
import { createProgram } from './program.ts';

const interruption = new AbortController();
const out = new Output(process.stdout, process.stderr);

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(new RolloutError('INTERRUPTED', `${name} received`, 'Run the same command again to go on.'));
  });
}
// A reader that has seen enough (`tidegate … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

const context: CliContext = {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  out,
  signal: interruption.signal,
  setExit: (code) => {
    process.exitCode = code;
  },
};

/** Tells the person what happened and what to do; a defect keeps its stack. */
function explain(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof RolloutError) {
    out.error(`tidegate: ${error.message}`);
    if (error.hint !== '') out.error(`  ${error.hint}`);
    return exitCodeOf(error.code);
  }
  out.error(`tidegate: this is a defect in tidegate, please report it.`);
  out.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.failed;
}

try {
  await createProgram(context).parseAsync(process.argv);
} catch (error) {
  process.exitCode = explain(error);
}
