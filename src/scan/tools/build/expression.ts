import { LIKELY, hasUnknown, unknown, withoutLikely } from '../../marks.ts';
import { percentEncoded } from '../../text/encode.ts';
import { ENVIRONMENT, STRING, closingBracket, splitArguments } from './syntax.ts';

/** A function of the script that gives one expression. */
export interface ScriptFunction {
  readonly parameters: readonly string[];
  readonly result: string;
}

/** What names of a script stand for. */
export interface Names {
  readonly environment: (name: string) => string | undefined;
  /** Every text a name was given, or undefined. */
  readonly get: (name: string) => readonly string[] | undefined;
  readonly functionOf: (name: string) => ScriptFunction | undefined;
  /** Evaluates with parameters bound to arguments. */
  readonly within: (bound: ReadonlyMap<string, readonly string[]>, body: () => readonly string[]) => readonly string[];
}

/** How many values of an expression are followed. */
export const MAX_VALUES = 40;
const MAX_DEPTH = 8;
/** Arguments of a template that are followed. */
const MAX_FILLED = 12;
const MAX_TERMS = 20;
const MAX_METHODS = 10;

/** The values at the start of a text, and how much of it they took. */
interface Term {
  readonly values: readonly string[];
  readonly length: number;
}

type Change = (values: readonly string[], given: readonly string[]) => readonly string[];

const ANCHORED_STRING = new RegExp(`^(?:${STRING.source})`, 'u');
const ENCODING = /^(?:java\.net\.)?URLEncoder\.encode\s*\(/u;
const WRAPPING = /^(?:new\s+)?(?:[\w.]*\.)?(?:uri|URI|URL|toString|create)\s*\(/u;

/** A value that rests on a default or on one of several choices. */
export const likely = (value: string): string => (value.includes(LIKELY) ? value : value + LIKELY);

/** Evaluates the expressions of a build script as far as they make texts. */
export class Expressions {
  readonly #names: Names;
  readonly #changes: ReadonlyMap<string, Change>;
  #depth = 0;

  constructor(names: Names) {
    this.#names = names;
    this.#changes = this.#methods();
  }

  /** All values of `term + term + …` at the start of a text; empty when the first term is not understood. */
  evaluate(text: string): readonly string[] {
    if (this.#depth >= MAX_DEPTH) return [];
    this.#depth += 1;
    const { values } = this.sum(text);
    this.#depth -= 1;
    return values;
  }

  /** As `evaluate`, with the length that was read. */
  sum(text: string): Term {
    let values: readonly string[] = [''];
    let rest = text.trimStart();
    for (let count = 0; count < MAX_TERMS; count += 1) {
      const term = this.#postfixed(rest);
      if (!term) return count === 0 ? { values: [], length: 0 } : { values, length: text.length - rest.length };
      values = values.flatMap((left) => term.values.map((right) => left + right)).slice(0, MAX_VALUES);
      rest = rest.slice(term.length);
      const plus = /^\s*\+(?![+=])\s*/u.exec(rest);
      if (!plus) break;
      rest = rest.slice(plus[0].length);
    }
    const otherwise = /^\s*\?:\s*(?=["'])/u.exec(rest);
    if (otherwise && values.every(hasUnknown))
      return { values: this.evaluate(rest.slice(otherwise[0].length)).map(likely), length: text.length };
    return { values, length: text.length - rest.length };
  }

  /** A term with the methods that are called on it. */
  #postfixed(text: string): Term | null {
    let term = this.#term(text);
    for (let count = 0; term && count < MAX_METHODS; count += 1) {
      const next = this.#method(term, text.slice(term.length));
      if (!next) break;
      term = next;
    }
    return term;
  }

  #method(term: Term, rest: string): Term | null {
    const match = /^\s*\??\.(\w+)\s*(\()?/u.exec(rest);
    const change = this.#changes.get(match?.[1] ?? '');
    if (!match || !change) return null;
    const open = match[0].length;
    if (match[2] === undefined) return { values: change(term.values, []), length: term.length + open };
    const end = closingBracket(rest, open - 1);
    if (end < 0) return null;
    return { values: change(term.values, splitArguments(rest.slice(open, end))), length: term.length + end + 1 };
  }

  /** Methods of texts, by name. */
  #methods(): ReadonlyMap<string, Change> {
    const each =
      (change: (value: string) => string): Change =>
      (values) =>
        values.map(change);
    const replace: Change = (values, [from = '', to = '']) => {
      const [old = '', fresh = ''] = [this.evaluate(from)[0], this.evaluate(to)[0]];
      return old === '' ? values : values.map((value) => value.replaceAll(old, fresh));
    };
    const same: Change = (values) => values;
    return new Map<string, Change>([
      ...['replace', 'replaceAll'].map((name) => [name, replace] as const),
      ...['trim', 'strip'].map((name) => [name, each((value) => value.trim())] as const),
      ...['toLowerCase', 'lowercase'].map((name) => [name, each((value) => value.toLowerCase())] as const),
      ['format', (values, given) => this.#filled(values, given)],
      ...['toString', 'toURL', 'toURI', 'get', 'orElse', 'orNull', 'orEmpty'].map((name) => [name, same] as const),
    ]);
  }

  /** `"%s/%d".format(a, b)`: templates filled with every combination of what the arguments can be. */
  #filled(templates: readonly string[], given: readonly string[]): readonly string[] {
    let combinations: readonly (readonly string[])[] = [[]];
    for (const argument of given.slice(0, MAX_FILLED)) {
      const values = this.evaluate(argument);
      const choices = values.length > 0 ? values : [unknown(argument)];
      combinations = combinations
        .flatMap((before) => choices.map((choice) => [...before, choice]))
        .slice(0, MAX_VALUES);
    }
    return templates.flatMap((template) => combinations.map((values) => fill(template, values))).slice(0, MAX_VALUES);
  }

  #term(text: string): Term | null {
    return (
      this.#string(text) ??
      this.#environmentVariable(text) ??
      this.#format(text) ??
      this.#wrapped(text) ??
      this.#called(text) ??
      this.#bracketed(text) ??
      number(text) ??
      this.#item(text) ??
      this.#name(text)
    );
  }

  #string(text: string): Term | null {
    const match = ANCHORED_STRING.exec(text);
    return match && { values: this.literal(match), length: match[0].length };
  }

  #environmentVariable(text: string): Term | null {
    const match = ENVIRONMENT.exec(text);
    if (!match) return null;
    const name = match[1] ?? match[2] ?? '';
    const fallback = /,\s*(["'])([^"']*)\1\s*[\])]$/u.exec(match[0])?.[2];
    const otherwise = fallback === undefined ? unknown(name) : likely(fallback);
    return { values: [this.#names.environment(name) ?? otherwise], length: match[0].length };
  }

  /** `String.format("%s/%d", a, b)`. */
  #format(text: string): Term | null {
    const match = /^(?:String\.format|s?printf)\s*\(/u.exec(text);
    const end = match ? closingBracket(text, match[0].length - 1) : -1;
    if (!match || end < 0) return null;
    const [first = '', ...given] = splitArguments(text.slice(match[0].length, end));
    const values = this.#filled(this.evaluate(first), given);
    return values.length === 0 ? null : { values, length: end + 1 };
  }

  /** `URLEncoder.encode(x, "UTF-8")`, and what only wraps: `uri(x)`, `new URL(x)`. */
  #wrapped(text: string): Term | null {
    const encoding = ENCODING.exec(text);
    const match = encoding ?? WRAPPING.exec(text);
    if (!match) return null;
    const end = closingBracket(text, match[0].length - 1);
    if (end < 0) return null;
    const [first = ''] = splitArguments(text.slice(match[0].length, end));
    const inside = this.evaluate(first);
    if (inside.length === 0) return null;
    return { values: encoding ? inside.map(encoded) : inside, length: end + 1 };
  }

  /** A call of one of the script's own functions. */
  #called(text: string): Term | null {
    const match = /^(?:this\.)?(\w+)\s*\(/u.exec(text);
    const known = match ? this.#names.functionOf(match[1] ?? '') : undefined;
    if (!match || !known) return null;
    const end = closingBracket(text, match[0].length - 1);
    if (end < 0) return null;
    const bound = new Map<string, readonly string[]>();
    splitArguments(text.slice(match[0].length, end)).forEach((argument, index) => {
      const { name, expression } = namedArgument(argument);
      bound.set(name ?? known.parameters[index] ?? '', this.evaluate(expression));
    });
    const values = this.#names.within(bound, () => this.evaluate(known.result));
    return values.length === 0 ? null : { values, length: end + 1 };
  }

  #bracketed(text: string): Term | null {
    if (!text.startsWith('(')) return null;
    const end = closingBracket(text, 0);
    const inner = this.evaluate(text.slice(1, end < 0 ? undefined : end));
    return inner.length > 0 ? { values: inner, length: end < 0 ? text.length : end + 1 } : null;
  }

  /** `ids["core"]`, `ids.get('core')`. */
  #item(text: string): Term | null {
    const item = /^([A-Za-z_]\w*)(?:\[\s*["']?(\w+)["']?\s*\]|\.get\(\s*["'](\w+)["']\s*\))/u.exec(text);
    if (!item) return null;
    const key = item[2] ?? item[3] ?? '';
    const held = this.#names.get(`${item[1] ?? ''}.${key}`) ?? this.#names.get(`#${key}`);
    return held ? { values: held, length: item[0].length } : null;
  }

  /** A name, of which the longest known beginning counts: the rest may be methods. Any other call gives what is not known. */
  #name(text: string): Term | null {
    const whole = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/u.exec(text)?.[0];
    if (whole === undefined) return null;
    for (let end = whole.length; end > 0; end = whole.lastIndexOf('.', end - 1)) {
      const values = this.#known(whole.slice(0, end));
      if (values) return { values, length: end };
    }
    const open = whole.length;
    const end = text.charAt(open) === '(' ? closingBracket(text, open) : -1;
    return { values: [unknown(whole)], length: end < 0 ? open : end + 1 };
  }

  #known(name: string): readonly string[] | undefined {
    const last = name.slice(name.lastIndexOf('.') + 1);
    const field = name.includes('.') ? this.#names.get(`#${last}`) : undefined;
    return this.#names.get(name) ?? field ?? this.#names.get(last);
  }

  /** Values of a match of `STRING`, with what stands in it. */
  literal(match: RegExpExecArray | RegExpMatchArray): readonly string[] {
    return this.#interpolated(match[1] ?? match[2] ?? '');
  }

  /** Replaces `${x}` and `$x` in a literal. */
  #interpolated(text: string): readonly string[] {
    let results: readonly string[] = [''];
    let last = 0;
    for (const match of text.matchAll(/\$\{((?:[^{}]|\{[^{}]*\})+)\}|\$([A-Za-z_]\w*)/gu)) {
      const before = text.slice(last, match.index);
      const values = this.#inside((match[1] ?? match[2] ?? '').trim());
      results = results.flatMap((left) => values.map((value) => left + before + value)).slice(0, MAX_VALUES);
      last = match.index + match[0].length;
    }
    return results.map((left) => left + text.slice(last));
  }

  #inside(expression: string): readonly string[] {
    const values = this.evaluate(expression);
    return values.length > 0 ? values : [unknown(expression)];
  }
}

/** `name = value` of Kotlin and Scala, or a value alone. */
export function namedArgument(argument: string): { readonly name: string | undefined; readonly expression: string } {
  const named = /^(\w+)\s*=(?!=)\s*([^]*)$/u.exec(argument);
  return { name: named?.[1], expression: named?.[2] ?? argument };
}

function number(text: string): Term | null {
  const digits = /^\d+/u.exec(text)?.[0];
  return digits === undefined ? null : { values: [digits], length: digits.length };
}

function fill(template: string, values: readonly string[]): string {
  let next = 0;
  return template.replace(/%[-\d.]*[sd]/gu, () => values[next++] ?? unknown('%s'));
}

const encoded = (value: string): string =>
  percentEncoded(withoutLikely(value)) + (value.includes(LIKELY) ? LIKELY : '');
