import { isMap, isScalar, isSeq, LineCounter, parse, parseDocument, type Node } from 'yaml';

/** Files above this size are not read a second time for the sake of a line number. */
const MAX_CHARACTERS = 5_000_000;

/** Levels of lists and mappings that a file may have; the parser goes down by calling itself. */
const MAX_DEPTH = 2_000;
/** So many list marks or keys open levels in a single line. */
const DEEP_LINE = /^ *(?:[-?] +){1000}/m;

/**
 * A YAML text, or a JSON one, as values.
 *
 * @throws {Error} in the parser's words, or that it is nested too deeply: the parser would run out of stack in the middle of
 *   a regular expression, which ends the process instead of throwing
 */
export function readYaml(text: string): unknown {
  if (DEEP_LINE.test(text) || deepestBracket(text) > MAX_DEPTH) throw new Error('nested too deeply');
  return parse(text);
}

/** How many brackets are open at once at most; those in texts count too, which are closed as a rule. */
function deepestBracket(text: string): number {
  let open = 0;
  let most = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    most = Math.max(most, open);
  }
  return most;
}

/** `jobs[3].uses[0].callee` */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((shown, key) => {
    if (typeof key === 'number') return `${shown}[${String(key)}]`;
    return shown === '' ? String(key) : `${shown}.${String(key)}`;
  }, '');
}

/**
 * Finds the line of a field in a JSON or YAML text.
 *
 * @returns a function from a path such as `jobs[3].uses[0].callee` to the line, from 1, of that field or of the closest thing
 *   around it that is there; null where no line can be told
 */
export function lineFinder(text: string): (path: string) => number | null {
  if (text.length > MAX_CHARACTERS) return () => null;
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  return (path) => {
    if (path === '') return null;
    const offset = offsetOf(document.contents, path);
    return offset === null ? null : counter.linePos(offset).line;
  };
}

/** Walks down as far as the path leads; where a key stands counts, not where its value begins. */
function offsetOf(root: Node | null, path: string): number | null {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? null;
  for (let rest = path; rest !== '';) {
    const step = isSeq(node) ? intoList(node.items, rest) : isMap(node) ? intoMap(node.items, rest) : null;
    if (step === null) break;
    node = step.node;
    offset = step.offset ?? offset;
    rest = step.rest;
  }
  return offset;
}

interface Step {
  readonly node: unknown;
  readonly offset: number | null;
  readonly rest: string;
}

function intoList(items: readonly unknown[], path: string): Step | null {
  const [whole, index] = /^\.?\[?(\d+)\]?/.exec(path) ?? [];
  const node = index === undefined ? undefined : (items[Number(index)] as Node | undefined);
  return whole === undefined || node === undefined
    ? null
    : { node, offset: node.range?.[0] ?? null, rest: path.slice(whole.length) };
}

/** Keys may hold dots themselves, as paths of groups do: the longest one that fits is meant. */
function intoMap(pairs: readonly { readonly key: unknown; readonly value: unknown }[], path: string): Step | null {
  const wanted = path.replace(/^\./, '');
  let best: Step | null = null;
  let longest = -1;
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value) : '';
    const fits = wanted === name || wanted.startsWith(`${name}.`) || wanted.startsWith(`${name}[`);
    if (!fits || name.length <= longest || !isScalar(key)) continue;
    longest = name.length;
    best = { node: value, offset: key.range?.[0] ?? null, rest: wanted.slice(name.length) };
  }
  return best;
}
