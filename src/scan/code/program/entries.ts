import { methodOf, lineage } from '../classes.ts';
import type { Evaluator, Running } from '../running.ts';
import type { FunctionDefinition } from '../syntax.ts';
import type { Arguments, ClassValue, FunctionValue, Module, NativeValue, Value } from '../values.ts';
import { NO_ARGUMENTS, isObject, isText, list, native, optionsOf } from '../values.ts';

/** What a runner calls in a program once it was read, as a test runner or an installed command does. */
export interface Entries {
  /** Files that the runner reads first; they share their names with the program. */
  readonly before?: readonly string[];
  /** The file is run as a program as well, and not only read. */
  readonly main?: true;
  /** Functions by their names, in the order of the file. */
  readonly functions?: RegExp;
  readonly classes?: readonly ClassEntries[];
  /** What the functions give names commands to run, under `actions` (doit). */
  readonly actions?: true;
}

/** Methods of a class that a runner calls, the first ones first. */
export interface ClassEntries {
  /** A class counts by its own name, or by the name of a base of a library. */
  readonly named?: RegExp;
  readonly base?: RegExp;
  readonly methods: readonly RegExp[];
}

const MAX_CALLS = 300;
const MAX_FIXTURES = 8;
const MAX_ROWS = 50;

/** Calls what a runner would call. Parameters are filled as pytest fills them: by tables, and by functions of their name. */
export function callEntries(entries: Entries, main: Module, evaluator: Evaluator): void {
  const runner = new Runner(main, evaluator);
  const values = [...main.scope.names];
  for (const [name, value] of values)
    if (isObject(value, 'function') && entries.functions?.test(name) === true) {
      const results = runner.call(value);
      if (entries.actions) for (const result of results) runner.actions(result);
    }
  for (const [, value] of values) {
    if (!isObject(value, 'class')) continue;
    const matching = entries.classes?.find((one) => isOne(value, one));
    if (matching) runner.object(value, matching.methods);
  }
}

function isOne(of: ClassValue, { named, base }: ClassEntries): boolean {
  if (named?.test(of.definition.name) === true) return true;
  const bases = lineage(of).flatMap((one) => one.bases);
  return bases.some((one) => isObject(one, 'native') && base?.test(one.name) === true);
}

class Runner {
  readonly #evaluator: Evaluator;
  readonly #here: Running;
  readonly #made = new Map<FunctionDefinition, Value>();
  #calls = 0;

  constructor(main: Module, evaluator: Evaluator) {
    this.#evaluator = evaluator;
    this.#here = { scope: main.scope, module: main, returned: [] };
    for (const value of [...main.scope.names.values()])
      if (isObject(value, 'function') && this.#fixture(value)?.given?.named.get('autouse') === true)
        this.#fixtureValue(value, 0);
  }

  /** Calls a function once for each row of its table. */
  call(value: FunctionValue): readonly Value[] {
    return this.#rows(value.definition).flatMap((row) => {
      this.#calls += 1;
      return this.#calls > MAX_CALLS ? [] : [this.#run(value, row, 0)];
    });
  }

  /** Commands, lists of words, and functions with what they are given, of one task or of several. */
  actions(task: Value): void {
    const tasks = optionsOf(task).flatMap((one) => (isObject(one, 'list') ? one.items : [one]));
    for (const one of tasks) {
      const listed = isObject(one, 'record') ? one.fields.get('actions') : undefined;
      for (const action of isObject(listed, 'list') ? listed.items : []) this.#action(action);
    }
  }

  #action(action: Value): void {
    const [first, given, named] = isObject(action, 'list') ? action.items : [action];
    const run = (callee: Value, positional: readonly Value[]): Value =>
      this.#evaluator.call(
        callee,
        { positional, named: isObject(named, 'record') ? named.fields : new Map<string, Value>() },
        0,
        this.#here,
      );
    if (isObject(first, 'function')) run(first, isObject(given, 'list') ? given.items : []);
    else if (isText(action)) run(native('#shell'), [action]);
    else if (isObject(action, 'list')) run(native('#words'), action.items);
  }

  /** Makes an object and calls methods of it. */
  object(of: ClassValue, methods: readonly RegExp[]): void {
    const made = this.#evaluator.call(of, NO_ARGUMENTS, 0, this.#here);
    const names = [...new Set(lineage(of).flatMap(({ definition }) => definition.methods.map(({ name }) => name)))];
    for (const pattern of methods)
      for (const name of names.filter((one) => pattern.test(one))) {
        const method = methodOf(of, name, made);
        if (method) this.call(method);
      }
  }

  #run(value: FunctionValue, row: ReadonlyMap<string, Value>, depth: number): Value {
    const { parameters, method, implicit, row: line } = value.definition;
    const named = new Map<string, Value>();
    const own = method !== null && method !== 'static' && !implicit && value.self !== undefined;
    for (const { target, rest, fallback } of own ? parameters.slice(1) : parameters) {
      if (target.kind !== 'name' || rest !== null) continue;
      const given = row.get(target.name) ?? this.#fixtureOf(target.name, depth);
      if (given !== undefined) named.set(target.name, given);
      else if (fallback === null) named.set(target.name, native(`given.${target.name}`));
    }
    return this.#evaluator.call(value, { positional: [], named }, line, this.#here);
  }

  #fixtureOf(name: string, depth: number): Value | undefined {
    const value = this.#here.scope.get(name);
    return isObject(value, 'function') && this.#fixture(value) ? this.#fixtureValue(value, depth) : undefined;
  }

  #fixtureValue(value: FunctionValue, depth: number): Value {
    const known = this.#made.get(value.definition);
    if (known !== undefined || depth > MAX_FIXTURES) return known ?? null;
    this.#made.set(value.definition, null);
    const [row = new Map<string, Value>()] = this.#rows(value.definition);
    const result = this.#run(value, row, depth + 1);
    const made = isObject(result, 'list') && yields(value.definition.body) ? (result.items[0] ?? null) : result;
    this.#made.set(value.definition, made);
    return made;
  }

  #fixture(value: FunctionValue): NativeValue | undefined {
    return this.#decorators(value.definition).find(({ name }) => /(?:^|\.)fixture(?:\(\))?$/u.test(name));
  }

  /** `@pytest.mark.parametrize("name, other", [...])`: a call for each row; one without anything where there is no table. */
  #rows(definition: FunctionDefinition): readonly ReadonlyMap<string, Value>[] {
    let rows: readonly ReadonlyMap<string, Value>[] = [new Map()];
    for (const { name, given } of this.#decorators(definition)) {
      if (!name.endsWith('parametrize()') || !given) continue;
      const table = tableOf(given);
      rows = rows.flatMap((row) => table.map((more) => new Map([...row, ...more]))).slice(0, MAX_ROWS);
    }
    return rows;
  }

  #decorators({ decorators }: FunctionDefinition): readonly NativeValue[] {
    return decorators.map((one) => this.#evaluator.value(one, this.#here)).filter((one) => isObject(one, 'native'));
  }
}

function tableOf({ positional }: Arguments): readonly (readonly (readonly [string, Value])[])[] {
  const [first, second] = positional;
  const names = isText(first)
    ? first.split(',').map((name) => name.trim())
    : isObject(first, 'list')
      ? first.items.filter(isText)
      : [];
  const rows = optionsOf(second ?? null).flatMap((one) => (isObject(one, 'list') ? one.items : []));
  return rows.map((row) => {
    // `pytest.param(a, b, id="…")`.
    const parts = isObject(row, 'native') ? list(row.given?.positional ?? []) : row;
    if (names.length === 1 && !isObject(row, 'native')) return [[names[0] ?? '', row] as const];
    return names.map((name, index) => [name, isObject(parts, 'list') ? (parts.items[index] ?? null) : parts] as const);
  });
}

const MAX_DEPTH = 40;

/** Whether a function gives its values one by one. */
function yields(node: unknown, depth = 0): boolean {
  if (typeof node !== 'object' || node === null || depth > MAX_DEPTH) return false;
  if ('kind' in node && node.kind === 'yield') return true;
  return Object.values(node).some((inside) => yields(inside, depth + 1));
}
