/** One element of a shell pattern: a character, any one, one of a class, or any number of any. */
type Element = string | RegExp | typeof ANY | typeof STAR;
const ANY = Symbol('?');
const STAR = Symbol('*');

/** Longer values are left as they are: matching takes quadratic time. */
const MAX_VALUE = 2_000;
const MAX_PATTERN = 500;
/** Comparisons of one operation. */
const MAX_STEPS = 2_000_000;

function elementsOf(glob: string): readonly Element[] | null {
  if (glob.length > MAX_PATTERN) return null;
  const found: Element[] = [];
  for (let index = 0; index < glob.length; index += 1) {
    const char = glob.charAt(index);
    if (char === '\\' && index + 1 < glob.length) {
      index += 1;
      found.push(glob.charAt(index));
    } else if (char === '*') {
      if (found.at(-1) !== STAR) found.push(STAR);
    } else if (char === '?') found.push(ANY);
    else if (char === '[' && glob.indexOf(']', index + 2) > 0) {
      const end = classEnd(glob, index);
      const set = characterClass(glob.slice(index + 1, end));
      if (!set) return null;
      found.push(set);
      index = end;
    } else found.push(char);
  }
  return found;
}

/** The bracket that closes a class; `[:digit:]` inside of it does not. */
function classEnd(glob: string, start: number): number {
  const named = /^\[[!^]?(?:\[:\w+:\]|[^\]])*\]/u.exec(glob.slice(start));
  return named ? start + named[0].length - 1 : glob.indexOf(']', start + 2);
}

const NAMED: Readonly<Record<string, string>> = {
  digit: '0-9',
  alpha: 'A-Za-z',
  alnum: 'A-Za-z0-9',
  lower: 'a-z',
  upper: 'A-Z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
};

/** `[:digit:]` and its relatives as what they stand for inside of a class. */
export const withoutNamedClasses = (text: string): string =>
  text.replace(/\[:(\w+):\]/gu, (_, name: string) => NAMED[name] ?? '');

function characterClass(inside: string): RegExp | null {
  const source = inside
    .replace(/^!/u, '^')
    .replace(/[\\[](?!:)/gu, '\\$&')
    .replace(/\[:\w+:\]/gu, (named) => withoutNamedClasses(named));
  try {
    return new RegExp(`^[${source}]$`, 'u');
  } catch {
    return null;
  }
}

/** Matches from `start`; calls `ends` with each position a match may end at, longest last. Bounded by `budget`. */
class Matcher {
  readonly #elements: readonly Element[];
  #left = MAX_STEPS;

  constructor(elements: readonly Element[]) {
    this.#elements = elements;
  }

  /** Whether the whole text matches: on a mismatch only the last star can take one character more. */
  whole(text: string): boolean {
    let [at, index] = [0, 0];
    let [starAt, starIndex] = [-1, -1];
    while (at < text.length) {
      this.#left -= 1;
      if (this.#left < 0) return false;
      const element = this.#elements[index];
      if (element === STAR) {
        starAt = at;
        starIndex = index;
        index += 1;
      } else if (element !== undefined && fits(element, text.charAt(at))) {
        at += 1;
        index += 1;
      } else if (starIndex >= 0) {
        starAt += 1;
        at = starAt;
        index = starIndex + 1;
      } else return false;
    }
    while (this.#elements[index] === STAR) index += 1;
    return index === this.#elements.length;
  }

  /** The longest part of the text from `start` that matches, or null. */
  longestFrom(text: string, start: number): string | null {
    const fixed = !this.#elements.includes(STAR);
    const shortest = fixed ? start + this.#elements.length : start;
    for (let end = fixed ? shortest : text.length; end >= shortest && end <= text.length; end -= 1) {
      const part = text.slice(start, end);
      if (this.whole(part)) return part;
      if (this.#left < 0) return null;
    }
    return null;
  }
}

function fits(element: Element, char: string): boolean {
  if (element === ANY) return true;
  return typeof element === 'string' ? element === char : element instanceof RegExp && element.test(char);
}

function matcherOf(value: string, glob: string): Matcher | null {
  const elements = value.length <= MAX_VALUE ? elementsOf(glob) : null;
  return elements && new Matcher(elements);
}

/** Whether a value matches a shell pattern as a whole. */
export function matchesPattern(value: string, glob: string): boolean {
  return matcherOf(value, glob)?.whole(value) ?? false;
}

/** `${value#glob}`, `##`, `%` and `%%`. */
export function removePattern(value: string, operator: string, glob: string): string {
  const matcher = matcherOf(value, glob);
  if (!matcher) return value;
  const suffix = operator.startsWith('%');
  const longest = operator.length === 2;
  for (let step = 0; step <= value.length; step += 1) {
    const length = longest ? value.length - step : step;
    const part = suffix ? value.slice(value.length - length) : value.slice(0, length);
    if (matcher.whole(part)) return suffix ? value.slice(0, value.length - length) : value.slice(length);
  }
  return value;
}

/** `${value/glob/replacement}`, `//`, `/#` and `/%`. */
export function replacePattern(value: string, operator: string, glob: string, replacement: string): string {
  // An empty pattern stands for the place before the first or behind the last character.
  if (glob === '' && operator === '/#') return replacement + value;
  if (glob === '' && operator === '/%') return value + replacement;
  const matcher = glob === '' ? null : matcherOf(value, glob);
  if (!matcher) return value;
  if (operator === '/%') {
    for (let start = 0; start <= value.length; start += 1)
      if (matcher.whole(value.slice(start))) return value.slice(0, start) + replacement;
    return value;
  }
  let result = '';
  let at = 0;
  while (at < value.length) {
    const part = matcher.longestFrom(value, at);
    if (part !== null && part !== '') {
      result += replacement;
      at += part.length;
      if (operator !== '//') return result + value.slice(at);
    } else {
      result += value.charAt(at);
      at += 1;
    }
    if (operator === '/#') break;
  }
  return result + value.slice(at);
}
