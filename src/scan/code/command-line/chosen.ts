import { unknown, withoutLikely } from '../../marks.ts';
import type { ChainedCommand } from './commander.ts';
import { chainedArguments, chainedCommand, operandsIn } from './commander.ts';
import type { OptionSpecification } from './options.ts';
import { operandsOf, readOptions, specificationOf } from './options.ts';
import type { FunctionDefinition } from '../syntax.ts';
import type { Arguments, FunctionValue, NativeValue, Value } from '../values.ts';
import { NO_ARGUMENTS, isObject, isText, list, native, optionsOf, record, textsOf } from '../values.ts';

/** A command or task that the command line chooses. */
interface Command {
  readonly value: FunctionValue | null;
  /** Null where it runs whatever the command line says. */
  readonly word: string | null;
  /** Tasks that run before it. */
  readonly needs: readonly string[];
  /** What the framework gives first: its context, or the task itself. */
  readonly first: readonly Value[];
  /** Names of the arguments of a task of Ruby. */
  readonly operands: readonly string[];
  /** The command of a chain of calls, which says what its handler is given. */
  readonly chained?: ChainedCommand;
}

/** A command with what it is given. */
export interface ChosenCommand {
  readonly value: FunctionValue;
  readonly given: Arguments;
}

/** Functions, decorators and methods that make a command. */
const COMMANDS =
  /(?:^|\.)(?:command|group|action|callback)(?:\(\))?$|(?:^|\.)(?:fire\.Fire|typer\.run|cleo\.run|defopt\.run|tyro\.cli|clize\.run)$/u;
const WHATEVER = /(?:\.(?:Fire|run|cli)|\.callback(?:\(\))?)$/u;
/** Those whose first parameter is the context in which commands run. */
const TASKS = /^(?:invoke\.|fabric\.)?task(?:\(\))?$|^nox\.session(?:\(\))?$|^(?:multitask|lane|private_lane)$/u;
const CONTEXTS = /(?:^|\.)(?:pass_context|pass_obj|make_pass_decorator\(\))$/u;
const MAX_COMMANDS = 300;

/** Commands of click and its like, tasks of invoke, nox and Rake: only those that the command line names are run. */
export class Chosen {
  readonly argv: readonly string[];
  /** Flags that the program has declared one by one. */
  readonly flags: OptionSpecification[] = [];
  readonly #specifications = new Map<FunctionDefinition, OptionSpecification[]>();
  readonly #commands: Command[] = [];
  readonly #called = new Set<FunctionDefinition>();
  readonly #contexts = new Map<FunctionDefinition, Value>();
  readonly #context = native('invoke.Context()');
  readonly #prefix: string[] = [];
  readonly #variable: (name: string) => Value;

  constructor(argv: readonly string[], variable: (name: string) => Value) {
    this.argv = argv;
    this.#variable = variable;
  }

  /** Takes a function that makes a command, or says something of one; false for anything else. */
  take(value: FunctionValue, callee: NativeValue, given: Arguments): boolean {
    const { name } = callee;
    if (/(?:^|[.])(?:option|argument)\(\)$/u.test(name)) this.#specify(value, callee);
    else if (CONTEXTS.test(name))
      this.#contexts.set(value.definition, /pass_context$/u.test(name) ? this.#context : native('#object'));
    else if (TASKS.test(name)) this.#task(value, given, callee);
    else if (/(?:^|\.)(?:cobra|cli)\.Command$/u.test(name)) this.#structured(value, given);
    else if (/\.action$/u.test(name)) this.#chained(value, chainedCommand(callee));
    else if (/\.command$/u.test(name) && given.positional.length > 0) this.#handler(value, given);
    else if (COMMANDS.test(name)) this.#command(value, callee, given);
    else return false;
    return true;
  }

  /** `task default: [:fetch]`: a task without a body of its own. */
  needs(name: string, given: Arguments): void {
    if (TASKS.test(name)) this.#task(null, given, null);
  }

  /** What stands in a namespace has its name in front. */
  within(name: string, body: () => void): void {
    this.#prefix.push(name);
    body();
    this.#prefix.pop();
  }

  #specify(value: FunctionValue, callee: NativeValue): void {
    const known = this.#specifications.get(value.definition) ?? [];
    const made = specificationOf(callee.given ?? NO_ARGUMENTS);
    // Decorators are applied from the last to the first.
    if (made) this.#specifications.set(value.definition, [made, ...known]);
  }

  #add(command: Command): void {
    if (this.#commands.length < MAX_COMMANDS) this.#commands.push(command);
  }

  #command(value: FunctionValue, callee: NativeValue, given: Arguments): void {
    const [whole] = given.positional;
    // `fire.Fire({"fetch": fetch})`.
    const key = isObject(whole, 'record') ? [...whole.fields].find(([, one]) => one === value)?.[0] : undefined;
    const named = key ?? callee.given?.positional[0] ?? callee.given?.named.get('name');
    const word = isText(named) ? named : value.definition.name.replaceAll('_', '-');
    const always = WHATEVER.test(callee.name) && key === undefined;
    this.#add({ value, word: always ? null : word, needs: [], first: [], operands: [] });
  }

  #chained(value: FunctionValue, chained: ChainedCommand): void {
    this.#add({ value, word: chained.word, needs: [], first: [], operands: [], chained });
  }

  /** `&cobra.Command{Use: "fetch NAME", RunE: func(cmd, args) …}`, `cli.Command{Name: "fetch", Action: …}`. */
  #structured(value: FunctionValue, { named }: Arguments): void {
    const use = named.get('Use') ?? named.get('Name');
    if ([named.get('RunE'), named.get('Run'), named.get('Action')].every((one) => one !== value)) return;
    const word = isText(use) ? (use.split(/\s/u)[0] ?? '') : null;
    this.#add({ value, word, needs: [], first: [native('cobra.Command()')], operands: [] });
  }

  /** `.command('fetch <project>', '…', builder, handler)`, `.command({ command, handler })` of yargs. */
  #handler(value: FunctionValue, { positional }: Arguments): void {
    const [first] = positional;
    const fields = isObject(first, 'record') ? first.fields : null;
    if (fields ? fields.get('handler') !== value : positional.findLast((one) => isObject(one, 'function')) !== value)
      return;
    const text = fields?.get('command') ?? first;
    const [word = '', ...rest] = isText(text) ? text.split(/\s+/u) : [];
    const chained = {
      word: word === '$0' ? null : word,
      operands: operandsIn(rest.join(' ')),
      options: [],
      loose: true,
    };
    this.#chained(value, chained);
  }

  #task(value: FunctionValue | null, given: Arguments, callee: NativeValue | null): void {
    const decorated = value !== null && value.definition.name !== '' && given.positional[0] === value;
    if (decorated) {
      const own = callee?.given?.named.get('name');
      const word = isText(own) ? own : value.definition.name;
      this.#add({ value, word, needs: [], first: [this.#context], operands: [] });
      return;
    }
    const [named] = given.positional;
    const pair = [...given.named, ...(isObject(named, 'record') ? named.fields : [])][0];
    const word = isText(named) ? named : pair?.[0];
    if (word === undefined) return;
    // `task :fetch, [:name] => :pre`: the names of the arguments, with what the task needs.
    const [, second] = given.positional;
    const [inner, before] = isObject(second, 'list') ? second.items : [];
    const paired = isObject(inner, 'list') && before !== undefined;
    const operands = paired
      ? inner.items.flatMap(textsOf)
      : given.positional.slice(1).flatMap((one) => (isObject(one, 'list') ? one.items.flatMap(textsOf) : []));
    this.#add({
      value,
      word: [...this.#prefix, withoutLikely(word)].join(':'),
      needs: paired ? wordsOf(before) : pair && !isText(named) ? wordsOf(pair[1]) : [],
      first: [native('task')],
      operands,
    });
  }

  /** Arguments of the command line for a function whose parameters are options. */
  filled(definition: FunctionDefinition, given: Arguments): Arguments {
    this.#called.add(definition);
    const specifications = this.#specifications.get(definition);
    const context = this.#contexts.get(definition);
    if ((!specifications && !context) || given.positional.length > 0 || given.named.size > 0) return given;
    const command = this.#commands.find(({ value }) => value?.definition === definition);
    const named = readOptions(command ? this.#wordsOf(command) : this.argv, specifications ?? []);
    for (const { key, variable, fallback } of specifications ?? [])
      if (variable !== undefined && named.get(key) === (fallback ?? null)) named.set(key, this.#variable(variable));
    return { positional: context === undefined ? [] : [this.#contextOf(context)], named };
  }

  /** What a group has put aside for its commands. */
  #contextOf(context: Value): Value {
    return isObject(context, 'native') && context.name === '#object'
      ? (this.#context.fields.get('obj') ?? unknown('obj'))
      : context;
  }

  #wordsOf({ word }: Command): readonly string[] {
    const at = word === null ? -1 : this.argv.findIndex((one) => names(one, word));
    return this.argv.slice(at + 1);
  }

  /** Commands that the command line chooses, and that nothing called so far, with what they are given. */
  commands(): readonly ChosenCommand[] {
    const open = this.#commands.filter(({ value }) => value === null || !this.#called.has(value.definition));
    const always = open.filter(({ word }) => word === null);
    const chosen = this.#closure(open.filter(({ word }) => word !== null && this.#names(word)));
    const initial = this.#closure(open.filter(({ word }) => word === 'default'));
    const some = chosen.length > 0 ? chosen : this.argv.length === 0 && initial.length > 0 ? initial : open;
    return [...new Set([...always, ...some])].flatMap((command) =>
      command.value === null ? [] : [{ value: command.value, given: this.#given(command, command.value.definition) }],
    );
  }

  /** Whether the command line names a task; `ios:beta` in two words as well, as fastlane takes it. */
  #names(word: string): boolean {
    if (this.argv.some((one) => names(one, word))) return true;
    return word.includes(':') && word.split(':').every((part) => this.argv.includes(part));
  }

  /** Tasks with those that they need, these first. */
  #closure(commands: readonly Command[]): readonly Command[] {
    const found = new Set<Command>();
    const visit = (command: Command, depth: number): void => {
      if (found.has(command) || depth > 20) return;
      for (const need of command.needs)
        for (const other of this.#commands)
          if (other.word !== null && (other.word === need || other.word.endsWith(`:${need}`))) visit(other, depth + 1);
      found.add(command);
    };
    for (const command of commands) visit(command, 0);
    return [...found];
  }

  /** Parameters are options and operands by themselves where nothing else says so. */
  #given(command: Command, definition: FunctionDefinition): Arguments {
    if (this.#specifications.has(definition) || this.#contexts.has(definition)) return NO_ARGUMENTS;
    const words = this.#wordsOf(command);
    if (command.chained) return { positional: chainedArguments(command.chained, words), named: new Map() };
    const [first] = command.first;
    const kind = isObject(first, 'native') ? first.name : '';
    if (kind === 'task') return { positional: [...command.first, this.#operands(command)], named: new Map() };
    if (kind === 'cobra.Command()')
      return { positional: [...command.first, list(operandsOf(words, this.flags))], named: new Map() };
    const parameters = definition.parameters.slice(command.first.length);
    const specifications = parameters.flatMap(({ target, fallback }): OptionSpecification[] => {
      const name = target.kind === 'name' ? target.name : '';
      if (name === '') return [];
      const dashed = [`--${name.replaceAll('_', '-')}`, `--${name}`];
      const own =
        isOption(fallback) ||
        command.first.length > 0 ||
        words.some((word) => dashed.includes(word.replace(/=.*$/u, '')));
      return [{ names: own ? dashed : [name], key: name, valued: true, many: false, fallback: undefined }];
    });
    const named = [...readOptions(words, specifications)].filter(([, value]) => value !== null);
    return { positional: command.first, named: new Map(named) };
  }

  /** `fetch[a,b]` of Rake by the names of the arguments, `key:value` of fastlane. */
  #operands({ word, operands }: Command): Value {
    const own = this.argv.find((one) => word !== null && names(one, word)) ?? '';
    const given = (/\[([^\]]*)\]$/u.exec(own)?.[1] ?? '').split(',').filter((one) => one !== '');
    const pairs = this.argv.flatMap((one) => {
      const [, key, value] = /^(\w+):([^]+)$/u.exec(one) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    });
    const named = operands.map((name, index) => [name, given[index]?.trim() ?? null] as const);
    return record([...named, ...pairs]);
  }
}

/** A parameter that has a default is an option rather than an operand. */
const isOption = (fallback: FunctionDefinition['parameters'][number]['fallback']): boolean =>
  fallback !== null &&
  !(fallback.kind === 'call' && fallback.callee.kind === 'member' && fallback.callee.name === 'Argument');

/** Whether a word of the command line stands for a command: `fetch`, `fetch[a,b]`, `ci:fetch`. */
const names = (one: string, word: string): boolean => {
  const plain = withoutLikely(one).replace(/\[.*\]$/u, '');
  const last = plain.slice(plain.lastIndexOf('.') + 1);
  return [plain, last].some((name) => name === word || name === word.replaceAll('_', '-'));
};

const wordsOf = (value: Value): readonly string[] =>
  optionsOf(value).flatMap((one) => (isObject(one, 'list') ? one.items.flatMap(textsOf) : textsOf(one)));
