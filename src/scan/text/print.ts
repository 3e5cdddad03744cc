import { hasUnknown, withoutLikely } from '../marks.ts';
import type { Tool } from '../shell/call.ts';
import { valuesOf } from '../shell/call.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '', '\\': '\\', a: '', '"': '"', e: '\u001B' };

/** `\n`, `\t`, `\\` and octal escapes as `echo -e` and `printf` write them. */
export const unescaped = (text: string): string =>
  text.replace(
    /\\(?:(0[0-7]{0,3}|[1-7][0-7]{2})|x([0-9a-fA-F]{2})|(.))/gsu,
    (token, octal?: string, hex?: string, char?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return ESCAPES[char ?? ''] ?? token;
    },
  );

/** `echo`, with `-e` and `-n`. */
export const echo: Tool = (call) => {
  let args = valuesOf(call.args);
  let escapes = false;
  while (/^-[neE]+$/u.test(args[0] ?? '')) {
    escapes ||= (args[0] ?? '').includes('e');
    args = args.slice(1);
  }
  const text = args.join(' ');
  call.state.print(escapes ? unescaped(text) : text, call.args[0]?.at ?? call.at);
};

/** `printf FORMAT …`, with `-v NAME`. */
export const printf: Tool = (call) => {
  let args = valuesOf(call.args);
  const target = args[0] === '-v' ? args[1] : undefined;
  if (target !== undefined) args = args.slice(2);
  if (args[0] === '--') args = args.slice(1);
  const [format = '', ...values] = args;
  const text = formatted(format, values);
  if (target !== undefined) call.state.set(target, text, call.at);
  else call.state.print(text, call.args[0]?.at ?? call.at);
};

const MAX_ROUNDS = 200;

/** The text of a format, which is used again as long as values are left. */
function formatted(format: string, values: readonly string[]): string {
  let text = '';
  let rest = values;
  for (let round = 0; round < MAX_ROUNDS && (round === 0 || rest.length > 0); round += 1) {
    const before = rest.length;
    text += unescaped(format).replace(
      /%(?:%|(-?)(0?)(\d*)(?:\.(\d+))?([sdbqiucxXo]))/gu,
      (_, left?: string, zero?: string, width = '', precision?: string, kind?: string) => {
        if (kind === undefined) return '%';
        const [first = '', ...others] = rest;
        rest = others;
        return padded(shown(first, kind, precision), left === '-', zero === '0', Number(width));
      },
    );
    if (rest.length === before) break;
  }
  return text;
}

/** One value in the form of a letter: `'/` as a number is the code of the character. */
function shown(value: string, kind: string, precision: string | undefined): string {
  if (kind === 'b') return unescaped(value);
  if (/[sq]/u.test(kind) || hasUnknown(value))
    return precision === undefined || hasUnknown(value) ? value : value.slice(0, Number(precision));
  if (kind === 'c') return value.charAt(0);
  const number = /^["']/u.test(value) ? (value.codePointAt(1) ?? 0) : Number(withoutLikely(value).trim() || '0');
  if (!Number.isInteger(number)) return value;
  const text = number.toString(/[xX]/u.test(kind) ? 16 : kind === 'o' ? 8 : 10);
  return (kind === 'X' ? text.toUpperCase() : text).padStart(Number(precision ?? '0'), '0');
}

const padded = (text: string, left: boolean, zero: boolean, width: number): string =>
  width > 200 ? text : left ? text.padEnd(width) : text.padStart(width, zero ? '0' : ' ');
