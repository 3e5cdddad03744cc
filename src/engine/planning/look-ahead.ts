import type { Edge } from '../../domain/edges/edge.ts';
import { GAP_KINDS, readingGaps, type Gap, type GapKind } from '../../domain/edges/gap.ts';
import { addExposure, noExposure, planOutlook, type Exposure, type WaveOutlook } from '../../domain/plan/outlook.ts';
import type { PlannedCallee, PlannedEntry } from '../../domain/plan/plan.ts';
import type { WaveDigest } from '../../domain/plan/wave-digest.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Project } from '../../domain/project.ts';
import { edgeRisk, entryRisk, type Risk } from '../../domain/decisions/risk.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import { loadFacts, type FactBook } from './facts.ts';
import { loadGaps, type Gaps } from './gaps.ts';
import { knowledgeByCallee, type CalleeKnowledge } from './knowledge.ts';
import { digestPlan, type PlanReader } from './plan-reader.ts';
import { passedWaves } from './planning.ts';
import type { RolloutStore } from '../ports.ts';

/** What the evidence that a plan rests on could not see. */
export interface PlanGaps {
  /** Of every callee alike. */
  readonly overall: readonly string[];
  /** How many callees of waves to come have a gap, by kind, in the order of `GAP_KINDS`. */
  readonly counts: readonly { readonly kind: GapKind; readonly callees: number }[];
}

/** What is shown with a plan and is no part of it: it moves with time and evidence, the plan does not. */
export interface LookAhead {
  /** Of every wave of the plan, those that have passed included. */
  readonly digests: readonly WaveDigest[];
  /** Of waves to come. */
  readonly waves: readonly WaveOutlook[];
  readonly unseen: PlanGaps;
  /** What else is worked out of some callees, by id, where everything is to be shown. */
  readonly detailsOf: (callees: readonly PlannedCallee[]) => Promise<ReadonlyMap<ProjectId, CalleeDetails>>;
}

/** What is shown of one callee of a plan beside its entries. */
export interface CalleeDetails {
  /** Risks of its entries, in their order. */
  readonly risks: readonly Risk[];
  /** What the evidence could not see of it. */
  readonly unseen: readonly string[];
}

/** Looks ahead from what is known now, callee by callee. */
export async function lookAhead(
  store: RolloutStore,
  playbook: Playbook,
  plan: PlanReader,
  now: EpochMs,
): Promise<LookAhead> {
  const passed = passedWaves(await store.waves()).length;
  const exposures = new Map<number, Exposure>();
  const gaps = await loadGaps(store, now);
  const counts = new Map<GapKind, number>();
  // Only where details are shown, and then once for all pages.
  let facts: Promise<FactBook> | null = null;
  const digests = await digestPlan(plan, playbook.freeze, async (page, wave) => {
    if (wave <= passed) return;
    const exposure = exposures.get(wave) ?? noExposure();
    exposures.set(wave, exposure);
    for await (const { callee, edges } of knowledgeOf(store, page, now)) {
      for (const { kind } of gapsOf(gaps, callee, edges)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      addExposure(exposure, edges, await store.usesOf(callee.id), { now, ms: playbook.gates.soak });
    }
  });
  const { firstAt } = await store.inventories();
  const coming = digests.filter(({ number }) => number > passed);
  return {
    digests,
    waves: planOutlook({ waves: coming, playbook, exposures, now, observedSince: firstAt }),
    unseen: {
      overall: gaps.overall,
      counts: GAP_KINDS.map((kind) => ({ kind, callees: counts.get(kind) ?? 0 })).filter(({ callees }) => callees > 0),
    },
    detailsOf: async (callees) => {
      facts ??= loadFacts(store, playbook, now);
      return detailsOf({ store, playbook, gaps, facts: await facts, now }, callees);
    },
  };
}

async function* knowledgeOf(
  store: RolloutStore,
  planned: readonly PlannedCallee[],
  now: EpochMs,
): AsyncGenerator<CalleeKnowledge> {
  yield* knowledgeByCallee(store, await store.projectsById(planned.map(({ id }) => id)), now);
}

const gapsOf = (gaps: Gaps, callee: Project, edges: readonly Edge[]): readonly Gap[] => [
  ...readingGaps(callee),
  ...gaps.of(callee, edges),
];

interface Sight {
  readonly store: RolloutStore;
  readonly playbook: Playbook;
  readonly gaps: Gaps;
  readonly facts: FactBook;
  readonly now: EpochMs;
}

async function detailsOf(
  { store, playbook, gaps, facts, now }: Sight,
  planned: readonly PlannedCallee[],
): Promise<ReadonlyMap<ProjectId, CalleeDetails>> {
  const wanted = new Set(planned.flatMap(({ add }) => add.flatMap(({ callers }) => callers.map(({ id }) => id))));
  const callers = new Map((await store.projectsById([...wanted])).map((project) => [project.id, project]));
  const entries = new Map(planned.map(({ id, add }) => [id, add]));
  const details = new Map<ProjectId, CalleeDetails>();
  for await (const known of knowledgeOf(store, planned, now)) {
    const { callee, edges } = known;
    details.set(callee.id, {
      risks: risksOf(entries.get(callee.id) ?? [], known, { projects: callers, facts, playbook, now }),
      unseen: gapsOf(gaps, callee, edges).map(({ text }) => text),
    });
  }
  return details;
}

function risksOf(
  add: readonly PlannedEntry[],
  { callee, edges }: CalleeKnowledge,
  {
    projects,
    facts,
    playbook,
    now,
  }: {
    readonly projects: ReadonlyMap<ProjectId, Project>;
    readonly facts: FactBook;
    readonly playbook: Playbook;
    readonly now: EpochMs;
  },
): readonly Risk[] {
  return add.map((entry) => {
    const wanted = new Set(entry.callers.map(({ id }) => id));
    const risks = edges.flatMap((edge) => {
      const caller = wanted.has(edge.caller) ? projects.get(edge.caller) : undefined;
      const look = facts.ofEdge(edge.caller, edge.callee);
      return caller ? [edgeRisk({ edge, caller, callee, callers: edges.length, look }, playbook, now)] : [];
    });
    return entryRisk(entry, risks, playbook);
  });
}
