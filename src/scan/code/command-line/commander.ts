import type { OptionSpecification } from './options.ts';
import { readOptions } from './options.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, optionsOf, record } from '../values.ts';

/**
 * Commands of commander, cac and yargs: what a command is told in a chain of calls. Sources: the README files of commander
 * ("Options", "Commands"), cac and yargs ("docs/api.md").
 */
export interface ChainedCommand {
  /** Null where it is the program itself. */
  readonly word: string | null;
  readonly operands: readonly OptionSpecification[];
  readonly options: readonly OptionSpecification[];
  /** Its handler is given one record of all that the command line holds. */
  readonly loose?: boolean;
}

const COMMAND = /(?:^|\.)command\(\)$/u;
const TELLS = /\.(?:option|requiredOption|options|positional|argument|arguments|addOption|usage)$/u;

/** The command that a chain of calls makes, from the object in the chain that stands for it. */
export function chainedCommand(callee: NativeValue): ChainedCommand {
  const own = nearest(callee);
  const said = (own ?? rootOf(callee)).said.filter(({ name }) => TELLS.test(name));
  const text = own?.given?.positional[0];
  const [word = null, ...operands] = isText(text) ? text.split(/\s+/u) : [null];
  const told = said.flatMap(({ name, given }) => specificationsOf(name, given));
  return {
    word,
    operands: [...operandsIn(operands.join(' ')), ...told.filter(({ names }) => !names[0]?.startsWith('-'))],
    options: told.filter(({ names }) => names[0]?.startsWith('-')),
  };
}

/** What a handler is given: each operand, then the options; all of them in one with yargs. */
export function chainedArguments(
  { operands, options, loose }: ChainedCommand,
  words: readonly string[],
): readonly Value[] {
  if (loose === true) return [record(looseOptions(words, operands))];
  const found = readOptions(words, [...options, ...operands]);
  const rest = new Map([...found].filter(([key]) => !operands.some((one) => one.key === key)));
  return [...operands.map(({ key }) => found.get(key) ?? null), record(rest)];
}

/** `<project> [ref] <files...>`. */
export const operandsIn = (text: string): readonly OptionSpecification[] =>
  [...text.matchAll(/[<[]([\w-]+)(\.{2,3})?[>\]]/gu)].map(([, name = '', many]) => ({
    names: [name],
    key: name,
    valued: true,
    many: many !== undefined,
    fallback: undefined,
  }));

function specificationsOf(
  name: string,
  { positional: [first, second, third] }: Arguments,
): readonly OptionSpecification[] {
  if (isObject(first, 'record')) return [...first.fields].map(([key, value]) => keyed(key, value));
  if (isObject(first, 'native') && first.given) return specificationsOf('.option', first.given);
  if (!isText(first)) return [];
  if (/\.(?:argument|arguments|positional)$/u.test(name)) {
    const [operand] = operandsIn(/[<[]/u.test(first) ? first : `<${first}>`);
    const fallback = isObject(second, 'record') ? second.fields.get('default') : third;
    return operand ? [{ ...operand, fallback }] : [];
  }
  if (!first.startsWith('-')) return [keyed(first, second ?? null)];
  const names = first.match(/--?[\w-]+/gu) ?? [];
  const long = names.find((one) => one.startsWith('--')) ?? names[0] ?? '';
  const key = camel(long.replace(/^-+(?:no-)?/u, ''));
  const valued = /[<[]/u.test(first);
  const given = [third, second].find((one) => one !== undefined && !isObject(one, 'function'));
  const fallback =
    third !== undefined && !isObject(third, 'function')
      ? third
      : isObject(given, 'record')
        ? given.fields.get('default')
        : undefined;
  return [{ names, key, valued, many: first.includes('...'), fallback }];
}

/** `option('project', { alias: 'p', type: 'string', default: 'x' })`. */
function keyed(name: string, value: Value): OptionSpecification {
  const field = (key: string): Value | undefined => (isObject(value, 'record') ? value.fields.get(key) : undefined);
  const alias = field('alias');
  const others = (alias === undefined ? [] : optionsOf(alias)).flatMap((one) =>
    isText(one) ? [one] : isObject(one, 'list') ? one.items.filter(isText) : [],
  );
  const names = [name, ...others].map((one) => (one.length === 1 ? `-${one}` : `--${one}`));
  const valued = field('type') !== 'boolean' && field('boolean') !== true;
  return {
    names,
    key: camel(name),
    valued,
    many: field('type') === 'array' || field('array') === true,
    fallback: field('default'),
  };
}

/** Whatever is there: `--name value`, `--name=value`, what is left under `_` and under the names of operands. */
export function looseOptions(
  words: readonly string[],
  known: readonly OptionSpecification[] = [],
): ReadonlyMap<string, Value> {
  const told = new Set(known.flatMap(({ names }) => names));
  const names = words.flatMap((word) => /^(--?[\w-]+)/u.exec(word)?.[1] ?? []).filter((name) => !told.has(name));
  const further = names.map((name) => ({
    names: [name],
    key: name.replace(/^-+/u, ''),
    valued: true,
    many: false,
    fallback: undefined,
  }));
  const rest = known.some(({ names: [name] }) => name?.startsWith('-') === false)
    ? []
    : [{ names: ['_'], key: '_', valued: true, many: true, fallback: undefined }];
  const found = readOptions(words, [...known, ...further, ...rest]);
  for (const [key, value] of [...found]) found.set(camel(key), value);
  return found;
}

/** What `opts()` of commander and `argv` of yargs give. */
export function chainedOptions(callee: NativeValue, argv: readonly string[], loose: boolean): Value {
  const { operands, options } = chainedCommand(callee);
  return record(loose ? looseOptions(argv, [...options, ...operands]) : readOptions(argv, [...options, ...operands]));
}

const camel = (name: string): string => name.replace(/-(\w)/gu, (_, letter: string) => letter.toUpperCase());

function nearest(callee: NativeValue): NativeValue | null {
  for (
    let one: Value | undefined = callee, depth = 0;
    isObject(one, 'native') && depth < 20;
    one = one.receiver, depth += 1
  )
    if (COMMAND.test(one.name)) return one;
  return null;
}

/** The program that all commands belong to. */
function rootOf(callee: NativeValue): NativeValue {
  let root = callee;
  for (let depth = 0; depth < 20 && isObject(root.receiver, 'native'); depth += 1) {
    if (/(?:^|\.)(?:Command|program|cac|yargs)(?:\(\))?$/u.test(root.name)) break;
    root = root.receiver;
  }
  return root;
}
