import { createInterface } from 'node:readline/promises';
import { RolloutError } from '../domain/errors.ts';
import type { CliContext, GlobalOptions } from './context.ts';

/**
 * Asks before something happens. `--yes` answers for the person; without a terminal to ask on, nothing is assumed.
 *
 * @throws RolloutError `USAGE` when nobody can be asked
 */
export async function confirm(context: CliContext, globals: GlobalOptions, question: string): Promise<boolean> {
  if (globals.yes === true) return true;
  if (!context.stdin.isTTY) {
    throw new RolloutError('USAGE', `${question} - there is no terminal to ask on`, 'Add --yes to answer yes.');
  }
  const terminal = createInterface({ input: context.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: context.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
