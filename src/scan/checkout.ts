import { cleanse } from './marks.ts';
import { matchingPaths, type Budget, type Dialect } from './wildcard.ts';

/** In characters. */
const MAX_FILE = 4_000_000;

/** A text that there is and that cannot be had, with the reason. */
export interface Unreadable {
  readonly why: string;
}

/** Texts by path from the root of the checkout, with `/`: a `Map`, or something that reads a text when it is asked for. */
export interface Texts {
  get(path: string): string | Unreadable | undefined;
  has(path: string): boolean;
  keys(): Iterable<string>;
}

/** A text that the scan looked for and was not given. */
export type Wanted =
  /** A file of the caller's own repository: give it in `files`. */
  | { readonly kind: 'file'; readonly path: string }
  /**
   * A configuration file of another project: give it in `context.included` under `key` (`project:/path`, with `@ref`
   * where one is written). A component may stand in either of two files, and both are asked for; `ref` may be
   * a version such as `1` or `~latest`; null means the default branch.
   */
  | {
      readonly kind: 'included';
      readonly key: string;
      readonly project: string;
      readonly path: string;
      readonly ref: string | null;
    }
  /** A configuration file at an address: give it in `context.included` under that address. */
  | { readonly kind: 'remote'; readonly url: string };

/**
 * The caller's repository as far as it was read. What is asked for and was not given is remembered, so that somebody
 * who reads files one by one can go on with just those.
 */
export class Checkout {
  readonly #files: Texts;
  readonly #listed: ReadonlySet<string> | null;
  readonly #unread: ReadonlySet<string>;
  readonly #wanted = new Map<string, Wanted>();
  readonly #texts = new Map<string, string>();
  readonly #unreadable = new Map<string, string>();
  #paths: readonly string[] | null = null;
  /** About a second of work, for all patterns of the repository together. */
  readonly #budget: Budget = { steps: 20_000_000 };

  /**
   * @param files texts by path
   * @param listed every path of the repository, or null where it was not listed and any path may exist
   * @param unread paths whose text cannot be given; they are not asked for
   */
  constructor(files: Texts, listed: ReadonlySet<string> | null, unread: ReadonlySet<string> = new Set()) {
    this.#files = files;
    this.#listed = listed;
    this.#unread = unread;
  }

  /** The text of a file, or undefined; one that may exist is then wanted. */
  text(path: string): string | undefined {
    const known = this.#texts.get(path);
    if (known !== undefined || this.#unreadable.has(path)) return known;
    const given = this.#files.get(path);
    if (given === undefined) {
      if (this.#mayExist(path)) this.want({ kind: 'file', path });
      return undefined;
    }
    if (typeof given !== 'string') this.#unreadable.set(path, given.why);
    else if (given.length > MAX_FILE) this.#unreadable.set(path, `larger than ${MAX_FILE} characters`);
    else this.#texts.set(path, plainText(given));
    return this.#texts.get(path);
  }

  /** The text of a file where it can be had at once; it is not asked for where not. */
  ready(path: string): string | undefined {
    return this.#files.has(path) ? this.text(path) : undefined;
  }

  /** Texts that were asked for and cannot be followed, with the reason. */
  get unreadable(): ReadonlyMap<string, string> {
    return this.#unreadable;
  }

  /** True when the file is known to exist, read or not. */
  has(path: string): boolean {
    return this.#files.has(path) || (this.#listed?.has(path) ?? false);
  }

  /** Every known path, sorted. */
  get paths(): readonly string[] {
    this.#paths ??= [...new Set([...this.#files.keys(), ...(this.#listed ?? [])])].sort();
    return this.#paths;
  }

  /** Known paths that a pattern matches. */
  matching(pattern: string, dialect: Dialect): readonly string[] {
    return this.among(this.paths, pattern, dialect);
  }

  /** The same for paths of another project. */
  among(paths: readonly string[], pattern: string, dialect: Dialect): readonly string[] {
    return matchingPaths(paths, pattern, dialect, this.#budget);
  }

  /** Whether the patterns of this repository cost too much: from then on they match nothing. */
  get patternsGivenUp(): boolean {
    return this.#budget.steps < 0;
  }

  want(wanted: Wanted): void {
    const key = wanted.kind === 'included' ? wanted.key : wanted.kind === 'file' ? wanted.path : wanted.url;
    this.#wanted.set(`${wanted.kind} ${key}`, wanted);
  }

  /** What was asked for and not given, in a stable order. */
  get wanted(): readonly Wanted[] {
    return [...this.#wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, wanted]) => wanted);
  }

  #mayExist(path: string): boolean {
    if (path === '' || /^[/~]/u.test(path) || path.length > 500) return false;
    if (this.#unread.has(path) || this.#files.has(path)) return false;
    return this.#listed === null || this.#listed.has(path);
  }
}

/** Text without a byte order mark and with plain line breaks, in which nothing can pass for a mark of the scan. */
export const plainText = (text: string): string => cleanse(text.replace(/^\uFEFF/u, '').replaceAll('\r\n', '\n'));
