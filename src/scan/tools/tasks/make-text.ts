/** What the text of a makefile refers to. */
export interface MakeScope {
  /** A variable's text; `final` when it is not expanded further. */
  readonly variable: (name: string) => { readonly value: string; readonly final: boolean };
  /** Where a variable is set: `file`, `environment`, `command line` or `undefined`. */
  readonly origin: (name: string) => string;
  /** Files that a pattern matches. */
  readonly files: (pattern: string) => readonly string[];
  /** Hears of a command that `$(shell …)` starts. */
  readonly shell?: (command: string) => void;
  /** Hears of a text that `$(eval …)` adds to the makefile. */
  readonly evaluate?: (text: string) => void;
}

const MAX_DEPTH = 20;
const MAX_TEXT = 50_000;
/** Expansions of one text: nested functions of a hostile file could take exponential time. */
const MAX_STEPS = 5_000;

/** Expands `$(NAME)`, `$(function …)`, `$X` and `$$` of a makefile. */
export function expandMake(text: string, scope: MakeScope): string {
  return new Expansion(scope).text(text, 0);
}

class Expansion {
  readonly #scope: MakeScope;
  readonly #local = new Map<string, string>();
  #steps = 0;

  constructor(scope: MakeScope) {
    this.#scope = scope;
  }

  text(text: string, depth: number): string {
    let result = '';
    let from = 0;
    for (;;) {
      const at = text.indexOf('$', from);
      this.#steps += 1;
      if (at < 0 || at === text.length - 1 || depth > MAX_DEPTH || result.length > MAX_TEXT || this.#steps > MAX_STEPS)
        return result + text.slice(from);
      result += text.slice(from, at);
      const next = text.charAt(at + 1);
      if (next === '$') {
        result += '$';
        from = at + 2;
      } else if (next === '(' || next === '{') {
        const end = closing(text, at + 1);
        if (end < 0) return result + text.slice(at);
        result += this.#reference(text.slice(at + 2, end), depth + 1);
        from = end + 1;
      } else {
        result += this.#variable(next, depth + 1);
        from = at + 2;
      }
    }
  }

  #variable(name: string, depth: number): string {
    const local = this.#local.get(name);
    if (local !== undefined) return local;
    const { value, final } = this.#scope.variable(name);
    return final ? value : this.text(value, depth);
  }

  #reference(inside: string, depth: number): string {
    const call = /^([a-z-]+)\s+([^]*)$/u.exec(inside);
    const name = call?.[1] ?? '';
    if (call && name in FUNCTIONS) return this.#function(name, call[2] ?? '', depth);
    const substitution = /^([^:]+):([^=]*)=(.*)$/u.exec(inside);
    if (substitution) {
      const [, variable = '', from = '', to = ''] = substitution;
      const pattern = from.includes('%') ? from : `%${from}`;
      return patsubst(pattern, to.includes('%') ? to : `%${to}`, this.#variable(this.text(variable, depth), depth));
    }
    return this.#variable(this.text(inside, depth).trim(), depth);
  }

  #function(name: string, list: string, depth: number): string {
    const args = splitArguments(list, FUNCTIONS[name] ?? 1);
    const value = (index: number): string => this.text(args[index] ?? '', depth);
    switch (name) {
      case 'shell': {
        // The shell of the recipe runs it, once more where make itself did.
        const command = value(0);
        this.#scope.shell?.(command);
        return `$(${command})`;
      }
      case 'foreach': {
        const variable = value(0).trim();
        const found = words(value(1)).map((word) => {
          this.#local.set(variable, word);
          return this.text(args[2] ?? '', depth);
        });
        this.#local.delete(variable);
        return found.join(' ').slice(0, MAX_TEXT);
      }
      case 'if':
        return value(0).trim() === '' ? value(2) : value(1);
      case 'or':
        return args.map((_, index) => value(index)).find((text) => text !== '') ?? '';
      case 'call': {
        args.forEach((_, index) => this.#local.set(String(index), value(index)));
        return this.#variable(value(0).trim(), depth);
      }
      case 'wildcard':
        return words(value(0))
          .flatMap((pattern) => this.#scope.files(pattern))
          .join(' ');
      case 'origin':
        return this.#scope.origin(value(0).trim());
      case 'value':
        return this.#scope.variable(value(0).trim()).value;
      case 'and':
        return args.every((_, index) => value(index) !== '') ? value(args.length - 1) : '';
      case 'eval':
        this.#scope.evaluate?.(value(0));
        return '';
      case 'info':
      case 'warning':
      case 'error':
        return '';
      default:
        return textFunction(
          name,
          args.map((_, index) => value(index)),
        );
    }
  }
}

/** Functions and how many arguments they have; the last one takes the remaining commas. */
const FUNCTIONS: Readonly<Record<string, number>> = {
  shell: 1,
  foreach: 3,
  origin: 1,
  value: 1,
  and: 9,
  if: 3,
  or: 9,
  call: 9,
  wildcard: 1,
  addprefix: 2,
  addsuffix: 2,
  patsubst: 3,
  subst: 3,
  strip: 1,
  sort: 1,
  word: 2,
  words: 1,
  firstword: 1,
  lastword: 1,
  notdir: 1,
  dir: 1,
  basename: 1,
  filter: 2,
  'filter-out': 2,
  join: 2,
  abspath: 1,
  realpath: 1,
  info: 1,
  warning: 1,
  error: 1,
  eval: 1,
};

function textFunction(name: string, [first = '', second = '', third = '']: readonly string[]): string {
  const each = (list: string, change: (word: string) => string): string => words(list).map(change).join(' ');
  switch (name) {
    case 'addprefix':
      return each(second, (word) => first + word);
    case 'addsuffix':
      return each(second, (word) => word + first);
    case 'patsubst':
      return patsubst(first, second, third);
    case 'subst':
      return first === '' ? third : third.replaceAll(first, second);
    case 'word':
      return words(second)[Number(first) - 1] ?? '';
    case 'words':
      return String(words(first).length);
    case 'firstword':
      return words(first)[0] ?? '';
    case 'lastword':
      return words(first).at(-1) ?? '';
    case 'notdir':
      return each(first, (word) => word.split('/').at(-1) ?? '');
    case 'dir':
      return each(first, (word) => (word.includes('/') ? word.replace(/[^/]*$/u, '') : './'));
    case 'basename':
      return each(first, (word) => word.replace(/\.[^./]*$/u, ''));
    case 'sort':
      return [...new Set(words(first))].sort().join(' ');
    case 'filter':
    case 'filter-out': {
      const patterns = words(first);
      const matches = (word: string): boolean => patterns.some((pattern) => patternMatch(pattern, word) !== null);
      return words(second)
        .filter((word) => matches(word) === (name === 'filter'))
        .join(' ');
    }
    case 'join': {
      const right = words(second);
      return words(first)
        .map((word, index) => word + (right[index] ?? ''))
        .join(' ');
    }
    default:
      return words(first).join(' ');
  }
}

const words = (text: string): readonly string[] =>
  text
    .split(/\s+/u)
    .filter((word) => word !== '')
    .slice(0, 2_000);

const patsubst = (from: string, to: string, list: string): string =>
  words(list)
    .map((word) => {
      const stem = patternMatch(from, word);
      return stem === null ? word : to.replace('%', stem);
    })
    .join(' ');

/** What `%` stands for when a word fits a pattern, `''` for an equal word without one; else null. */
export function patternMatch(pattern: string, word: string): string | null {
  const at = pattern.indexOf('%');
  if (at < 0) return pattern === word ? '' : null;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  if (word.length < before.length + after.length || !word.startsWith(before) || !word.endsWith(after)) return null;
  return word.slice(before.length, word.length - after.length);
}

/** The bracket that closes the one at `open`, or -1. */
function closing(text: string, open: number): number {
  const [opens, closes] = text.charAt(open) === '(' ? ['(', ')'] : ['{', '}'];
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === opens) depth += 1;
    else if (char === closes && (depth -= 1) === 0) return at;
  }
  return -1;
}

/** Splits at commas outside of brackets, into at most `count` parts. */
function splitArguments(list: string, count: number): readonly string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const char of list) {
    if (char === '(' || char === '{') depth += 1;
    else if (char === ')' || char === '}') depth -= 1;
    if (char === ',' && depth === 0 && parts.length < count) parts.push('');
    else parts[parts.length - 1] = `${parts.at(-1) ?? ''}${char}`;
  }
  return parts;
}
