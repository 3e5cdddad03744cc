/** Where the callers stand in the group tree, and what each group above them would admit. */

/** One line of an allowlist as far as compaction cares. */
export interface EntryPath {
  readonly kind: 'project' | 'group';
  readonly path: string;
}

/** A group with at least one caller below it that no existing entry covers. */
export interface GroupNode {
  /** Last segment of the path, as the inventory spells it. */
  readonly name: string;
  readonly parent: GroupNode | null;
  /** 1 for a top-level group. */
  readonly depth: number;
  /** By lower-case segment: GitLab compares paths without case. */
  readonly children: ReadonlyMap<string, GroupNode>;
  /** Keys of the uncovered callers directly in this group, sorted. */
  readonly direct: readonly string[];
  /** Uncovered callers below, at any depth. */
  readonly uncovered: number;
  /** Projects below, at any depth: what a group entry admits today. */
  readonly admits: number;
  /** Callers among them, covered or not. */
  readonly observed: number;
  /** Projects that a group entry would newly admit and that were never seen as callers. */
  readonly widening: number;
  /** It may not stand as an entry. */
  readonly forbidden: boolean;
}

/** The groups above callers that no entry admits yet. */
export interface CallerTree {
  /** Top-level groups with uncovered callers, by lower-case name. */
  readonly roots: ReadonlyMap<string, GroupNode>;
  /** Keys of uncovered callers that only a project entry can admit, sorted. */
  readonly personal: readonly string[];
  /** How to print a project, by its key. */
  readonly spelling: ReadonlyMap<string, string>;
}

type Draft = Omit<{ -readonly [K in keyof GroupNode]: GroupNode[K] }, 'children' | 'direct'> & {
  readonly children: Map<string, Draft>;
  readonly direct: string[];
};

/**
 * A path as GitLab compares it. Its paths are ASCII; elsewhere lower case may be longer than the text it comes from (`İ`),
 * and keys and paths are cut at the same places.
 */
export function keyOf(path: string): string {
  const lower = path.toLowerCase();
  return lower.length === path.length ? lower : path.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Code unit order, the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Full path of a group. */
export function pathOf(group: GroupNode): string {
  const names: string[] = [];
  for (let above: GroupNode | null = group; above; above = above.parent) names.push(above.name);
  return names.toReversed().join('/');
}

/** Finds out which of a few known namespaces stand above a path: whole segments, so `a/b` is not above `a/bc`. */
export function namespaceFinder(namespaces: Iterable<string>): (key: string) => readonly string[] {
  const known = new Set(namespaces);
  // Cutting at known lengths alone keeps a hostile path of a thousand levels from costing a million characters.
  const lengths = [...new Set([...known].map(({ length }) => length))];
  return (key) =>
    lengths
      .filter((length) => key[length] === '/')
      .map((length) => key.slice(0, length))
      .filter((namespace) => known.has(namespace));
}

function spellingOf(projects: readonly string[], callers: readonly string[]): Map<string, string> {
  const spelling = new Map<string, string>();
  for (const paths of [projects, callers]) {
    // The inventory's spelling counts before that of the evidence; among equals the first in text order.
    const found = new Map<string, string>();
    for (const path of paths) {
      const key = keyOf(path);
      const known = found.get(key);
      if (!spelling.has(key) && (known === undefined || path < known)) found.set(key, path);
    }
    for (const [key, path] of found) spelling.set(key, path);
  }
  return spelling;
}

/** Tells which projects the existing entries admit. A personal namespace is no group, so it admits nobody. */
function coverage(existing: readonly EntryPath[], userNamespaces: ReadonlySet<string>): (key: string) => boolean {
  const keys = (kind: EntryPath['kind']) =>
    existing.filter((entry) => entry.kind === kind).map(({ path }) => keyOf(path));
  const projects = new Set(keys('project'));
  const groupsAbove = namespaceFinder(keys('group').filter((key) => !userNamespaces.has(key)));
  return (key) => projects.has(key) || groupsAbove(key).length > 0;
}

const draft = (parent: Draft | null): Draft => ({
  name: '',
  parent,
  depth: (parent?.depth ?? 0) + 1,
  children: new Map(),
  direct: [],
  uncovered: 0,
  admits: 0,
  observed: 0,
  widening: 0,
  forbidden: false,
});

function grow(roots: Map<string, Draft>, callerKey: string): void {
  let parent: Draft | null = null;
  for (const segment of callerKey.split('/').slice(0, -1)) {
    const level: Map<string, Draft> = parent?.children ?? roots;
    const group: Draft = level.get(segment) ?? draft(parent);
    level.set(segment, group);
    group.uncovered += 1;
    parent = group;
  }
  parent?.direct.push(callerKey);
}

/** Counts one project in every group above it that has uncovered callers. */
function count(roots: Map<string, Draft>, path: string, observed: boolean, covered: boolean): void {
  const names = path.split('/');
  let level = roots;
  for (const name of names.slice(0, -1)) {
    const group = level.get(keyOf(name));
    // Below a group without uncovered callers there is none either.
    if (!group) return;
    if (group.name === '' || name < group.name) group.name = name;
    group.admits += 1;
    if (observed) group.observed += 1;
    else if (!covered) group.widening += 1;
    level = group.children;
  }
}

/** Marks the groups that may not stand as entries; one without uncovered callers is not in the tree. */
function forbid(roots: Map<string, Draft>, paths: readonly string[]): void {
  for (const path of paths) {
    let level = roots;
    let group: Draft | undefined;
    for (const segment of keyOf(path).split('/')) {
      group = level.get(segment);
      if (!group) break;
      level = group.children;
    }
    if (group) group.forbidden = true;
  }
}

/**
 * Builds the part of the group tree that holds uncovered callers. Callers missing from `projects` are added to it;
 * duplicates count once.
 */
export function callerTree(input: {
  readonly callers: readonly string[];
  readonly projects: readonly string[];
  readonly existing: readonly EntryPath[];
  readonly userNamespaces: readonly string[];
  readonly forbidden?: readonly string[];
}): CallerTree {
  const spelling = spellingOf(input.projects, input.callers);
  const callers = new Set(input.callers.map(keyOf));
  const userNamespaces = new Set(input.userNamespaces.map(keyOf));
  const covered = coverage(input.existing, userNamespaces);
  const personalAbove = namespaceFinder(userNamespaces);
  const roots = new Map<string, Draft>();
  const personal: string[] = [];
  for (const key of [...callers].filter((caller) => !covered(caller)).sort(byText)) {
    if (!key.includes('/') || personalAbove(key).length > 0) personal.push(key);
    else grow(roots, key);
  }
  for (const [key, path] of spelling) count(roots, path, callers.has(key), covered(key));
  forbid(roots, input.forbidden ?? []);
  return { roots, personal, spelling };
}
