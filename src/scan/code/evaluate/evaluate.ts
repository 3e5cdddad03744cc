import { unknown } from '../../marks.ts';
import { appended } from './appending.ts';
import { bind } from './bind.ts';
import { classOf, decorated } from './defining.ts';
import { dottedName, expressionValue } from './expressions.ts';
import { called } from './functions.ts';
import { importNames } from './importing.ts';
import type { Evaluator, Running, Surroundings } from '../running.ts';
import { MAX_ROUNDS } from '../running.ts';
import type { Expression, Statement } from '../syntax.ts';
import type { Arguments, Module, Value } from '../values.ts';
import { isObject, isText, list, native, optionsOf, several, truth } from '../values.ts';

type Flow = 'next' | 'return' | 'break' | 'continue';

const MAX_STEPS = 40_000;
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
        return endsProgram(statement.value, here) ? 'return' : 'next';
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
        this.#define(statement.definition.name, decorated(statement, here, this), here);
        return 'next';
      case 'class':
        this.#define(statement.definition.name, classOf(statement.definition, here, this), here);
        return 'next';
      case 'import':
        importNames(statement, here, this.around);
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
    return expressionValue(expression, here, this);
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

const ENDS =
  /^(?:process\.exit|sys\.exit|os\._?exit|os\.Exit|log\.Fatal(?:f|ln)?|std\.process\.exit|process\.exit|System\.exit|Environment\.Exit|Deno\.exit|exit!?|quit|die|abort)$/u;

/** Whether a statement ends the program: what stands behind it on this way never runs. */
function endsProgram(value: Expression, { scope }: Running): boolean {
  const callee = value.kind === 'call' ? value.callee : value;
  const name = dottedName(callee);
  if (name === null || !ENDS.test(name)) return false;
  // A bare name is a call in Ruby alone, and a program may have a function of that name.
  return scope.get(name) === undefined && (value.kind === 'call' || value.kind === 'name');
}
