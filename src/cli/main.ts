import { RolloutError } from '../domain/errors.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { explain } from './explain.ts';
import { Output } from './terminal/output.ts';
import { createProgram } from './program.ts';
import { shellWord } from './terminal/shell-word.ts';

const interruption = new AbortController();
const out = new Output(process.stdout, process.stderr);

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    out.note(`${name}: settling the write that is in flight, if there is one; once more leaves at once.`);
    interruption.abort(
      new RolloutError('INTERRUPTED', `${name} received`, `Nothing is lost; to go on: ${commandLine()}`),
    );
  });
}
/** The command as it was given, to be typed again. */
const commandLine = (): string => ['tidegate', ...process.argv.slice(2)].map(shellWord).join(' ');

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`tidegate … | head`) is no failure.
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  out.error(`tidegate: the result cannot be written to standard output (${error.code ?? error.message})`);
  out.error('  Send it to a place with room for it, then run the command again.');
  process.exit(EXIT.failed);
});
// Nobody is left to tell.
process.stderr.on('error', () => undefined);

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

try {
  const args = process.argv.slice(2);
  const program = await createProgram(context, args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  const tokens = [process.env['TIDEGATE_TOKEN'], process.env['GITLAB_TOKEN']];
  // Whatever was cut short by the signal says so in its own words; the person wants the command that goes on.
  const interrupted = interruption.signal.aborted && error instanceof RolloutError && error.code === 'INTERRUPTED';
  process.exitCode = explain(
    interrupted ? interruption.signal.reason : error,
    out,
    tokens.filter((token) => token !== undefined),
  );
}
