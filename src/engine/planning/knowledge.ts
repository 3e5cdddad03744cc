import { inForce, type Decision } from '../../domain/decisions/decision.ts';
import { edgeKey, type Edge, type EdgeState } from '../../domain/edges/edge.ts';
import { groupEntryKey } from '../../domain/plan/entries.ts';
import type { Project } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { RolloutStore } from '../ports.ts';

/** What is known, by the keys the planner and the rules ask with. */
export interface Knowledge {
  readonly projects: ReadonlyMap<ProjectId, Project>;
  readonly edges: readonly Edge[];
  readonly edgesOf: (callee: ProjectId) => readonly Edge[];
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly groupDecisions: ReadonlyMap<string, Decision>;
}

/** Loads everything that planning needs. An approval past its expiry counts as undecided from that moment on. */
export async function loadKnowledge(store: RolloutStore, now: EpochMs): Promise<Knowledge> {
  const projects = new Map((await store.projects()).map((project) => [project.id, project]));
  const decisions = await store.edgeDecisions();
  const current = expirer(decisions, now);
  const edges = (await store.edges()).map(current);
  const byCallee = byCalleeOf(edges);
  return {
    projects,
    edges,
    edgesOf: (callee) => byCallee.get(callee) ?? [],
    decisions: byEdge(decisions),
    groupDecisions: byGroupEntry(await store.groupEntryDecisions()),
  };
}

/** What is known of one callee. */
export interface CalleeKnowledge {
  readonly callee: Project;
  readonly edges: readonly Edge[];
  /** By `edgeKey`; to `knowledgeByCallee` those alone that deviate from default permissions or have expired. */
  readonly decisions: ReadonlyMap<string, Decision>;
}

/** Callees read at once: enough to make asking cheap, few enough that their edges stay small. */
const CHUNK = 100;

/** The same where lists are written: whatever is at hand when the collector comes by stays in memory for long. */
const FEW = 20;

/**
 * What is known of each callee, some hundred at a time, in the order given: a million edges are never in memory at once.
 * An approval past its expiry counts as undecided from that moment on.
 */
export async function* knowledgeByCallee(
  store: RolloutStore,
  callees: readonly Project[],
  now: EpochMs,
): AsyncGenerator<CalleeKnowledge> {
  for (let start = 0; start < callees.length; start += CHUNK) {
    const chunk = callees.slice(start, start + CHUNK);
    const ids = chunk.map(({ id }) => id);
    const deviating = await store.deviatingDecisions(now, ids);
    const decisions = byEdge(deviating);
    const edges = byCalleeOf((await store.edges({ callees: ids })).map(expirer(deviating, now)));
    for (const callee of chunk) yield { callee, edges: edges.get(callee.id) ?? [], decisions };
  }
}

/**
 * What is known of each callee in the order given, its callers by path, with the decision in force on each edge: for lists
 * and tables of any length. What is known of one callee is let go with the next.
 */
export async function* everyCallee(
  store: RolloutStore,
  callees: readonly Pick<Project, 'id'>[],
  now: EpochMs,
): AsyncGenerator<CalleeKnowledge> {
  for (let start = 0; start < callees.length; start += FEW) {
    const ids = callees.slice(start, start + FEW).map(({ id }) => id);
    const chunk = new Map((await store.projectsById(ids)).map((project) => [project.id, project]));
    const all = await store.edgeDecisions(ids);
    const decisions = byEdge(all);
    const edges = byCalleeOf((await store.edges({ callees: ids })).map(expirer(all, now)));
    for (const id of ids) {
      const callee = chunk.get(id);
      if (callee) yield { callee, edges: [...(edges.get(id) ?? [])].sort(byCallerPath), decisions };
    }
  }
}

const byCallerPath = (a: Edge, b: Edge): number =>
  a.callerPath < b.callerPath ? -1 : a.callerPath > b.callerPath ? 1 : a.caller - b.caller;

/** The edges of these callees as they are at this moment, callee by callee in the order given. */
export async function edgesInto(
  store: RolloutStore,
  callees: readonly ProjectId[],
  now: EpochMs,
): Promise<ReadonlyMap<ProjectId, readonly Edge[]>> {
  const found = new Map<ProjectId, readonly Edge[]>();
  for (let start = 0; start < callees.length; start += CHUNK) {
    const ids = callees.slice(start, start + CHUNK);
    const current = expirer(await store.deviatingDecisions(now, ids), now);
    const edges = byCalleeOf((await store.edges({ callees: ids })).map(current));
    for (const callee of ids) found.set(callee, edges.get(callee) ?? []);
  }
  return found;
}

/** What became of each edge of a caller, by callee: undecided again where the decision on it has run out. */
export async function statesOfCaller(
  store: RolloutStore,
  caller: ProjectId,
  now: EpochMs,
): Promise<ReadonlyMap<ProjectId, EdgeState>> {
  const states = new Map<ProjectId, EdgeState>();
  for (const { callee, state, decisionId } of await store.edges({ caller })) {
    const decision = state === 'approved' && decisionId !== null ? await store.decision(decisionId) : null;
    states.set(callee, decision && !inForce(decision, now) ? 'undecided' : state);
  }
  return states;
}

function byCalleeOf(edges: readonly Edge[]): ReadonlyMap<ProjectId, readonly Edge[]> {
  const byCallee = new Map<ProjectId, Edge[]>();
  for (const edge of edges) {
    const list = byCallee.get(edge.callee);
    if (list) list.push(edge);
    else byCallee.set(edge.callee, [edge]);
  }
  return byCallee;
}

/** The same of one callee, by its own rows alone. */
export async function knowledgeOfCallee(
  store: RolloutStore,
  callee: ProjectId,
  now: EpochMs,
): Promise<Pick<Knowledge, 'edges' | 'decisions' | 'groupDecisions'>> {
  const decisions = await store.edgeDecisions(callee);
  return {
    edges: (await store.edges({ callee })).map(expirer(decisions, now)),
    decisions: byEdge(decisions),
    groupDecisions: byGroupEntry(await store.groupEntryDecisions(callee)),
  };
}

const byEdge = (decisions: readonly Decision[]): ReadonlyMap<string, Decision> =>
  new Map(
    decisions.flatMap((decision) =>
      decision.subject.kind === 'edge' ? [[edgeKey(decision.subject.caller, decision.subject.callee), decision]] : [],
    ),
  );

/** The latest decisions on group entries, by `groupEntryKey`. */
export const byGroupEntry = (decisions: readonly Decision[]): ReadonlyMap<string, Decision> =>
  new Map(
    decisions.flatMap((decision) =>
      decision.subject.kind === 'group-entry'
        ? [[groupEntryKey(decision.subject.callee, decision.subject.groupId), decision]]
        : [],
    ),
  );

/** @returns what an edge is at this moment: undecided again where the decision on it has run out */
function expirer(decisions: readonly Decision[], now: EpochMs): (edge: Edge) => Edge {
  const expired = new Set(decisions.filter((decision) => !inForce(decision, now)).map(({ id }) => id));
  return (edge) =>
    edge.state === 'approved' && edge.decisionId !== null && expired.has(edge.decisionId)
      ? { ...edge, state: 'undecided' }
      : edge;
}
