import { alternative, compared, formatted, literal, objects, variable } from './filters.ts';
import type { Field } from './filters.ts';
import { added, jqFunction } from './functions.ts';
import type { Filter, Json, JqScope } from './values.ts';
import { NotUnderstood, field, isList, isObject, limited, shown, truthy } from './values.ts';

const LEXEME =
  /\s*("(?:[^"\\]|\\\((?:[^()]|\([^()]*\))*\)|\\.)*"|'[^']*'|\/\/=?|[=!<>]=|\?\/\/|\.\.|@[a-z0-9]+|\$?[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[^\s])/uy;

/**
 * Reads a query.
 *
 * @throws NotUnderstood for a form that this reader does not know
 */
export function parse(query: string): Filter {
  const words: string[] = [];
  LEXEME.lastIndex = 0;
  for (let match = LEXEME.exec(query); match; match = LEXEME.exec(query)) words.push(match[1] ?? '');
  const parser = new Parser(words);
  const filter = parser.pipe();
  parser.end();
  return filter;
}

class Parser {
  readonly #words: readonly string[];
  #next = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  end(): void {
    if (this.#next < this.#words.length) throw new NotUnderstood();
  }

  pipe(): Filter {
    const left = this.#comma();
    if (this.#take('as')) {
      const name = this.#word().replace(/^\$/u, '');
      this.#expect('|');
      const body = this.pipe();
      return (input, scope) => left(input, scope).flatMap((value) => body(input, new Map(scope).set(name, value)));
    }
    if (!this.#take('|')) return left;
    const right = this.pipe();
    return (input, scope) => limited(left(input, scope).flatMap((value) => right(value, scope)));
  }

  #comma(): Filter {
    let filter = this.#or();
    while (this.#take(',')) {
      const [left, right] = [filter, this.#or()];
      filter = (input, scope) => [...left(input, scope), ...right(input, scope)];
    }
    return filter;
  }

  #or(): Filter {
    let filter = this.#comparison();
    for (;;) {
      const operator = ['//', 'or', 'and'].find((word) => this.#take(word));
      if (operator === undefined) return filter;
      const [left, right] = [filter, this.#comparison()];
      filter = alternative(operator, left, right);
    }
  }

  #comparison(): Filter {
    const left = this.#sum();
    const operator = ['==', '!=', '<=', '>=', '<', '>'].find((word) => this.#take(word));
    if (operator === undefined) return left;
    const right = this.#sum();
    return (input, scope) => [compared(left(input, scope)[0] ?? null, operator, right(input, scope)[0] ?? null)];
  }

  #sum(): Filter {
    let filter = this.#postfix();
    while (this.#take('+')) {
      const [left, right] = [filter, this.#postfix()];
      filter = (input, scope) =>
        limited(left(input, scope).flatMap((a) => right(input, scope).map((b) => added(a, b))));
    }
    return filter;
  }

  #postfix(): Filter {
    let filter = this.#term();
    for (;;) {
      const step = this.#step();
      if (!step) return filter;
      const before = filter;
      filter = (input, scope) => limited(before(input, scope).flatMap((value) => step(value, scope, input)));
    }
  }

  /** `.key`, `[…]` or `?` behind a term. */
  #step(): ((value: Json, scope: JqScope, outer: Json) => readonly Json[]) | null {
    if (this.#take('?')) return (value) => [value];
    if (this.#peek() === '[') return this.#index();
    if (this.#peek() !== '.' || !/^["A-Za-z_[]/u.test(this.#words[this.#next + 1] ?? '')) return null;
    this.#next += 1;
    if (this.#peek() === '[') return this.#index();
    const name = this.#key();
    return (value) => [field(value, name)];
  }

  #index(): (value: Json, scope: JqScope, outer: Json) => readonly Json[] {
    this.#expect('[');
    if (this.#take(']')) {
      return (value) => {
        if (isList(value)) return value;
        return isObject(value) ? Object.values(value) : [];
      };
    }
    const inner = this.pipe();
    this.#expect(']');
    return (value, scope, outer) =>
      inner(outer, scope).map((key) => {
        if (typeof key === 'string') return field(value, key);
        return isList(value) && typeof key === 'number' ? (value.at(key) ?? null) : null;
      });
  }

  #key(): string {
    const word = this.#word();
    return word.startsWith('"') ? literal(word) : word;
  }

  #term(): Filter {
    const word = this.#word();
    if (word === '.') {
      const next = this.#peek() ?? '';
      if (!/^["A-Za-z_]/u.test(next)) return (input) => [input];
      const name = this.#key();
      return (input) => [field(input, name)];
    }
    if (word === '(') return this.#parenthesised();
    if (word === '{') return this.#object();
    if (word === 'if') return this.#condition();
    if (word === '[') {
      if (this.#take(']')) return () => [[]];
      const inner = this.pipe();
      this.#expect(']');
      return (input, scope) => [inner(input, scope)];
    }
    if (/^["']/u.test(word)) return interpolated(word);
    if (/^-?\d/u.test(word)) return () => [Number(word)];
    if (word.startsWith('$')) return variable(word.slice(1));
    if (word.startsWith('@')) return formatted(word);
    return this.#function(word);
  }

  #function(name: string): Filter {
    const given: Filter[] = [];
    if (this.#take('(')) {
      do given.push(this.pipe());
      while (this.#take(';'));
      this.#expect(')');
    }
    const found = jqFunction(name, given);
    if (!found) throw new NotUnderstood();
    return found;
  }

  /** `if A then B elif … else C end`; without `else` the input stays as it is. */
  #condition(): Filter {
    const test = this.pipe();
    this.#expect('then');
    const then = this.pipe();
    let otherwise: Filter = (input) => [input];
    if (this.#take('elif')) otherwise = this.#condition();
    else {
      if (this.#take('else')) otherwise = this.pipe();
      this.#expect('end');
    }
    return (input, scope) => test(input, scope).flatMap((value) => (truthy(value) ? then : otherwise)(input, scope));
  }

  /** `{a, b: .c, "d": 1, (.e): 2, $f}`. */
  #object(): Filter {
    const fields: Field[] = [];
    while (!this.#take('}')) {
      const word = this.#word();
      const name = word.startsWith('$') ? word.slice(1) : word;
      const key: Filter =
        word === '(' ? this.#parenthesised() : /^["']/u.test(word) ? interpolated(word) : () => [name];
      const short: Filter = word.startsWith('$') ? variable(name) : (input) => [field(input, name)];
      fields.push({ key, value: this.#take(':') ? this.#or() : short });
      this.#take(',');
    }
    return objects(fields);
  }

  #parenthesised(): Filter {
    const inner = this.pipe();
    this.#expect(')');
    return inner;
  }

  #peek(): string | undefined {
    return this.#words[this.#next];
  }

  #take(word: string): boolean {
    if (this.#peek() !== word) return false;
    this.#next += 1;
    return true;
  }

  #expect(word: string): void {
    if (!this.#take(word)) throw new NotUnderstood();
  }

  #word(): string {
    const word = this.#peek();
    if (word === undefined) throw new NotUnderstood();
    this.#next += 1;
    return word;
  }
}

/** A string with `\(…)` in it. */
function interpolated(word: string): Filter {
  if (word.startsWith("'")) return () => [word.slice(1, -1)];
  const parts = word.slice(1, -1).split(/\\\(((?:[^()]|\([^()]*\))*)\)/u);
  const filters = parts.map((part, index): Filter => {
    if (index % 2 === 1) return parse(part);
    const text = literal(`"${part}"`);
    return () => [text];
  });
  return (input, scope) =>
    filters.reduce<readonly Json[]>(
      (left, filter) => limited(left.flatMap((a) => filter(input, scope).map((b) => shown(a) + shown(b)))),
      [''],
    );
}
