import type { Line } from '../shell/state.ts';
import type { Origin } from '../types.ts';

/** One section of `.gitmodules`. */
export interface Submodule {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  /** `none` leaves it out. */
  readonly update: string;
  /** Line of the `url`. */
  readonly at: Origin;
}

/** Reads `.gitmodules`; sections without a url are left out. */
export function readSubmodules(lines: readonly Line[]): readonly Submodule[] {
  const found: { name: string; path: string; url: string; update: string; at: Origin }[] = [];
  for (const { text, at } of lines) {
    const header = /^\s*\[\s*submodule\s+"([^"]*)"\s*\]/u.exec(text);
    if (header) found.push({ name: header[1] ?? '', path: header[1] ?? '', url: '', update: '', at });
    const pair = /^\s*(\w+)\s*=\s*(.*?)\s*$/u.exec(text);
    const current = found.at(-1);
    if (!pair || !current) continue;
    const value = (pair[2] ?? '').replace(/\s+[#;].*$/u, '').replace(/^"(.*)"$/u, '$1');
    switch ((pair[1] ?? '').toLowerCase()) {
      case 'url':
        current.url = value;
        current.at = at;
        break;
      case 'path':
        current.path = value;
        break;
      case 'update':
        current.update = value;
        break;
    }
  }
  return found.filter(({ url }) => url !== '');
}
