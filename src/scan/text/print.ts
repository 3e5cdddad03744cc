import type { Tool } from '../shell/call.ts';
import { valuesOf } from '../shell/call.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '', '\\': '\\', a: '', '"': '"', e: '\u001B' };

/** `\n`, `\t`, `\\` and octal escapes as `echo -e` and `printf` write them. */
export const unescaped = (text: string): string =>
  text.replace(/\\(?:0?([0-7]{3})|x([0-9a-fA-F]{2})|(.))/gsu, (token, octal?: string, hex?: string, char?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return ESCAPES[char ?? ''] ?? token;
  });

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

export const printf: Tool = (call) => {
  let args = valuesOf(call.args);
  const target = args[0] === '-v' ? args[1] : undefined;
  if (target !== undefined) args = args.slice(2);
  if (args[0] === '--') args = args.slice(1);
  const [format = '', ...values] = args;
  let text = '';
  let rest = values;
  for (let round = 0; round < 200 && (round === 0 || rest.length > 0); round += 1) {
    const before = rest.length;
    text += unescaped(format).replace(/%(%|-?\d*(?:\.\d+)?[sdbqiux])/gu, (_, kind: string) => {
      if (kind === '%') return '%';
      const [first = '', ...others] = rest;
      rest = others;
      return kind === 'b' ? unescaped(first) : first;
    });
    if (rest.length === before) break;
  }
  if (target !== undefined) call.state.set(target, text, call.at);
  else call.state.print(text, call.args[0]?.at ?? call.at);
};
