import { stringify } from 'csv-stringify/sync';
import type { Report, ReportEdge } from './model/types.ts';

const COLUMNS: readonly (readonly [string, (edge: ReportEdge) => string | null | undefined])[] = [
  ['callee', ({ callee }) => callee],
  ['caller', ({ caller }) => caller],
  ['state', ({ state }) => state],
  ['access', ({ access }) => access.join(' ')],
  ['sources', ({ sources }) => sources.join(' ')],
  ['first_seen', ({ firstSeen }) => firstSeen],
  ['last_seen', ({ lastSeen }) => lastSeen],
  ['admitted_by', ({ admittedBy }) => admittedBy],
  ['since_enforced', ({ proof }) => proof],
  ['decided_by', ({ decision }) => (decision ? `${decision.byKind} ${decision.by}` : null)],
  ['decided_at', ({ decision }) => decision?.decidedAt],
  ['reason', ({ decision }) => decision?.reason],
  ['evidence_then', ({ decision }) => decision?.evidence],
  ['permissions', ({ decision }) => decision?.permissions],
  ['expires_at', ({ decision }) => decision?.expiresAt],
];
const NAMES = [...COLUMNS.map(([name]) => name), 'callee_unseen', 'risk', 'risk_because'];

/** Characters that make a spreadsheet compute a cell; the last four are their full-width forms. */
const FORMULA_START = /^(?=\s*[=+\-@＝＋－＠])|^(?=[\t\r])/;
/** The same after what some locales take for the end of a cell, quotes or not. */
const FORMULA_INSIDE = /([;\t|]["'\s]*)(?=[=+\-@＝＋－＠])/g;

/** Text that no spreadsheet takes for a formula: an apostrophe stands before what might start one. */
export const safeCell = (text: string): string => text.replace(FORMULA_INSIDE, "$1'").replace(FORMULA_START, "'");

const riskCells = ({ risk }: ReportEdge): readonly string[] =>
  risk === null ? ['', ''] : [String(risk.score), risk.reasons.join('; ')];

/** One line per edge, RFC 4180, in UTF-8; the last columns say what the evidence on the callee could not see, and how risky the edge is. */
export function renderCsv(report: Report): string {
  const unseen = new Map(report.projects.map(({ path, unseen: words }) => [path, words.join('; ')]));
  const rows = report.edges.map((edge) =>
    [...COLUMNS.map(([, value]) => value(edge) ?? ''), unseen.get(edge.callee) ?? '', ...riskCells(edge)].map(safeCell),
  );
  return stringify([NAMES, ...rows], { record_delimiter: 'windows' });
}
