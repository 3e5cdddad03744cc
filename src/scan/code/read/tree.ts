import type { SyntaxNode } from '@lezer/common';
import type { Expression } from '../syntax.ts';

/** Deeper expressions are nobody's helper script. */
const MAX_DEPTH = 120;

/** A parsed text, asked for the nodes and texts that a front end turns into the common form. */
export class ProgramTree {
  readonly #text: string;
  readonly #lines: readonly number[];
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lines = starts;
  }

  /** The text of a node, or between two offsets. */
  text({ from, to }: { readonly from: number; readonly to: number }): string {
    return this.#text.slice(from, to);
  }

  /** Row of a node, from 0. */
  row({ from }: { readonly from: number }): number {
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] ?? 0) <= from) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Runs `make` one level deeper; `other` beyond the bound. */
  deeper<T>(make: () => T, other: T): T {
    if (this.#depth >= MAX_DEPTH) return other;
    this.#depth += 1;
    const made = make();
    this.#depth -= 1;
    return made;
  }
}

/** Children of a node, comments left out. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (!/Comment$/u.test(child.name) && child.name !== '⚠') found.push(child);
  return found;
}

/** Parts of a list that is written with separators: each part with all of its nodes. */
export const separated = (nodes: readonly SyntaxNode[], separator = ','): readonly (readonly SyntaxNode[])[] =>
  places(nodes, separator).filter((part) => part.length > 0);

/** The same, with an empty part where nothing stands between two separators. */
export function places(nodes: readonly SyntaxNode[], separator = ','): readonly (readonly SyntaxNode[])[] {
  const parts: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === separator) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '', '0': '\0' };

/** A literal without its escapes. */
export const plain = (text: string): string =>
  text.replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/gu,
    (_, long?: string, short?: string, char?: string) => {
      const code = long ?? short;
      if (code !== undefined)
        return String.fromCharCode(Number.parseInt(code, 16)).replace(/[\uE000-\uE1FF]/u, '\uFFFD');
      return char === '\n' ? '' : (SIMPLE[char ?? ''] ?? char ?? '');
    },
  );

/** The number with a minus before it; null for anything that is no number. */
export const negative = (of: Expression): Expression | null =>
  of.kind === 'constant' && typeof of.value === 'number' ? { kind: 'constant', value: -of.value } : null;
