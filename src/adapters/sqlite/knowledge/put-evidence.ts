import type { Evidence, EvidenceSource } from '../../../domain/edges/evidence.ts';
import { edgeKey } from '../../../domain/edges/edge.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import { needsOf, tellsNeeds } from '../../../domain/access/permissions.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { sourcesSchema, stringsSchema } from '../json/schemas.ts';

interface Summary {
  readonly callee: ProjectId;
  readonly caller: ProjectId;
  readonly sources: Set<EvidenceSource>;
  readonly access: Set<string>;
  /** Null as soon as one observation does not tell; the log's are left out. */
  needs: Set<string> | null;
  firstSeen: EpochMs;
  lastSeen: EpochMs;
}

interface Stored {
  readonly sources: string;
  readonly access: string;
  readonly needs: string | null;
  readonly firstSeen: EpochMs;
  readonly lastSeen: EpochMs;
}

type EdgeValues = [string, string, string | null, EpochMs, EpochMs, ProjectId, ProjectId];
type EvidenceValues = [ProjectId, ProjectId, EvidenceSource, string, string, string | null, EpochMs, EpochMs, number];

const readSources = jsonReader(sourcesSchema);
const readAccess = jsonReader(stringsSchema);

const GET_EDGE = `
  select sources, access, needs, first_seen as firstSeen, last_seen as lastSeen from edges
  where callee = ? and caller = ?`;
const ADD_EDGE = `
  insert into edges (sources, access, needs, first_seen, last_seen, callee, caller, state)
  values (?, ?, ?, ?, ?, ?, ?, 'undecided')`;
const WIDEN_EDGE = `
  update edges set sources = ?, access = ?, needs = ?, first_seen = ?, last_seen = ? where callee = ? and caller = ?`;
const PUT_EVIDENCE = `
  insert into evidence (callee, caller, source, access, place, policies, first_seen, last_seen, certain)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict do update set policies = excluded.policies,
    times = times + (excluded.last_seen > last_seen), first_seen = min(first_seen, excluded.first_seen),
    last_seen = max(last_seen, excluded.last_seen), certain = max(certain, excluded.certain)`;

const earlier = (a: EpochMs, b: EpochMs): EpochMs => (a < b ? a : b);
const later = (a: EpochMs, b: EpochMs): EpochMs => (a > b ? a : b);
const list = (values: ReadonlySet<string>): string => JSON.stringify([...values].sort());

/** What the observations add up to per edge, in the order of the table, which keeps a bulk load in neighbouring pages. */
function summarise(evidence: readonly Evidence[]): readonly Summary[] {
  const byEdge = new Map<string, Summary>();
  for (const observation of evidence) {
    const { callee, caller, source, access, firstSeen, lastSeen } = observation;
    const key = edgeKey(caller, callee);
    let summary = byEdge.get(key);
    if (!summary) {
      summary = { callee, caller, sources: new Set(), access: new Set(), needs: new Set(), firstSeen, lastSeen };
      byEdge.set(key, summary);
    }
    summary.sources.add(source);
    if (access !== null) summary.access.add(access);
    if (tellsNeeds(observation)) summary.needs = together(summary.needs, needsOf(observation));
    summary.firstSeen = earlier(summary.firstSeen, firstSeen);
    summary.lastSeen = later(summary.lastSeen, lastSeen);
  }
  return [...byEdge.values()].sort((a, b) => a.callee - b.callee || a.caller - b.caller);
}

const together = (some: Set<string> | null, more: readonly string[] | null): Set<string> | null =>
  some === null || more === null ? null : new Set([...some, ...more]);

/** Adds what is stored already. An edge without sources was only decided on; its times are not those of an observation. */
function widen(summary: Summary, stored: Stored): void {
  const cell = { table: 'edges', row: `${summary.caller} -> ${summary.callee}` };
  const sources = readSources(stored.sources, cell);
  if (sources.length === 0) return;
  for (const source of sources) summary.sources.add(source);
  for (const access of readAccess(stored.access, cell)) summary.access.add(access);
  if (sources.some((source) => tellsNeeds({ source })))
    summary.needs = together(summary.needs, stored.needs === null ? null : readAccess(stored.needs, cell));
  summary.firstSeen = earlier(summary.firstSeen, stored.firstSeen);
  summary.lastSeen = later(summary.lastSeen, stored.lastSeen);
}

function putEdge(connection: Connection, summary: Summary): void {
  const { callee, caller } = summary;
  const stored = connection.statement<[ProjectId, ProjectId], Stored>(GET_EDGE).get(callee, caller);
  if (stored) widen(summary, stored);
  const { sources, access, needs, firstSeen, lastSeen } = summary;
  const told = needs !== null && [...sources].some((source) => tellsNeeds({ source }));
  const lists = [list(sources), list(access), told ? list(needs) : null] as const;
  const values: EdgeValues = [...lists, firstSeen, lastSeen, callee, caller];
  connection.statement<EdgeValues>(stored ? WIDEN_EDGE : ADD_EDGE).run(...values);
}

/**
 * Adds observations and keeps their edges in step; part of the caller's transaction. A project's use of itself is no edge.
 * Both ends need their row in `projects` first.
 */
export function putEvidence(connection: Connection, evidence: readonly Evidence[]): void {
  const foreign = evidence.filter(({ caller, callee }) => caller !== callee);
  for (const summary of summarise(foreign)) putEdge(connection, summary);
  const put = connection.statement<EvidenceValues>(PUT_EVIDENCE);
  for (const { callee, caller, source, access, policies, where, firstSeen, lastSeen, certainty } of foreign) {
    const asked = policies === null ? null : JSON.stringify(policies);
    const certain = Number(certainty === 'certain');
    put.run(callee, caller, source, access ?? '', where, asked, firstSeen, lastSeen, certain);
  }
}
