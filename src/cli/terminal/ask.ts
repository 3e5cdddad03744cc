import { createInterface } from 'node:readline/promises';
import { RolloutError } from '../../domain/errors.ts';
import type { CliContext, GlobalOptions } from '../context.ts';

/**
 * Asks before something happens. `--yes` answers for the person; without a terminal to ask on, nothing is assumed. Closing
 * the input (Ctrl-D) means no.
 *
 * @throws RolloutError `USAGE` when nobody can be asked, `INTERRUPTED` on Ctrl-C
 */
export async function confirm(context: CliContext, globals: GlobalOptions, question: string): Promise<boolean> {
  if (globals.yes === true) return true;
  if (!context.stdin.isTTY) {
    throw new RolloutError('USAGE', `${question} There is no terminal to ask on`, 'Add --yes to answer yes.');
  }
  const terminal = createInterface({ input: context.stdin, output: process.stderr });
  try {
    // Where Node ends the question itself, it says so just after closing.
    const closed = new Promise<string>((answer) => terminal.once('close', () => setImmediate(answer, '')));
    const answer = await Promise.race([terminal.question(`${question} [y/N] `, { signal: context.signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    return givenUp(error, context);
  } finally {
    terminal.close();
  }
}

/** Node rejects the question with an AbortError for both keys and for a signal; only its words tell them apart. */
function givenUp(error: unknown, { out, signal }: CliContext): false {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
  // The question ends without a line break.
  out.error('');
  if (!signal.aborted && error.message.includes('Ctrl+D')) return false;
  throw new RolloutError('INTERRUPTED', 'interrupted at the question', 'Nothing was changed; run the command again.');
}
