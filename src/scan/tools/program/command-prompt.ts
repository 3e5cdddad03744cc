import type { Tool } from '../../shell/call.ts';
import { batchSource } from '../../shell/batch/translate.ts';

/** `cmd /c "…"`: what follows is one line of a batch file. */
export const commandPrompt: Tool = (call) => {
  const start = call.args.findIndex(({ value }) => /^\/\/?[ck]$/iu.test(value));
  const words = call.args.slice(start + 1);
  const [first] = words;
  if (start < 0 || !first) {
    if (call.stdin) call.shell.runChild(batchSource(call.stdin, call.state.vars.keys()), [], { ...call, stdin: null });
    return;
  }
  const text =
    words.length === 1
      ? first.value
      : words.map(({ value }) => (/[\s&|<>]/u.test(value) ? `"${value}"` : value)).join(' ');
  const lines = text.split('\n').map((line) => ({ text: line, at: first.at }));
  call.shell.runChild(batchSource(lines, call.state.vars.keys()), [], call);
};
