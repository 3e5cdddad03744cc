import type { Line } from '../shell/state.ts';
import type { Origin } from '../types.ts';

/** One `key = value` of an INI or simple TOML file. */
export interface Setting {
  /** Section header without brackets; array tables count up: `tool.uv.index#0`. */
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly at: Origin;
}

const MAX_LINES = 20_000;

/**
 * Reads INI files and the flat part of TOML: sections, `key = value`, arrays over several lines (one setting per item).
 * Comments fall away.
 */
export function readSettings(lines: readonly Line[]): readonly Setting[] {
  const found: Setting[] = [];
  const counts = new Map<string, number>();
  let section = '';
  let open: string | null = null;
  for (const { text, at } of lines.slice(0, MAX_LINES)) {
    const line = text.replace(/^\s*[#;].*$/u, '').replace(/\s#\s.*$/u, '');
    if (line.trim() === '') continue;
    const table = /^\s*\[\[\s*([^\]]+?)\s*\]\]\s*$/u.exec(line);
    const header = /^\s*\[\s*([^\]"',]*(?:"[^"]*")?[^\]"',]*)\s*\]\s*$/u.exec(line);
    const pair = /^\s*("[^"]+"|'[^']+'|[\w.@:/-]+)\s*[=:]\s*([^]*?)\s*$/u.exec(line);
    if (open !== null) {
      if (/^\s*\]/u.test(line)) open = null;
      else found.push({ section, key: open, value: unquoted(line.trim().replace(/,$/u, '')), at });
    } else if (table) {
      const name = table[1] ?? '';
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      section = `${name}#${count}`;
    } else if (header) section = (header[1] ?? '').replaceAll('"', '').trim();
    else if (/^\s+\S/u.test(text) && found.length > 0 && (!pair || /^\s*["']?[\w+.-]+:\/\//u.test(line))) {
      // INI values go on in indented lines, such as a second `extra-index-url`.
      const last = found.at(-1);
      if (last) found.push({ ...last, value: unquoted(line.trim()), at });
    } else if (pair) {
      const key = unquoted(pair[1] ?? '');
      const value = pair[2] ?? '';
      if (value === '[' || (value.startsWith('[') && !value.includes(']'))) open = key;
      else if (value.startsWith('[')) {
        for (const item of value.slice(1, value.lastIndexOf(']')).split(/,(?![^{]*\})/u))
          found.push({ section, key, value: unquoted(item.trim()), at });
      } else found.push({ section, key, value: unquoted(value), at });
    }
  }
  return found;
}

function unquoted(text: string): string {
  return text.replace(/^(["'])([^]*)\1$/u, '$2');
}
