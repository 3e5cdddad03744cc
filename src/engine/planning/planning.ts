import { shadowServer } from '../../domain/access/shadow.ts';
import { signOffOf, type CalleeNeeds, type EntryContext } from '../../domain/plan/entries.ts';
import type { Decision } from '../../domain/decisions/decision.ts';
import { edgeKey, type Edge } from '../../domain/edges/edge.ts';
import { RolloutError } from '../../domain/errors.ts';
import { lostPilots } from '../../domain/plan/pilot-check.ts';
import type { Plan, PlanBody, PlannedCallee, PlannedEntry, PlannedWave } from '../../domain/plan/plan.ts';
import { assemblePlan, planCallee, type Outcome, type PlanFrame } from '../../domain/plan/planner.ts';
import { isSince } from '../../domain/server-version.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import { waveState } from '../drive/decide.ts';
import { loadFacts } from './facts.ts';
import { createFitter, fitCallers, groupsNeeded, type KnownGroup } from './fit.ts';
import { byGroupEntry, knowledgeByCallee } from './knowledge.ts';
import { canonicalForm, hashPlan } from './plan-hash.ts';
import { pagesOf, storedPlan, type PlanReader } from './plan-reader.ts';
import type { RolloutStore, WaveRow } from '../ports.ts';
import { loadReadiness } from './readiness.ts';

/** A plan, and how it stands to what is approved. */
export interface ComputedPlan {
  readonly plan: Plan;
  /** False when it is what is being carried out already: the same remaining work under the hash that was approved. */
  readonly fresh: boolean;
  /** Group entries without a sign-off that covers what they admit. */
  readonly unsigned: number;
  /** Approvals past their date or in question: nothing is added or taken away for them. */
  readonly expired: number;
  readonly passed: number;
}

/** Waves that have passed, in order. */
export const passedWaves = (waves: readonly WaveRow[]): readonly WaveRow[] =>
  waves.filter(({ checkpoint }) => waveState(checkpoint).phase === 'passed');

/**
 * Computes the plan from what is known now. When its waves equal those that remain of the plan being carried out, that
 * plan stays, with its hash and its approval; otherwise the new one is to be looked at.
 */
export async function computePlan(engine: Engine, currentHash: string | null): Promise<ComputedPlan> {
  const { store, clock } = engine;
  const now = clock.now();
  const waves = await store.waves();
  const passed = passedWaves(waves).length;
  // Later a pilot may have been deleted or renamed: that ends nothing, and the plan says who stands in.
  if (waves.length === 0) await requirePilots(engine);
  const groupDecisions = byGroupEntry(await store.groupEntryDecisions());
  const { outcomes, expired } = await planCallees(engine, groupDecisions, now);
  const body = assemblePlan(outcomes, await frameOf(engine, passed));
  const unsigned = body.waves
    .flatMap(({ callees }) => callees)
    .reduce((sum, callee) => sum + unsignedEntries(callee, groupDecisions).length, 0);
  const hash = hashPlan(body);
  const counts = { unsigned, expired, passed };
  // The same to the byte needs no look at what is stored, which is as large again.
  const same = (await store.plans()).find((plan) => plan.hash === hash && hash === currentHash);
  if (same) return { plan: { ...body, hash, createdAt: same.createdAt }, fresh: false, ...counts };
  const current = currentHash === null ? null : await storedPlan(store, currentHash);
  if (current && (await sameWork(current, body, passed))) {
    const plan = await store.plan(current.head.hash);
    if (plan) return { plan, fresh: false, ...counts };
  }
  return { plan: { ...body, hash, createdAt: now }, fresh: true, ...counts };
}

/**
 * Does a plan that is being carried out still say what is to be done? Its waves stay as they were approved as long as
 * every callee left is to change in the same way: arranging fewer callees anew would only move them about.
 */
async function sameWork(current: PlanReader, body: PlanBody, passed: number): Promise<boolean> {
  const left = current.head.waves.filter(({ number }) => number > passed);
  const wanted = new Map(body.waves.flatMap(({ callees }) => callees.map((callee) => [callee.id, callee] as const)));
  const rest = (
    { noSwitchBecause }: Pick<PlanBody, 'noSwitchBecause'>,
    held: PlanBody['held'],
    waves: readonly Pick<PlannedWave, 'instanceSwitch'>[],
  ): string =>
    canonicalForm({ held, noSwitchBecause, instanceSwitch: waves.some(({ instanceSwitch }) => instanceSwitch) });
  if (left.reduce((sum, { size }) => sum + size, 0) !== wanted.size) return false;
  if (rest(current.head, await current.held(), left) !== rest(body, body.held, body.waves)) return false;
  for (const { number } of left) {
    for await (const page of pagesOf(current, number)) {
      if (page.some((callee) => workOf(callee) !== workOf(wanted.get(callee.id)))) return false;
    }
  }
  return true;
}

/** Without what only explains: risk and reasons may move while there is nothing else to be done. */
function workOf(callee: PlannedCallee | undefined): string | null {
  if (callee === undefined) return null;
  const { risk: _risk, why: _why, placed: _placed, ...work } = callee;
  return canonicalForm(work);
}

/** Group entries to add to a callee that nobody signed off, or that admit more by now than what was signed. */
export const unsignedEntries = (
  callee: PlannedCallee,
  groupDecisions: ReadonlyMap<string, Decision>,
): readonly PlannedEntry[] =>
  callee.add.filter((entry) => entry.kind === 'group' && signOffOf(callee.id, entry, groupDecisions) === null);

/** First release with `enforce_ci_inbound_job_token_scope_enabled`; older ones ignore it without a word. */
const SWITCH_SINCE = '17.6';

async function frameOf({ store, playbook, forge }: Engine, passedWaves: number): Promise<PlanFrame> {
  const { identity, capabilities } = await store.rollout();
  const hasSwitch = capabilities === null || isSince(capabilities.version, SWITCH_SINCE);
  return {
    playbook,
    admin: identity?.admin === true,
    instanceEnforced: hasSwitch ? await forge.instanceEnforced() : 'no-switch',
    passedWaves,
  };
}

/** Plans every callee in scope, some hundred at a time, and asks GitLab for the groups that entries need. */
async function planCallees(
  engine: Engine,
  groupDecisions: ReadonlyMap<string, Decision>,
  now: EpochMs,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly expired: number }> {
  const { store, playbook } = engine;
  const projects = new Map((await store.projects()).map((project) => [project.id, project]));
  const fitter = createFitter(playbook.limits, projects);
  const groupIds = groupLookup(engine);
  const { identity, capabilities } = await store.rollout();
  const server = shadowServer(capabilities);
  const isPersonal = (caller: ProjectId) => projects.get(caller)?.personal === true;
  const { schedule } = await loadReadiness(store, playbook, now);
  const tookBack = await byHand(store);
  const facts = await loadFacts(store, playbook, now);
  const outcomes: Outcome[] = [];
  let expired = 0;
  // In order of their ids, as the table keeps edges.
  const callees = [...projects.values()].filter(({ inScope }) => inScope).sort((a, b) => a.id - b.id);
  for await (const { callee, edges, decisions } of knowledgeByCallee(store, callees, now)) {
    const context = {
      playbook,
      decisions,
      groupDecisions,
      isPersonal,
      now,
      admin: identity?.admin === true,
      server,
      facts: facts.ofCallee,
    };
    const plan = (fit: EntryContext['fit']): Outcome =>
      planCallee(
        { callee, edges, waitingFor: tookBack.get(callee.id) ?? schedule(edges)?.text ?? null },
        { ...context, fit },
      );
    const wanted = new Set<string>();
    const collect = (needs: CalleeNeeds, callers: readonly Edge[]) => {
      const groups = groupsNeeded(needs, callers, fitter);
      for (const path of groups) wanted.add(path);
      return fitCallers(needs, callers, fitter, groupIds.known);
    };
    // What was decided and counts as undecided all the same has run out.
    const ranOut = ({ state, caller }: Edge): boolean =>
      state === 'undecided' && decisions.has(edgeKey(caller, callee.id));
    expired += edges.filter(ranOut).length;
    const outcome = plan(collect);
    if (wanted.size === 0) outcomes.push(outcome);
    else {
      await groupIds.ask(wanted);
      outcomes.push(plan((needs, callers) => fitCallers(needs, callers, fitter, groupIds.known)));
    }
  }
  return { outcomes, expired };
}

/** Whoever names pilots wants those to go first: putting others in their place would defeat the purpose of a pilot. */
async function requirePilots({ store, playbook: { waves } }: Engine): Promise<void> {
  const { pilot } = waves;
  if (pilot.projects.length === 0) return;
  const callees = (await store.projects()).filter(({ inScope }) => inScope).map(({ path }) => path);
  const lost = lostPilots(pilot.projects, callees);
  if (lost.length < pilot.projects.length || callees.length === 0) return;
  throw new RolloutError(
    'PLAYBOOK_INVALID',
    `waves.pilot.projects: no project in scope matches ${lost.join(', ')}`,
    'Correct the paths in the playbook, or leave the list out to have pilots chosen by risk.',
  );
}

/** Projects that a person took back one by one: enforcing them again by itself would overrule that person. */
async function byHand(store: RolloutStore): Promise<ReadonlyMap<ProjectId, string>> {
  return new Map(
    (await store.heldCallees()).map(({ callee, path, hold }) => [
      callee,
      `${hold}; \`tidegate resume --project ${path}\` lets it be planned again`,
    ]),
  );
}

/** Groups by lower-case path, each asked for once; what is missing was asked for and cannot be seen. */
function groupLookup({ forge }: Engine): {
  readonly known: ReadonlyMap<string, KnownGroup>;
  readonly ask: (paths: Iterable<string>) => Promise<void>;
} {
  const known = new Map<string, KnownGroup>();
  const asked = new Set<string>();
  const ask = async (paths: Iterable<string>): Promise<void> => {
    for (const path of paths) {
      const key = path.toLowerCase();
      if (asked.has(key)) continue;
      asked.add(key);
      const group = await forge.group(path);
      if (group) known.set(key, { id: group.id, size: await forge.groupSize(group.path) });
    }
  };
  return { known, ask };
}
