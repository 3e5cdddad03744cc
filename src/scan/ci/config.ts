import type { Dict, Tree } from './tree.ts';
import { child, deepMerge, itemsOf, textOf } from './tree.ts';

const MAX_EXTENDS = 11;
const MAX_DEPTH = 60;
/** Nodes that references may add: each of them can hold further ones. */
const MAX_ADDED = 200_000;

/** A configuration as GitLab sees it, and whether some `!reference` was left because there are too many. */
export interface Expanded {
  readonly config: Dict;
  readonly complete: boolean;
}

/** Applies `extends`, then `!reference`, to every top-level entry: the order in which GitLab does it. */
export function expandConfig(config: Dict): Expanded {
  const done = new Map<string, Tree>();
  for (const name of config.entries.keys()) extended(name, config, done, []);
  const references = new References({ kind: 'dict', entries: done, at: config.at });
  const entries = new Map([...done].map(([name, tree]) => [name, references.resolved(tree, 0)] as const));
  return { config: { kind: 'dict', entries, at: config.at }, complete: references.complete };
}

function extended(name: string, config: Dict, done: Map<string, Tree>, stack: readonly string[]): Tree | undefined {
  const ready = done.get(name);
  if (ready) return ready;
  const own = config.entries.get(name);
  if (own?.kind !== 'dict' || stack.length >= MAX_EXTENDS || stack.includes(name)) {
    if (own && !stack.includes(name)) done.set(name, own);
    return own;
  }
  let merged: Tree | null = null;
  for (const parent of itemsOf(child(own, 'extends'))) {
    const base = extended(textOf(parent), config, done, [...stack, name]);
    if (base) merged = merged === null ? base : deepMerge(merged, base);
  }
  const result = merged === null ? own : deepMerge(merged, own);
  done.set(name, result);
  return result;
}

/** Replaces references by what they name; a sequence inside a sequence is left to the flattening of scripts. */
class References {
  readonly #root: Dict;
  readonly #known = new WeakMap<Tree, boolean>();
  #left = MAX_ADDED;

  constructor(root: Dict) {
    this.#root = root;
  }

  get complete(): boolean {
    return this.#left > 0;
  }

  resolved(tree: Tree, depth: number): Tree {
    if (!this.#refers(tree, 0) || depth > MAX_DEPTH || this.#left <= 0) return tree;
    this.#left -= 1;
    switch (tree.kind) {
      case 'scalar':
        return tree;
      case 'reference': {
        const target = child(this.#root, ...tree.path);
        // A reference inside of what it names would go on for ever: GitLab allows ten levels.
        return target ? this.resolved(target, depth + 5) : tree;
      }
      case 'sequence':
        return { ...tree, items: tree.items.map((item) => this.resolved(item, depth + 1)) };
      case 'dict': {
        const entries = new Map<string, Tree>();
        for (const [key, value] of tree.entries) entries.set(key, this.resolved(value, depth + 1));
        return { ...tree, entries };
      }
    }
  }

  /** Whether a reference stands somewhere in a tree; most hold none and are left as they are. */
  #refers(tree: Tree, depth: number): boolean {
    if (tree.kind === 'scalar') return false;
    if (tree.kind === 'reference') return true;
    const known = this.#known.get(tree);
    if (known !== undefined || depth > MAX_DEPTH) return known ?? false;
    this.#known.set(tree, false);
    const parts = tree.kind === 'sequence' ? tree.items : [...tree.entries.values()];
    const found = parts.some((part) => this.#refers(part, depth + 1));
    this.#known.set(tree, found);
    return found;
  }
}
