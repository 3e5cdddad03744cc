import type { Node as YamlNode, Pair, ParsedNode, ScalarTag, CollectionTag } from 'yaml';
import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { withoutForged } from '../marks.ts';
import type { SourceText } from '../source.ts';
import { scalarSource } from '../source.ts';
import type { Origin } from '../types.ts';

/** A YAML value that remembers where it was written; merged configurations mix nodes of several files. */
export type Tree = Scalar | Sequence | Dict | Reference;

/** A single value, with the place of each of its lines. */
export interface Scalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly source: SourceText;
  readonly at: Origin;
}
/** A list. */
export interface Sequence {
  readonly kind: 'sequence';
  readonly items: readonly Tree[];
  readonly at: Origin;
}
/** A mapping, in the order in which it is written. */
export interface Dict {
  readonly kind: 'dict';
  readonly entries: ReadonlyMap<string, Tree>;
  readonly at: Origin;
}
/** `!reference [job, key, …]`, resolved once the whole configuration is merged. */
export interface Reference {
  readonly kind: 'reference';
  readonly path: readonly string[];
  readonly at: Origin;
}

/** The documents of a YAML file; `problems` says what did not parse, the rest is still there. */
export interface YamlFile {
  readonly documents: readonly Tree[];
  readonly problems: readonly string[];
}

/** Replaces a scalar while the tree is built (component inputs); null keeps it. */
export type Interpolate = (scalar: Scalar) => Tree | null;

const MAX_DEPTH = 60;
const REFERENCE_TAG: CollectionTag = { tag: '!reference', collection: 'seq', identify: () => false };
const UNKNOWN_TAG: ScalarTag = { tag: '!base64', resolve: (text) => text, identify: () => false };

/** A mapping without entries, said to stand at `at`. */
export const emptyDict = (at: Origin): Dict => ({ kind: 'dict', entries: new Map(), at });

/**
 * Parses YAML with `!reference`, merge keys and anchors. Shared anchors stay shared, so that alias bombs stay small.
 *
 * @param where for a text that was put together: the place at which one of its lines was written
 */
export function readYaml(
  text: string,
  file: string,
  interpolate: Interpolate = () => null,
  where: (at: Origin) => Origin = (at) => at,
): YamlFile {
  const lines = new LineCounter();
  try {
    const parsed = parseAllDocuments(withoutForged(text), {
      lineCounter: lines,
      uniqueKeys: false,
      logLevel: 'silent',
      customTags: [REFERENCE_TAG, UNKNOWN_TAG],
    });
    const documents = Array.isArray(parsed) ? parsed : [];
    const problems = documents.flatMap((document) =>
      document.errors.map(({ message }) => message.split('\n')[0] ?? ''),
    );
    return {
      documents: documents.map((document) =>
        new Builder(text, file, lines, interpolate, where).build(document.contents),
      ),
      problems,
    };
  } catch (error) {
    return { documents: [], problems: [error instanceof RangeError ? 'nested too deeply' : 'not readable as YAML'] };
  }
}

class Builder {
  readonly #text: string;
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #interpolate: Interpolate;
  readonly #where: (at: Origin) => Origin;
  readonly #anchors = new Map<string, Tree>();

  constructor(text: string, file: string, lines: LineCounter, interpolate: Interpolate, where: (at: Origin) => Origin) {
    this.#text = text;
    this.#file = file;
    this.#lines = lines;
    this.#interpolate = interpolate;
    this.#where = where;
  }

  build(node: ParsedNode | YamlNode | null, depth = 0): Tree {
    const at = this.#at(node?.range?.[0] ?? 0);
    const nothing: Scalar = { kind: 'scalar', value: null, source: { text: '', at: () => at }, at };
    if (node === null || depth > MAX_DEPTH) return nothing;
    // An alias to an anchor that is still being built would be a circle: it reads as null.
    if (isAlias(node)) return this.#anchors.get(node.source) ?? nothing;
    const built = this.#collection(node, depth, at);
    const anchor = (node as { anchor?: string }).anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #collection(node: YamlNode, depth: number, at: Origin): Tree {
    if (isSeq(node)) {
      const items = node.items.map((item) => this.build(item as YamlNode | null, depth + 1));
      if (node.tag !== '!reference') return { kind: 'sequence', items, at };
      return { kind: 'reference', path: items.map(textOf), at };
    }
    if (isMap(node)) return this.#dict(node.items, depth, at);
    const value = isScalar(node) ? node.value : null;
    return this.#scalar(node, value);
  }

  #dict(pairs: readonly unknown[], depth: number, at: Origin): Dict {
    const entries = new Map<string, Tree>();
    const inherited: Tree[] = [];
    for (const pair of pairs) {
      if (!isPair(pair)) continue;
      const { key, value } = pair as Pair<YamlNode | null, YamlNode | null>;
      const name = this.#key(key);
      const built = value === null ? this.#blank(key, at) : this.build(value, depth + 1);
      if (name === '<<') inherited.push(...(built.kind === 'sequence' ? built.items : [built]));
      else entries.set(name, built);
    }
    for (const base of inherited) {
      if (base.kind !== 'dict') continue;
      for (const [name, value] of base.entries) if (!entries.has(name)) entries.set(name, value);
    }
    return { kind: 'dict', entries, at };
  }

  /** Inputs may stand in keys too: a template's job takes its name from them. */
  #key(key: YamlNode | null): string {
    if (!isScalar(key)) return '';
    const text = String(key.value);
    return text.includes('$[[') ? textOf(this.#scalar(key, text)) : text;
  }

  #blank(key: YamlNode | null, fallback: Origin): Scalar {
    const at = key?.range ? this.#at(key.range[0]) : fallback;
    return { kind: 'scalar', value: null, source: { text: '', at: () => at }, at };
  }

  #scalar(node: YamlNode, raw: unknown): Tree {
    const value =
      typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' || raw === null ? raw : null;
    const text = value === null ? '' : String(value);
    const start = node.range?.[0] ?? 0;
    const line = this.#line(start);
    const written = scalarSource(text, this.#text.slice(start, node.range?.[1] ?? start), this.#file, line);
    const source = { text, at: (offset: number) => this.#where(written.at(offset)) };
    const scalar: Scalar = { kind: 'scalar', value, source, at: source.at(0) };
    return this.#interpolate(scalar) ?? scalar;
  }

  #at(offset: number): Origin {
    return this.#where({ file: this.#file, line: this.#line(offset) });
  }

  #line(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }
}

/** The text of a scalar as GitLab would put it into a variable; `''` for everything else. */
export function textOf(tree: Tree | undefined): string {
  return tree?.kind === 'scalar' ? tree.source.text : '';
}

/** The value behind a key of a mapping, or undefined. */
export function child(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  let current = tree;
  for (const key of keys) current = current?.kind === 'dict' ? current.entries.get(key) : undefined;
  return current;
}

/** A sequence's items; a single value counts as a sequence of one; nothing as empty. */
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined || (tree.kind === 'scalar' && tree.value === null)) return [];
  return tree.kind === 'sequence' ? tree.items : [tree];
}

/** Right over left, key by key, as `include` and `extends` merge; sequences and scalars replace each other. */
export function deepMerge(left: Tree, right: Tree, depth = 0): Tree {
  if (left.kind !== 'dict' || right.kind !== 'dict' || depth > MAX_DEPTH) return right;
  const entries = new Map(left.entries);
  for (const [key, value] of right.entries) {
    const before = entries.get(key);
    entries.set(key, before === undefined ? value : deepMerge(before, value, depth + 1));
  }
  return { kind: 'dict', entries, at: right.at };
}
