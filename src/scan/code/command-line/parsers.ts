import { unknown } from '../../marks.ts';
import { chainedOptions, looseOptions } from './commander.ts';
import { docopt } from './docopt.ts';
import { GO_FLAGS, goFlag } from './go-flags.ts';
import type { CommandLine, OptionSpecification } from './options.ts';
import { readOptions, specificationOf } from './options.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, list, native, record } from '../values.ts';

const YARGS = /(?:^|\/)yargs\b/u;
const COMMANDER = /(?:^|\.)(?:Command\(\)|program|cac\(\))/u;
const PARSERS = /(?:^|\.)(?:ArgumentParser|OptionParser)\(\)/u;

/** Parsers of the command line: what they are told, and what they find. Undefined for anything else. */
export function commandLine(callee: NativeValue, given: Arguments, line: CommandLine): Value | undefined {
  const { argv } = line;
  const last = callee.name.slice(callee.name.lastIndexOf('.') + 1);
  if (PARSERS.test(callee.name)) return argparse(last, callee, given, argv);
  if (callee.name === 'parseArgs' || callee.name.endsWith('.parseArgs')) return nodeOptions(given, argv);
  if (/^(?:minimist|mri|arg|meow|yargs-parser)$/u.test(callee.name)) return record(looseOptions(argv));
  if (YARGS.test(callee.name) && /^(?:parse|parseSync|parseAsync)$/u.test(last))
    return chainedOptions(callee, argv, true);
  if (COMMANDER.test(callee.name) && last === 'opts') return chainedOptions(callee, argv, false);
  const [text] = given.positional;
  if (/^(?:docopt\.)?docopt$|^Docopt\./u.test(callee.name) && isText(text)) return record(docopt(text, argv));
  if (callee.name === '#parsed') return structure(callee, argv);
  if (/(?:^|\.)commandArgs$/u.test(callee.name)) return list(argv);
  if (callee.name === 'getopt') return phpOptions(given, argv);
  // A variable keeps what it has where its option is not given.
  if (callee.name === '#option' && isText(text))
    return readOptions(argv, [perlOption(text)]).get('#') ?? given.positional[1] ?? null;
  if (GO_FLAGS.test(callee.name)) return goFlag(last, given, line);
  if (/^(?:typer|fire)\.(?:Option|Argument)$/u.test(callee.name)) return given.positional[0] ?? unknown('option');
  return undefined;
}

/** Members of a parser that hold what it has read: `argv` of yargs. */
export const parsedMember = (outside: string, of: NativeValue, argv: readonly string[]): Value | undefined =>
  YARGS.test(of.name) && outside.endsWith('.argv') ? chainedOptions(of, argv, true) : undefined;

/** Options of a parser, of its groups and of its sub-commands are kept together: their names seldom clash. */
function argparse(last: string, callee: NativeValue, given: Arguments, argv: readonly string[]): Value | undefined {
  const root = rootOf(callee);
  const known = root.fields.get('#options');
  const all: Value[] = isObject(known, 'list') ? known.items : [];
  if (known === undefined) root.fields.set('#options', { kind: 'list', items: all });
  if (/^add_(?:argument|option)$/u.test(last)) {
    all.push(native('option', given));
    // Not null, which would leave the call to others.
    return native('argparse.Action');
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
    return native('argparse.Action');
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

/** `getopt('p:', ['project:', 'flag'])` of PHP: a colon says that a value follows. */
function phpOptions({ positional: [short, long] }: Arguments, argv: readonly string[]): Value {
  const letters = isText(short) ? (short.match(/\w:{0,2}/gu) ?? []) : [];
  const words = isObject(long, 'list') ? long.items.filter(isText) : [];
  const known = [...letters.map((one) => [one, '-'] as const), ...words.map((one) => [one, '--'] as const)].map(
    ([one, dashes]): OptionSpecification => {
      const key = one.replace(/:+$/u, '');
      return { names: [dashes + key], key, valued: one.endsWith(':'), many: false, fallback: undefined };
    },
  );
  return record(readOptions(argv, known));
}

/** `project|p=s` of Perl's Getopt::Long. */
function perlOption(text: string): OptionSpecification {
  const [, names = '', value] = /^([\w|?-]+)([=:].*)?$/u.exec(text) ?? [];
  return {
    names: names.split('|').flatMap((name) => [`--${name}`, `-${name}`]),
    key: '#',
    valued: value !== undefined,
    many: value?.includes('@') === true,
    fallback: undefined,
  };
}

/** Fields of a structure by their options; what the command line has no option for takes the operands in order. */
function structure({ given }: NativeValue, argv: readonly string[]): Value {
  const names = given?.positional.filter(isText) ?? [];
  const words = argv.map((word) => word.replace(/=.*$/u, ''));
  const specifications = names.map((name): OptionSpecification => {
    const long = `--${name.replaceAll('_', '-')}`;
    const short = `-${name.charAt(0)}`;
    const own = words.includes(long) || words.includes(short);
    return {
      names: own ? [long, short] : [name],
      key: name,
      valued: true,
      many: false,
      fallback: given?.named.get(name),
    };
  });
  return record(readOptions(argv, specifications));
}
