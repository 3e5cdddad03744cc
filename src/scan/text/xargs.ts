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
    return lines
      .map(({ text, at }) => split(text).flatMap((value) => (value === '' ? [] : [{ value, at }])))
      .filter((one) => one.length > 0);
  const words = lines.flatMap(({ text, at }) => split(text).flatMap((value) => (value === '' ? [] : [{ value, at }])));
  const count = Number.isInteger(size) && size > 0 ? size : 1;
  const found: Arg[][] = [];
  for (let index = 0; index < words.length; index += count) found.push(words.slice(index, index + count));
  return found;
}

const PARALLEL_VALUED =
  /^-(?:j|P|n|N|a|S|I)$|^--(?:jobs|delay|retries|colsep|C|arg-file|joblog|max-args|tmpdir|timeout)$/u;

/** GNU `parallel COMMAND ::: A B`, or with the arguments on standard input. */
export const parallel: Tool = (call) => {
  const marks = call.args.flatMap(({ value }, index) => (/^:::+\+?$/u.test(value) ? [index] : []));
  const before = call.args.slice(0, marks[0]);
  let index = 0;
  let columns: string | null = null;
  while ((before[index]?.value ?? '').startsWith('-')) {
    const word = before[index]?.value ?? '';
    if (/^(?:--colsep|-C)$/u.test(word)) columns = before[index + 1]?.value ?? null;
    index += PARALLEL_VALUED.test(word) ? 2 : 1;
  }
  const command = before.slice(index);
  for (const row of rowsOf(call, marks, columns).slice(0, MAX_ROUNDS)) {
    const placed = command.some(({ value }) => /\{(?:\d+)?[./]*\}/u.test(value));
    const text = placed ? command.map((arg) => ({ ...arg, value: withRow(arg.value, row) })) : [...command, ...row];
    call.shell.rerun(call, text.length === 1 ? shellWords(text[0]) : text, null);
  }
};

/** `{}`, `{2}`, `{.}`, `{/}`, `{//}` and `{/.}` of one row of arguments. */
const withRow = (text: string, row: readonly Arg[]): string =>
  text.replace(/\{(\d*)([./]*)\}/gu, (mark, number: string, change: string) => {
    const value = number === '' ? row.map((one) => one.value).join(' ') : row[Number(number) - 1]?.value;
    if (value === undefined) return mark;
    const name = change.startsWith('/') && change !== '//' ? (value.split('/').at(-1) ?? value) : value;
    if (change === '//') return value.replace(/\/?[^/]*$/u, '') || '.';
    return change.endsWith('.') ? name.replace(/\.[^./]*$/u, '') : name;
  });

/** The arguments of each run: every combination of several lists, the columns of one, or lists side by side (`:::+`). */
function rowsOf(call: Call, marks: readonly number[], columns: string | null): readonly (readonly Arg[])[] {
  const combined = (): readonly (readonly Arg[])[] => {
    let rows: readonly (readonly Arg[])[] = [[]];
    marks.forEach((mark, index) => {
      const kind = call.args[mark]?.value ?? '';
      const given = call.args.slice(mark + 1, marks[index + 1]);
      const list = kind.startsWith('::::')
        ? given.flatMap(({ value }) => argumentLines(call.workspace.lines(value, call.state)))
        : given;
      rows = kind.endsWith('+')
        ? rows.flatMap((row, at) => (list[at] ? [[...row, list[at]]] : []))
        : rows.flatMap((row) => list.map((one) => [...row, one])).slice(0, MAX_ROUNDS);
    });
    return rows;
  };
  const found = marks.length > 0 ? combined() : argumentLines(call.stdin).map((one) => [one]);
  if (columns === null || columns.length > 10) return found;
  const by = columns === '\\t' ? '\t' : columns;
  return found.map((row) =>
    row.flatMap(({ value, at }) => value.split(by).map((text) => ({ value: text.trim(), at }))),
  );
}

const argumentLines = (lines: readonly Line[] | null): readonly Arg[] =>
  (lines ?? []).flatMap(({ text, at }) => (text === '' ? [] : [{ value: text, at }]));

const shellWords = (arg: Arg | undefined): readonly Arg[] =>
  arg === undefined ? [] : [{ value: 'sh', at: arg.at }, { value: '-c', at: arg.at }, arg];
