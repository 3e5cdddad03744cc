/*
 * Patterns for paths. They come from files of projects, so a library that turns them into a regular expression will not do:
 * `*a*a*a…` takes such an expression years. Here all ways to match go forward together, one character at a time.
 */

/** What a pattern does not say by itself: each place has rules of its own. */
export type Dialect =
  /** `include:local`: `**` is any text, `*` any text without a slash, all else stands for itself. */
  | 'include'
  /** `rules:exists`: braces, `?` and classes as well; `**` + slash is any number of folders. */
  | 'exists'
  /** A shell's: as `exists` without braces, but no wildcard takes a dot that begins a name. */
  | 'shell';

type Element = string | RegExp | typeof ANY | typeof STAR | typeof EVERYTHING | typeof FOLDERS;
const ANY = Symbol('?');
const STAR = Symbol('*');
const EVERYTHING = Symbol('**');
const FOLDERS = Symbol('**/');

const MAX_PATTERN = 500;
const MAX_ALTERNATIVES = 64;

/** How much matching may still cost; shared by everything that one repository asks for. */
export interface Budget {
  steps: number;
}

/** The paths that a pattern matches, in their order; none once finding out has cost more than the budget had. */
export function matchingPaths(
  paths: readonly string[],
  pattern: string,
  dialect: Dialect,
  budget: Budget,
): readonly string[] {
  const ways = dialect === 'exists' ? alternatives(pattern) : [pattern];
  if (!ways || pattern.length > MAX_PATTERN) budget.steps = -1;
  if (!ways || budget.steps < 0) return [];
  const matchers = ways.map((way) => ({
    prefix: /^[^*?[\\]*/u.exec(way)?.[0] ?? '',
    elements: elementsOf(way, dialect),
  }));
  const found = paths.filter((path) =>
    matchers.some(
      ({ prefix, elements }) => path.startsWith(prefix) && matches(path, elements, dialect !== 'shell', budget),
    ),
  );
  return budget.steps < 0 ? [] : found;
}

/** A pattern without its braces, one for each choice; null when there are too many. */
function alternatives(pattern: string): readonly string[] | null {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const braces = /\{([^{}]*,[^{}]*)\}/u.exec(next);
    if (!braces) done.push(next);
    else {
      const [before, after] = [next.slice(0, braces.index), next.slice(braces.index + braces[0].length)];
      open.push(...(braces[1] ?? '').split(',').map((choice) => before + choice + after));
    }
    if (open.length + done.length > MAX_ALTERNATIVES) return null;
  }
  return done;
}

const TOKEN = /\\.|\*\*+\/?|\*|\?|\[[!^]?\]?[^\]/]*\]|./gsu;

function elementsOf(pattern: string, dialect: Dialect): readonly Element[] {
  const found: Element[] = [];
  for (const { 0: token, index } of pattern.matchAll(TOKEN)) {
    for (const element of read(token, dialect, index === 0 || pattern[index - 1] === '/')) {
      const repeats = typeof element === 'symbol' && element !== ANY && element === found.at(-1);
      if (!repeats) found.push(element);
    }
  }
  return found;
}

function read(token: string, dialect: Dialect, startsName: boolean): readonly Element[] {
  if (token.startsWith('**')) {
    const slash = token.endsWith('/');
    if (dialect === 'include') return slash ? [EVERYTHING, '/'] : [EVERYTHING];
    if (!startsName) return slash ? [STAR, '/'] : [STAR];
    return [slash ? FOLDERS : EVERYTHING];
  }
  if (token === '*') return [STAR];
  if (dialect === 'include' || token === '/') return Array.from(token);
  if (token === '?') return [ANY];
  if (token.length > 1 && token.startsWith('\\')) return Array.from(token.slice(1));
  return token.length > 2 && token.startsWith('[') ? [classOf(token)] : Array.from(token);
}

function classOf(token: string): RegExp | string {
  const inside = token
    .slice(1, -1)
    .replace(/^!/u, '^')
    .replace(/[\\[\]]/gu, '\\$&');
  try {
    return new RegExp(`^[${inside}]$`, 'u');
  } catch {
    return token;
  }
}

function matches(path: string, elements: readonly Element[], dots: boolean, budget: Budget): boolean {
  let states = reached([0], elements, true);
  let startsName = true;
  for (const char of path) {
    budget.steps -= states.size;
    if (states.size === 0 || budget.steps < 0) return false;
    const hidden = startsName && char === '.' && !dots;
    startsName = char === '/';
    const next: number[] = [];
    for (const state of states) next.push(...after(state, elements[state], char, hidden));
    states = reached(next, elements, startsName);
  }
  return states.has(elements.length);
}

/** Where a state can be once it has taken a character; nowhere when it cannot. */
function after(state: number, element: Element | undefined, char: string, hidden: boolean): readonly number[] {
  if (element === undefined) return [];
  if (typeof element === 'string') return element === char ? [state + 1] : [];
  if (hidden) return [];
  if (element === FOLDERS || element === EVERYTHING) return [state];
  if (char === '/') return [];
  if (element === STAR) return [state];
  return element === ANY || (element instanceof RegExp && element.test(char)) ? [state + 1] : [];
}

/** These states and those that follow without a character: a star may take none, folders end where a name begins. */
function reached(states: readonly number[], elements: readonly Element[], startsName: boolean): ReadonlySet<number> {
  const all = new Set(states);
  for (const state of all) {
    const element = elements[state];
    if (element === STAR || element === EVERYTHING || (element === FOLDERS && startsName)) all.add(state + 1);
  }
  return all;
}
