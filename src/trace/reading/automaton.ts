/** A fixed byte string to look for, and the bits that mark a line which holds it. */
export interface Needle {
  readonly text: string;
  readonly flags: number;
}

/** Bits of a byte class: the needles together use fewer than 256 different bytes. */
export const CLASS_BITS = 8;
const CLASSES = 1 << CLASS_BITS;

/**
 * Aho-Corasick over bytes: all needles in one pass, two table look-ups per byte, however many needles there are and wherever
 * the stream is cut. Bytes that no needle holds share class 0, which keeps the rows short and the hot ones in the cache.
 * States are numbered so that those which report something come last: `state >= firstReporting` is the only test in
 * the hot loop.
 */
export interface Automaton {
  readonly classOf: Uint8Array;
  /** `next[(state << CLASS_BITS) | class]` is the following state; 0 is the start. */
  readonly next: Uint16Array;
  /** The bits a state reports; 0 below `firstReporting`. */
  readonly flags: Uint32Array;
  readonly firstReporting: number;
}

interface Node {
  readonly children: Map<number, number>;
  flags: number;
  fail: number;
}

/**
 * @param needles - non-empty texts, matched as UTF-8 bytes and with case; at most 65,535 bytes in all
 * @throws RangeError when the needles use more than 255 different bytes
 */
export function buildAutomaton(needles: readonly Needle[]): Automaton {
  const classOf = byteClasses(needles);
  const nodes = buildTrie(needles);
  const order = linkFailures(nodes);
  const quiet = nodes.filter((node) => node.flags === 0).length;
  const number = new Map<number, number>();
  let nextQuiet = 0;
  let nextReporting = quiet;
  // In trie order, so that the root (which reports nothing) stays state 0.
  nodes.forEach((node, index) => number.set(index, node.flags === 0 ? nextQuiet++ : nextReporting++));
  const at = (index: number): number => number.get(index) ?? 0;

  const next = new Uint16Array(nodes.length * CLASSES);
  const flags = new Uint32Array(nodes.length);
  for (const index of order) {
    const node = nodes[index];
    if (!node) continue;
    const row = at(index) * CLASSES;
    // Breadth first: the row of the failure state is complete when this one copies it.
    if (index !== 0) next.copyWithin(row, at(node.fail) * CLASSES, (at(node.fail) + 1) * CLASSES);
    for (const [byte, child] of node.children) next[row + (classOf[byte] ?? 0)] = at(child);
    flags[at(index)] = node.flags;
  }
  return { classOf, next, flags, firstReporting: quiet };
}

function byteClasses(needles: readonly Needle[]): Uint8Array {
  const classOf = new Uint8Array(256);
  let used = 0;
  for (const byte of needles.flatMap(({ text }) => [...Buffer.from(text, 'utf8')])) {
    if (classOf[byte] !== 0) continue;
    used += 1;
    if (used >= CLASSES) throw new RangeError('the needles use too many different bytes');
    classOf[byte] = used;
  }
  return classOf;
}

function buildTrie(needles: readonly Needle[]): Node[] {
  const nodes: Node[] = [{ children: new Map(), flags: 0, fail: 0 }];
  for (const needle of needles) {
    let current = 0;
    for (const byte of Buffer.from(needle.text, 'utf8')) {
      const node = nodes[current];
      let child = node?.children.get(byte);
      if (child === undefined) {
        child = nodes.length;
        nodes.push({ children: new Map(), flags: 0, fail: 0 });
        node?.children.set(byte, child);
      }
      current = child;
    }
    const end = nodes[current];
    if (end && current !== 0) end.flags |= needle.flags;
  }
  return nodes;
}

/** Sets the failure links and returns the nodes breadth first. */
function linkFailures(nodes: readonly Node[]): readonly number[] {
  const order = [0];
  for (let head = 0; head < order.length; head += 1) {
    const index = order[head] ?? 0;
    const node = nodes[index];
    if (!node) continue;
    for (const [byte, child] of node.children) {
      const target = nodes[child];
      if (!target) continue;
      target.fail = index === 0 ? 0 : follow(nodes, node.fail, byte);
      target.flags |= nodes[target.fail]?.flags ?? 0;
      order.push(child);
    }
  }
  return order;
}

function follow(nodes: readonly Node[], from: number, byte: number): number {
  let state = from;
  for (;;) {
    const child = nodes[state]?.children.get(byte);
    if (child !== undefined) return child;
    if (state === 0) return 0;
    state = nodes[state]?.fail ?? 0;
  }
}
