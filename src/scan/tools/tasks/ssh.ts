import type { Arg, Call } from '../../shell/call.ts';
import { linesSource } from '../../shell/call.ts';
import { pointSource } from '../../source.ts';
import { afterOperand, runInside } from '../containers/inside.ts';

const VALUED = new Set('BbcDEeFIiJLlmOoPpQRSWw'.split(''));

/**
 * `ssh HOST COMMAND`: the words are one text for the shell over there, which has none of the job's variables. What was
 * expanded here, a token in an address for one, is in the text.
 */
export function ssh(call: Call): void {
  const words = afterOperand(call.args, VALUED);
  const text = words.map(({ value }) => value).join(' ');
  const at = words[0]?.at ?? call.at;
  const state = call.state.elsewhere();
  // The command over there reads the standard input: `bash -s` does. Without a command it is a shell that reads it.
  if (text !== '') call.shell.runChild(pointSource(text, at), [], { ...call, state });
  else if (call.stdin) call.shell.runChild(linesSource(call.stdin), [], { ...call, state, stdin: null });
}

/** `kubectl exec POD -- COMMAND`. */
export function kubectlExec(call: Call): void {
  const dashes = call.args.findIndex(({ value }) => value === '--');
  const command: readonly Arg[] = dashes < 0 ? [] : call.args.slice(dashes + 1);
  if (call.args.some(({ value }) => value === 'exec')) runInside(call, command, []);
}
