import { hasUnknown, unknown } from '../marks.ts';
import type { Arg, Call, Tool } from '../shell/call.ts';
import { option, parseArgs, valuesOf } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import type { SafePattern } from '../safe-pattern.ts';
import { safePattern } from '../safe-pattern.ts';
import { unescaped } from './print.ts';

/** Programs that turn lines into lines; they decide what later commands see. */

/** Lines of the named files, or of the input where none is named. */
export function inputLines(call: Call, files: readonly Arg[]): readonly Line[] {
  const named = files.filter(({ value }) => value !== '-');
  if (named.length === 0) return call.stdin ?? [];
  return named.flatMap(
    ({ value }) => call.workspace.lines(value, call.state) ?? [{ text: unknown(value), at: call.at }],
  );
}

/** Prints lines, each with the place it came from. */
export function emit(call: Call, lines: readonly Line[]): void {
  for (const line of lines) call.state.print(line.text, line.at);
}

/** A program that changes each line by itself. */
export const perLine =
  (change: (text: string, call: Call) => string, valued: readonly string[] = []): Tool =>
  (call) => {
    const { operands } = parseArgs(call.args, new Set(valued));
    emit(
      call,
      inputLines(call, operands).map((line) => ({ ...line, text: change(line.text, call) })),
    );
  };

/** `cat`, and programs that show a file with its lines unchanged. */
export const cat: Tool = (call) => {
  emit(call, inputLines(call, parseArgs(call.args, new Set(['k', 't', 'S'])).operands));
};

/** `sort`, `uniq`: order seldom matters, repetition never does. */
export const distinctLines: Tool = (call) => {
  const { operands } = parseArgs(call.args, new Set(['k', 't', 'S', 'T', 'o', 'f', 's', 'w']));
  const seen = new Set<string>();
  const lines = inputLines(call, operands).filter(({ text }) => {
    const fresh = !seen.has(text);
    seen.add(text);
    return fresh;
  });
  emit(call, lines);
};

/** `tee`: its input, printed and written to files. */
export const tee: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set());
  const lines = call.stdin ?? [];
  const append = option(parsed, 'a', 'append') !== undefined;
  for (const { value } of parsed.operands) call.workspace.write(value, lines, append, call.state);
  emit(call, lines);
};

/** `cut -d, -f1,3-` and `cut -c1-8`. */
export const cut: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['d', 'f', 'c', 'b', 'delimiter', 'fields', 'output-delimiter']));
  const delimiter = option(parsed, 'd', 'delimiter')?.value ?? '\t';
  const characters = option(parsed, 'c', 'b')?.value;
  const wanted = picks(characters ?? option(parsed, 'f', 'fields')?.value ?? '');
  const change = (text: string): string => {
    if (!wanted || delimiter.length !== 1) return unknown('cut');
    if (characters !== undefined)
      return Array.from(text)
        .filter((_, index) => wanted(index + 1))
        .join('');
    const parts = text.split(delimiter);
    if (parts.length === 1) return text;
    return parts.filter((_, index) => wanted(index + 1)).join(option(parsed, 'output-delimiter')?.value ?? delimiter);
  };
  emit(
    call,
    inputLines(call, parsed.operands).map((line) => ({ ...line, text: change(line.text) })),
  );
};

/** `1,3-5,7-` as a test of positions; null when it is not of that form. */
function picks(list: string): ((position: number) => boolean) | null {
  const ranges = list.split(',').map((part) => /^(\d*)(-?)(\d*)$/u.exec(part));
  if (list === '' || ranges.some((range) => range === null)) return null;
  return (position) =>
    ranges.some((range) => {
      const from = Number(range?.[1] === '' ? '1' : range?.[1]);
      const to = range?.[2] === '' ? from : range?.[3] === '' ? Infinity : Number(range?.[3]);
      return position >= from && position <= to;
    });
}

const CLASSES: Readonly<Record<string, string>> = {
  '[:upper:]': 'A-Z',
  '[:lower:]': 'a-z',
  '[:digit:]': '0-9',
  '[:space:]': ' \\t\\n',
  '[:alnum:]': 'A-Za-z0-9',
  '[:alpha:]': 'A-Za-z',
  '[:punct:]': '!-/:-@',
  '[:blank:]': ' \\t',
};

/** The characters of a `tr` set, ranges written out. */
function characters(set: string): readonly string[] {
  const plain = set.replace(/\[:\w+:\]/gu, (name) => CLASSES[name] ?? name);
  return unescaped(plain)
    .replace(/([^])-([^])/gu, (range, from: string, to: string) => {
      const [low, high] = [from.charCodeAt(0), to.charCodeAt(0)];
      if (high < low || high - low > 200) return range;
      return Array.from({ length: high - low + 1 }, (_, index) => String.fromCharCode(low + index)).join('');
    })
    .split('');
}

/** `tr`: sets of single characters, also `-d` and `-s`. */
export const tr: Tool = (call) => {
  const words = valuesOf(call.args);
  const flags = words.filter((word) => /^-[cCdst]+$/u.test(word)).join('');
  const [first = '', second = ''] = words.filter((word) => !/^-[cCdst]+$/u.test(word));
  const from = characters(first);
  const to = characters(second);
  const inside = new Set(from);
  const hit = (char: string): boolean => inside.has(char) !== /[cC]/u.test(flags);
  const squeezed = flags.includes('s') ? new Set(second === '' ? from : to) : new Set<string>();
  const changed = (char: string): string => {
    if (!hit(char) || (second === '' && !flags.includes('d'))) return char;
    if (flags.includes('d')) return '';
    return (/[cC]/u.test(flags) ? to.at(-1) : (to[from.indexOf(char)] ?? to.at(-1))) ?? char;
  };
  let text = '';
  for (const char of (call.stdin ?? []).map((line) => line.text).join('\n')) {
    const next = isMark(char) ? char : changed(char);
    if (!(squeezed.has(next) && text.endsWith(next))) text += next;
  }
  // Commas or blanks become line breaks: every piece keeps the place of the whole.
  call.state.print(text, call.stdin?.[0]?.at ?? call.at);
};

const isMark = (char: string): boolean => /[\uE000-\uE1FF]/u.test(char);

/** `head` and `tail`. */
export const headTail: Tool = (call) => {
  const parsed = parseArgs(
    call.args.map((arg) => ({ ...arg, value: arg.value.replace(/^-(\d+)$/u, '-n$1') })),
    new Set(['n', 'c', 'lines']),
  );
  const wanted = option(parsed, 'n', 'lines')?.value ?? '10';
  const count = Number(wanted.replace(/^[+-]/u, ''));
  const lines = inputLines(call, parsed.operands);
  if (call.name === 'head') emit(call, wanted.startsWith('-') ? lines.slice(0, -count) : lines.slice(0, count));
  else emit(call, wanted.startsWith('+') ? lines.slice(count - 1) : lines.slice(-count));
};

/** `paste -sd,`: all lines as one. */
export const paste: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['d', 'delimiters']));
  const lines = inputLines(call, parsed.operands);
  const flag = [...parsed.options.keys()].find((name) => /^sd/u.test(name));
  const delimiter = flag?.slice(2) ?? option(parsed, 'd', 'delimiters')?.value ?? '\t';
  if (!parsed.options.has('s') && flag === undefined) emit(call, lines);
  else call.state.print(lines.map(({ text }) => text).join(unescaped(delimiter)), lines[0]?.at ?? call.at);
};

/** `wc -l` and the like count what is known. */
export const wc: Tool = (call) => {
  const lines = inputLines(call, parseArgs(call.args, new Set()).operands);
  const known = call.args.some(({ value }) => value === '-l') && !lines.some(({ text }) => hasUnknown(text));
  call.state.print(known ? String(lines.length) : unknown('wc'), call.at);
};

/** `grep`: the lines that match, or what matches of them (`-o`). */
export const grep: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['e', 'f', 'm', 'A', 'B', 'C', 'regexp', 'include', 'exclude']));
  const given = option(parsed, 'e', 'regexp');
  const operands = given ? parsed.operands : parsed.operands.slice(1);
  const pattern = given?.value ?? parsed.operands[0]?.value ?? '';
  const has = (...names: readonly string[]): boolean => option(parsed, ...names) !== undefined;
  if (has('q', 'quiet', 'silent')) return;
  const lines = inputLines(call, operands);
  const dialect = has('F', 'fixed-strings') ? 'fixed' : has('E', 'P') || call.name === 'egrep' ? 'extended' : 'basic';
  const matcher = lineMatcher(pattern, dialect, has('i', 'ignore-case'));
  const inverted = has('v', 'invert-match');
  const kept = matcher
    ? lines.filter(({ text }) =>
        hasUnknown(text) ? inverted || mayMatch(pattern, text) : lineMatches(matcher, text) !== inverted,
      )
    : lines;
  if (!has('o', 'only-matching')) emit(call, kept);
  else
    emit(
      call,
      kept.flatMap((line) => parts(line, matcher, pattern)),
    );
};

/** Whether a line that is known in part can match: what `^NAME` begins with must be what the line begins with. */
function mayMatch(pattern: string, text: string): boolean {
  const start = /^\^([\w=:/-]+)(?![*?{\\])/u.exec(pattern)?.[1] ?? '';
  const known = /^[^\uE000-\uE1FF]*/u.exec(text)?.[0] ?? '';
  const length = Math.min(start.length, known.length);
  return start.slice(0, length) === known.slice(0, length);
}

function parts(line: Line, matcher: SafePattern | null, pattern: string): readonly Line[] {
  if (!matcher || hasUnknown(line.text) || line.text.length > matcher.longest)
    return [{ ...line, text: unknown(`grep ${pattern}`) }];
  const all = new RegExp(matcher.regex.source, `${matcher.regex.flags}g`);
  return [...line.text.matchAll(all)].slice(0, 50).map(([text]) => ({ ...line, text }));
}

/** A pattern of grep, sed or awk; null for one that is not run. */
export function lineMatcher(
  pattern: string,
  dialect: 'fixed' | 'basic' | 'extended',
  ignoreCase = false,
): SafePattern | null {
  // In basic expressions the bare characters are literal and the escaped ones special.
  const source =
    dialect === 'fixed'
      ? pattern.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&')
      : dialect === 'extended'
        ? pattern
        : pattern.replace(/\\?[()+?{}|]/gu, (token) => (token.length === 2 ? token.charAt(1) : `\\${token}`));
  const plain = source.replace(/\[\[:space:\]\]/gu, '\\s').replace(/\[:(\w+):\]/gu, (name) => CLASSES[name] ?? name);
  return safePattern(plain, ignoreCase ? 'i' : '');
}

/** Whether a line matches; null when it is too long to tell. */
export const lineMatches = ({ regex, longest }: SafePattern, text: string): boolean | null =>
  text.length > longest ? null : regex.test(text);
