import { CommanderError } from 'commander';
import { RolloutError } from '../domain/errors.ts';
import { printable, redact } from '../domain/redact.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts';
import type { Output } from './terminal/output.ts';
import { breakLines } from './terminal/wrap.ts';

/**
 * Tells the person what happened, to what, and what to do next; a defect keeps its stack. Messages may quote names and
 * answers of others, so nothing of them reaches the terminal raw.
 *
 * @param secrets - exact values that must not be shown, whatever the stack of a defect quotes
 * @returns the exit code that the failure stands for
 */
export function explain(error: unknown, out: Output, secrets: readonly string[]): ExitCode {
  // Commander has written its message already, through `complaint`.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof RolloutError) {
    out.error(readable(`tidegate: ${error.message}`, out.errorColumns));
    if (error.hint !== '') out.error(readable(`  ${error.hint}`, out.errorColumns));
    return exitCodeOf(error.code);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  out.error('tidegate: this is a defect in tidegate, please report it with these lines:');
  out.error(readable(redact(stack, secrets), null));
  return EXIT.failed;
}

/** Commander's complaints in the form of all others: what is wrong, then what to do. */
export function complaint(text: string, columns: number | null): string {
  return readable(
    text
      .trimEnd()
      .replace(/^error: /, 'tidegate: ')
      .replace('\n(', '\n  ('),
    columns,
  );
}

const readable = (text: string, columns: number | null): string =>
  breakLines(text.split('\n').map(printable).join('\n'), columns);
