import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseToml } from 'smol-toml';
import { readYaml } from '../../ci/tree.ts';
import type { Tree } from '../../ci/tree.ts';
import { readSettings } from '../../files/ini.ts';
import { LIKELY, withoutForged, withoutLikely } from '../../marks.ts';
import { dataValue } from '../texts.ts';
import type { Value } from '../values.ts';

/** Forms of data files that programs read. JSON is YAML, only faster to parse. */
export type DataFormat = 'yaml' | 'toml' | 'ini' | 'env' | 'table' | 'rows';

const MAX_DATA = 400_000;
/** YAML takes ten times as long to parse. */
const MAX_YAML = 200_000;
const JSON_LIKE = /^\s*[[{]/u;
const MAX_DEPTH = 30;
const MAX_ROWS = 500;

/**
 * A value out of the text of a data file: what it says may change without the program, so it is likely.
 *
 * @param delimiter - between the columns of a table, where it is no comma
 * @returns null for what does not parse
 */
export function parsedData(text: string, format: DataFormat = 'yaml', delimiter = ','): Value {
  if (text.length > (format === 'yaml' && !JSON_LIKE.test(text) ? MAX_YAML : MAX_DATA)) return null;
  try {
    return dataValue(PARSERS[format](withoutForged(withoutLikely(text)), delimiter), LIKELY);
  } catch {
    return null;
  }
}

/** The form of a file by its name. */
export const formatOf = (path: string): DataFormat =>
  /\.toml$/iu.test(path)
    ? 'toml'
    : /\.(?:ini|cfg|conf|properties)$/iu.test(path)
      ? 'ini'
      : /(?:^|\/|\.)env(?:\.\w+)?$/iu.test(path)
        ? 'env'
        : 'yaml';

const PARSERS: Readonly<Record<DataFormat, (text: string, delimiter: string) => unknown>> = {
  yaml: (text) => (JSON_LIKE.test(text) ? (json(text) ?? yaml(text)) : yaml(text)),
  toml: (text) => parseToml(text),
  ini: sections,
  env: (text) =>
    Object.fromEntries(
      [...text.matchAll(/^\s*(?:export\s+)?(\w+)\s*=\s*(["']?)(.*?)\2\s*$/gmu)].map((line) => [
        line[1] ?? '',
        line[3] ?? '',
      ]),
    ),
  table: (text, delimiter) => csv(text, delimiter, true),
  rows: (text, delimiter) => csv(text, delimiter, false),
};

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function yaml(text: string): unknown {
  const root = readYaml(text, '').documents[0];
  return root ? plain(root, 0) : null;
}

const csv = (text: string, delimiter: string, columns: boolean): unknown =>
  parseCsv(text, {
    bom: true,
    columns,
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    to_line: MAX_ROWS,
    trim: true,
  });

/** Sections with their keys; what stands above the first, or under `DEFAULT`, holds in each. */
function sections(text: string): unknown {
  const at = { file: '', line: 1 };
  const found: Record<string, Record<string, string>> = {};
  const common: Record<string, string> = {};
  for (const { section, key, value } of readSettings(text.split('\n').map((line) => ({ text: line, at })))) {
    const into = /^(?:|DEFAULT)$/u.test(section) ? common : (found[section] ??= {});
    into[key.toLowerCase()] = value;
    into[key] ??= value;
  }
  return Object.fromEntries([
    ...Object.entries(common),
    ...Object.entries(found).map(([name, fields]) => [name, { ...common, ...fields }]),
  ]);
}

function plain(tree: Tree, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'sequence':
      return tree.items.map((item) => plain(item, depth + 1));
    case 'dict':
      return Object.fromEntries([...tree.entries].map(([key, value]) => [key, plain(value, depth + 1)]));
    case 'reference':
      return null;
  }
}
