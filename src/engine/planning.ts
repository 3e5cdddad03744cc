import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { groupEntryKey } from '../domain/entries.ts';
import type { Plan, PlanBody, PlannedCallee, PlannedWave } from '../domain/plan.ts';
import { buildPlan, type PlanInput } from '../domain/planner.ts';
import type { Playbook } from '../domain/playbook.ts';
import { pathMatcher } from '../domain/rules.ts';
import { isSince } from '../domain/server-version.ts';
import { formatDuration, isoTime, epochMs, type EpochMs, type ProjectId } from '../domain/values.ts';
import type { Engine } from './context.ts';
import { waveState } from './decide.ts';
import { createFitter, fitCallers, groupsNeeded, type Fitter } from './fit.ts';
import { loadKnowledge, type Knowledge } from './knowledge.ts';
import type { RolloutStore, WaveRow } from './ports.ts';
import { takenBack } from './rollback.ts';

/** RFC 8785 form, so that the same plan has the same hash wherever it is computed. */
export function hashPlan(body: PlanBody): string {
  const hash = createHash('sha256');
  for (const piece of canonicalPieces(body, CALLEE_DEPTH)) hash.update(piece);
  return hash.digest('hex').slice(0, 16);
}

const canonicalForm = (value: unknown): string => canonicalize(value) ?? '';

/** Callees stand this deep in a plan: `waves[].callees[]`. */
const CALLEE_DEPTH = 4;

/** The canonical form in pieces, as that of a plan for 100,000 projects is hundreds of megabytes long. */
function* canonicalPieces(value: unknown, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== 'object' || value === null) {
    yield canonicalForm(value);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield index === 0 ? '[' : ',';
      yield* canonicalPieces(item, depth - 1);
    }
    yield value.length === 0 ? '[]' : ']';
  } else {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [index, [name, member]] of members.entries()) {
      yield `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`;
      yield* canonicalPieces(member, depth - 1);
    }
    yield members.length === 0 ? '{}' : '}';
  }
}

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
  const knowledge = await loadKnowledge(store, now, 'deviating');
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
  const work = workOf(remainingWaves(current, passed));
  const wanted = workOf(body.waves);
  const rest = ({ held, noSwitchBecause }: PlanBody, waves: readonly PlannedWave[]): string =>
    canonicalForm({ held, noSwitchBecause, instanceSwitch: waves.some(({ instanceSwitch }) => instanceSwitch) });
  return (
    work.length === wanted.length &&
    rest(current, remainingWaves(current, passed)) === rest(body, body.waves) &&
    work.every((callee, index) => canonicalForm(callee) === canonicalForm(wanted[index]))
  );
}

/** Without what only explains: risk and reasons may move while there is nothing else to be done. */
const workOf = (waves: readonly PlannedWave[]): readonly Omit<PlannedCallee, 'risk' | 'why'>[] =>
  waves
    .flatMap((wave) => wave.callees)
    .map(({ risk: _risk, why: _why, ...work }) => work)
    .sort((a, b) => a.id - b.id);

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
    notReady: new Map([...(await notReady(store, playbook, knowledge, now)), ...(await byHand(store))]),
  };
  const fitter = createFitter(playbook.limits, projects);
  const groupIds = await lookUpGroups(engine, base, fitter);
  return { ...base, fit: (needs, callers) => fitCallers(needs, callers, fitter, groupIds) };
}

/** A dry run of the plan that only collects the groups it would need, then asks GitLab for their ids. */
async function lookUpGroups(
  engine: Engine,
  base: Omit<PlanInput, 'fit'>,
  fitter: Fitter,
): Promise<ReadonlyMap<string, number>> {
  const paths = new Set<string>();
  buildPlan({
    ...base,
    fit: (needs, callers) => {
      for (const path of groupsNeeded(needs, callers, fitter)) paths.add(path);
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

/** Projects that a person took back one by one: enforcing them again by itself would overrule that person. */
async function byHand(store: RolloutStore): Promise<readonly (readonly [ProjectId, string])[]> {
  return (await takenBack(store)).map(({ callee, word }) => [
    callee.callee,
    `${word}; \`tidegate resume --project ${callee.path}\` lets it be planned again`,
  ]);
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
