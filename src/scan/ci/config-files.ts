import type { Checkout } from '../checkout.ts';
import type { Instance } from '../reach/instance.ts';
import { splitUrl } from '../reach/instance.ts';

import { hasUnknown, withoutLikely } from '../marks.ts';

/** Where a configuration file lives: the checkout (`project` null) or another project, at a ref or its default branch. */
export interface Place {
  readonly project: string | null;
  readonly path: string;
  readonly ref: string | null;
}

const MAX_GLOB_MATCHES = 200;

/** The name under which findings show a place. */
export const keyOf = ({ project, path }: Place): string => (project === null ? path : `${project}:/${path}`);

/** Texts of configuration files: of the checkout, of other projects, of addresses. */
export class ConfigFiles {
  readonly #checkout: Checkout;
  readonly #included: Readonly<Record<string, string>>;
  readonly #instance: Instance;

  constructor(checkout: Checkout, included: Readonly<Record<string, string>>, instance: Instance) {
    this.#checkout = checkout;
    this.#included = included;
    this.#instance = instance;
  }

  /** The place to read: the caller's own project, named in full, is the checkout unless its text was given apart. */
  settled(place: Place): Place {
    if (place.project === null || this.#given(place) !== undefined) return place;
    const own = place.project.toLowerCase() === this.#instance.caller.toLowerCase();
    return own ? { ...place, project: null } : place;
  }

  /** Whether the checkout has a file of this name, read or not. */
  has(path: string): boolean {
    return this.#checkout.has(path);
  }

  /** The text behind a place, or undefined; it is then wanted. */
  text(place: Place): string | undefined {
    if (place.project === null) return this.#checkout.text(place.path);
    const text = this.#given(place);
    if (text === undefined) this.#want(place);
    return text;
  }

  /** The first of several places that is there; when none is, all of them are wanted and the first is returned. */
  firstOf(places: readonly [Place, ...Place[]]): Place {
    const found = places.find((place) =>
      place.project === null ? this.#checkout.has(place.path) : this.#given(place),
    );
    if (!found) for (const place of places) this.text(place);
    return found ?? places[0];
  }

  /** The text of a `remote:` include that was given under its address. */
  remote(url: string): string | undefined {
    const text = Object.hasOwn(this.#included, url) ? this.#included[url] : undefined;
    if (text === undefined && !hasUnknown(url)) this.#checkout.want({ kind: 'remote', url });
    return text;
  }

  /** A raw file of a project of this instance behind an address, or null. */
  rawFile(url: string): Place | null {
    const parts = splitUrl(url);
    if (!parts || !this.#instance.owns(parts)) return null;
    const match = /^(.+?)\/(?:-\/)?raw\/([^/]+)\/(.+)$/u.exec(this.#instance.below(parts));
    return match ? { project: match[1] ?? '', ref: match[2] ?? null, path: match[3] ?? '' } : null;
  }

  /** Places of a project whose path matches, or null where that costs too much to find out. */
  matching(pattern: string, { project, ref }: Place): readonly Place[] | null {
    const paths =
      project === null
        ? this.#checkout.matching(pattern, 'include')
        : this.#checkout.among(this.#pathsOf(project), pattern, 'include');
    if (this.#checkout.patternsGivenUp) return null;
    return paths.slice(0, MAX_GLOB_MATCHES).map((path) => ({ project, ref, path }));
  }

  #pathsOf(project: string): readonly string[] {
    const prefix = `${project}:/`;
    return Object.keys(this.#included)
      .flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length).replace(/@[^@/]*$/u, '')] : []))
      .sort();
  }

  #given(place: Place): string | undefined {
    const key = keyOf(place);
    const keys = [...(place.ref === null ? [] : [`${key}@${place.ref}`]), key, key.replace(':/', ':')];
    const found = keys.find((one) => Object.hasOwn(this.#included, one));
    return found === undefined ? undefined : this.#included[found];
  }

  #want({ project, path, ref }: Place): void {
    if (project === null || hasUnknown(`${project}${path}${ref ?? ''}`)) return;
    const key = keyOf({ project, path, ref }) + (ref === null ? '' : `@${ref}`);
    this.#checkout.want({ kind: 'included', key, project, path, ref });
  }
}

/** `/a/./b` → `a/b`. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of withoutLikely(path).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
