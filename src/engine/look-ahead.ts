import { planOutlook, type WaveOutlook } from '../domain/outlook.ts';
import type { Plan, PlannedEntry } from '../domain/plan.ts';
import type { Playbook } from '../domain/playbook.ts';
import { edgeRisk, entryRisk, type Risk } from '../domain/risk.ts';
import type { EpochMs, ProjectId } from '../domain/values.ts';
import { loadKnowledge } from './knowledge.ts';
import { passedWaves } from './planning.ts';
import type { RolloutStore } from './ports.ts';

/** What is shown with a plan and is no part of it: it moves with time and evidence, the plan does not. */
export interface LookAhead {
  readonly waves: readonly WaveOutlook[];
  readonly entryRisk: (callee: ProjectId, entry: PlannedEntry) => Risk;
}

/** Looks ahead from what is known now. */
export async function lookAhead(store: RolloutStore, playbook: Playbook, plan: Plan, now: EpochMs): Promise<LookAhead> {
  const { projects, edgesOf } = await loadKnowledge(store, now);
  const { firstAt } = await store.inventories();
  const passed = passedWaves(await store.waves()).length;
  return {
    waves: planOutlook({ plan, playbook, edgesOf, now, observedSince: firstAt, passed }),
    entryRisk: (id, entry) => {
      const callee = projects.get(id);
      const edges = edgesOf(id);
      const wanted = new Set(entry.callers.map((caller) => caller.id));
      const risks = edges.flatMap((edge) => {
        const caller = wanted.has(edge.caller) ? projects.get(edge.caller) : undefined;
        return caller && callee ? [edgeRisk({ edge, caller, callee, callers: edges.length }, playbook, now)] : [];
      });
      return entryRisk(entry, risks, playbook);
    },
  };
}
