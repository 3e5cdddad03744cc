import { stringify } from 'csv-stringify/sync';
import { safeCell } from '../csv.ts';
import { gitlabform, terraform } from './code.ts';
import { dot, mermaid } from './graph.ts';
import type { ExportCallee, ExportForm } from './model.ts';
import { plain } from '../text.ts';

/** The forms of an export. */
export const EXPORT_FORMATS = ['terraform', 'gitlabform', 'csv', 'json', 'mermaid', 'dot'] as const;
/** One of the forms of an export. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const COLUMNS = ['callee', 'enforce', 'undecided', 'kind', 'entry', 'entry_id', 'permissions', 'origin', 'reason'];

/** One line per entry; a callee without any has one line that says so by its empty cells. */
function tableRows({ path, enforce, undecided, entries }: ExportCallee): readonly (readonly string[])[] {
  const head = [path, String(enforce), String(undecided)];
  if (entries.length === 0) return [[...head, '', '', '', '', '', '']];
  return entries.map((entry) => [
    ...head,
    entry.kind,
    entry.path,
    String(entry.id),
    entry.defaultPermissions ? 'default' : entry.policies.join(' '),
    entry.origin,
    entry.reason ?? '',
  ]);
}

const csvLines = (rows: readonly (readonly string[])[]): string =>
  stringify([...rows], { record_delimiter: 'windows' });

const csv = (): ExportForm => ({
  begin: csvLines([COLUMNS]),
  callee: (callee) => csvLines(tableRows(callee).map((row) => row.map((text) => safeCell(plain(text))))),
  end: () => '',
});

/** As `JSON.stringify(document, null, 2)` would write it. */
function json(): ExportForm {
  let empty = true;
  return {
    begin: '{\n  "schemaVersion": 1,\n  "callees": [',
    callee: (callee) => {
      const text = `${empty ? '' : ','}\n${JSON.stringify(callee, null, 2).replaceAll(/^/gm, '    ')}`;
      empty = false;
      return text;
    },
    end: () => `${empty ? '' : '\n  '}]\n}\n`,
  };
}

const FORMS: Readonly<Record<ExportFormat, () => ExportForm>> = { terraform, gitlabform, csv, json, mermaid, dot };

/** The allowlists as text, callee by callee as they come; the same rows give the same bytes. */
export async function* exportText(callees: AsyncIterable<ExportCallee>, format: ExportFormat): AsyncGenerator<string> {
  const { begin, callee: write, end } = FORMS[format]();
  yield begin;
  for await (const callee of callees) yield write(callee);
  yield end();
}
