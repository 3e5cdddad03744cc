import type { Checkout } from '../checkout.ts';
import { hasUnknown, withoutLikely } from '../marks.ts';
import type { ShellState, Line } from './state.ts';
import { textOfLines } from './state.ts';

/** The files a job sees: the checkout, under what the job itself wrote. */
export class Workspace {
  readonly checkout: Checkout;
  readonly #checkoutDir: string;
  readonly #lines = new Map<string, readonly Line[]>();
  #scripts: ReadonlyMap<string, string> | null = null;

  constructor(checkout: Checkout, caller: string) {
    this.checkout = checkout;
    this.#checkoutDir = `/builds/${caller}`;
  }

  /** A path as key: relative to the checkout, `~/…` below the home directory, else absolute. Null when not known. */
  resolve(path: string, cwd: string): string | null {
    let clean = withoutLikely(path).replace(/^file:\/\//u, '');
    if (hasUnknown(clean) || clean.length > 1_000) return null;
    clean = clean.replace(/^\/root(?=\/|$)/u, '~');
    if (clean === this.#checkoutDir || clean.startsWith(`${this.#checkoutDir}/`)) {
      return tidy(clean.slice(this.#checkoutDir.length).replace(/^\/+/u, ''));
    }
    return /^[/~]/u.test(clean) || cwd === '' ? tidy(clean) : tidy(`${cwd}/${clean}`);
  }

  /** The path of a file of the checkout under which every directory finds it. */
  absolute(key: string): string {
    return /^[/~]/u.test(key) ? key : `${this.#checkoutDir}/${key}`;
  }

  /** Lines of a file as the job would see it, or null. */
  lines(path: string, state: ShellState): readonly Line[] | null {
    const key = this.resolve(path, state.cwd);
    if (key === null) return null;
    const written = state.files.get(key);
    if (written !== undefined) return written;
    return this.#read(linked(key, state.links) ?? key);
  }

  /** Whole text of a file as the job would see it, or null. */
  text(path: string, state: ShellState): string | null {
    const lines = this.lines(path, state);
    return lines === null ? null : textOfLines(lines);
  }

  exists(path: string, state: ShellState): boolean | null {
    const key = this.resolve(path, state.cwd);
    if (key === null || (key.startsWith('/') && state.links.size === 0)) return null;
    const written = state.files.get(key);
    if (written !== undefined) return written !== null;
    // A file that is missing from the checkout may be an artifact of an earlier job.
    return this.checkout.has(linked(key, state.links) ?? key) ? true : null;
  }

  write(path: string, lines: readonly Line[], append: boolean, state: ShellState): void {
    const key = this.resolve(path, state.cwd);
    if (key === null || key === '/dev/null' || key === '/dev/stderr' || key === '/dev/stdout') return;
    const before = append ? (this.lines(path, state) ?? []) : [];
    state.files.set(key, [...before, ...lines].slice(0, 20_000));
    state.touch();
  }

  /** Scripts of Windows are found in any case; other files as they are written. */
  #inAnyCase(key: string): string | null {
    if (!/\.(?:ps[dm]?1|bat|cmd)$/iu.test(key)) return null;
    this.#scripts ??= new Map(
      this.checkout.paths
        .filter((path) => /\.(?:ps[dm]?1|bat|cmd)$/iu.test(path))
        .map((path) => [path.toLowerCase(), path]),
    );
    const found = this.#scripts.get(key.toLowerCase());
    return found === undefined || found === key ? null : found;
  }

  #read(key: string): readonly Line[] | null {
    const known = this.#lines.get(key);
    if (known) return known;
    const text = this.checkout.text(key);
    if (text === undefined) {
      const other = this.#inAnyCase(key);
      return other === null ? null : this.#read(other);
    }
    const lines = text
      .split('\n')
      .map((line, index) => ({ text: line.replace(/\r$/u, ''), at: { file: key, line: index + 1 } }));
    this.#lines.set(key, lines);
    return lines;
  }
}

/** The file that a path shows by itself or by a folder around it. */
function linked(key: string, links: ReadonlyMap<string, string>): string | null {
  if (links.size === 0) return null;
  let rest = '';
  for (let path = key; ;) {
    const target = links.get(path);
    if (target !== undefined) return rest === '' ? target : tidy(`${target}/${rest}`.replace(/^\//u, ''));
    const cut = path.lastIndexOf('/');
    if (cut < 0) return null;
    rest = path.slice(cut + 1) + (rest === '' ? '' : `/${rest}`);
    path = path.slice(0, cut);
    if (path === '') return links.has('/') ? tidy(`${links.get('/') ?? ''}/${rest}`.replace(/^\//u, '')) : null;
  }
}

function tidy(path: string): string {
  const absolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return `${absolute ? '/' : ''}${parts.join('/')}`;
}
