import { DEFAULT_PERMISSIONS, isReplacement, REPLACEMENTS, type NewDecision } from '../decisions/decision.ts';
import { expiryOf } from '../decisions/expiry.ts';
import type { Edge, EdgeState } from './edge.ts';
import { EDGE_STATES } from './edge-filter.ts';
import { readPermissions, type TableColumn, type TableRow } from './edge-table.ts';
import { isAccessKind, type NarrowingFacts } from '../access/permissions.ts';
import type { EntryPermissions, ProjectOutline } from '../project.ts';
import type { EpochMs } from '../values.ts';

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
  readonly project: (path: string) => ProjectOutline | null;
  readonly nearestPath: (path: string) => string | null;
  /** The edge as it is, and the row an export would write for it; null for a pair that was never seen. */
  readonly current: (
    caller: ProjectOutline,
    callee: ProjectOutline,
  ) => { readonly edge: Edge; readonly row: TableRow } | null;
  readonly narrowing: NarrowingFacts;
}

/** A row that changes something. */
export interface TableChange {
  readonly line: number;
  readonly caller: ProjectOutline;
  readonly callee: ProjectOutline;
  /** Null for a pair that no source has seen. */
  readonly edge: Edge | null;
  readonly access: readonly string[];
  /** Null: only the observation is new. */
  readonly decision: Pick<
    NewDecision,
    'verdict' | 'replacedBy' | 'owner' | 'reason' | 'permissions' | 'expiresAt'
  > | null;
}

/** What a table would change; nothing is to be recorded while there are problems. */
export interface CheckedTable {
  readonly problems: readonly TableProblem[];
  readonly changes: readonly TableChange[];
  readonly unchanged: number;
}

const LONGEST_REASON = 500;
const LONGEST_OWNER = 80;
type Report = (field: TableProblem['field'], message: string) => void;
type Cells = TableRow;

/** Cells that say what is decided beside the state. */
const DECIDED = ['replacement', 'permissions', 'owner', 'reason', 'expires'] as const;
/** Cells in which two rows for one edge may contradict each other. */
const TOLD = ['state', ...DECIDED, 'revision'] as const;

/** Checks rows some at a time, and finds those that say something new; all of them, before anything is changed. */
export class TableCheck {
  readonly #problems: TableProblem[] = [];
  readonly #changes: TableChange[] = [];
  readonly #earlier = new Map<string, { readonly line: number; readonly text: string }>();
  #unchanged = 0;

  /** @param world - knows what these rows are about; other rows may be held against another one */
  take(rows: readonly ImportedRow[], world: TableWorld): void {
    for (const row of rows) {
      const before = this.#problems.length;
      const report: Report = (field, message) => this.#problems.push({ line: row.line, field, message });
      const cells = filled(row);
      const ends = projectsOf(cells, world, report);
      if (ends) noteRepeated(row.line, cells, ends, this.#earlier, report);
      const state = readState(cells, report);
      if (!ends || state === null) continue;
      const change = changeOf(row, cells, ends, state, world, report);
      if (this.#problems.length > before) continue;
      if (change) this.#changes.push(change);
      else this.#unchanged += 1;
    }
  }

  /** What all rows that were taken come to. */
  result(): CheckedTable {
    return { problems: this.#problems, changes: this.#changes, unchanged: this.#unchanged };
  }
}

const filled = ({ cells }: ImportedRow): Cells =>
  Object.fromEntries(Object.entries(cells).map(([key, value]) => [key, (value ?? '').trim()])) as Cells;

interface Ends {
  readonly caller: ProjectOutline;
  readonly callee: ProjectOutline;
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
  const text = JSON.stringify(TOLD.map((field) => cells[field]));
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
  const told = withoutLeftovers(cells, state, live, report);
  if (state !== 'undecided') return { ...base, decision: readDecision(told, state, base.edge, world, report) };
  if (live !== null && live.state !== 'undecided') {
    report('state', 'a decision is not taken back: write approved, rejected or replaced');
  }
  for (const field of DECIDED) {
    if (told[field] !== '') report(field, 'an undecided edge has none; write a state');
  }
  return live === null ? { ...base, decision: null } : null;
}

/** What only some states have. */
const MEANT_FOR = [
  ['permissions', 'approved'],
  ['expires', 'approved'],
  ['replacement', 'replaced'],
] as const;

/**
 * Whoever writes another state into a table leaves the cells beside it as they were exported: what means nothing in the new
 * state is passed over. The reason is that of the decision before, and no reason for this one.
 */
function withoutLeftovers(cells: Cells, state: EdgeState, live: TableRow | null, report: Report): Cells {
  if (live === null || live.state === state) return cells;
  const untouched = (field: TableColumn): boolean => cells[field] !== '' && cells[field] === live[field];
  const meant = (field: (typeof DECIDED)[number]): boolean =>
    state !== 'undecided' && MEANT_FOR.every(([one, only]) => one !== field || only === state);
  const left = DECIDED.filter((field) => !meant(field) && untouched(field));
  if (state !== 'undecided' && untouched('reason'))
    report('reason', `is that of the edge being ${live.state}: say why it is ${state} now`);
  return { ...cells, ...Object.fromEntries(left.map((field) => [field, ''])) };
}

/** Cells left out of the file count as unchanged; moments may be written in several ways. */
function sameRow(cells: Cells, state: EdgeState, live: TableRow, { cells: given }: ImportedRow): boolean {
  const kept = (field: TableColumn): boolean => given[field] === null || cells[field] === live[field];
  return state === live.state && DECIDED.every(kept);
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
  verdict: NewDecision['verdict'],
  edge: Edge | null,
  world: TableWorld,
  report: Report,
): TableChange['decision'] {
  const { reason } = cells;
  const owner = cells.owner === '' ? null : cells.owner;
  if (owner !== null && owner.length > LONGEST_OWNER) report('owner', `longer than ${LONGEST_OWNER} characters`);
  if (reason === '') report('reason', 'a decision needs a reason');
  if (reason.length > LONGEST_REASON) report('reason', `longer than ${LONGEST_REASON} characters`);
  const replacedBy = readReplacement(cells, verdict, report);
  if (verdict !== 'approved') {
    if (cells.permissions !== '') report('permissions', `an edge that is ${verdict} has none`);
    if (cells.expires !== '') report('expires', 'only an approval expires');
    return { verdict, replacedBy, owner, reason, permissions: DEFAULT_PERMISSIONS, expiresAt: null };
  }
  return {
    verdict,
    replacedBy,
    owner,
    reason,
    permissions: permissionsOf(cells.permissions, edge, world.narrowing, report),
    expiresAt: readExpiry(cells.expires, world.now, report),
  };
}

function readReplacement(
  { replacement }: Cells,
  verdict: NewDecision['verdict'],
  report: Report,
): NewDecision['replacedBy'] {
  const word = replacement.toLowerCase();
  if (verdict !== 'replaced') {
    if (word !== '') report('replacement', `an edge that is ${verdict} has none`);
    return null;
  }
  if (isReplacement(word)) return word;
  const what = word === '' ? 'by what?' : `"${replacement}" is unknown:`;
  report('replacement', `${what} write ${REPLACEMENTS.join(', ')}`);
  return null;
}

function permissionsOf(text: string, edge: Edge | null, narrowing: NarrowingFacts, report: Report): EntryPermissions {
  const read = readPermissions(text, narrowing);
  if (typeof read === 'function') return read(edge);
  report('permissions', `${read}; write default, observed, or policies with spaces between`);
  return DEFAULT_PERMISSIONS;
}

function readExpiry(text: string, now: EpochMs, report: Report): EpochMs | null {
  if (text === '') return null;
  const moment = expiryOf(text, now);
  if (moment === null) report('expires', `"${text}" is no moment; write 2027-03-01, 2027-03-01T12:00:00Z or 365d`);
  else if (moment <= now) report('expires', `${text} has passed already`);
  return moment;
}
