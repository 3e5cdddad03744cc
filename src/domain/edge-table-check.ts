import { DEFAULT_PERMISSIONS, type DecisionVerdict } from './decision.ts';
import type { Edge, EdgeState } from './edge.ts';
import { EDGE_STATES } from './edge-filter.ts';
import { permissionsCell, replacementOf, REPLACEMENTS, type TableColumn, type TableRow } from './edge-table.ts';
import { isAccessKind } from './permissions.ts';
import type { EntryPermissions, Project } from './project.ts';
import { observedPermissions } from './rules.ts';
import { epochMs, parseDuration, type EpochMs } from './values.ts';

/** One row of an imported table with the line that it begins on. Columns that the file leaves out are null. */
export interface ImportedRow {
  readonly line: number;
  readonly cells: Readonly<Record<TableColumn, string | null>>;
}

/** What is wrong in one cell of the file. */
export interface TableProblem {
  readonly line: number;
  readonly field: TableColumn | 'row';
  readonly message: string;
}

/** What the rows are compared with. */
export interface TableWorld {
  readonly now: EpochMs;
  readonly project: (path: string) => Project | null;
  readonly nearestPath: (path: string) => string | null;
  /** The edge as it is, and the row an export would write for it; null for a pair that was never seen. */
  readonly current: (caller: Project, callee: Project) => { readonly edge: Edge; readonly row: TableRow } | null;
  /** Names of this GitLab's policies; empty where it has none. */
  readonly policies: readonly string[];
}

/** A row that changes something. */
export interface TableChange {
  readonly line: number;
  readonly caller: Project;
  readonly callee: Project;
  /** Null for a pair that no source has seen. */
  readonly edge: Edge | null;
  readonly access: readonly string[];
  /** Null: only the observation is new. */
  readonly decision: {
    readonly verdict: DecisionVerdict;
    readonly reason: string;
    readonly permissions: EntryPermissions;
    readonly expiresAt: EpochMs | null;
  } | null;
}

export interface CheckedTable {
  readonly problems: readonly TableProblem[];
  readonly changes: readonly TableChange[];
  readonly unchanged: number;
}

const LONGEST_REASON = 500;
type Report = (field: TableProblem['field'], message: string) => void;
type Cells = TableRow;

/** Checks every row before anything is changed, and finds those that say something new. */
export function checkTable(rows: readonly ImportedRow[], world: TableWorld): CheckedTable {
  const problems: TableProblem[] = [];
  const changes: TableChange[] = [];
  const earlier = new Map<string, { readonly line: number; readonly text: string }>();
  let unchanged = 0;
  for (const row of rows) {
    const before = problems.length;
    const report: Report = (field, message) => problems.push({ line: row.line, field, message });
    const cells = filled(row);
    const ends = projectsOf(cells, world, report);
    if (ends) noteRepeated(row.line, cells, ends, earlier, report);
    const state = readState(cells, report);
    if (!ends || state === null) continue;
    const change = changeOf(row, cells, ends, state, world, report);
    if (problems.length > before) continue;
    if (change) changes.push(change);
    else unchanged += 1;
  }
  return { problems, changes, unchanged };
}

const filled = ({ cells }: ImportedRow): Cells =>
  Object.fromEntries(Object.entries(cells).map(([key, value]) => [key, (value ?? '').trim()])) as Cells;

interface Ends {
  readonly caller: Project;
  readonly callee: Project;
}

function projectsOf(cells: Cells, world: TableWorld, report: Report): Ends | null {
  const [caller, callee] = (['caller', 'callee'] as const).map((field) => {
    const found = world.project(cells[field]);
    if (found) return found;
    const near = cells[field] === '' ? null : world.nearestPath(cells[field]);
    report(field, `no project "${cells[field]}" is known${near === null ? '' : `; did you mean ${near}?`}`);
    return null;
  });
  if (!caller || !callee) return null;
  if (caller.id !== callee.id) return { caller, callee };
  report('callee', 'a project always reaches itself');
  return null;
}

function noteRepeated(
  line: number,
  cells: Cells,
  { caller, callee }: Ends,
  earlier: Map<string, { readonly line: number; readonly text: string }>,
  report: Report,
): void {
  const key = `${caller.id}>${callee.id}`;
  const text = JSON.stringify([cells.state, cells.permissions, cells.reason, cells.expires, cells.revision]);
  const first = earlier.get(key);
  if (!first) earlier.set(key, { line, text });
  else report('row', first.text === text ? `repeats line ${first.line}` : `contradicts line ${first.line}`);
}

function readState({ state }: Cells, report: Report): EdgeState | null {
  const known = EDGE_STATES.find((word) => word === state.toLowerCase());
  if (known === undefined) report('state', `"${state}" is none of ${EDGE_STATES.join(', ')}`);
  return known ?? null;
}

function changeOf(
  row: ImportedRow,
  cells: Cells,
  ends: Ends,
  state: EdgeState,
  world: TableWorld,
  report: Report,
): TableChange | null {
  const current = world.current(ends.caller, ends.callee);
  const live = current?.row ?? null;
  if (!/^\d{1,15}$/.test(cells.revision)) {
    report('revision', `"${cells.revision}" is no revision; leave it as it was exported, 0 for a new edge`);
    return null;
  }
  const same = live !== null && sameRow(cells, state, live, row);
  const revision = live?.revision ?? '0';
  // A row that says what holds already does no harm, whenever it was exported.
  if (Number(cells.revision) !== Number(revision) && !same) {
    report(
      'revision',
      `conflict: decided otherwise since the export (now ${live?.state ?? 'undecided'}, revision ${revision})`,
    );
    return null;
  }
  if (same) return null;
  const access = readAccess(cells, current?.edge ?? null, report);
  const base = { line: row.line, ...ends, edge: current?.edge ?? null, access };
  if (state !== 'undecided') return { ...base, decision: readDecision(cells, state, base.edge, world, report) };
  if (live !== null && live.state !== 'undecided') {
    report('state', 'a decision is not taken back: write approved, rejected or replaced');
  }
  for (const field of ['permissions', 'reason', 'expires'] as const) {
    if (cells[field] !== '') report(field, 'an undecided edge has none; write a state');
  }
  return live === null ? { ...base, decision: null } : null;
}

/** Cells left out of the file count as unchanged; moments may be written in several ways. */
function sameRow(cells: Cells, state: EdgeState, live: TableRow, { cells: given }: ImportedRow): boolean {
  const kept = (field: TableColumn): boolean => given[field] === null || cells[field] === live[field];
  const expires = given.expires === null || cells.expires === live.expires;
  return state === live.state && kept('permissions') && kept('reason') && expires;
}

function readAccess({ access }: Cells, edge: Edge | null, report: Report): readonly string[] {
  // What was observed is not the table's to change; for a new edge it is all that is known.
  if (edge !== null && edge.sources.length > 0) return edge.access;
  const kinds = access.split(/[\s,]+/).filter((word) => word !== '');
  const strange = kinds.find((kind) => !isAccessKind(kind));
  if (strange !== undefined) report('access', `"${strange}" is no kind of access`);
  return kinds;
}

function readDecision(
  cells: Cells,
  verdict: DecisionVerdict,
  edge: Edge | null,
  world: TableWorld,
  report: Report,
): TableChange['decision'] {
  const { reason } = cells;
  if (reason === '') report('reason', 'a decision needs a reason');
  if (reason.length > LONGEST_REASON) report('reason', `longer than ${LONGEST_REASON} characters`);
  if (verdict === 'replaced' && reason !== '' && replacementOf(reason) === null) {
    report(
      'reason',
      `begin it with what replaces the access: ${REPLACEMENTS.map((word) => `"${word}: …"`).join(', ')}`,
    );
  }
  if (verdict !== 'approved') {
    if (cells.permissions !== '') report('permissions', `an edge that is ${verdict} has none`);
    if (cells.expires !== '') report('expires', 'only an approval expires');
    return { verdict, reason, permissions: DEFAULT_PERMISSIONS, expiresAt: null };
  }
  return {
    verdict,
    reason,
    permissions: readPermissions(cells.permissions, edge, world.policies, report),
    expiresAt: readExpiry(cells.expires, world.now, report),
  };
}

function readPermissions(
  text: string,
  edge: Edge | null,
  policies: readonly string[],
  report: Report,
): EntryPermissions {
  const word = text.toLowerCase();
  if (word === '' || word === permissionsCell(DEFAULT_PERMISSIONS)) return DEFAULT_PERMISSIONS;
  if (word === 'observed') return edge ? observedPermissions(edge, policies) : DEFAULT_PERMISSIONS;
  if (word === permissionsCell({ defaultPermissions: false, policies: [] }))
    return { defaultPermissions: false, policies: [] };
  const names = [...new Set(text.toUpperCase().split(/[\s,]+/))].sort();
  const strange = names.find((name) => !policies.includes(name));
  if (strange !== undefined) {
    const why =
      policies.length === 0 ? 'this GitLab has no fine-grained permissions' : 'this GitLab has no such policy';
    report('permissions', `"${strange}": ${why}; write default, observed, or policies with spaces between`);
  }
  return { defaultPermissions: false, policies: names };
}

function readExpiry(text: string, now: EpochMs, report: Report): EpochMs | null {
  if (text === '') return null;
  const ms = parseDuration(text);
  const moment = ms === null ? isoMoment(text) : now + ms;
  if (moment === null) report('expires', `"${text}" is no moment; write 2027-03-01, 2027-03-01T12:00:00Z or 365d`);
  else if (moment <= now) report('expires', `${text} has passed already`);
  return moment === null ? null : epochMs(moment);
}

function isoMoment(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text)) return null;
  const moment = Date.parse(text);
  // The 31st of a shorter month would quietly become the 1st of the next.
  return Number.isNaN(moment) || !new Date(moment).toISOString().startsWith(text.slice(0, 10)) ? null : moment;
}
