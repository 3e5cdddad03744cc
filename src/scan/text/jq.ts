import { percentEncoded } from './encode.ts';
import { added, jqFunction } from './jq-functions.ts';
import type { Filter, Json, JqScope } from './jq-values.ts';
import { NotUnderstood, field, isList, isObject, limited, shown, truthy } from './jq-values.ts';

const MAX_QUERY = 2_000;
const LEXEME =
  /\s*("(?:[^"\\]|\\\((?:[^()]|\([^()]*\))*\)|\\.)*"|'[^']*'|\/\/=?|[=!<>]=|\?\/\/|\.\.|@[a-z0-9]+|\$?[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[^\s])/uy;

/**
 * Runs the part of `jq` (and of `yq`, whose common part is the same) that scripts use to take names out of data files.
 * Null when the query uses anything else.
 */
export function jq(query: string, input: Json, scope: JqScope): readonly Json[] | null {
  if (query.length > MAX_QUERY) return null;
  try {
    return parse(query)(input, scope);
  } catch (error) {
    if (error instanceof NotUnderstood || error instanceof RangeError) return null;
    throw error;
  }
}

function parse(query: string): Filter {
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
      filter = (input, scope) => {
        const values = left(input, scope);
        if (operator === '//') {
          const kept = values.filter(truthy);
          return kept.length > 0 ? kept : right(input, scope);
        }
        const first = truthy(values[0] ?? null);
        if (operator === 'or' ? first : !first) return [first];
        return right(input, scope).map(truthy);
      };
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
    const fields: { readonly key: Filter; readonly value: Filter }[] = [];
    while (!this.#take('}')) {
      const word = this.#word();
      const name = word.startsWith('$') ? word.slice(1) : word;
      const key: Filter =
        word === '(' ? this.#parenthesised() : /^["']/u.test(word) ? interpolated(word) : () => [name];
      const short: Filter = word.startsWith('$') ? variable(name) : (input) => [field(input, name)];
      fields.push({ key, value: this.#take(':') ? this.#or() : short });
      this.#take(',');
    }
    return (input, scope) =>
      fields.reduce<readonly Json[]>(
        (objects, { key, value }) =>
          limited(
            objects.flatMap((object) =>
              value(input, scope).map((one) => ({
                ...(object as Record<string, Json>),
                [shown(key(input, scope)[0] ?? '')]: one,
              })),
            ),
          ),
        [{}],
      );
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

function compared(left: Json, operator: string, right: Json): boolean {
  if (operator === '==' || operator === '!=')
    return (JSON.stringify(left) === JSON.stringify(right)) === (operator === '==');
  if (typeof left !== typeof right || left === null || right === null) throw new NotUnderstood();
  if (operator.includes('=') && left === right) return true;
  return operator.startsWith('<') ? left < right : left > right;
}

/** `@uri`, `@tsv` and their relatives. */
function formatted(word: string): Filter {
  const cells = (input: Json, separator: string): Json[] => [
    isList(input) ? input.map(shown).join(separator) : shown(input),
  ];
  switch (word) {
    case '@uri':
      return (input) => [percentEncoded(shown(input))];
    case '@tsv':
      return (input) => cells(input, '\t');
    case '@csv':
      return (input) => cells(input, ',');
    case '@sh':
      return (input) => cells(input, ' ');
    case '@text':
    case '@json':
      return (input) => [shown(input)];
    default:
      throw new NotUnderstood();
  }
}

const variable =
  (name: string): Filter =>
  (_, scope) => {
    const value = scope.get(name);
    if (value === undefined) throw new NotUnderstood();
    return [value];
  };

function literal(word: string): string {
  try {
    return String(JSON.parse(word.replace(/\\(?!["\\/bfnrtu])/gu, '\\\\')));
  } catch {
    return word.slice(1, -1);
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
