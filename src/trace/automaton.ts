/** A fixed byte string to look for, and the bits that mark a line which holds it. */
export interface Needle {
  readonly text: string;
  readonly flags: number;
}

/**
 * Aho-Corasick over bytes: all needles in one pass, one table look-up per byte, however many needles there are and wherever
 * the stream is cut. States are numbered so that those which report something come last: `state >= firstReporting`
 * is the only test in the hot loop.
 */
export interface Automaton {
  /** `next[state * 256 + byte]` is the following state; state 0 is the start. */
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
 */
export function buildAutomaton(needles: readonly Needle[]): Automaton {
  const nodes = buildTrie(needles);
  const order = linkFailures(nodes);
  const quiet = nodes.filter((node) => node.flags === 0).length;
  const number = new Map<number, number>();
  let nextQuiet = 0;
  let nextReporting = quiet;
  // In trie order, so that the root (which reports nothing) stays state 0.
  nodes.forEach((node, index) => number.set(index, node.flags === 0 ? nextQuiet++ : nextReporting++));
  const at = (index: number): number => number.get(index) ?? 0;

  const next = new Uint16Array(nodes.length * 256);
  const flags = new Uint32Array(nodes.length);
  for (const index of order) {
    const node = nodes[index];
    if (!node) continue;
    const row = at(index) * 256;
    // Breadth first: the row of the failure state is complete when this one copies it.
    if (index !== 0) next.copyWithin(row, at(node.fail) * 256, at(node.fail) * 256 + 256);
    for (const [byte, child] of node.children) next[row + byte] = at(child);
    flags[at(index)] = node.flags;
  }
  return { next, flags, firstReporting: quiet };
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
