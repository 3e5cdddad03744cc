import { unknown, withoutLikely } from '../marks.ts';
import { callback } from './containers.ts';
import type { Place } from './running.ts';
import type { OptionSpecification } from './options.ts';
import { readOptions, specificationOf } from './options.ts';
import type { FunctionDefinition } from './syntax.ts';
import type { Arguments, FunctionValue, NativeValue, Value } from './values.ts';
import { NO_ARGUMENTS, isObject, isText, native } from './values.ts';

/** A function that a framework calls later, and the word of the command line that chooses it. */
interface Command {
  readonly value: FunctionValue;
  readonly word: string;
}

const MAPS = /(?:^|\.)(?:map|imap|imap_unordered|starmap|mapLimit|each|eachLimit|forEach)$/u;
const STARTS =
  /(?:^|\.)(?:submit|Thread|Process|run_in_executor|create_task|to_thread|partial|call_later|apply_async|setTimeout|setImmediate|nextTick|retry|pRetry|limit|pLimit\(\)|run|task)$/u;

/** Functions of the program that libraries were given: callbacks, tasks and the commands of a command line. */
export class Handed {
  readonly argv: readonly string[];
  readonly #specifications = new Map<FunctionDefinition, OptionSpecification[]>();
  readonly #commands: Command[] = [];
  readonly #called = new Set<FunctionDefinition>();

  constructor(argv: readonly string[]) {
    this.argv = argv;
  }

  /** Takes note of functions among the arguments of a library's function, which gives `result`. */
  take(callee: NativeValue, given: Arguments, place: Place, result: Value): void {
    const { name } = callee;
    const functions = [...given.positional, ...given.named.values()].filter((value) => isObject(value, 'function'));
    for (const value of functions) {
      if (/(?:^|\.)OptionParser\b.*\.on$/u.test(name)) this.#optional(value, given, place);
      else if (/(?:^|[.])(?:option|argument)\(\)$/u.test(name)) this.#specify(value, callee);
      else if (/(?:^|[.])(?:command|group|action|callback)(?:\(\))?$/u.test(name)) this.#command(value, callee);
      else this.#start(name, value, given, place, result);
    }
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

  #specify(value: FunctionValue, callee: NativeValue): void {
    const known = this.#specifications.get(value.definition) ?? [];
    const made = specificationOf(callee.given ?? NO_ARGUMENTS);
    // Decorators are applied from the last to the first.
    if (made) this.#specifications.set(value.definition, [made, ...known]);
  }

  #command(value: FunctionValue, callee: NativeValue): void {
    const named = callee.given?.positional[0] ?? callee.given?.named.get('name');
    const word = isText(named) ? named : value.definition.name.replaceAll('_', '-');
    this.#commands.push({ value, word });
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
    const specifications = this.#specifications.get(definition);
    if (!specifications || given.positional.length > 0 || given.named.size > 0) return given;
    const words = this.#commands.some(({ value }) => value.definition === definition)
      ? this.#wordsOf(definition)
      : this.argv;
    return { positional: [], named: readOptions(words, specifications) };
  }

  #wordsOf(definition: FunctionDefinition): readonly string[] {
    const word = this.#commands.find(({ value }) => value.definition === definition)?.word;
    return this.argv[0] === word ? this.argv.slice(1) : this.argv;
  }

  /** Commands that the command line chooses, and that nothing called so far, with what they are given. */
  commands(): readonly { readonly value: FunctionValue; readonly given: Arguments }[] {
    const open = this.#commands.filter(({ value }) => !this.#called.has(value.definition));
    const chosen = open.filter(({ word }) => this.argv.some((one) => withoutLikely(one) === word));
    return (chosen.length > 0 ? chosen : open).map(({ value }) => ({ value, given: this.#given(value.definition) }));
  }

  /** Parameters are options and operands by themselves where nothing else says so. */
  #given(definition: FunctionDefinition): Arguments {
    if (this.#specifications.has(definition)) return NO_ARGUMENTS;
    const specifications = definition.parameters.flatMap(({ target, fallback }): OptionSpecification[] => {
      const name = target.kind === 'name' ? target.name : '';
      if (name === '') return [];
      return [
        {
          names: fallback ? [`--${name.replaceAll('_', '-')}`, `--${name}`] : [name],
          key: name,
          valued: true,
          many: false,
          fallback: undefined,
        },
      ];
    });
    return { positional: [], named: readOptions(this.#wordsOf(definition), specifications) };
  }
}
