import { unknown } from '../../marks.ts';
import { callback } from '../containers.ts';
import { Chosen } from '../command-line/chosen.ts';
import type { ChosenCommand } from '../command-line/chosen.ts';
import type { Place } from '../running.ts';
import type { CommandLine, OptionSpecification } from '../command-line/options.ts';
import { readOptions } from '../command-line/options.ts';
import type { FunctionDefinition } from '../syntax.ts';
import type { Arguments, FunctionValue, NativeValue, Value } from '../values.ts';
import { isObject, isText, native } from '../values.ts';

const MAPS = /(?:^|\.)(?:map|imap|imap_unordered|starmap|mapLimit|each|eachLimit|forEach|queue)$/u;
const STARTS =
  /(?:^|\.)(?:submit|Thread|Process|run_in_executor|create_task|to_thread|call_later|apply_async|apply|setTimeout|setImmediate|nextTick|retry|pRetry|limit|pLimit\(\)|run|delay)$/u;

/** Functions of the program that libraries were given: callbacks, tasks and the commands of a command line. */
export class Handed implements CommandLine {
  readonly argv: readonly string[];
  readonly #chosen: Chosen;
  /** Functions that a library put something around, and what it may do with them is not known. */
  readonly #decorated: FunctionValue[] = [];
  readonly #called = new Set<FunctionDefinition>();

  constructor(argv: readonly string[], variable: (name: string) => Value) {
    this.argv = argv;
    this.#chosen = new Chosen(argv, variable);
  }

  get flags(): OptionSpecification[] {
    return this.#chosen.flags;
  }

  /** Takes note of functions among the arguments of a library's function, which gives `result`. */
  take(callee: NativeValue, given: Arguments, place: Place, result: Value): void {
    const { name } = callee;
    const functions = [...given.positional, ...given.named.values()].flatMap(functionsIn);
    if (functions.length === 0) this.#chosen.needs(name, given);
    if (HARMLESS.test(`${name}()`)) return;
    for (const value of functions) {
      // A lane may call another one by its name.
      if (LANES.test(name) && isText(given.positional[0])) place.module.scope.names.set(given.positional[0], value);
      if (/(?:^|\.)OptionParser\b.*\.on$/u.test(name)) this.#optional(value, given, place);
      else if (name === 'namespace' || name === 'platform') {
        const [own] = given.positional;
        this.#chosen.within(isText(own) ? own : '', () => callback(value, [], place));
      } else if (!this.#chosen.take(value, callee, given)) this.#start(name, value, given, place, result);
    }
  }

  /** A decorator of a library: the function stays what it is, and may be run by the framework. */
  decorated(by: NativeValue, value: FunctionValue): void {
    const given = { positional: [value], named: new Map<string, Value>() };
    if (!this.#chosen.take(value, by, given) && !HARMLESS.test(by.name)) this.#decorated.push(value);
  }

  /** `parser.on("--name VALUE") { |value| … }` runs where the command line has the option. */
  #optional(value: FunctionValue, given: Arguments, place: Place): void {
    const words = given.positional.filter(isText).filter((word) => word.startsWith('-'));
    const names = words.map((word) => word.replace(/[\s=[].*$/u, ''));
    const key = names.at(-1) ?? '';
    const valued = words.some((word) => /[\s=]/u.test(word));
    const found = readOptions(this.argv, [{ names, key, valued, many: false, fallback: undefined }]).get(key);
    if (found !== undefined && found !== null) callback(value, [found], place);
  }

  #start(name: string, value: FunctionValue, given: Arguments, place: Place, result: Value): void {
    const others = given.positional.filter((one) => one !== value);
    if (MAPS.test(name)) {
      for (const items of others)
        if (isObject(items, 'list'))
          for (const item of items.items)
            callback(value, isObject(item, 'list') && /starmap/u.test(name) ? item.items : [item], place);
      return;
    }
    if (!STARTS.test(name) && value.definition.parameters.length > 0) {
      callback(
        value,
        // `Client.new { |client| … }` gives what it makes.
        value.definition.parameters.map((_, index) => (index === 0 && result !== null ? result : native('given'))),
        place,
      );
      return;
    }
    const args = given.named.get('args');
    callback(value, isObject(args, 'list') ? args.items : others, place);
  }

  /** `promise.then(f)`: the value is what was waited for. */
  then(name: string, of: Value, { positional }: Arguments, place: Place): Value {
    const made = callback(positional[0], name === 'then' ? [of] : [unknown('error')], place);
    return name === 'then' ? made : of;
  }

  /** Arguments of the command line for a function whose parameters are options. */
  filled(definition: FunctionDefinition, given: Arguments): Arguments {
    this.#called.add(definition);
    return this.#chosen.filled(definition, given);
  }

  /** What is left to be run when the program has ended: chosen commands, and functions with a decorator that nothing called. */
  commands(): readonly ChosenCommand[] {
    const open = this.#decorated.filter(({ definition }) => !this.#called.has(definition));
    const given = { positional: [], named: new Map<string, Value>() };
    return [...this.#chosen.commands(), ...open.map((value) => ({ value, given }))];
  }
}

const LANES = /^(?:private_)?lane$/u;

/** Decorators that only change how a function is called, and those of tests. */
const HARMLESS =
  /(?:^|\.)(?:wraps\(\)|lru_cache(?:\(\))?|cache|contextmanager|asynccontextmanager|overload|fixture(?:\(\))?|retry(?:\(\))?|on_exception\(\)|singledispatch|validator\(\)|field_validator\(\)|model_validator\(\)|mark\.\w+(?:\(\))?|patch(?:\(\))?|property|override|deprecated\(\)|total_ordering|setter|register(?:\(\))?|add_(?:task|collection)\(\)|Collection\(\))$/u;

/** Functions of an argument, or of the record of them that a framework is given. */
const functionsIn = (value: Value): readonly FunctionValue[] =>
  isObject(value, 'function')
    ? [value]
    : isObject(value, 'record')
      ? [...value.fields.values()].filter((one) => isObject(one, 'function'))
      : [];
