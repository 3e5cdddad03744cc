import { unknown, withoutLikely } from '../marks.ts';
import { appended } from './appending.ts';
import { bind } from './bind.ts';
import { called } from './functions.ts';
import type { Evaluator, Running, Surroundings } from './running.ts';
import { operate } from './operators.ts';
import { memberOf } from './members.ts';
import type { Expression, Given, Statement } from './syntax.ts';
import type { Arguments, Module, Value } from './values.ts';
import {
  Scope,
  isObject,
  isText,
  joined,
  list,
  native,
  optionsOf,
  record,
  several,
  textOf,
  textsOf,
  truth,
} from './values.ts';

type Flow = 'next' | 'return' | 'break' | 'continue';

const MAX_STEPS = 40_000;
const MAX_ROUNDS = 200;
const MAX_CALLS = 40;

/** Runs a program over values that may be unknown; every way that the files do not decide is taken. */
export class ProgramEvaluator implements Evaluator {
  readonly around: Surroundings;
  #steps = 0;
  #cut = false;
  #calls = 0;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** True when some of the program was not followed. */
  get incomplete(): boolean {
    return this.#cut || this.exhausted;
  }

  /** True when the program has used up its steps. */
  get exhausted(): boolean {
    return this.#steps > MAX_STEPS;
  }

  run(statements: readonly Statement[], here: Running): Flow {
    for (const statement of statements) {
      this.#steps += 1;
      if (this.exhausted) return 'return';
      const flow = this.#statement(statement, here);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  #statement(statement: Statement, here: Running): Flow {
    switch (statement.kind) {
      case 'expression':
        if (!appended(statement.value, here, this)) this.value(statement.value, here);
        return 'next';
      case 'bind': {
        const value = this.value(statement.value, here);
        for (const target of statement.targets) bind(target, value, here, this);
        return 'next';
      }
      case 'if':
        return this.#if(statement, here);
      case 'each':
        return this.#each(statement, here);
      case 'while':
        return this.#while(statement, here);
      case 'block':
        return this.run(statement.body, here);
      case 'ways':
        return this.ways(statement.ways, here);
      case 'return':
        here.returned.push(statement.value ? this.value(statement.value, here) : null);
        return 'return';
      case 'throw':
        return 'return';
      case 'cut':
        this.#cut = true;
        return 'next';
      case 'break':
      case 'continue':
        return statement.kind;
      case 'function':
        this.#define(statement.definition.name, this.#decorated(statement, here), here);
        return 'next';
      case 'class':
        this.#define(statement.definition.name, this.#class(statement.definition, here), here);
        return 'next';
      case 'import':
        this.#import(statement, here);
        return 'next';
      case 'export':
        here.module.exports.set(statement.name, this.value(statement.value, here));
        return 'next';
    }
  }

  #define(name: string, value: Value, here: Running): void {
    // Go runs each `init` of a package.
    const { names } = here.scope;
    names.set(name === 'init' && names.has(name) ? `init ${names.size}` : name, value);
  }

  /** Decorators of libraries hear of the function, which stays what it is. */
  #decorated(statement: Extract<Statement, { kind: 'function' }>, here: Running): Value {
    const { definition } = statement;
    const made: Value = { kind: 'function', definition, scope: here.scope, module: here.module, self: undefined };
    let result: Value = made;
    for (const decorator of [...definition.decorators].reverse()) {
      const by = this.value(decorator, here);
      if (isObject(by, 'native')) {
        if (isObject(result, 'function')) this.around.decorated(by, result);
        continue;
      }
      const given = { positional: [result], named: new Map<string, Value>() };
      const changed = this.call(by, given, definition.row, here);
      if (isObject(changed, 'function')) result = changed;
    }
    return result;
  }

  #class(definition: Extract<Statement, { kind: 'class' }>['definition'], here: Running): Value {
    const bases = definition.bases.map((base) => this.value(base, here));
    const fields = new Map<string, Value>();
    const scope = new Scope(here.scope);
    for (const { name, value } of definition.fields) {
      const made = value === null ? undefined : this.value(value, { ...here, scope });
      if (made === undefined) continue;
      fields.set(name, made);
      scope.names.set(name, made);
    }
    return { kind: 'class', definition, scope: here.scope, module: here.module, bases, fields };
  }

  #import({ module: path, names }: Extract<Statement, { kind: 'import' }>, here: Running): void {
    const module = this.around.module(path, here.module);
    // Modules of the runtime and packages of a registry are known by their names alone.
    const name = path.replace(/^(?:node|npm|jsr):(.*?)(?:@[\d^~][^/]*)?$/u, '$1');
    for (const imported of names) {
      if (imported.name === '*') {
        for (const [key, value] of module?.exports ?? []) here.scope.names.set(key, value);
        continue;
      }
      if (imported.name === null) {
        here.scope.names.set(
          imported.as,
          module ?? native(name.includes('/') && !/^[@.]/u.test(name) ? libraryName(name) : name),
        );
        continue;
      }
      const sub =
        module?.exports.get(imported.name) ?? this.around.module(joinedName(name, imported.name), here.module);
      here.scope.names.set(
        imported.as,
        given(sub, imported.name) ??
          here.scope.get(imported.as) ??
          native(name === '' ? imported.name : `${name}.${imported.name}`),
      );
    }
  }

  #if(statement: Extract<Statement, { kind: 'if' }>, here: Running): Flow {
    const holds = truth(this.value(statement.test, here));
    if (holds !== null) return this.run(holds ? statement.then : statement.otherwise, here);
    return this.ways([statement.then, statement.otherwise], here);
  }

  /** Takes each way from where it stands; names then have the values of all ways that go on. */
  ways(all: readonly (readonly Statement[])[], here: Running): Flow {
    const before = here.scope.names;
    const ends: Map<string, Value>[] = [];
    const flows = all.map((way) => {
      here.scope.names = new Map(before);
      const flow = this.run(way, here);
      if (flow === 'next') ends.push(here.scope.names);
      return flow;
    });
    here.scope.names = before;
    const names = new Set(ends.flatMap((end) => [...end.keys()]));
    for (const name of names) {
      const values = ends.flatMap((end) => end.get(name) ?? []);
      if (values.some((value) => value !== before.get(name))) here.scope.names.set(name, several(values));
    }
    // A way that leaves the loop or the function is not the only one as long as another goes on.
    return ends.length > 0 ? 'next' : (flows[0] ?? 'next');
  }

  #each({ target, over, keys, body }: Extract<Statement, { kind: 'each' }>, here: Running): Flow {
    for (const item of this.items(this.value(over, here), keys, here.module)) {
      bind(target, item, here, this);
      const flow = this.run(body, here);
      if (flow === 'return') return flow;
      if (flow === 'break' || this.exhausted) break;
    }
    return 'next';
  }

  /** What a loop goes over. */
  items(value: Value, keys: boolean, module: Module): readonly Value[] {
    return optionsOf(value)
      .flatMap((one): readonly Value[] => {
        if (isObject(one, 'list')) return one.items;
        if (isObject(one, 'record'))
          return keys ? [...one.fields.keys()] : [...one.fields].map(([key, inside]) => list([key, inside]));
        if (isObject(one, 'native')) {
          return this.around.items(one, module) ?? [native(`${one.name}[]`, one.given, one)];
        }
        return [isText(one) ? one : unknown('item')];
      })
      .slice(0, MAX_ROUNDS);
  }

  #while({ test, body, step }: Extract<Statement, { kind: 'while' }>, here: Running): Flow {
    for (let round = 0; round < MAX_ROUNDS && !this.exhausted; round += 1) {
      const holds = test === null ? true : truth(this.value(test, here));
      if (holds === false) break;
      const flow = this.run(body, here);
      if (flow === 'return') return flow;
      if (flow === 'break') break;
      this.run(step, here);
      // An endless loop waits for something or asks for one page after the other.
      if (holds === null || test === null || (test.kind === 'constant' && round > 1)) break;
    }
    return 'next';
  }

  /** The value of an expression. */
  value(expression: Expression, here: Running): Value {
    this.#steps += 1;
    if (this.exhausted) return unknown('…');
    switch (expression.kind) {
      case 'text': {
        const value = joined(
          expression.parts.map((part) => (typeof part === 'string' ? [part] : textsOf(alone(this.value(part, here))))),
        );
        this.#wrote(value, expression.row, here);
        return value;
      }
      case 'constant':
        return expression.value;
      case 'name':
        return this.name(expression.name, here);
      case 'member':
        return this.#member(expression, here);
      case 'index': {
        const key = this.value(expression.key, here);
        return memberOf(this.value(expression.of, here), key, here, this);
      }
      case 'slice':
        return this.#slice(expression, here);
      case 'call':
        return this.#call(expression, here);
      case 'list':
        return list(this.arguments(expression.items, here).positional);
      case 'record':
        return this.#record(expression, here);
      case 'function':
        return {
          kind: 'function',
          definition: expression.definition,
          scope: here.scope,
          module: here.module,
          // A method that stands outside of its class gets its object when it is called.
          self: expression.definition.method === null ? here.scope.get('this') : undefined,
        };
      case 'class':
        return this.#class(expression.definition, here);
      case 'operation': {
        const value = operate(expression, here, this);
        this.#wrote(value, expression.row, here);
        return value;
      }
      case 'not': {
        const holds = truth(this.value(expression.of, here));
        return holds === null ? unknown('not') : !holds;
      }
      case 'choice': {
        const holds = truth(this.value(expression.test, here));
        if (holds !== null) return this.value(holds ? expression.then : expression.otherwise, here);
        return several([this.value(expression.then, here), this.value(expression.otherwise, here)]);
      }
      case 'comprehension':
        return this.#comprehension(expression, here);
      case 'assignment': {
        const value = this.value(expression.value, here);
        bind(expression.target, value, here, this);
        return value;
      }
      case 'yield': {
        const value = this.value(expression.value, here);
        here.yielded?.push(...(expression.all ? this.items(value, true, here.module) : [value]).slice(0, MAX_ROUNDS));
        return value;
      }
      case 'unknown':
        return unknown(expression.text);
    }
  }

  #wrote(value: Value, row: number, here: Running): void {
    const texts = optionsOf(value).filter(isText);
    if (texts.some((text) => text.includes('/')))
      this.around.wrote(texts, { module: here.module, row, evaluator: this });
  }

  name(name: string, here: Running): Value {
    return here.scope.get(name) ?? this.around.read(name) ?? native(name);
  }

  #member(expression: Extract<Expression, { kind: 'member' }>, here: Running): Value {
    // `import a.b` binds `a.b` as a whole.
    const dotted = dottedName(expression);
    const whole = dotted === null ? undefined : here.scope.get(dotted);
    return whole ?? memberOf(this.value(expression.of, here), expression.name, here, this);
  }

  #slice({ of, from, to }: Extract<Expression, { kind: 'slice' }>, here: Running): Value {
    const number = (side: Expression | null): number | undefined => {
      const value = side ? this.value(side, here) : undefined;
      return typeof value === 'number' ? value : undefined;
    };
    const [start, end] = [number(from), number(to)];
    const value = this.value(of, here);
    if (isObject(value, 'list')) return list(value.items.slice(start, end));
    if (isText(value) && (from === null || start !== undefined) && (to === null || end !== undefined))
      return value.slice(start, end);
    return isText(value) ? unknown('slice') : value;
  }

  #record({ fields }: Extract<Expression, { kind: 'record' }>, here: Running): Value {
    const found = new Map<string, Value>();
    for (const { key, value } of fields) {
      const made = this.value(value, here);
      if (key !== null) found.set(keyText(this.value(key, here)), made);
      else if (isObject(made, 'record')) for (const [name, inside] of made.fields) found.set(name, inside);
    }
    return record(found);
  }

  #comprehension(expression: Extract<Expression, { kind: 'comprehension' }>, here: Running): Value {
    const scope = new Scope(here.scope);
    const inner: Running = { ...here, scope };
    const values: Value[] = [];
    const fields = new Map<string, Value>();
    const round = (index: number): void => {
      const next = expression.rounds[index];
      if (!next) {
        const value = this.value(expression.value, inner);
        if (expression.key) fields.set(withoutLikely(textOf(this.value(expression.key, inner))), value);
        else values.push(value);
        return;
      }
      for (const item of this.items(this.value(next.over, inner), true, here.module)) {
        if (this.exhausted || values.length > MAX_ROUNDS) return;
        bind(next.target, item, inner, this);
        if (next.test === null || truth(this.value(next.test, inner)) !== false) round(index + 1);
      }
    };
    round(0);
    return expression.key ? record(fields) : list(values);
  }

  /** Values of arguments; those of a spread list stand for themselves. */
  arguments(given: readonly Given[], here: Running): Arguments {
    const positional: Value[] = [];
    const named = new Map<string, Value>();
    for (const { name, value, spread } of given) {
      const made = this.value(value, here);
      if (name !== null) named.set(name, made);
      else if (!spread) positional.push(made);
      else if (isObject(made, 'record')) for (const [key, inside] of made.fields) named.set(key, inside);
      else if (positional.length < MAX_ROUNDS) positional.push(...this.items(made, true, here.module));
    }
    return { positional, named };
  }

  #call(expression: Extract<Expression, { kind: 'call' }>, here: Running): Value {
    const callee = this.value(expression.callee, here);
    const given = this.arguments(expression.given, here);
    const value = this.call(callee, given, expression.row, here);
    this.#wrote(value, expression.row, here);
    return value;
  }

  /** Calls a value. */
  call(callee: Value, given: Arguments, row: number, here: Running): Value {
    if (isObject(callee, 'several')) return several(callee.options.map((one) => this.call(one, given, row, here)));
    if (this.#calls >= MAX_CALLS || this.exhausted) return unknown('…');
    this.#calls += 1;
    const value = called(callee, given, { module: here.module, row, evaluator: this });
    this.#calls -= 1;
    return value;
  }
}

/** `@{[ … ]}`: a list of one stands for what is in it. */
const alone = (value: Value): Value =>
  isObject(value, 'list') && value.items.length === 1 ? (value.items[0] ?? null) : value;

/** `a.b.c` where it is made of names alone. */
function dottedName(expression: Expression): string | null {
  if (expression.kind === 'name') return expression.name;
  const of = expression.kind === 'member' ? dottedName(expression.of) : null;
  return of === null || expression.kind !== 'member' ? null : `${of}.${expression.name}`;
}

/** The text of a key; a constant of a library has its name. */
const keyText = (key: Value): string =>
  isObject(key, 'native') && !key.fields.has('text') ? key.name : withoutLikely(textOf(key));

/** A class of a module that is named after it. */
const given = (sub: Value | null | undefined, name: string): Value | undefined =>
  isObject(sub, 'module') ? (sub.exports.get(name) ?? sub) : (sub ?? undefined);

/** The name by which a package is known: `net/http` is `http`, `gopkg.in/yaml.v3` is `yaml`. */
const libraryName = (path: string): string =>
  /gitlab/u.test(path)
    ? 'gitlab'
    : (
        path
          .replace(/\/v\d+$/u, '')
          .split('/')
          .at(-1) ?? path
      ).replace(/\.v\d+$/u, '');

const joinedName = (module: string, name: string): string =>
  /^\.*$/u.test(module) ? `${module}${name}` : `${module}.${name}`;
