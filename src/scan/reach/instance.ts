import { LIKELY, OWN_ID, REGISTRY, hasUnknown, withoutLikely } from '../marks.ts';
import type { ScanContext } from '../types.ts';

/** A URL in its parts; `user` and `password` as written. */
export interface UrlParts {
  readonly scheme: string;
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: string;
  /** Starts with `/`; without query and fragment. */
  readonly path: string;
  readonly query: string;
}

/** Whom a reference names. */
export type Callee =
  | { readonly kind: 'project'; readonly path: string; readonly likely: boolean }
  | { readonly kind: 'own' }
  | { readonly kind: 'unnamed'; readonly why: string };

const URL_SHAPE = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*)@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d*))?([^?#]*)(\?[^#]*)?/iu;
/** Groups of GitLab.com whose images are public: GitLab's own tools, analysers and components. */
const SHIPPED: ReadonlySet<string> = new Set(['gitlab-org', 'security-products', 'components']);
const DEFAULT_PORTS: Readonly<Record<string, string>> = { https: '443', http: '80', ssh: '22' };

/** Splits a URL without judging it: marks may stand in every part, so the platform's parser does not fit. */
export function splitUrl(url: string): UrlParts | null {
  const match = URL_SHAPE.exec(withoutLikely(url.trim()));
  if (!match) return null;
  const login = match[2] ?? '';
  const colon = login.indexOf(':');
  return {
    scheme: (match[1] ?? '').toLowerCase(),
    user: colon < 0 ? login : login.slice(0, colon),
    password: colon < 0 ? '' : login.slice(colon + 1),
    host: (match[3] ?? '').toLowerCase(),
    port: match[4] ?? '',
    path: match[5] === '' ? '/' : (match[5] ?? '/'),
    query: match[6] ?? '',
  };
}

/** The GitLab instance and the inventory: says whether an address belongs to it and which project it names. */
export class Instance {
  readonly url: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
  /** Relative root, `''` or `/gitlab`. */
  readonly root: string;
  readonly caller: string;
  readonly registry: string | null;
  readonly #paths = new Map<string, string>();
  readonly #ids: ReadonlyMap<string, string>;
  readonly #groups: ReadonlyMap<string, string>;

  constructor(gitlabUrl: string, caller: string, context: ScanContext) {
    const parts = splitUrl(gitlabUrl);
    if (!parts) throw new TypeError(`"${gitlabUrl}" is no URL`);
    this.scheme = parts.scheme;
    this.host = parts.host;
    this.port = parts.port === '' ? (DEFAULT_PORTS[parts.scheme] ?? '') : parts.port;
    this.root = parts.path.replace(/\/+$/u, '');
    const shownPort = this.port === DEFAULT_PORTS[parts.scheme] ? '' : `:${this.port}`;
    this.url = `${this.scheme}://${this.host}${shownPort}${this.root}`;
    this.caller = caller;
    this.registry = context.variables['CI_REGISTRY']?.toLowerCase() ?? null;
    this.#ids = new Map(Object.entries(context.projectIds));
    this.#groups = new Map(Object.entries(context.groups));
    for (const path of [...this.#ids.values(), caller]) this.#paths.set(path.toLowerCase(), path);
  }

  /** Host with port where that is not the default one: `CI_SERVER_FQDN`. */
  get fqdn(): string {
    return this.url.slice(this.scheme.length + 3, this.url.length - this.root.length);
  }

  /** The caller's own id, or its mark. */
  get ownId(): string {
    for (const [id, path] of this.#ids) if (path.toLowerCase() === this.caller.toLowerCase()) return id;
    return OWN_ID;
  }

  /** True when scheme default port or port, host and relative root agree. */
  owns(url: UrlParts): boolean {
    const port = url.port === '' ? (DEFAULT_PORTS[url.scheme] ?? '') : url.port;
    if (url.host !== this.host || port !== this.port) return false;
    const path = url.path.toLowerCase();
    const root = this.root.toLowerCase();
    return path === root || path.startsWith(`${root}/`);
  }

  /** The part of the path below the relative root, without leading slashes. */
  below(url: UrlParts): string {
    return url.path.slice(this.root.length).replace(/^\/+/u, '');
  }

  /** A project path as written in a repository address: without `.git`, wiki suffix and outer slashes. */
  project(written: string, likely = false): Callee {
    const path = decode(written)
      .replace(/^\/+|\/+$/gu, '')
      .replace(/\.git$/iu, '')
      .replace(/\.wiki$/iu, '')
      .replace(/\/+/gu, '/')
      .replace(/(?<=^|\/)[^/]+\/\.\.\//gu, '');
    const clean = withoutLikely(path);
    if (hasUnknown(clean) || clean.includes(OWN_ID))
      return { kind: 'unnamed', why: 'the path holds a value that only the job knows' };
    if (clean.toLowerCase() === this.caller.toLowerCase()) return { kind: 'own' };
    if (!isProjectPath(clean)) return { kind: 'unnamed', why: 'this is no full project path' };
    return {
      kind: 'project',
      path: this.#paths.get(clean.toLowerCase()) ?? clean,
      likely: likely || path.includes(LIKELY),
    };
  }

  /** The `:id` of a REST address: a number of the inventory or an encoded path. */
  projectById(written: string): Callee {
    const id = withoutLikely(decode(written));
    if (id === OWN_ID) return { kind: 'own' };
    if (!/^\d+$/u.test(id)) return this.project(written);
    const path = this.#ids.get(id);
    if (path === undefined) return { kind: 'unnamed', why: 'the numeric id is not in the inventory' };
    if (path.toLowerCase() === this.caller.toLowerCase()) return { kind: 'own' };
    return { kind: 'project', path, likely: written.includes(LIKELY) };
  }

  /** The longest known project that a path starts with; the path itself when none is known. */
  longestProject(path: string): string {
    const parts = path.split('/');
    for (let count = parts.length; count >= 2; count -= 1) {
      const known = this.#paths.get(parts.slice(0, count).join('/').toLowerCase());
      if (known !== undefined) return known;
    }
    return path;
  }

  /** A group as path, for the report. */
  group(written: string): string {
    const id = decode(written);
    return this.#groups.get(id) ?? id;
  }

  /** The registry path of an image on this instance (`host/` removed), or null for images of other hosts. */
  registryPath(image: string): string | null {
    const clean = withoutLikely(image.trim()).replace(/^(?:docker|https?|oci):\/\//iu, '');
    if (clean.startsWith(`${REGISTRY}/`)) return clean.slice(2);
    const slash = clean.indexOf('/');
    if (slash <= 0) return null;
    const host = clean.slice(0, slash).toLowerCase();
    const known = this.registry === null ? [`registry.${this.host}`, `${this.host}:5050`] : [this.registry];
    return known.includes(host) ? clean.slice(slash + 1) : null;
  }

  /** Whether an image is one that GitLab.com offers to everybody, for jobs of its own templates, and not of this organisation. */
  isShipped(path: string): boolean {
    const [root = ''] = path.toLowerCase().split('/');
    if (this.host !== 'gitlab.com' || !SHIPPED.has(root)) return false;
    return ![...this.#paths.keys()].some((known) => known.startsWith(`${root}/`));
  }

  /** The project of an image path: the longest prefix in the inventory. */
  imageProject(path: string): Callee {
    const name = path
      .replace(/@.*$/u, '')
      .replace(/:[^/]*$/u, '')
      .toLowerCase();
    const parts = name.split('/');
    for (let count = parts.length; count >= 2; count -= 1) {
      const candidate = this.#paths.get(parts.slice(0, count).join('/'));
      if (candidate === undefined) continue;
      const own = candidate.toLowerCase() === this.caller.toLowerCase();
      return own ? { kind: 'own' } : { kind: 'project', path: candidate, likely: path.includes(LIKELY) };
    }
    if (hasUnknown(name)) return { kind: 'unnamed', why: 'the image path holds a value that only the job knows' };
    if (parts.length === 2 && isProjectPath(name)) return { kind: 'project', path: name, likely: false };
    return { kind: 'unnamed', why: 'no project of the inventory is a prefix of the image path' };
  }
}

/**
 * Whether a text can be the full path of a project: GitLab takes letters, digits and `_.-`, no part `.` or `..`, and none
 * that ends in `.git`, which is where a repository's address ends.
 */
export const isProjectPath = (path: string): boolean =>
  /^[\w.][\w.-]*(?:\/[\w.][\w.-]*)+$/u.test(path) &&
  !/\.git\//iu.test(path) &&
  !path.split('/').some((part) => part === '.' || part === '..');

/** Percent-encoding of the characters a path may hold; others stay encoded, as no path holds them. */
const decode = (text: string): string =>
  text.replace(/%([2-7][\da-f])/giu, (encoded, digits: string) => {
    const char = String.fromCharCode(Number.parseInt(digits, 16));
    return /[\w/.-]/u.test(char) ? char : encoded;
  });
