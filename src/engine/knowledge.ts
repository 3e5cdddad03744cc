import { inForce, type Decision } from '../domain/decision.ts';
import { edgeKey, type Edge } from '../domain/edge.ts';
import { groupEntryKey } from '../domain/entries.ts';
import type { Project } from '../domain/project.ts';
import type { EpochMs, ProjectId } from '../domain/values.ts';
import type { RolloutStore } from './ports.ts';

/** What is known, by the keys the planner and the rules ask with. */
export interface Knowledge {
  readonly projects: ReadonlyMap<ProjectId, Project>;
  readonly edges: readonly Edge[];
  readonly edgesOf: (callee: ProjectId) => readonly Edge[];
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly groupDecisions: ReadonlyMap<string, Decision>;
}

/** Loads what planning needs. An approval past its expiry counts as undecided from that moment on. */
export async function loadKnowledge(store: RolloutStore, now: EpochMs): Promise<Knowledge> {
  const projects = new Map((await store.projects()).map((project) => [project.id, project]));
  const decisions = byEdge(await store.edgeDecisions());
  const edges = (await store.edges()).map((edge) => withExpiry(edge, decisions, now));
  const byCallee = new Map<ProjectId, Edge[]>();
  for (const edge of edges) {
    const list = byCallee.get(edge.callee);
    if (list) list.push(edge);
    else byCallee.set(edge.callee, [edge]);
  }
  const groupDecisions = byGroupEntry(await store.groupEntryDecisions());
  return { projects, edges, edgesOf: (callee) => byCallee.get(callee) ?? [], decisions, groupDecisions };
}

/** The decisions on the callers and group entries of one callee, as they are at this moment. */
export async function decisionsOnCallee(
  store: RolloutStore,
  callee: ProjectId,
): Promise<Pick<Knowledge, 'decisions' | 'groupDecisions'>> {
  return {
    decisions: byEdge(await store.edgeDecisions(callee)),
    groupDecisions: byGroupEntry(await store.groupEntryDecisions(callee)),
  };
}

const byEdge = (decisions: readonly Decision[]): ReadonlyMap<string, Decision> =>
  new Map(
    decisions.flatMap((decision) =>
      decision.subject.kind === 'edge' ? [[edgeKey(decision.subject.caller, decision.subject.callee), decision]] : [],
    ),
  );

const byGroupEntry = (decisions: readonly Decision[]): ReadonlyMap<string, Decision> =>
  new Map(
    decisions.flatMap((decision) =>
      decision.subject.kind === 'group-entry'
        ? [[groupEntryKey(decision.subject.callee, decision.subject.groupId), decision]]
        : [],
    ),
  );

function withExpiry(edge: Edge, decisions: ReadonlyMap<string, Decision>, now: EpochMs): Edge {
  if (edge.state !== 'approved') return edge;
  const decision = decisions.get(edgeKey(edge.caller, edge.callee));
  return decision && !inForce(decision, now) ? { ...edge, state: 'undecided' } : edge;
}
