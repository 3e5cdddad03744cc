import { arithmetic, arithmeticOf } from '../shell/arithmetic.ts';
import { unknown, withoutLikely } from '../marks.ts';
import type { Call, Tool } from '../shell/call.ts';
import { option, parseArgs, valuesOf } from '../shell/call.ts';
import { unescaped } from './print.ts';

const MAX_NUMBERS = 300;

/** `seq 3`, `seq -w 8 2 12`, `seq -f 'x%g' -s, 1 3`. */
export const sequence: Tool = (call) => {
  const parsed = parseArgs(
    call.args.filter(({ value }) => !/^-\d+$/u.test(value)),
    new Set(['f', 's', 'format', 'separator']),
  );
  const bounds = valuesOf(call.args).filter((word) => /^-?\d+$/u.test(withoutLikely(word)));
  const numbers = bounds.map((word) => Number(withoutLikely(word)));
  const [from, to] = numbers.length > 1 ? [numbers[0] ?? 1, numbers.at(-1) ?? 0] : [1, numbers[0] ?? 0];
  const step = numbers.length > 2 ? (numbers[1] ?? 1) : 1;
  if (bounds.length === 0 || step === 0) {
    call.state.print(unknown('seq'), call.at);
    return;
  }
  const width = parsed.options.has('w') ? Math.max(...bounds.map((word) => word.length)) : 0;
  const format = option(parsed, 'f', 'format')?.value ?? '%g';
  const count = Math.min(MAX_NUMBERS, Math.floor((to - from) / step) + 1);
  const words = Array.from({ length: Math.max(0, count) }, (_, index) =>
    format.replace(/%0?(\d*)(?:\.\d+)?[gdfi]/u, (_whole, digits: string) =>
      String(from + index * step).padStart(digits === '' ? width : Number(digits), '0'),
    ),
  );
  if (words.length > 0)
    call.state.print(words.join(unescaped(option(parsed, 's', 'separator')?.value ?? '\n')), call.at);
};

/** `expr 1 + 2`, `echo '1 + 2' | bc`; other expressions are not known. */
export const calculation: Tool = (call) => {
  const text = call.name === 'bc' ? (call.stdin?.[0]?.text ?? '') : valuesOf(call.args).join(' ');
  call.state.print(calculated(withoutLikely(text)) ?? unknown(shown(call, text)), call.at);
};

const shown = (call: Call, text: string): string => `${call.name} ${text}`;

function calculated(text: string): string | null {
  const expression = /^[\d\s()+*/%-]{1,100}$/u.test(text) ? arithmeticOf(text) : undefined;
  const value = expression
    ? arithmetic(expression, { read: () => undefined, write: () => undefined, word: ({ value: word }) => word })
    : Number.NaN;
  return Number.isFinite(value) ? String(value) : null;
}
