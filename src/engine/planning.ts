import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { groupEntryKey } from '../domain/entries.ts';
import type { Plan, PlanBody, PlannedWave } from '../domain/plan.ts';
import { buildPlan, type PlanInput } from '../domain/planner.ts';
import type { Playbook } from '../domain/playbook.ts';
import { pathMatcher } from '../domain/rules.ts';
import { isSince } from '../domain/server-version.ts';
import { formatDuration, isoTime, epochMs, type EpochMs, type ProjectId } from '../domain/values.ts';
import type { Engine } from './context.ts';
import { waveState } from './decide.ts';
import { fitCallers, groupsNeeded } from './fit.ts';
import { loadKnowledge, type Knowledge } from './knowledge.ts';
import type { RolloutStore, WaveRow } from './ports.ts';

/** RFC 8785 form, so that the same plan has the same hash wherever it is computed. */
export function hashPlan(body: PlanBody): string {
  return createHash('sha256').update(canonicalForm(body)).digest('hex').slice(0, 16);
}

const canonicalForm = (value: unknown): string => canonicalize(value) ?? '';

export interface ComputedPlan {
  readonly plan: Plan;
  /** False when it is what is being carried out already: the same remaining work under the hash that was approved. */
  readonly fresh: boolean;
  /** Group entries without a sign-off. */
  readonly unsigned: number;
  readonly passed: number;
}

/** Waves that have passed, in order. */
export const passedWaves = (waves: readonly WaveRow[]): readonly WaveRow[] =>
  waves.filter(({ checkpoint }) => waveState(checkpoint).phase === 'passed');

/** The waves of a plan that are still to come. */
export const remainingWaves = (plan: Plan, passed: number): readonly PlannedWave[] =>
  plan.waves.filter(({ number }) => number > passed);

/**
 * Computes the plan from what is known now. When its waves equal those that remain of the plan being carried out, that
 * plan stays, with its hash and its approval; otherwise the new one is to be looked at.
 */
export async function computePlan(engine: Engine, currentHash: string | null): Promise<ComputedPlan> {
  const { store, clock } = engine;
  const now = clock.now();
  const knowledge = await loadKnowledge(store, now);
  const passed = passedWaves(await store.waves()).length;
  const input = await planInput(engine, knowledge, passed, now);
  const body = buildPlan(input);
  const current = currentHash === null ? null : await store.plan(currentHash);
  const unsigned = countUnsigned(body, knowledge);
  if (current && sameWork(current, body, passed)) return { plan: current, fresh: false, unsigned, passed };
  const plan: Plan = { ...body, hash: hashPlan(body), createdAt: now };
  return { plan, fresh: true, unsigned, passed };
}

/**
 * Does a plan that is being carried out still say what is to be done? Its waves stay as they were approved as long as
 * every callee left is to change in the same way: arranging fewer callees anew would only move them about.
 */
function sameWork(current: Plan, body: PlanBody, passed: number): boolean {
  return canonicalForm(workOf(remainingWaves(current, passed), current)) === canonicalForm(workOf(body.waves, body));
}

function workOf(waves: readonly PlannedWave[], { held, noSwitchBecause }: PlanBody): unknown {
  const callees = waves.flatMap((wave) => wave.callees).sort((a, b) => a.id - b.id);
  return { callees, held, noSwitchBecause, instanceSwitch: waves.some(({ instanceSwitch }) => instanceSwitch) };
}

function countUnsigned(body: PlanBody, { groupDecisions }: Knowledge): number {
  const groups = body.waves.flatMap(({ callees }) =>
    callees.flatMap((callee) =>
      callee.add.filter(({ kind }) => kind === 'group').map(({ id }) => groupEntryKey(callee.id, id)),
    ),
  );
  return groups.filter((key) => groupDecisions.get(key)?.verdict !== 'approved').length;
}

/** First release with `enforce_ci_inbound_job_token_scope_enabled`; older ones ignore it without a word. */
const SWITCH_SINCE = '17.6';

async function planInput(engine: Engine, knowledge: Knowledge, passed: number, now: EpochMs): Promise<PlanInput> {
  const { store, playbook } = engine;
  const { identity, capabilities } = await store.rollout();
  const hasSwitch = capabilities === null || isSince(capabilities.version, SWITCH_SINCE);
  const { projects } = knowledge;
  const base = {
    playbook,
    projects: [...projects.values()],
    edgesOf: knowledge.edgesOf,
    decisions: knowledge.decisions,
    groupDecisions: knowledge.groupDecisions,
    isPersonal: (caller: ProjectId) => projects.get(caller)?.personal === true,
    admin: identity?.admin === true,
    instanceEnforced: hasSwitch ? await engine.forge.instanceEnforced() : ('no-switch' as const),
    passedWaves: passed,
    notReady: await notReady(store, playbook, knowledge, now),
  };
  const groupIds = await lookUpGroups(engine, base, knowledge);
  const context = { limits: playbook.limits, projects, groupIds };
  return { ...base, fit: (needs, callers) => fitCallers(needs, callers, context) };
}

/** A dry run of the plan that only collects the groups it would need, then asks GitLab for their ids. */
async function lookUpGroups(
  engine: Engine,
  base: Omit<PlanInput, 'fit'>,
  { projects }: Knowledge,
): Promise<ReadonlyMap<string, number>> {
  const paths = new Set<string>();
  const context = { limits: base.playbook.limits, projects, groupIds: new Map<string, number>() };
  buildPlan({
    ...base,
    fit: (needs, callers) => {
      for (const path of groupsNeeded(needs, callers, context)) paths.add(path);
      return { kind: 'fits', projects: [], groups: [] };
    },
  });
  const ids = new Map<string, number>();
  for (const path of paths) {
    const group = await engine.forge.groupByPath(path);
    if (group) ids.set(path.toLowerCase(), group.id);
  }
  return ids;
}

/** Callees with a caller whose known rare job has not come round since the observation began. */
async function notReady(
  store: RolloutStore,
  playbook: Playbook,
  { edges }: Knowledge,
  now: EpochMs,
): Promise<ReadonlyMap<ProjectId, string>> {
  const waiting = new Map<ProjectId, string>();
  const { firstAt } = await store.inventories();
  if (firstAt === null) return waiting;
  for (const { callers, every } of playbook.evidence.schedules) {
    const ready = firstAt + every;
    if (ready <= now) continue;
    const matches = pathMatcher(callers);
    for (const edge of edges) {
      if (!matches(edge.callerPath)) continue;
      waiting.set(
        edge.callee,
        `${edge.callerPath} has a job every ${formatDuration(every)}: watched until ${isoTime(epochMs(ready))}`,
      );
    }
  }
  return waiting;
}
