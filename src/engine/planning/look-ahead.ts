import { GAP_KINDS, readingGaps, type GapKind } from '../../domain/edges/gap.ts';
import { addExposure, noExposure, planOutlook, type Exposure, type WaveOutlook } from '../../domain/plan/outlook.ts';
import type { Plan, PlannedCallee, PlannedEntry } from '../../domain/plan/plan.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Project } from '../../domain/project.ts';
import { edgeRisk, entryRisk, type Risk } from '../../domain/decisions/risk.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import { loadGaps, type Gaps } from './gaps.ts';
import { knowledgeByCallee, type CalleeKnowledge } from './knowledge.ts';
import { passedWaves, remainingWaves } from './planning.ts';
import type { RolloutStore } from '../ports.ts';

/** What the evidence that a plan rests on could not see. */
export interface PlanGaps {
  /** Of every callee alike. */
  readonly overall: readonly string[];
  /** How many callees of waves to come have a gap, by kind, in the order of `GAP_KINDS`. */
  readonly counts: readonly { readonly kind: GapKind; readonly callees: number }[];
  /** Of one callee; empty unless details were asked for. */
  readonly of: (callee: ProjectId) => readonly string[];
}

/** What is shown with a plan and is no part of it: it moves with time and evidence, the plan does not. */
export interface LookAhead {
  readonly waves: readonly WaveOutlook[];
  readonly unseen: PlanGaps;
  /** Risks of the entries of a callee, in their order; empty unless they were asked for. */
  readonly entryRisks: (callee: ProjectId) => readonly Risk[];
}

/**
 * Looks ahead from what is known now, callee by callee.
 *
 * @param withEntries - also work out the risk of each entry, and what was not seen of each callee
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
  const gaps = new GapCount(await loadGaps(store, now), withEntries);
  for await (const known of knowledgeByCallee(store, callees, now)) {
    const { id } = known.callee;
    const place = placed.get(id);
    const exposure = place && exposures.get(place.number);
    if (!exposure) continue;
    gaps.add(known);
    addExposure(exposure, known.edges, await store.usesOf(id), { now, ms: playbook.gates.soak });
    if (withEntries) risks.set(id, risksOf(place.callee, known, projects, playbook, now));
  }
  const { firstAt } = await store.inventories();
  return {
    waves: planOutlook({ plan, playbook, exposures, now, observedSince: firstAt, passed }),
    unseen: gaps.counted(),
    entryRisks: (callee) => risks.get(callee) ?? [],
  };
}

/** Counts gaps callee by callee; texts are kept only where they are asked for, as there may be 100,000 callees. */
class GapCount {
  readonly #gaps: Gaps;
  readonly #keep: boolean;
  readonly #counts = new Map<GapKind, number>();
  readonly #texts = new Map<ProjectId, readonly string[]>();

  constructor(gaps: Gaps, keep: boolean) {
    this.#gaps = gaps;
    this.#keep = keep;
  }

  add({ callee, edges }: CalleeKnowledge): void {
    const found = [...readingGaps(callee), ...this.#gaps.of(callee, edges)];
    for (const { kind } of found) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (this.#keep)
      this.#texts.set(
        callee.id,
        found.map(({ text }) => text),
      );
  }

  counted(): PlanGaps {
    const counts = GAP_KINDS.map((kind) => ({ kind, callees: this.#counts.get(kind) ?? 0 }));
    return {
      overall: this.#gaps.overall,
      counts: counts.filter(({ callees }) => callees > 0),
      of: (callee) => this.#texts.get(callee) ?? [],
    };
  }
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
