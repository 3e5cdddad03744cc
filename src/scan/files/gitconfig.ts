import type { Line } from '../shell/state.ts';
import type { Origin } from '../types.ts';

/** One setting of a file in the form of git: `submodule.deps/a.url`, with section and name in small letters. */
export interface GitSetting {
  readonly key: string;
  readonly value: string;
  readonly at: Origin;
}

const MAX_LINES = 2_000;

/** Settings of `.gitconfig`, `.git/config` or `.gitmodules`, in their order. */
export function gitSettings(lines: readonly Line[]): readonly GitSetting[] {
  const found: GitSetting[] = [];
  let section = '';
  for (const { text, at } of lines.slice(0, MAX_LINES)) {
    const line = text.trim();
    const header = /^\[\s*([\w.-]+)(?:\s+"([^"]*)")?\s*\]/u.exec(line);
    const pair = /^([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$/u.exec(line);
    if (header) {
      const name = (header[1] ?? '').toLowerCase();
      section = header[2] === undefined ? name : `${name}.${header[2]}`;
    } else if (pair && section !== '') {
      const value = (pair[2] ?? 'true').replace(/^"(.*)"$/u, '$1');
      found.push({ key: `${section}.${(pair[1] ?? '').toLowerCase()}`, value, at });
    }
  }
  return found;
}
