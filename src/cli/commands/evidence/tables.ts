import { Readable, pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { isAccessKind } from '../../../domain/access/permissions.ts';
import { printable } from '../../../domain/redact.ts';
import { momentOf, projectNamed, type EvidenceRow, type Tally } from './rows.ts';

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

type Fields = Readonly<Record<string, unknown>>;

/** Which fields the columns of a table are; null where they are not those of such a table. */
type Columns = (names: readonly string[]) => ((record: readonly string[]) => Fields) | null;

/** GitLab's export of a project's authentication log; it names the callers, the callee is known from outside. */
export async function* readLogExport(
  text: AsyncIterable<string>,
  callee: string | number,
  tally: Tally,
): AsyncGenerator<EvidenceRow> {
  yield* readCsv(text, tally, (names) => {
    const caller = names.indexOf('origin project path');
    const seen = names.findIndex((name) => name.startsWith('last authorized at'));
    if (caller !== -1 && seen !== -1) return (record) => ({ caller: record[caller], callee, seen: record[seen] });
    tally.broken(1, "this is not GitLab's export: the columns are Origin Project Path and Last Authorized At (UTC)");
    return null;
  });
}

/** A list of edges from elsewhere: `caller`, `callee`, and where known `access` and `seen`. */
export async function* readEdgeTable(text: AsyncIterable<string>, tally: Tally): AsyncGenerator<EvidenceRow> {
  yield* readCsv(text, tally, (names) => {
    const missing = ['caller', 'callee'].filter((name) => !names.includes(name));
    noteUnused(names, tally);
    if (missing.length === 0)
      return (record) => Object.fromEntries(names.map((name, index) => [name, record[index] ?? '']));
    tally.broken(1, `the column ${missing.join(' and ')} is missing`);
    return null;
  });
}

/** Heads of columns are read in lower case. */
const USED = new Set(['caller', 'callee', 'access', 'seen', 'last_seen', 'lastSeen', 'lastseen']);
const MOST_UNUSED = 20;

function noteUnused(names: readonly string[], { unused }: Tally): void {
  for (const name of names)
    if (name !== '' && !USED.has(name) && unused.size < MOST_UNUSED) unused.add(name.slice(0, 100));
}

/** The same as YAML or JSON, which is YAML. Aliases are bounded by the library. */
export function* readEdgeList(text: string, tally: Tally): Generator<EvidenceRow> {
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    const line = error instanceof YAMLParseError ? (error.linePos?.[0].line ?? 1) : 1;
    tally.broken(line, error instanceof Error ? printable(error.message.split('\n')[0] ?? '') : 'no YAML');
    return;
  }
  const list = Array.isArray(value) ? value : (value as { readonly edges?: unknown } | null)?.edges;
  if (!Array.isArray(list)) {
    tally.broken(1, 'there is no list of edges: an array, or an object with `edges`');
    return;
  }
  for (const [index, item] of (list as readonly unknown[]).entries()) {
    const fields = typeof item === 'object' && item !== null ? (item as Fields) : {};
    noteUnused(Object.keys(fields), tally);
    // Items are numbered where lines are not known.
    const row = rowOf(index + 1, fields, tally);
    if (row) yield row;
  }
}

/** Row by row, so that a log of any length is never in memory as a whole. */
async function* readCsv(text: AsyncIterable<string>, tally: Tally, columns: Columns): AsyncGenerator<EvidenceRow> {
  const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, delimiter: [',', ';'] };
  const parser = parse(options);
  // What goes wrong on the way comes out of the parser.
  pipeline(Readable.from(noJson(text, tally)), parser, () => undefined);
  let fieldsOf: ReturnType<Columns> = null;
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      if (fieldsOf) {
        const row = rowOf(info.lines, fieldsOf(record), tally);
        if (row) yield row;
        continue;
      }
      const names = record.map((name) => name.trim().toLowerCase());
      const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
      if (twice !== undefined) tally.broken(1, `the column ${printable(twice)} is there twice`);
      fieldsOf = twice === undefined ? columns(names) : null;
      if (fieldsOf === null) return;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    tally.broken((error as { readonly lines?: number }).lines ?? 1, printable(error.message));
    return;
  }
  if (fieldsOf === null && tally.problemCount === 0) tally.broken(1, 'the file is empty');
}

/** Ends where the text turns out to be JSON, of which a table would make nonsense. */
async function* noJson(text: AsyncIterable<string>, tally: Tally): AsyncGenerator<string> {
  let begun = false;
  for await (const part of text) {
    if (!begun && /^\s*[{[]/.test(part)) {
      tally.broken(1, 'this is JSON and no table: name a list of edges .json, or give --kind logs for structured logs');
      return;
    }
    begun ||= part.trim() !== '';
    yield part;
  }
}

function rowOf(line: number, fields: Fields, tally: Tally): EvidenceRow | null {
  const before = tally.problemCount;
  tally.lines += 1;
  const problem = (field: string, message: string): null => {
    tally.problem({ line, field, message });
    return null;
  };
  const shown = (value: unknown): string => printable(typeof value === 'string' ? value : String(value)).slice(0, 100);
  const [caller, callee] = (['caller', 'callee'] as const).map(
    (field) => projectNamed(fields[field]) ?? problem(field, `"${shown(fields[field])}" is no full path and no id`),
  );
  const text = (field: string): string => (typeof fields[field] === 'string' ? fields[field].trim() : '');
  const access = text('access') === '' ? null : text('access');
  if (access !== null && !isAccessKind(access)) problem('access', `"${shown(access)}" is no kind of access`);
  const seenText = text('seen') || text('last_seen') || text('lastSeen') || text('lastseen');
  const seenAt = seenText === '' ? null : momentOf(seenText);
  if (seenText !== '' && seenAt === null) problem('seen', `"${shown(seenText)}" is no moment in ISO 8601`);
  if (tally.problemCount > before || caller == null || callee == null) return null;
  return { line, caller, callee, access, seenAt };
}
