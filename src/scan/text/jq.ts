import { percentEncoded } from './encode.ts';

/** A value of a data file. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a filter may look up beside its input: `$name` of `--arg` and of `as`. */
export type JqScope = ReadonlyMap<string, Json>;

/** A filter in a form that this reader does not know; its output is unknown then. */
class NotUnderstood extends Error {}

type Filter = (input: Json, scope: JqScope) => readonly Json[];

const MAX_RESULTS = 2_000;
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

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const truthy = (value: Json): boolean => value !== null && value !== false;
export const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
const limited = (values: readonly Json[]): readonly Json[] => {
  if (values.length > MAX_RESULTS) throw new NotUnderstood();
  return values;
};

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
    const operator = ['==', '!='].find((word) => this.#take(word));
    if (operator === undefined) return left;
    const right = this.#sum();
    return (input, scope) => {
      const equal = JSON.stringify(left(input, scope)[0] ?? null) === JSON.stringify(right(input, scope)[0] ?? null);
      return [operator === '==' ? equal : !equal];
    };
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
    if (word === '(') {
      const inner = this.pipe();
      this.#expect(')');
      return inner;
    }
    if (word === '[') {
      if (this.#take(']')) return () => [[]];
      const inner = this.pipe();
      this.#expect(']');
      return (input, scope) => [inner(input, scope)];
    }
    if (/^["']/u.test(word)) return interpolated(word);
    if (/^-?\d/u.test(word)) return () => [Number(word)];
    if (word.startsWith('$')) return variable(word.slice(1));
    if (word === '@uri') return (input) => [percentEncoded(shown(input))];
    if (/^@(?:text|sh|csv|tsv|json)$/u.test(word))
      return (input) => [isList(input) ? input.map(shown).join(',') : shown(input)];
    return this.#function(word);
  }

  #function(name: string): Filter {
    const given: Filter[] = [];
    if (this.#take('(')) {
      do given.push(this.pipe());
      while (this.#take(';'));
      this.#expect(')');
    }
    const [first, second] = given;
    const simple = first === undefined ? PLAIN[name] : undefined;
    if (simple) return (input, scope) => simple(input, scope);
    if (!first) throw new NotUnderstood();
    const argument = (input: Json, scope: JqScope, filter: Filter = first): string =>
      shown(filter(input, scope)[0] ?? '');
    switch (name) {
      case 'select':
        return (input, scope) => (first(input, scope).some(truthy) ? [input] : []);
      case 'map':
        return (input, scope) => [items(input).flatMap((value) => first(value, scope))];
      case 'join':
        return (input, scope) => [items(input).map(shown).join(argument(input, scope))];
      case 'split':
        return (input, scope) => [shown(input).split(argument(input, scope))];
      case 'startswith':
        return (input, scope) => [shown(input).startsWith(argument(input, scope))];
      case 'endswith':
        return (input, scope) => [shown(input).endsWith(argument(input, scope))];
      case 'contains':
        return (input, scope) => [shown(input).includes(argument(input, scope))];
      case 'has':
        return (input, scope) => [isObject(input) && Object.hasOwn(input, argument(input, scope))];
      case 'ltrimstr':
        return (input, scope) => [trimmed(shown(input), argument(input, scope), '')];
      case 'rtrimstr':
        return (input, scope) => [trimmed(shown(input), '', argument(input, scope))];
      case 'sub':
      case 'gsub':
        return (input, scope) => [
          shown(input).replaceAll(argument(input, scope), second ? argument(input, scope, second) : ''),
        ];
      case 'sort_by':
      case 'unique_by':
        return (input) => [input];
      default:
        throw new NotUnderstood();
    }
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

const items = (input: Json): readonly Json[] => (isList(input) ? input : isObject(input) ? Object.values(input) : []);

const PLAIN: Readonly<Record<string, Filter | undefined>> = {
  keys: (input) => [isObject(input) ? Object.keys(input) : items(input).map((_, index) => index)],
  keys_unsorted: (input) => [isObject(input) ? Object.keys(input) : []],
  values: (input) => (input === null ? [] : [input]),
  to_entries: (input) => [isObject(input) ? Object.entries(input).map(([key, value]) => ({ key, value })) : []],
  length: (input) => [typeof input === 'string' ? input.length : items(input).length],
  tostring: (input) => [shown(input)],
  ascii_downcase: (input) => [shown(input).toLowerCase()],
  downcase: (input) => [shown(input).toLowerCase()],
  first: (input) => [items(input)[0] ?? null],
  last: (input) => [items(input).at(-1) ?? null],
  unique: (input) => [input],
  sort: (input) => [input],
  reverse: (input) => [[...items(input)].reverse()],
  flatten: (input) => [items(input).flatMap((value) => (isList(value) ? value : [value]))],
  not: (input) => [!truthy(input)],
  empty: () => [],
  null: () => [null],
  true: () => [true],
  false: () => [false],
};

function field(value: Json, name: string): Json {
  return isObject(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}

function added(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (isList(a) && isList(b)) return limited([...a, ...b]);
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return shown(a) + shown(b);
}

const trimmed = (text: string, start: string, end: string): string => {
  if (start !== '' && text.startsWith(start)) return text.slice(start.length);
  return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
};

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
