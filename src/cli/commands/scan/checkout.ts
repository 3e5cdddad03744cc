import type { Dirent } from 'node:fs';
import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { decodedText } from '../../../domain/encoding.ts';
import { RolloutError } from '../../../domain/errors.ts';
import type { Texts, Unreadable } from '../../../scan/index.ts';

/** In bytes: GitLab takes no larger configuration, and nobody writes a larger script by hand; lock files come near. */
const MAX_FILE = 4_000_000;
/** In characters, for all files that one scan asks for. */
const MAX_TOTAL = 200_000_000;
const MAX_LISTED = 500_000;
/** Folders inside folders that a link may add. */
const MAX_LINKED = 3;
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules']);
/** Nothing in them can name a project: that they are no text is no news. */
const MEDIA =
  /\.(?:avif|bmp|eot|flac|gif|gz|ico|icns|jar|jpe?g|mo|mp[34]|otf|pdf|png|svgz|tgz|tiff?|ttf|wav|web[mp]|woff2?|xz|zip)$/iu;

interface Listed {
  /** Where its bytes are: outside of the checkout for some links. */
  readonly real: string;
  readonly inside: boolean;
}

/** The files of a checkout: all are listed, and each is read when the scan asks for it. */
export class CheckoutFiles implements Texts {
  readonly #files: ReadonlyMap<string, Listed>;
  readonly #read = new Map<string, string | Unreadable | undefined>();
  #total = 0;
  /** Folders that could not be listed, and why; paths end with `/`. */
  readonly unlisted: ReadonlyMap<string, string>;

  private constructor(files: ReadonlyMap<string, Listed>, unlisted: ReadonlyMap<string, string>) {
    this.#files = files;
    this.unlisted = unlisted;
  }

  /**
   * Lists a folder; links are followed only to what is inside of it.
   *
   * @param shown the folder as the user named it
   * @throws RolloutError `USAGE` when it is no folder
   */
  static list(root: string, shown: string): CheckoutFiles {
    if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new RolloutError('USAGE', `scan: ${shown} is no directory`, 'Name the root of a checkout.');
    const listing = new Listing(realpathSync(root));
    listing.run();
    return new CheckoutFiles(listing.files, listing.unlisted);
  }

  keys(): Iterable<string> {
    return this.#files.keys();
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  get(path: string): string | Unreadable | undefined {
    const listed = this.#files.get(path);
    if (listed === undefined) return undefined;
    if (!this.#read.has(path)) this.#read.set(path, this.#text(path, listed));
    return this.#read.get(path);
  }

  #text(path: string, { real, inside }: Listed): string | Unreadable | undefined {
    if (!inside) return { why: 'a link that leads out of the checkout' };
    try {
      // A pipe or a device must never be opened for reading.
      const found = statSync(real);
      if (!found.isFile()) return { why: 'no regular file' };
      if (found.size > MAX_FILE) return { why: tooLarge(found.size) };
      if (this.#total > MAX_TOTAL) return { why: 'the jobs use more text than is read' };
      const text = decodedText(readFileSync(real));
      this.#total += text?.length ?? 0;
      return text ?? (MEDIA.test(path) ? undefined : { why: 'not a text file' });
    } catch {
      return { why: 'the file cannot be read' };
    }
  }
}

const megabytes = (bytes: number): string => `${(Math.ceil(bytes / 100_000) / 10).toFixed(1)} MB`;
const tooLarge = (size: number): string => `too large to read: ${megabytes(size)}, the limit is ${megabytes(MAX_FILE)}`;

/** Whether a path that is relative to a folder stays in it; one on another drive is absolute. */
const isInside = (path: string): boolean => path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);

/** One walk through the folders. */
class Listing {
  readonly files = new Map<string, Listed>();
  readonly unlisted = new Map<string, string>();
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  run(): void {
    const folders = [{ shown: '', real: this.#base, links: 0 }];
    for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
      for (const entry of this.#entries(folder.real, folder.shown)) {
        const shown = folder.shown + entry.name;
        const real = join(folder.real, entry.name);
        const target = entry.isSymbolicLink()
          ? this.#target(real)
          : { real, folder: entry.isDirectory(), inside: true };
        const links = folder.links + (entry.isSymbolicLink() ? 1 : 0);
        if (!target.folder) this.files.set(shown, target);
        else if (!target.inside) this.unlisted.set(`${shown}/`, 'a link that leads out of the checkout');
        else if (links <= MAX_LINKED && !SKIPPED_FOLDERS.has(entry.name))
          folders.push({ shown: `${shown}/`, real: target.real, links });
      }
      if (this.files.size <= MAX_LISTED) continue;
      this.unlisted.set('./', `the checkout has more than ${MAX_LISTED} files: the rest is not looked at`);
      return;
    }
  }

  #entries(folder: string, shown: string): readonly Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      this.unlisted.set(shown === '' ? './' : shown, 'the folder cannot be read');
      return [];
    }
  }

  /** What a link leads to; a link to nothing is a file that cannot be read. */
  #target(link: string): Listed & { readonly folder: boolean } {
    try {
      const real = realpathSync(link);
      return { real, inside: isInside(relative(this.#base, real)), folder: statSync(real).isDirectory() };
    } catch {
      return { real: link, inside: true, folder: false };
    }
  }
}
