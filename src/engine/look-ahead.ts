import { addExposure, noExposure, planOutlook, type Exposure, type WaveOutlook } from '../domain/outlook.ts';
import type { Plan, PlannedCallee, PlannedEntry } from '../domain/plan.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Project } from '../domain/project.ts';
import { edgeRisk, entryRisk, type Risk } from '../domain/risk.ts';
import type { EpochMs, ProjectId } from '../domain/values.ts';
import { knowledgeByCallee, type CalleeKnowledge } from './knowledge.ts';
import { passedWaves, remainingWaves } from './planning.ts';
import type { RolloutStore } from './ports.ts';

/** What is shown with a plan and is no part of it: it moves with time and evidence, the plan does not. */
export interface LookAhead {
  readonly waves: readonly WaveOutlook[];
  /** Risks of the entries of a callee, in their order; empty unless they were asked for. */
  readonly entryRisks: (callee: ProjectId) => readonly Risk[];
}

/**
 * Looks ahead from what is known now, callee by callee.
 *
 * @param withEntries - also work out the risk of each entry
 */
export async function lookAhead(
  store: RolloutStore,
  playbook: Playbook,
  plan: Plan,
  now: EpochMs,
  withEntries: boolean,
): Promise<LookAhead> {
  const passed = passedWaves(await store.waves()).length;
  const waves = remainingWaves(plan, passed);
  const placed = new Map(
    waves.flatMap(({ number, callees }) => callees.map((callee) => [callee.id, { number, callee }] as const)),
  );
  const projects = new Map((await store.projects()).map((project) => [project.id, project]));
  const callees = [...projects.values()].filter(({ id }) => placed.has(id)).sort((a, b) => a.id - b.id);
  const exposures = new Map<number, Exposure>(waves.map(({ number }) => [number, noExposure()]));
  const risks = new Map<ProjectId, readonly Risk[]>();
  for await (const known of knowledgeByCallee(store, callees, now)) {
    const { id } = known.callee;
    const place = placed.get(id);
    const exposure = place && exposures.get(place.number);
    if (!exposure) continue;
    addExposure(exposure, known.edges, await store.usesOf(id), { now, ms: playbook.gates.soak });
    if (withEntries) risks.set(id, risksOf(place.callee, known, projects, playbook, now));
  }
  const { firstAt } = await store.inventories();
  return {
    waves: planOutlook({ plan, playbook, exposures, now, observedSince: firstAt, passed }),
    entryRisks: (callee) => risks.get(callee) ?? [],
  };
}

function risksOf(
  { add }: PlannedCallee,
  { callee, edges }: CalleeKnowledge,
  projects: ReadonlyMap<ProjectId, Project>,
  playbook: Playbook,
  now: EpochMs,
): readonly Risk[] {
  return add.map((entry: PlannedEntry) => {
    const wanted = new Set(entry.callers.map(({ id }) => id));
    const risks = edges.flatMap((edge) => {
      const caller = wanted.has(edge.caller) ? projects.get(edge.caller) : undefined;
      return caller ? [edgeRisk({ edge, caller, callee, callers: edges.length }, playbook, now)] : [];
    });
    return entryRisk(entry, risks, playbook);
  });
}
