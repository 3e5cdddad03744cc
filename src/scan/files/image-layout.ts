import type { ShellState } from '../shell/state.ts';

/** Joins paths and takes out `.` and `..`; an absolute second one stands for itself. */
export function joined(folder: string, path: string): string {
  const whole = path.startsWith('/') || folder === '' ? path : `${folder}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `${whole.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

/** What lies below a folder, or null for other paths; the folder itself is `''`. */
function below(folder: string, path: string): string | null {
  if (path === folder) return '';
  const prefix = folder.endsWith('/') || folder === '' ? folder : `${folder}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/**
 * Which files of the checkout the paths of an image show. Commands of the image run in the folder of the checkout that its
 * working directory shows, so that they find what was copied; files that lie elsewhere in the checkout are linked.
 */
export class ImageLayout {
  /** Absolute path in the image. */
  readonly #workdir: string;
  /** The build context, as a folder of the checkout. */
  readonly #context: string;
  readonly #folders: ReadonlyMap<string, string>;
  readonly #files: ReadonlyMap<string, string>;

  constructor(
    context: string,
    workdir = '/',
    folders: ReadonlyMap<string, string> = new Map(),
    files: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#context = context;
    this.#workdir = workdir;
    this.#folders = folders;
    this.#files = files;
  }

  workdir(path: string): ImageLayout {
    return new ImageLayout(this.#context, joined(this.#workdir, path), this.#folders, this.#files);
  }

  /** @param source folder of the checkout whose contents come to lie in `target` */
  folder(source: string, target: string): ImageLayout {
    const folders = new Map(this.#folders).set(joined(this.#workdir, target), source);
    return new ImageLayout(this.#context, this.#workdir, folders, this.#files);
  }

  /** @param source file of the checkout that is at `target`, a path with its own name */
  file(source: string, target: string): ImageLayout {
    const path = joined(this.#workdir, target);
    const files = new Map(this.#files).set(path, source);
    // What other copies put files into is a folder, with or without a slash at its end.
    const known = [...this.#folders.keys(), ...this.#files.keys(), this.#workdir];
    if (known.some((other) => other === path || (below(path, other) ?? '') !== ''))
      files.set(`${path}/${source.split('/').at(-1) ?? ''}`, source);
    return new ImageLayout(this.#context, this.#workdir, this.#folders, files);
  }

  /** Makes a shell see the image. */
  show(state: ShellState): void {
    const cwd = this.#shown(this.#workdir) ?? this.#context;
    state.cwd = cwd;
    const links = new Map([...this.#folders, ...this.#files]);
    for (const [path, source] of this.#files) {
      const rest = below(this.#workdir, path);
      const key = rest === null ? null : joined(cwd, rest);
      if (key !== null && key !== source) links.set(key, source);
    }
    state.links = new Map(Array.from(links, ([path, source]) => [path.replace(/^\/root(?=\/|$)/u, '~'), source]));
    state.touch();
  }

  /** The folder of the checkout that a folder of the image shows. */
  #shown(path: string): string | null {
    let best: { readonly target: string; readonly key: string } | null = null;
    for (const [target, source] of this.#folders) {
      const rest = below(target, path);
      if (rest !== null && target.length >= (best?.target.length ?? 0)) best = { target, key: joined(source, rest) };
    }
    return best?.key ?? null;
  }
}
