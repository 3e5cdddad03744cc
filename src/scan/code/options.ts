import { unknown } from '../marks.ts';
import type { Arguments, NativeValue, Value } from './values.ts';
import { isObject, isText, list, native, record } from './values.ts';

/** One option or operand of a program's command line. */
export interface OptionSpecification {
  /** `--repo`, `-r`; an operand has one name without dashes. */
  readonly names: readonly string[];
  /** The name under which the program finds it. */
  readonly key: string;
  readonly valued: boolean;
  readonly many: boolean;
  readonly fallback: Value | undefined;
}

/** What `add_argument`, `click.option` and their relatives are given. */
export function specificationOf({ positional, named }: Arguments): OptionSpecification | null {
  const words = positional.filter(isText);
  const dashed = words.filter((word) => word.startsWith('-'));
  const names = dashed.length > 0 ? dashed : words.slice(0, 1);
  const [first] = names;
  if (first === undefined) return null;
  const given = named.get('dest') ?? words.find((word) => dashed.length > 0 && !word.startsWith('-'));
  const longest = names.find((name) => name.startsWith('--')) ?? first;
  const key = isText(given) ? given : longest.replace(/^-+/u, '').replaceAll('-', '_').replace(/\/.*$/u, '');
  const action = named.get('action');
  const flag =
    (isText(action) && /^(?:store_(?:true|false|const)|count)$/u.test(action)) || named.get('is_flag') === true;
  const number = named.get('nargs');
  const many =
    (number !== undefined && number !== '?' && number !== 1) ||
    named.get('multiple') === true ||
    (isText(action) && /append|extend/u.test(action));
  const fallback = named.get('default') ?? (flag ? false : undefined);
  return { names, key, valued: !flag, many, fallback };
}

/** Reads a command line as far as the options are known; what is left out has its default. */
export function readOptions(
  argv: readonly string[],
  specifications: readonly OptionSpecification[],
): Map<string, Value> {
  const found = new Map<string, Value>();
  const options = specifications.filter(({ names }) => names[0]?.startsWith('-'));
  const operands: string[] = [];
  const put = ({ key, many }: OptionSpecification, values: readonly string[]): void => {
    const before = found.get(key);
    if (!many) found.set(key, values[0] ?? '');
    else found.set(key, list([...(isObject(before, 'list') ? before.items : []), ...values]));
  };
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    const [, name = word, attached] = /^(--?[\w-]+)=([^]*)$/u.exec(word) ?? [];
    const option = options.find(({ names }) => names.includes(name));
    if (!option) {
      if (!/^-[^\d]/u.test(word) || word === '-') operands.push(word);
    } else if (!option.valued) found.set(option.key, true);
    else if (attached !== undefined) put(option, [attached]);
    else {
      const values = [argv[(index += 1)] ?? ''];
      while (option.many && !(argv[index + 1] ?? '-').startsWith('-')) values.push(argv[(index += 1)] ?? '');
      put(option, values);
    }
  }
  takeOperands(
    operands,
    specifications.filter(({ names }) => !names[0]?.startsWith('-')),
    put,
  );
  for (const { key, fallback, many } of specifications)
    if (!found.has(key)) found.set(key, fallback ?? (many ? list([]) : null));
  return found;
}

/** Operands in order; the one that takes many leaves as many as the others need. */
function takeOperands(
  operands: readonly string[],
  specifications: readonly OptionSpecification[],
  put: (specification: OptionSpecification, values: readonly string[]) => void,
): void {
  let next = 0;
  specifications.forEach((specification, index) => {
    const after = specifications.length - index - 1;
    const count = specification.many ? Math.max(0, operands.length - next - after) : 1;
    const values = operands.slice(next, next + count);
    if (values.length > 0) put(specification, values);
    next += count;
  });
}

const PARSERS = /(?:^|\.)(?:ArgumentParser|OptionParser)\(\)/u;

/** Parsers of the command line: what they are told, and what they find. Undefined for anything else. */
export function optionParser(callee: NativeValue, given: Arguments, argv: readonly string[]): Value | undefined {
  const last = callee.name.slice(callee.name.lastIndexOf('.') + 1);
  if (PARSERS.test(callee.name)) return argparse(last, callee, given, argv);
  if (callee.name === 'parseArgs' || callee.name.endsWith('.parseArgs')) return nodeOptions(given, argv);
  if (/^(?:minimist|yargs|mri|arg|meow)$|^yargs\b.*\.(?:parse|parseSync)$/u.test(callee.name))
    return looseOptions(argv);
  if (callee.name.startsWith('flag.')) return goFlag(last, given, argv);
  if (/^(?:typer|fire)\.(?:Option|Argument)$/u.test(callee.name)) return given.positional[0] ?? unknown('option');
  return undefined;
}

/** Options of a parser, of its groups and of its sub-commands are kept together: their names seldom clash. */
function argparse(last: string, callee: NativeValue, given: Arguments, argv: readonly string[]): Value | undefined {
  const root = rootOf(callee);
  const known = root.fields.get('#options');
  const all: Value[] = isObject(known, 'list') ? known.items : [];
  if (known === undefined) root.fields.set('#options', { kind: 'list', items: all });
  if (/^add_(?:argument|option)$/u.test(last)) {
    all.push(native('option', given));
    return null;
  }
  if (last === 'add_parser') {
    const [name] = given.positional;
    const parser = native(`${callee.name}()`, given, callee);
    if (name !== undefined) parser.fields.set('#command', name);
    return parser;
  }
  if (last === 'set_defaults') {
    const command = isObject(callee.receiver, 'native') ? callee.receiver.fields.get('#command') : undefined;
    if (command === undefined || (isText(command) && argv.includes(command)))
      for (const [key, value] of given.named) root.fields.set(`#set ${key}`, value);
    return null;
  }
  if (!/^parse_(?:known_)?args$/u.test(last)) return undefined;
  const commands = [...root.fields].flatMap(([key, value]) =>
    key.startsWith('#set ') ? [[key.slice(5), value] as const] : [],
  );
  const specifications = all.flatMap((one) =>
    isObject(one, 'native') && one.given ? (specificationOf(one.given) ?? []) : [],
  );
  const words = isObject(given.positional[0], 'list') ? given.positional[0].items.filter(isText) : argv;
  const [command] = words;
  const sub = commandOf(all, root, command) ? words.slice(1) : words;
  const fields = record([...readOptions(sub, specifications), ...commands]);
  fields.fields.set('command', command ?? null);
  return last === 'parse_args' ? fields : list([fields, list([])]);
}

/** True when the first word chooses a sub-command: some parser was made with its name. */
const commandOf = (_: readonly Value[], root: NativeValue, word: string | undefined): boolean =>
  word !== undefined && !word.startsWith('-') && root.fields.has('add_subparsers');

function rootOf(callee: NativeValue): NativeValue {
  let root = callee;
  for (let depth = 0; depth < 12 && isObject(root.receiver, 'native') && PARSERS.test(root.receiver.name); depth += 1)
    root = root.receiver;
  return root;
}

/** `parseArgs` of `node:util`. */
function nodeOptions({ positional: [config] }: Arguments, argv: readonly string[]): Value {
  const options = isObject(config, 'record') ? config.fields.get('options') : undefined;
  const specifications = isObject(options, 'record')
    ? [...options.fields].map(([key, value]): OptionSpecification => {
        const field = (name: string): Value | undefined =>
          isObject(value, 'record') ? value.fields.get(name) : undefined;
        const short = field('short');
        return {
          names: [`--${key}`, ...(isText(short) ? [`-${short}`] : [])],
          key,
          valued: field('type') !== 'boolean',
          many: field('multiple') === true,
          fallback: field('default'),
        };
      })
    : [];
  const operands = readOptions(argv, [
    ...specifications,
    { names: ['#'], key: '#', valued: true, many: true, fallback: undefined },
  ]);
  return record([
    ['values', record(operands)],
    ['positionals', operands.get('#') ?? list([])],
  ]);
}

/** Parsers that take whatever is there: `--name value`, `--name=value`, operands under `_`. */
function looseOptions(argv: readonly string[]): Value {
  const names = argv.flatMap((word) => /^--?([\w-]+)/u.exec(word)?.[1] ?? []);
  const specifications = names.map((name): OptionSpecification => ({
    names: [`--${name}`, `-${name}`],
    key: name,
    valued: true,
    many: false,
    fallback: undefined,
  }));
  const found = readOptions(argv, [
    ...specifications,
    { names: ['_'], key: '_', valued: true, many: true, fallback: undefined },
  ]);
  for (const [key, value] of [...found])
    found.set(
      key.replace(/-(\w)/gu, (_, letter: string) => letter.toUpperCase()),
      value,
    );
  return record([...found, ['argv', record(found)]]);
}

/** Go's `flag`: each flag is a value of its own. */
function goFlag(last: string, { positional }: Arguments, argv: readonly string[]): Value | undefined {
  if (last === 'Parse') return null;
  if (!/^(?:String|Int|Bool|Duration)?(?:Var)?$/u.test(last) || last === '') return undefined;
  // `flag.StringVar(&name, "name", …)` has the place to fill in front.
  const [name, fallback] = last.endsWith('Var') ? positional.slice(1) : positional;
  if (!isText(name)) return undefined;
  const key = name;
  const found = readOptions(argv, [
    { names: [`-${name}`, `--${name}`], key, valued: !last.startsWith('Bool'), many: last === 'Var', fallback },
  ]);
  return found.get(key) ?? null;
}
