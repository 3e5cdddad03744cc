import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';

/** Files above this size are not read a second time for the sake of a line number. */
const MAX_CHARACTERS = 5_000_000;

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
