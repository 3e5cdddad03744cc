import { unknown } from '../marks.ts';
import type { Arg, Call, Tool } from '../shell/call.ts';
import { option, parseArgs } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';

const MAX_ROUNDS = 300;
const VALUED = new Set([
  'I',
  'n',
  'P',
  'L',
  'd',
  'a',
  's',
  'E',
  'max-args',
  'max-procs',
  'delimiter',
  'arg-file',
  'max-lines',
]);

/** `xargs`: the words of the input become arguments of a command. */
export const xargs: Tool = (call) => {
  const { own, command } = divided(call.args);
  const parsed = parseArgs(own, VALUED);
  const replace = option(parsed, 'I', 'replace')?.value ?? (parsed.options.has('i') ? '{}' : undefined);
  const file = option(parsed, 'a', 'arg-file')?.value;
  const lines = (file === undefined ? call.stdin : call.workspace.lines(file, call.state)) ?? [
    { text: unknown('xargs'), at: call.at },
  ];
  const run = command.length > 0 ? command : [{ value: 'echo', at: call.at }];
  if (lines.length > MAX_ROUNDS)
    call.findings.unresolved('unknown', 'xargs', `more than ${MAX_ROUNDS} rounds: the rest is not followed`, call.at);
  const kept = lines.slice(0, MAX_ROUNDS);
  if (replace !== undefined) {
    for (const line of kept) call.shell.rerun(call, filled(run, replace, line.text.trim()), null);
    return;
  }
  for (const words of groups(
    kept,
    Number(option(parsed, 'n', 'max-args', 'L', 'max-lines')?.value ?? '1'),
    parsed.options,
  ))
    call.shell.rerun(call, [...run, ...words], null);
};

/** The program's own options, and the command that follows them. */
function divided(args: readonly Arg[]): { readonly own: readonly Arg[]; readonly command: readonly Arg[] } {
  let index = 0;
  while (index < args.length) {
    const word = args[index]?.value ?? '';
    if (word === '--') return { own: args.slice(0, index), command: args.slice(index + 1) };
    if (!word.startsWith('-')) break;
    const takes = VALUED.has(word.replace(/^-+/u, '')) && !word.includes('=');
    index += takes ? 2 : 1;
  }
  return { own: args.slice(0, index), command: args.slice(index) };
}

const filled = (command: readonly Arg[], mark: string, value: string): readonly Arg[] =>
  command.map((arg) => ({ ...arg, value: arg.value.replaceAll(mark, value) }));

/** Words in groups of `-n`; without it one word at a time, as commands with many operands are rare. */
function groups(
  lines: readonly Line[],
  size: number,
  options: ReadonlyMap<string, unknown>,
): readonly (readonly Arg[])[] {
  const split = (text: string): readonly string[] => (options.has('0') ? text.split('\0') : text.split(/\s+/u));
  if (options.has('L') || options.has('max-lines'))
    return lines.map(({ text, at }) => split(text).flatMap((value) => (value === '' ? [] : [{ value, at }])));
  const words = lines.flatMap(({ text, at }) => split(text).flatMap((value) => (value === '' ? [] : [{ value, at }])));
  const count = Number.isInteger(size) && size > 0 ? size : 1;
  const found: Arg[][] = [];
  for (let index = 0; index < words.length; index += count) found.push(words.slice(index, index + count));
  return found;
}

/** GNU `parallel COMMAND ::: A B`, or with the arguments on standard input. */
export const parallel: Tool = (call) => {
  const separator = call.args.findIndex(({ value }) => /^:::+\+?$/u.test(value));
  const files = call.args.findIndex(({ value }) => value === '::::');
  const end = [separator, files].filter((at) => at >= 0);
  const before = call.args.slice(0, end.length > 0 ? Math.min(...end) : undefined);
  let index = 0;
  while ((before[index]?.value ?? '').startsWith('-'))
    index += /^-[jPn]$|^--(?:jobs|delay|retries|colsep)$/u.test(before[index]?.value ?? '') ? 2 : 1;
  const command = before.slice(index);
  const inputs = inputsOf(call, separator, files);
  for (const input of inputs.slice(0, MAX_ROUNDS)) {
    const placed = command.some(({ value }) => value.includes('{}'));
    const text = placed ? filled(command, '{}', input.value) : [...command, input];
    call.shell.rerun(call, text.length === 1 ? shellWords(text[0]) : text, null);
  }
};

function inputsOf(call: Call, separator: number, files: number): readonly Arg[] {
  if (separator >= 0) return call.args.slice(separator + 1).filter(({ value }) => !/^:::/u.test(value));
  const lines = files >= 0 ? call.workspace.lines(call.args[files + 1]?.value ?? '', call.state) : call.stdin;
  return (lines ?? []).map(({ text, at }) => ({ value: text, at }));
}

const shellWords = (arg: Arg | undefined): readonly Arg[] =>
  arg === undefined ? [] : [{ value: 'sh', at: arg.at }, { value: '-c', at: arg.at }, arg];
