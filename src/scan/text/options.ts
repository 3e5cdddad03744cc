import type { Tool } from '../shell/call.ts';
import { valuesOf } from '../shell/call.ts';

/** Options by name: whether they take a value. */
type Known = ReadonlyMap<string, boolean>;

/** `getopt` of util-linux: prints the given words in order, options first, quoted for `eval set --`. */
export const getOpt: Tool = (call) => {
  const { known, given } = specification(valuesOf(call.args));
  const options: string[] = [];
  const operands: string[] = [];
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index] ?? '';
    if (word === '--') {
      operands.push(...given.slice(index + 1));
      break;
    }
    if (!/^-./u.test(word)) operands.push(word);
    else if (word.startsWith('--')) {
      const [, name = '', attached] = /^--([^=]*)(?:=([^]*))?$/u.exec(word) ?? [];
      options.push(`--${name}`);
      if (known.get(name) === true) options.push(attached ?? given[(index += 1)] ?? '');
    } else index += shortOptions(word.slice(1), known, given[index + 1], options);
  }
  call.state.print([...options, '--', ...operands].map(quoted).join(' '), call.at);
};

/** Takes `-abVALUE` apart; 1 when the value is the next word, else 0. */
function shortOptions(letters: string, known: Known, next: string | undefined, options: string[]): number {
  for (let index = 0; index < letters.length; index += 1) {
    const letter = letters.charAt(index);
    options.push(`-${letter}`);
    if (known.get(letter) !== true) continue;
    const attached = letters.slice(index + 1);
    options.push(attached === '' ? (next ?? '') : attached);
    return attached === '' ? 1 : 0;
  }
  return 0;
}

/** The options that are asked for, and the words to take apart. */
function specification(words: readonly string[]): { readonly known: Known; readonly given: readonly string[] } {
  const known = new Map<string, boolean>();
  const short = (text: string): void => {
    for (const [, letter = '', colons = ''] of text.matchAll(/([A-Za-z0-9])(:*)/gu)) known.set(letter, colons !== '');
  };
  const long = (text: string): void => {
    for (const [, name = '', colons = ''] of text.matchAll(/([\w-]+)(:*)/gu)) known.set(name, colons !== '');
  };
  let index = 0;
  for (; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [, name = '', attached] = /^(-[A-Za-z]|--[a-z-]+)=?([^]+)?$/u.exec(word) ?? [];
    if (word === '--') break;
    const value = (): string => attached ?? words[(index += 1)] ?? '';
    if (/^(?:-o|--options)$/u.test(name)) short(value());
    else if (/^(?:-l|--long|--longoptions)$/u.test(name)) long(value());
    else if (/^(?:-n|--name|-s|--shell)$/u.test(name)) value();
    else if (!word.startsWith('-')) {
      // The old form: `getopt ab: "$@"`.
      short(word);
      break;
    }
  }
  const rest = words.slice(index + 1);
  return { known, given: rest[0] === '--' && words[index] !== '--' ? rest.slice(1) : rest };
}

const quoted = (word: string): string => (/^-{1,2}[\w-]*$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
