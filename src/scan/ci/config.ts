import type { Dict, Tree } from './tree.ts';
import { child, deepMerge, itemsOf, textOf } from './tree.ts';

const MAX_EXTENDS = 11;
const MAX_REFERENCES = 12;
const MAX_EXPANDED = 20_000;

/** Applies `extends`, then `!reference`, to every top-level entry: the order in which GitLab does it. */
export function expandConfig(config: Dict): Dict {
  const done = new Map<string, Tree>();
  for (const name of config.entries.keys()) extended(name, config, done, []);
  const merged: Dict = { kind: 'dict', entries: done, at: config.at };
  const budget = { left: MAX_EXPANDED };
  const entries = new Map<string, Tree>();
  for (const [name, tree] of done) entries.set(name, dereferenced(tree, merged, 0, budget));
  return { kind: 'dict', entries, at: config.at };
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
function dereferenced(tree: Tree, root: Dict, depth: number, budget: { left: number }): Tree {
  budget.left -= 1;
  if (budget.left < 0 || depth > 60) return tree;
  switch (tree.kind) {
    case 'scalar':
      return tree;
    case 'reference': {
      const target = depth > MAX_REFERENCES * 4 ? undefined : child(root, ...tree.path);
      return target ? dereferenced(target, root, depth + 4, budget) : tree;
    }
    case 'sequence': {
      if (!mayRefer(tree)) return tree;
      return {
        ...tree,
        items: tree.items.slice(0, Math.max(0, budget.left)).map((item) => dereferenced(item, root, depth + 1, budget)),
      };
    }
    case 'dict': {
      const entries = new Map<string, Tree>();
      for (const [key, value] of tree.entries) entries.set(key, dereferenced(value, root, depth + 1, budget));
      return { ...tree, entries };
    }
  }
}

function mayRefer(tree: Tree): boolean {
  return tree.kind === 'sequence' && tree.items.some((item) => item.kind !== 'scalar');
}
