import { Expressions, MAX_VALUES, likely, namedArgument } from './expression.ts';
import type { ScriptFunction } from './expression.ts';
import { balanced, readCollection, startsCollection } from './collections.ts';
import { ScriptCalls, definitionAt } from './functions.ts';
import { STRING, closingBracket, openedIn } from './syntax.ts';

/** Enough of what a parameter is given to find `MAX_VALUES` different ones. */
const MAX_GIVEN = 400;
/** Literals of one line that are followed. */
const MAX_LITERALS = 30;

const ASSIGNMENT =
  /^\s*(?:(?:val|var|lazy|def|final|String|private|public|static)\s+)*([A-Za-z_][\w.]*)\s*(?::\s*[\w.<>[\]| ?]+)?\s*:?=(?![=>~])\s*(.*)$/u;
/** A literal, with the names and calls that are added before it. */
const LITERAL = new RegExp(String.raw`((?:(?<![\w.()[\]"'])[A-Za-z_][\w.()[\]"']*\s*\+\s*)*)(?:${STRING.source})`, 'u');
const EACH = String.raw`(?:each|forEach|foreach|map|collect|all)`;
/** `for ((name, id) in ids)`, and `ids.each { name, id -> … }`. */
const PAIR_LOOP = /\bfor\s*\(\s*(?:val\s+)?\(\s*(\w+)\s*,\s*(\w+)\s*\)\s*(?:in\b|<-)\s*(\w+)/u;
const PAIR_BLOCK = new RegExp(
  String.raw`\b(\w+)\.${EACH}\s*[{(]\s*(?:case\s*)?\(?\s*(\w+)\s*,\s*(\w+)\s*\)?\s*(?:->|=>)`,
  'u',
);
/** `ids.each { id -> … }`, `listOf("55", "58").forEach { id -> … }`, `for (id in ids)`. */
const CLOSURE = new RegExp(String.raw`\b(\w+)\.${EACH}\s*\{\s*(\w+)\s*(?:->|=>)`, 'u');
const LIST_BLOCK = new RegExp(String.raw`[([]([^\])]*)[\])]\s*\.${EACH}\s*[{(]\s*(\w+)`, 'u');
const FOR = /\bfor\s*\(\s*(?:val\s+|def\s+|String\s+)?(\w+)\s*(?:\bin\b|<-|:)\s*/u;

/** What the names of a build script stand for: each has all texts it was given, in order. */
export class ScriptNames {
  readonly #names = new Map<string, readonly string[]>();
  readonly #functions = new Map<string, ScriptFunction>();
  readonly #expressions: Expressions;
  readonly #code: readonly string[];
  readonly #calls: ScriptCalls;

  constructor(code: readonly string[], environment: (name: string) => string | undefined) {
    this.#code = code;
    this.#calls = new ScriptCalls(code);
    this.#expressions = new Expressions({
      environment,
      get: (name) => this.#names.get(name),
      functionOf: (name) => this.#functions.get(name),
      within: (bound, body) => this.#within(bound, body),
    });
  }

  bind(name: string, value: string): void {
    this.#names.set(name, [value]);
  }

  #within(bound: ReadonlyMap<string, readonly string[]>, body: () => readonly string[]): readonly string[] {
    const saved = new Map([...bound.keys()].map((name) => [name, this.#names.get(name)] as const));
    for (const [name, values] of bound) if (values.length > 0) this.#names.set(name, values);
    const found = body();
    for (const [name, values] of saved) {
      if (values) this.#names.set(name, values);
      else this.#names.delete(name);
    }
    return found;
  }

  /** Takes in what one line binds: a loop over literals, the parameters of a function it defines, an assignment. */
  readLine(text: string, index: number): void {
    this.#loop(text);
    this.#define(index);
    const [, name = '', open = ''] = ASSIGNMENT.exec(text) ?? [];
    if (name === '') return;
    if (startsCollection(open)) {
      this.#collect(name, balanced(open, this.#code.slice(index + 1)));
      return;
    }
    // A value may go on in the lines that follow.
    const continued = /[([+]\s*$/u.test(open) || open === '' ? this.#code.slice(index + 1, index + 6).join(' ') : '';
    const values = this.#expressions.evaluate(`${open} ${continued}`).slice(-MAX_VALUES);
    if (values.length === 0) return;
    this.#names.set(name, values);
    // `ext.base = …` is read as `base` elsewhere.
    this.#names.set(name.slice(name.lastIndexOf('.') + 1), values);
  }

  #collect(name: string, expression: string): void {
    const found = readCollection(expression, (literal) => this.#expressions.evaluate(literal));
    if (!found) return;
    this.#several(name, found.values);
    this.#several(`${name}#keys`, found.keys);
    found.columns.forEach((column, index) => {
      this.#several(`${name}#${index}`, column);
    });
    for (const [key, values] of found.fields) {
      this.#several(`${name}.${key}`, values);
      // A loop over maps has another name for each of them, so the key alone has to do.
      this.#several(`#${key}`, [...(this.#names.get(`#${key}`) ?? []), ...values]);
    }
  }

  #loop(text: string): void {
    if (this.#pairLoop(text)) return;
    const [, held = '', item = ''] = CLOSURE.exec(text) ?? [];
    const values = this.#names.get(held);
    if (values) this.#several(item, values);
    else this.#listLoop(text);
  }

  /** Each of two names takes its part: key and value of a map, or the columns of a list of lists. */
  #pairLoop(text: string): boolean {
    const [, source, first, second] = PAIR_BLOCK.exec(text) ?? [];
    const [, left = first, right = second, name = source] = PAIR_LOOP.exec(text) ?? [];
    if (left === undefined || right === undefined || name === undefined) return false;
    const keys = this.#names.get(`${name}#keys`) ?? this.#names.get(`${name}#0`);
    const values = this.#names.get(`${name}#1`) ?? this.#names.get(name);
    if (keys) this.#names.set(left, keys);
    if (values) this.#names.set(right, values);
    return keys !== undefined || values !== undefined;
  }

  #listLoop(text: string): void {
    const loop = FOR.exec(text);
    const [, source, item] = LIST_BLOCK.exec(text) ?? [];
    const name = loop?.[1] ?? item;
    const list = loop ? listIn(text, loop) : source;
    if (name === undefined || list === undefined) return;
    const literals = [...list.matchAll(new RegExp(STRING.source, 'gu'))];
    const values =
      literals.length > 0
        ? literals.flatMap((match) => this.#expressions.literal(match))
        : (this.#names.get(/^\s*(\w+)/u.exec(list)?.[1] ?? '') ?? []);
    this.#several(name, values);
  }

  /** `f("a")` binds the parameter of a function that the script defines. */
  #define(index: number): void {
    const definition = definitionAt(this.#code, index);
    if (!definition) return;
    const { name, result } = definition;
    const parameters = definition.parameters.map((parameter) => parameter.name);
    if (result !== null) this.#functions.set(name, { parameters, result });
    const values = this.#givenTo(name, parameters, index);
    definition.parameters.forEach(({ name: parameter, fallback }, position) => {
      const given = values[position] ?? [];
      const own = given.length > 0 || fallback === null ? given : this.#expressions.evaluate(fallback).map(likely);
      this.#several(parameter, own);
    });
  }

  /** What the calls of a function give to each of its parameters. */
  #givenTo(name: string, parameters: readonly string[], index: number): readonly (readonly string[])[] {
    const values = parameters.map((): string[] => []);
    for (const { line, given } of this.#calls.of(name, index)) {
      this.#loop(line);
      given.forEach((argument, position) => {
        const { name: parameter, expression } = namedArgument(argument);
        const found = values[parameter === undefined ? position : parameters.indexOf(parameter)];
        if (found && found.length < MAX_GIVEN) found.push(...this.#expressions.evaluate(expression));
      });
    }
    return values;
  }

  /** Gives a name its values; each of several is only likely, as the script decides which of them it uses. */
  #several(name: string, values: readonly string[]): void {
    if (values.length === 1) this.#names.set(name, values);
    else if (values.length > 1) this.#names.set(name, [...new Set(values)].slice(0, MAX_VALUES).map(likely));
  }

  /** Texts of a line that hold a string literal, joined with what is added to it. */
  stringsOf(text: string): readonly string[] {
    const found: string[] = [];
    let rest = text;
    for (let count = 0; count < MAX_LITERALS; count += 1) {
      const match = LITERAL.exec(rest);
      if (!match) break;
      const expression = rest.slice(match.index + openedIn(match[1] ?? ''));
      found.push(...this.#expressions.evaluate(expression));
      const literal = STRING.exec(expression);
      rest = expression.slice(literal ? literal.index + literal[0].length : expression.length);
    }
    return [...found, ...this.#made(text)];
  }

  /** What calls of the script's own functions give: no literal starts them. */
  #made(text: string): readonly string[] {
    const found: string[] = [];
    for (const match of text.matchAll(/(?<![\w.$"'])(\w+)\(/gu))
      if (this.#functions.has(match[1] ?? '') && found.length < MAX_VALUES)
        found.push(...this.#expressions.evaluate(text.slice(match.index)));
    return found.filter((value) => value.includes('/'));
  }
}

/** What a `for` goes over, without its body. */
function listIn(text: string, loop: RegExpExecArray): string {
  const end = closingBracket(text, text.indexOf('(', loop.index));
  return text.slice(loop.index + loop[0].length, end < 0 ? undefined : end);
}
