import type { Edge } from '../../domain/edges/edge.ts';
import { edgeRisk } from '../../domain/decisions/risk.ts';
import { riskThen } from '../../domain/decisions/rules.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { ProjectOutline } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { RolloutStore } from '../ports.ts';
import { loadFacts } from './facts.ts';

/** @returns the risk of an edge as it is now, to stand behind its evidence in a person's decision; '' for one never seen */
export async function riskWriter(
  store: RolloutStore,
  playbook: Playbook,
  projects: ReadonlyMap<ProjectId, ProjectOutline>,
  now: EpochMs,
): Promise<(edge: Edge) => Promise<string>> {
  const facts = await loadFacts(store, playbook, now);
  // Many edges of one callee are decided in a row.
  let last: { readonly callee: ProjectId; readonly callers: number } | null = null;
  return async (edge) => {
    const [caller, callee] = [projects.get(edge.caller), projects.get(edge.callee)];
    if (!caller || !callee || edge.sources.length === 0) return '';
    if (last?.callee !== callee.id)
      last = { callee: callee.id, callers: (await store.edges({ callee: callee.id })).length };
    const look = facts.ofEdge(edge.caller, edge.callee);
    return riskThen(edgeRisk({ edge, caller, callee, callers: last.callers, look }, playbook, now));
  };
}
