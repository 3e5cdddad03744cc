import type { Edge, EdgeDetail, EdgeState, KeptEvidence } from '../../../domain/edges/edge.ts';
import type { EvidenceSource } from '../../../domain/edges/evidence.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import type { EdgeFilter, EdgeStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { sourcesSchema, stringsSchema } from '../json/schemas.ts';
import { putEvidence } from './put-evidence.ts';

/** The columns of `EDGES`, in their order: of a million rows each is read as a list, which takes half as long as objects do. */
type EdgeCells = readonly [
  caller: ProjectId,
  callerPath: string,
  callee: ProjectId,
  calleePath: string,
  sources: string,
  access: string,
  needs: string | null,
  firstSeen: EpochMs,
  lastSeen: EpochMs,
  state: EdgeState,
  decisionId: number | null,
];

interface EvidenceRecord {
  readonly source: EvidenceSource;
  readonly access: string;
  readonly place: string;
  readonly policies: string | null;
  readonly firstSeen: EpochMs;
  readonly lastSeen: EpochMs;
  readonly times: number;
  readonly certain: number;
}

const readSources = jsonReader(sourcesSchema);
const readAccess = jsonReader(stringsSchema);

/** From the callee's path on, so that SQLite walks that index and sorts the callers of one callee at a time. */
const EDGES = `
  select e.caller, r.path, e.callee, c.path, e.sources, e.access, e.needs, e.first_seen, e.last_seen, e.state, e.decision_id
  from projects c join edges e on e.callee = c.id join projects r on r.id = e.caller`;

const EVIDENCE = `
  select source, access, place, policies, first_seen as firstSeen, last_seen as lastSeen, times, certain
  from evidence
  where callee = ? and caller = ? order by first_seen, source, access, place`;

/** Kept by triggers (migrations/0001_counts.sql). */
const COUNT = 'select undecided, approved, rejected, replaced from counts';

function toEdge(cells: EdgeCells, shared: SharedPath): Edge {
  const [caller, callerPath, callee, calleePath, sources, access, needs, firstSeen, lastSeen, state, decisionId] =
    cells;
  const cell = () => ({ table: 'edges', row: `${caller} -> ${callee}` });
  return {
    caller,
    callerPath: shared(caller, callerPath),
    callee,
    calleePath: shared(callee, calleePath),
    sources: readSources(sources, cell),
    access: readAccess(access, cell),
    needs: needs === null ? null : readAccess(needs, cell),
    firstSeen,
    lastSeen,
    state,
    decisionId,
  };
}

function conditions({ callee, callees, caller, state }: EdgeFilter): {
  readonly where: string;
  readonly values: unknown[];
} {
  const parts: string[] = [];
  const values: unknown[] = [];
  const add = (column: string, value: unknown) => {
    if (value === undefined) return;
    parts.push(`${column} = ?`);
    values.push(value);
  };
  add('e.callee', callee);
  if (callees) {
    parts.push('e.callee in (select value from json_each(?))');
    values.push(JSON.stringify(callees));
  }
  add('e.caller', caller);
  add('e.state', state);
  return { where: parts.length > 0 ? ` where ${parts.join(' and ')}` : '', values };
}

/** Gives a path back as the text that was given for it before. */
type SharedPath = (id: ProjectId, path: string) => string;

/** Every row brings new texts; a million edges, and the plan made of them, are to hold each path once. */
function pathSharing(): SharedPath {
  const paths = new Map<ProjectId, string>();
  return (id, path) => {
    const known = paths.get(id);
    if (known === path) return known;
    paths.set(id, path);
    return path;
  };
}

function listEdges(connection: Connection, filter: EdgeFilter, shared: SharedPath): readonly Edge[] {
  const { where, values } = conditions(filter);
  // Of many callees in the order of the table: a reader of a million edges takes them as they come.
  const order = filter.callees ? 'e.callee, e.caller' : 'c.path, r.path';
  const rows = connection.statement<unknown[], EdgeCells>(`${EDGES}${where} order by ${order}`).raw();
  return Array.from(rows.iterate(...values), (cells) => toEdge(cells, shared));
}

function evidenceOf(connection: Connection, caller: ProjectId, callee: ProjectId): readonly KeptEvidence[] {
  const rows = connection.statement<[ProjectId, ProjectId], EvidenceRecord>(EVIDENCE).all(callee, caller);
  return rows.map(({ source, access, place, policies, firstSeen, lastSeen, times, certain }) => ({
    caller,
    callee,
    source,
    access: access === '' ? null : access,
    policies: policies === null ? null : readAccess(policies, { table: 'evidence', row: `${caller} -> ${callee}` }),
    where: place,
    firstSeen,
    lastSeen,
    times,
    certainty: certain === 1 ? 'certain' : 'likely',
  }));
}

function edgeDetail(connection: Connection, caller: ProjectId, callee: ProjectId): EdgeDetail | null {
  const [edge] = listEdges(connection, { caller, callee }, pathSharing());
  return edge ? { ...edge, evidence: evidenceOf(connection, caller, callee) } : null;
}

type EdgeCounts = Readonly<Record<EdgeState, number>>;
const NO_EDGES: EdgeCounts = { undecided: 0, approved: 0, rejected: 0, replaced: 0 };

/** What a scan found may never have run; what was denied was no use. */
const USES = `
  select caller, sum(times) as times from evidence where callee = ? and source in ('auth-log', 'trace') group by caller`;

function usesOf(connection: Connection, callee: ProjectId): ReadonlyMap<ProjectId, number> {
  const rows = connection.statement<[ProjectId], { readonly caller: ProjectId; readonly times: number }>(USES);
  return new Map(rows.all(callee).map(({ caller, times }) => [caller, times]));
}

/** Edges and the observations behind them. */
export function edgeStore(connection: Connection): EdgeStore {
  const shared = pathSharing();
  return {
    putEvidence: (evidence) => connection.write(() => putEvidence(connection, evidence)),
    edges: (filter = {}) => connection.read(() => listEdges(connection, filter, shared)),
    edge: (caller, callee) => connection.read(() => edgeDetail(connection, caller, callee)),
    usesOf: (callee) => connection.read(() => usesOf(connection, callee)),
    countEdges: () => connection.read(() => connection.statement<[], EdgeCounts>(COUNT).get() ?? NO_EDGES),
  };
}
