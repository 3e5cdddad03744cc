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
  const decisions = new Map<string, Decision>();
  for (const decision of await store.edgeDecisions()) {
    if (decision.subject.kind === 'edge')
      decisions.set(edgeKey(decision.subject.caller, decision.subject.callee), decision);
  }
  const edges = (await store.edges()).map((edge) => withExpiry(edge, decisions, now));
  const byCallee = new Map<ProjectId, Edge[]>();
  for (const edge of edges) {
    const list = byCallee.get(edge.callee);
    if (list) list.push(edge);
    else byCallee.set(edge.callee, [edge]);
  }
  const groupDecisions = new Map<string, Decision>();
  for (const decision of await store.groupEntryDecisions()) {
    if (decision.subject.kind === 'group-entry') {
      groupDecisions.set(groupEntryKey(decision.subject.callee, decision.subject.groupId), decision);
    }
  }
  return { projects, edges, edgesOf: (callee) => byCallee.get(callee) ?? [], decisions, groupDecisions };
}

function withExpiry(edge: Edge, decisions: ReadonlyMap<string, Decision>, now: EpochMs): Edge {
  if (edge.state !== 'approved') return edge;
  const decision = decisions.get(edgeKey(edge.caller, edge.callee));
  return decision && !inForce(decision, now) ? { ...edge, state: 'undecided' } : edge;
}
