import { CsvError, parse } from 'csv-parse/sync';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { isAccessKind } from '../../../domain/access/permissions.ts';
import { printable } from '../../../domain/redact.ts';
import { momentOf, projectNamed, type EvidenceRow, type ReadRows, type RowProblem } from './rows.ts';

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

const failed = (line: number, message: string): ReadRows => ({
  rows: [],
  problems: [{ line, field: null, message }],
  ...{ ignored: 0, unread: [] },
});

/** GitLab's export of a project's authentication log; it names the callers, the callee is known from outside. */
export function readLogExport(text: string, callee: string | number): ReadRows {
  const csv = csvOf(text);
  if ('problems' in csv) return csv;
  const caller = csv.names.indexOf('origin project path');
  const seen = csv.names.findIndex((name) => name.startsWith('last authorized at'));
  if (caller === -1 || seen === -1) {
    return failed(1, "this is not GitLab's export: the columns are Origin Project Path and Last Authorized At (UTC)");
  }
  return collect(csv.body, ({ record, info }) => ({
    line: info.lines,
    fields: { caller: record[caller], callee, seen: record[seen] },
  }));
}

/** A list of edges from elsewhere: `caller`, `callee`, and where known `access` and `seen`, as CSV, YAML or JSON. */
export function readEdgeList(text: string, format: 'csv' | 'yaml'): ReadRows {
  if (format === 'yaml') return readList(text);
  const csv = csvOf(text);
  if ('problems' in csv) return csv;
  const missing = ['caller', 'callee'].filter((name) => !csv.names.includes(name));
  if (missing.length > 0) return failed(1, `the column ${missing.join(' and ')} is missing`);
  return collect(csv.body, ({ record, info }) => ({
    line: info.lines,
    fields: Object.fromEntries(csv.names.map((name, index) => [name, record[index] ?? ''])),
  }));
}

/** JSON is YAML, so one reader does for both. Aliases are bounded by the library. */
function readList(text: string): ReadRows {
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    const line = error instanceof YAMLParseError ? (error.linePos?.[0].line ?? 1) : 1;
    return failed(line, error instanceof Error ? printable(error.message.split('\n')[0] ?? '') : 'no YAML');
  }
  const list = Array.isArray(value) ? value : (value as { readonly edges?: unknown } | null)?.edges;
  if (!Array.isArray(list)) return failed(1, 'there is no list of edges: an array, or an object with `edges`');
  return collect(list as readonly unknown[], (item, index) => ({
    // Items are numbered where lines are not known.
    line: index + 1,
    fields: typeof item === 'object' && item !== null ? (item as Readonly<Record<string, unknown>>) : {},
  }));
}

function csvOf(text: string): { readonly names: readonly string[]; readonly body: readonly CsvRecord[] } | ReadRows {
  if (/^\s*[{[]/.test(text))
    return failed(1, 'this is JSON and no table: name a list of edges .json, or give --kind logs for structured logs');
  let records: readonly CsvRecord[];
  try {
    const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, delimiter: [',', ';'] };
    records = parse(text, options) as unknown as readonly CsvRecord[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return failed((error as { readonly lines?: number }).lines ?? 1, printable(error.message));
  }
  const [header, ...body] = records;
  if (!header) return failed(1, 'the file is empty');
  const names = header.record.map((name) => name.trim().toLowerCase());
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  return twice === undefined ? { names, body } : failed(1, `the column ${printable(twice)} is there twice`);
}

function collect<T>(
  items: readonly T[],
  fieldsOf: (item: T, index: number) => { readonly line: number; readonly fields: Readonly<Record<string, unknown>> },
): ReadRows {
  const rows: EvidenceRow[] = [];
  const problems: RowProblem[] = [];
  for (const [index, item] of items.entries()) {
    const { line, fields } = fieldsOf(item, index);
    const row = rowOf(line, fields, problems);
    if (row) rows.push(row);
  }
  return { rows, problems, ignored: 0, unread: [] };
}

function rowOf(line: number, fields: Readonly<Record<string, unknown>>, problems: RowProblem[]): EvidenceRow | null {
  const before = problems.length;
  const problem = (field: string, message: string): null => {
    problems.push({ line, field, message });
    return null;
  };
  const shown = (value: unknown): string => printable(typeof value === 'string' ? value : String(value)).slice(0, 100);
  const [caller, callee] = (['caller', 'callee'] as const).map(
    (field) => projectNamed(fields[field]) ?? problem(field, `"${shown(fields[field])}" is no full path and no id`),
  );
  const text = (field: string): string => (typeof fields[field] === 'string' ? fields[field].trim() : '');
  const access = text('access') === '' ? null : text('access');
  if (access !== null && !isAccessKind(access)) problem('access', `"${shown(access)}" is no kind of access`);
  const seenText = text('seen') || text('last_seen') || text('lastSeen');
  const seenAt = seenText === '' ? null : momentOf(seenText);
  if (seenText !== '' && seenAt === null) problem('seen', `"${shown(seenText)}" is no moment in ISO 8601`);
  if (problems.length > before || caller == null || callee == null) return null;
  return { line, caller, callee, access, seenAt };
}
