import { stringify } from 'csv-stringify/sync';
import { safeCell } from '../csv.ts';
import { renderGitlabform, renderTerraform } from './code.ts';
import { renderDot, renderMermaid } from './graph.ts';
import type { ExportCallee } from './model.ts';
import { plain } from '../text.ts';

export const EXPORT_FORMATS = ['terraform', 'gitlabform', 'csv', 'json', 'mermaid', 'dot'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const COLUMNS = ['callee', 'enforce', 'undecided', 'kind', 'entry', 'entry_id', 'permissions', 'origin', 'reason'];

/** One line per entry; a callee without any has one line that says so by its empty cells. */
function renderTable(callees: readonly ExportCallee[]): string {
  const rows = callees.flatMap(({ path, enforce, undecided, entries }) => {
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
  });
  const cells = rows.map((row) => row.map((text) => safeCell(plain(text))));
  return stringify([COLUMNS, ...cells], { record_delimiter: 'windows' });
}

/** The allowlists as text; the same rows give the same bytes. */
export function renderExport(callees: readonly ExportCallee[], format: ExportFormat): string {
  switch (format) {
    case 'terraform':
      return renderTerraform(callees);
    case 'gitlabform':
      return renderGitlabform(callees);
    case 'csv':
      return renderTable(callees);
    case 'json':
      return `${JSON.stringify({ schemaVersion: 1, callees }, null, 2)}\n`;
    case 'mermaid':
      return renderMermaid(callees);
    case 'dot':
      return renderDot(callees);
  }
}
