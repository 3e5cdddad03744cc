import { safePattern } from '../safe-pattern.ts';

/** Truth of a rule: `maybe` where it hangs on a value that is not known. */
export type Truth = 'yes' | 'no' | 'maybe';

/** Some text that is none of the literals, with what is taken for given: the patterns that it matches, or does not. */
export interface Open {
  readonly matches: ReadonlyMap<string, boolean>;
}

/** A variable's value in one scenario: text, null when unset, or an open one. */
export type RuleValue = string | null | Open;
/** Of which nothing else is known. */
export const ANY: Open = { matches: new Map() };
const isOpen = (value: RuleValue): value is Open => typeof value === 'object' && value !== null;

/** The value of a variable in the scenario that is tried. */
export type Lookup = (name: string) => RuleValue;

interface Token {
  readonly kind: 'value' | 'pattern' | 'operator';
  readonly text: string;
}
type Operand =
  { readonly kind: 'value'; readonly value: RuleValue } | { readonly kind: 'pattern'; readonly text: string };

const LEXEME =
  /\s*(?:(\$\{?\w+\}?)|"((?:[^"\\]|\\.)*)"|'([^']*)'|(\/(?:[^/\\]|\\.)+\/[a-z]*)|(==|!=|=~|!~|&&|\|\||[()])|(null)\b)/uy;
const MAX_TOKENS = 200;

const and = (a: Truth, b: Truth): Truth =>
  a === 'no' || b === 'no' ? 'no' : a === 'yes' && b === 'yes' ? 'yes' : 'maybe';
const or = (a: Truth, b: Truth): Truth =>
  a === 'yes' || b === 'yes' ? 'yes' : a === 'no' && b === 'no' ? 'no' : 'maybe';
const not = (a: Truth): Truth => (a === 'yes' ? 'no' : a === 'no' ? 'yes' : 'maybe');
const known = (condition: boolean): Truth => (condition ? 'yes' : 'no');

function tokens(text: string): readonly Token[] | null {
  const found: Token[] = [];
  LEXEME.lastIndex = 0;
  while (text.slice(LEXEME.lastIndex).trim() !== '') {
    const match = LEXEME.exec(text);
    if (!match || found.length > MAX_TOKENS) return null;
    const [, variable, double, single, pattern, operator] = match;
    if (variable !== undefined)
      found.push({ kind: 'operator', text: '$' }, { kind: 'value', text: variable.replace(/[${}]/gu, '') });
    else if (pattern !== undefined) found.push({ kind: 'pattern', text: pattern });
    else if (operator !== undefined) found.push({ kind: 'operator', text: operator });
    else if (double !== undefined || single !== undefined) found.push({ kind: 'value', text: double ?? single ?? '' });
    else found.push({ kind: 'operator', text: 'null' });
  }
  return found;
}

/** Names, literals and patterns (each after the name it is held against) of an expression: what scenarios have to try. */
export interface Vocabulary {
  readonly names: readonly string[];
  readonly literals: readonly string[];
  readonly patterns: readonly (readonly [name: string, pattern: string])[];
}

/** Reads what an expression names; empty for one that does not parse. */
export function vocabulary(text: string): Vocabulary {
  const names: string[] = [];
  const literals: string[] = [];
  const patterns: [string, string][] = [];
  let variable = false;
  for (const token of tokens(text) ?? []) {
    if (token.kind === 'value') (variable ? names : literals).push(token.text);
    if (token.kind === 'pattern') patterns.push([names.at(-1) ?? '', token.text]);
    variable = token.kind === 'operator' && token.text === '$';
  }
  return { names, literals, patterns };
}

/** Evaluates `rules:if`; an expression that does not parse is `maybe`. */
export function evaluate(text: string, lookup: Lookup): Truth {
  const list = tokens(text);
  if (list === null || list.length === 0) return 'maybe';
  return new Evaluator(list, lookup).run();
}

class Evaluator {
  readonly #tokens: readonly Token[];
  readonly #lookup: Lookup;
  #next = 0;

  constructor(list: readonly Token[], lookup: Lookup) {
    this.#tokens = list;
    this.#lookup = lookup;
  }

  run(): Truth {
    const truth = this.#or();
    return this.#next < this.#tokens.length ? 'maybe' : truth;
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'operator' || token.text !== text) return false;
    this.#next += 1;
    return true;
  }

  #or(): Truth {
    let truth = this.#and();
    while (this.#take('||')) truth = or(truth, this.#and());
    return truth;
  }

  #and(): Truth {
    let truth = this.#comparison();
    while (this.#take('&&')) truth = and(truth, this.#comparison());
    return truth;
  }

  #comparison(): Truth {
    if (this.#take('(')) {
      const truth = this.#or();
      this.#take(')');
      return truth;
    }
    const left = this.#operand();
    for (const operator of ['==', '!=', '=~', '!~']) {
      if (this.#take(operator)) return compare(left, operator, this.#operand());
    }
    return left.kind === 'value' ? present(left.value) : 'maybe';
  }

  #operand(): Operand {
    if (this.#take('null')) return { kind: 'value', value: null };
    const variable = this.#take('$');
    const token = this.#tokens[this.#next];
    this.#next += 1;
    if (token === undefined) return { kind: 'value', value: null };
    if (token.kind === 'pattern') return { kind: 'pattern', text: token.text };
    return { kind: 'value', value: variable ? this.#lookup(token.text) : token.text };
  }
}

function present(value: RuleValue): Truth {
  return isOpen(value) ? 'yes' : known(value !== null && value !== '');
}

function compare(left: Operand, operator: string, right: Operand): Truth {
  if (left.kind === 'pattern') return 'maybe';
  if (operator === '==' || operator === '!=') {
    if (right.kind === 'pattern') return 'maybe';
    const equal = isOpen(left.value) && isOpen(right.value) ? 'maybe' : known(left.value === right.value);
    return operator === '==' ? equal : not(equal);
  }
  const matched = matches(left.value, right);
  return operator === '=~' ? matched : not(matched);
}

function matches(value: RuleValue, right: Operand): Truth {
  if (value === null) return 'no';
  const text = right.kind === 'pattern' ? right.text : right.value;
  if (typeof text !== 'string') return 'maybe';
  if (isOpen(value)) {
    const given = value.matches.get(text);
    return given === undefined ? 'maybe' : known(given);
  }
  const pattern = /^\/(.+)\/([a-z]*)$/su.exec(text);
  const safe = pattern && safePattern(pattern[1] ?? '', (pattern[2] ?? '').includes('i') ? 'i' : '');
  if (!safe || value.length > safe.longest) return 'maybe';
  return known(safe.regex.test(value));
}
