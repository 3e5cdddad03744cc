import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, stringify as toYaml, type YAMLMap } from 'yaml';
import {
  REQUIRED_COLUMNS,
  TABLE_COLUMNS,
  type TableColumn,
  type TableRow,
} from '../../../../domain/edges/edge-table.ts';
import type { ImportedRow } from '../../../../domain/edges/edge-table-check.ts';
import { printable } from '../../../../domain/redact.ts';
import { safeCell } from '../../../../report/csv.ts';
import { suggestion } from '../lookup.ts';

/** How a table of edges is written. */
export type TableFormat = 'csv' | 'yaml';

/** A problem with the form of the file; `field` is null where the whole line or file is meant. */
export interface FileProblem {
  readonly line: number;
  readonly field: string | null;
  readonly message: string;
}

/** The rows that could be read; with problems, none of them is to be used. */
export interface ReadTable {
  readonly rows: readonly ImportedRow[];
  readonly problems: readonly FileProblem[];
}

/** No honest line comes near it, and the parsers below hold whole lines. */
const LONGEST_LINE = 20_000;
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** The table as text, some rows at a time; in CSV no cell can be taken for a formula. */
export async function* tableText(
  parts: AsyncIterable<readonly TableRow[]>,
  format: TableFormat,
): AsyncGenerator<string> {
  let empty = true;
  if (format === 'csv') yield csvLines([[...TABLE_COLUMNS]]);
  else yield 'schemaVersion: 1\n';
  for await (const rows of parts) {
    if (format === 'csv') yield csvLines(rows.map((row) => TABLE_COLUMNS.map((column) => safeCell(row[column]))));
    else yield `${empty ? 'edges:\n' : ''}${yamlItems(rows)}`;
    empty = false;
  }
  if (format === 'yaml' && empty) yield 'edges: []\n';
}

const csvLines = (rows: readonly (readonly string[])[]): string =>
  stringify([...rows], { record_delimiter: 'windows' });

/** The items of the list alone, indented as they stand below its key. */
function yamlItems(rows: readonly TableRow[]): string {
  const edges = rows.map((row) => ({ ...row, revision: Number(row.revision) }));
  return toYaml({ edges }, { lineWidth: 0 }).slice('edges:\n'.length);
}

/** Takes the apostrophe away that `safeCell` set before what a spreadsheet would compute. */
export const unguarded = (cell: string): string =>
  cell.replace(/^'(?=\s*[=+\-@＝＋－＠]|[\t\r])/, '').replace(/([;\t|]["'\s]*?)'(?=[=+\-@＝＋－＠])/g, '$1');

/** Reads a table; every problem of form is reported, with its line. */
export function readTable(text: string, format: TableFormat): ReadTable {
  const unfit = [...notText(text), ...longLines(text, format)];
  if (unfit.length > 0) return { rows: [], problems: unfit };
  return format === 'csv' ? readCsv(text) : readYaml(text);
}

/** Letters that were lost in reading would go into the ledger as they are. */
function notText(text: string): readonly FileProblem[] {
  const at = text.search(/[\0\ufffd]/);
  if (at === -1) return [];
  const line = text.slice(0, at).split('\n').length;
  return [{ line, field: null, message: 'is no text in UTF-8; save the table anew in that encoding' }];
}

function longLines(text: string, format: TableFormat): readonly FileProblem[] {
  const problems: FileProblem[] = [];
  let line = 1;
  for (let start = 0; start < text.length; line += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end - start > LONGEST_LINE) {
      const beginning = text.slice(start, start + LONGEST_LINE);
      const field = format === 'yaml' ? keyOf(beginning) : line === 1 ? null : columnAtEnd(beginning, text);
      problems.push({ line, field, message: `longer than ${LONGEST_LINE} characters` });
    }
    start = end + 1;
  }
  return problems;
}

const keyOf = (line: string): string | null => /^[\s-]*([a-z]+):/.exec(line)?.[1] ?? null;

/** The column of the cell in which the beginning of a row breaks off. */
function columnAtEnd(beginning: string, text: string): string | null {
  const delimiter = delimiterOf(text);
  const header = text.slice(0, Math.min(text.search(/\r?\n|$/), LONGEST_LINE)).replace('\ufeff', '');
  const cells = beginning.replaceAll(/"[^"]*("|$)/g, '').split(delimiter);
  const name = header.split(delimiter)[cells.length - 1]?.trim().toLowerCase() ?? '';
  return TABLE_COLUMNS.find((column) => column === name) ?? null;
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly raw: string;
  readonly info: { readonly lines: number };
}

/** Spreadsheets of some countries write semicolons, and tabs are what copied cells come with. */
const delimiterOf = (text: string): ',' | ';' | '\t' => {
  const header = text.slice(0, text.search(/\r?\n|$/));
  return ([',', ';', '\t'] as const).find((delimiter) => header.includes(delimiter)) ?? ',';
};

function readCsv(text: string): ReadTable {
  let records: readonly CsvRecord[];
  let ended = 0;
  try {
    records = parse(text, {
      ...{ bom: true, delimiter: delimiterOf(text), info: true, raw: true },
      ...{ relax_column_count: true, skip_empty_lines: true },
      on_record: (record, { lines }) => ((ended = lines), record),
    }) as unknown as readonly CsvRecord[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
      const blank = /^\s*/.exec(text.split('\n').slice(ended).join('\n'))?.[0].match(/\n/g)?.length ?? 0;
      const message = 'a quote that opens in this row is never closed';
      return { rows: [], problems: [{ line: ended + blank + 1, field: null, message }] };
    }
    const line = (error as { readonly lines?: number }).lines ?? 1;
    return { rows: [], problems: [{ line, field: null, message: printable(error.message) }] };
  }
  const [header, ...body] = records;
  if (!header) return { rows: [], problems: [{ line: 1, field: null, message: 'the file is empty' }] };
  const names = header.record.map((name) => name.trim().toLowerCase());
  const wrong = columnProblems(names);
  if (wrong.length > 0) return { rows: [], problems: wrong };
  const problems: FileProblem[] = [];
  // A spreadsheet writes the rows that somebody has emptied as well.
  const filled = body.filter(({ record }) => record.some((cell) => cell.trim() !== ''));
  const rows = filled.map((record) => csvRow(record, names, problems));
  return { rows: rows.filter((row) => row !== null), problems };
}

function columnProblems(names: readonly string[]): readonly FileProblem[] {
  const known: readonly string[] = TABLE_COLUMNS;
  const problem = (field: string, message: string): FileProblem => ({ line: 1, field, message });
  return [
    ...names
      .filter((name) => !known.includes(name))
      .map((name) => problem(printable(name), `there is no such column${suggestion(name, known)}`)),
    ...names
      .filter((name, at) => names.indexOf(name) !== at)
      .map((name) => problem(printable(name), 'the column is there twice')),
    ...REQUIRED_COLUMNS.filter((name) => !names.includes(name)).map((name) => problem(name, 'the column is missing')),
  ];
}

function csvRow(
  { record, raw, info }: CsvRecord,
  names: readonly string[],
  problems: FileProblem[],
): ImportedRow | null {
  // The parser counts the lines up to the end of a record, which quotes may stretch over several.
  const line =
    info.lines -
    (raw
      .replace(/^(\r?\n)+/, '')
      .trimEnd()
      .match(/\n/g)?.length ?? 0);
  if (record.length !== names.length) {
    problems.push({ line, field: null, message: `${record.length} cells, not ${names.length}` });
    return null;
  }
  const formula = names.find((_, at) => FORMULA.test(record[at] ?? ''));
  if (formula !== undefined) {
    problems.push({ line, field: formula, message: "begins a formula; put ' before it if that is meant" });
    return null;
  }
  return { line, cells: cellsOf((column) => record[names.indexOf(column)] ?? null, unguarded) };
}

function cellsOf(
  read: (column: TableColumn) => string | null,
  clean: (text: string) => string = (text) => text,
): ImportedRow['cells'] {
  const entries = TABLE_COLUMNS.map((column) => {
    const text = read(column);
    return [column, text === null ? null : clean(text)] as const;
  });
  return Object.fromEntries(entries) as ImportedRow['cells'];
}

function readYaml(text: string): ReadTable {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true, prettyErrors: false });
  const lineAt = (offset: number): number => counter.linePos(offset).line;
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => ({
      line: lineAt(pos[0]),
      field: null,
      message: printable(message),
    }));
    return { rows: [], problems };
  }
  const edges = document.get('edges', true);
  if (!isSeq(edges)) return { rows: [], problems: [{ line: 1, field: 'edges', message: 'there is no list of edges' }] };
  const problems: FileProblem[] = [];
  const rows = edges.items.map((item) => {
    const line = lineAt((item as { readonly range?: readonly number[] }).range?.[0] ?? 0);
    if (isMap(item)) return yamlRow(item, line, problems);
    problems.push({ line, field: null, message: 'an edge is a set of keys' });
    return null;
  });
  return { rows: rows.filter((row) => row !== null), problems };
}

function yamlRow(item: YAMLMap, line: number, problems: FileProblem[]): ImportedRow | null {
  const known: readonly string[] = TABLE_COLUMNS;
  const before = problems.length;
  const values = new Map<string, string>();
  for (const { key, value } of item.items) {
    const name = isScalar(key) ? String(key.value) : '?';
    const text = scalarText(value);
    if (!known.includes(name)) {
      problems.push({ line, field: printable(name), message: `there is no such key${suggestion(name, known)}` });
    } else if (text === null) problems.push({ line, field: name, message: 'is no text' });
    else values.set(name, text);
  }
  for (const name of REQUIRED_COLUMNS) {
    if (!values.has(name)) problems.push({ line, field: name, message: 'is missing' });
  }
  return problems.length > before ? null : { line, cells: cellsOf((column) => values.get(column) ?? null) };
}

/** A plain value as text, an empty one as ''; null for lists, sets of keys and aliases. */
function scalarText(node: unknown): string | null {
  if (node === null) return '';
  if (!isScalar(node)) return null;
  const { value } = node;
  if (typeof value === 'string') return value;
  return value === null ? '' : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
