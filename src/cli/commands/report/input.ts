import { RolloutError } from '../../../domain/errors.ts';
import { edgeRisk } from '../../../domain/decisions/risk.ts';
import type { Edge } from '../../../domain/edges/edge.ts';
import type { EvidenceSource } from '../../../domain/edges/evidence.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { playbookSchema, type Playbook } from '../../../domain/playbook.ts';
import type { Project } from '../../../domain/project.ts';
import { denialFindings } from '../../../engine/watch/denials.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import { loadGaps } from '../../../engine/planning/gaps.ts';
import { rolloutState, waveState, type WavePhase } from '../../../engine/drive/decide.ts';
import { savedRollout } from '../../../engine/drive/saved-state.ts';
import { personWait, waveAtHand } from '../../../engine/drive/waits.ts';
import { loadFacts } from '../../../engine/planning/facts.ts';
import { nextStep, type NextStep } from '../../../engine/record/next-step.ts';
import type { Clock, RolloutRow, RolloutStore, SweepRow, WaveRow } from '../../../engine/ports.ts';
import type { EdgeInput, JudgementInput, ReportInput, WaveInput } from '../../../report/model/input.ts';
import { readPlaybook } from '../../playbook/file.ts';
import { VERSION } from '../../version.ts';

const TRIES = 3;

/** Sources that show an access GitLab let in. A scan or a denial says that one was meant, not that it worked. */
const USES: ReadonlySet<EvidenceSource> = new Set(['auth-log', 'trace']);

/**
 * Reads all that a report is made of. Nothing is written and no transaction is held, so that a driver at work is not kept
 * waiting; when it commits meanwhile, the rows are read again, and after three times taken as they are.
 *
 * @param requests - API requests sent so far, where the caller counted them
 */
export async function readReportInput(
  store: RolloutStore,
  clock: Pick<Clock, 'now'>,
  requests: number | null = null,
): Promise<ReportInput> {
  for (let tries = 1; ; tries += 1) {
    const before = await store.rollout();
    const input = await readOnce(store, before, clock.now(), requests);
    const after = await store.rollout();
    if (tries === TRIES || after.revision === before.revision) return input;
  }
}

async function readOnce(
  store: RolloutStore,
  row: RolloutRow,
  generatedAt: EpochMs,
  requests: number | null,
): Promise<ReportInput> {
  const waveRows = await store.waves();
  const waves: WaveInput[] = [];
  for (const wave of waveRows) waves.push(await readWave(store, wave));
  const { rows, last, problem } = await store.verifyLedger();
  const inventories = await store.inventories();
  const projects = await store.projects();
  const playbook = keptPlaybook(row);
  const edges = await readEdges(store, waves, await riskOf(store, projects, playbook, generatedAt));
  return {
    generatedAt,
    toolVersion: VERSION,
    rollout: rolloutInput(row, inventories.firstAt),
    next: await readNext(store, row, waves),
    inventories,
    projects,
    edges,
    decisions: await store.edgeDecisions(),
    groupDecisions: await store.groupEntryDecisions(),
    gates: playbook?.gates ?? null,
    plans: await readPlans(store, waveRows),
    waves,
    failures: await store.failures(),
    denials: await denialFindings(store, playbook ?? playbookSchema.parse({}), generatedAt),
    findings: await store.findings(),
    gaps: await readGaps(store, projects, edges, generatedAt),
    ledger: { rows, last, problem },
    requests,
  };
}

async function readGaps(
  store: RolloutStore,
  projects: readonly Project[],
  edges: readonly Edge[],
  now: EpochMs,
): Promise<ReportInput['gaps']> {
  const { of, overall } = await loadGaps(store, now);
  const byCallee = new Map<ProjectId, Edge[]>();
  for (const edge of edges) {
    const known = byCallee.get(edge.callee);
    if (known) known.push(edge);
    else byCallee.set(edge.callee, [edge]);
  }
  const callees = projects
    .filter(({ inScope }) => inScope)
    .map((project) => [project.id, of(project, byCallee.get(project.id) ?? [])] as const);
  return { overall, callees: new Map(callees) };
}

function rolloutInput(row: RolloutRow, firstAt: EpochMs | null): ReportInput['rollout'] {
  const { phase, paused } = rolloutState(row.checkpoint);
  return {
    id: row.id,
    gitlabUrl: row.gitlabUrl,
    gitlabVersion: row.capabilities?.version ?? null,
    instanceEnforced: row.identity?.instanceEnforced ?? null,
    playbookName: row.playbookName,
    // `init` speaks to no GitLab, so its moment is this machine's, which may be ahead of GitLab's clock.
    createdAt: firstAt !== null && firstAt < row.createdAt ? firstAt : row.createdAt,
    phase,
    paused,
  };
}

/** What `status` names as next. */
async function readNext(store: RolloutStore, row: RolloutRow, waves: readonly WaveInput[]): Promise<NextStep | null> {
  const state = savedRollout(row.checkpoint);
  const task = await store.openTask();
  const wave = waveAtHand(state, waves);
  const atHand = wave ? { ...wave, phase: wave.phase as WavePhase, seen: wave.judgement?.seen ?? null } : null;
  return nextStep({
    paused: state.paused,
    next: task && { task: task.kind, notBefore: task.notBefore },
    waitsFor: personWait(state, atHand),
  });
}

/**
 * The playbook that the rollout keeps; null for a text that this version no longer understands, which costs the report its
 * gates and not its rest.
 */
function keptPlaybook({ playbookText, playbookName }: RolloutRow): Playbook | null {
  try {
    return readPlaybook(playbookText, playbookName);
  } catch (error) {
    if (error instanceof RolloutError) return null;
    throw error;
  }
}

async function readPlans(store: RolloutStore, waves: readonly WaveRow[]): Promise<ReportInput['plans']> {
  const used = new Set(waves.map(({ planHash }) => planHash));
  const listed = [...(await store.plans())].sort((a, b) => a.createdAt - b.createdAt);
  const plans: (Plan & { readonly approvedBy: string | null })[] = [];
  for (const [index, { hash, approvedBy }] of listed.entries()) {
    if (!used.has(hash) && index < listed.length - 1) continue;
    const plan = await store.plan(hash);
    if (plan) plans.push({ ...plan, approvedBy });
  }
  return plans;
}

/** What the latest sweep led to. */
function judgementOf(sweeps: readonly SweepRow[]): JudgementInput | null {
  const last = sweeps.at(-1);
  if (!last?.judged) return null;
  const { verdict, reasons, seen } = last.judged;
  return { at: last.until, verdict: verdict === 'pending' ? null : verdict, reasons, seen };
}

async function readWave(store: RolloutStore, wave: WaveRow): Promise<WaveInput> {
  const sweeps = await store.sweeps(wave.id);
  const { phase, context } = waveState(wave.checkpoint);
  return {
    id: wave.id,
    number: wave.number,
    kind: wave.kind,
    planHash: wave.planHash,
    startedAt: wave.startedAt,
    endedAt: wave.endedAt,
    phase,
    verdict: context.verdict,
    soakUntil: context.soakUntil as EpochMs | null,
    soakMs: context.soakMs,
    judgement: judgementOf(sweeps),
    callees: await store.waveCallees(wave.id),
    intents: await store.intents(wave.id),
    sweeps,
  };
}

async function readEdges(
  store: RolloutStore,
  waves: readonly WaveInput[],
  risk: RiskOf,
): Promise<readonly EdgeInput[]> {
  const enforced = new Map<ProjectId, EpochMs>();
  for (const { callees } of waves) {
    for (const { callee, enforcedAt } of callees) if (enforcedAt !== null) enforced.set(callee, enforcedAt);
  }
  const rows = await store.edges();
  const callers = new Map<ProjectId, number>();
  for (const { callee } of rows) callers.set(callee, (callers.get(callee) ?? 0) + 1);
  const edges: EdgeInput[] = [];
  for (const edge of rows) {
    const used = await lastUsed(store, edge, enforced.get(edge.callee));
    edges.push({ ...edge, lastUsed: used, risk: risk(edge, callers.get(edge.callee) ?? 1) });
  }
  return edges;
}

/** The risk of an edge to a callee with so many callers, as `edges list` tells it. */
type RiskOf = (edge: Edge, callers: number) => EdgeInput['risk'];

async function riskOf(
  store: RolloutStore,
  projects: readonly Project[],
  playbook: Playbook | null,
  now: EpochMs,
): Promise<RiskOf> {
  if (playbook === null) return () => null;
  const byId = new Map(projects.map((project) => [project.id, project]));
  const facts = await loadFacts(store, playbook, now);
  return (edge, callers) => {
    const [caller, callee] = [byId.get(edge.caller), byId.get(edge.callee)];
    if (!caller || !callee) return null;
    return edgeRisk({ edge, caller, callee, callers, look: facts.ofEdge(edge.caller, edge.callee) }, playbook, now);
  };
}

/**
 * When GitLab last let this edge in. An edge's `lastSeen` covers all its sources; where that could pass a denial off as a
 * use since enforcement, its observations are looked up one by one.
 */
async function lastUsed(store: RolloutStore, edge: Edge, enforcedAt: EpochMs | undefined): Promise<EpochMs | null> {
  if (!edge.sources.some((source) => USES.has(source))) return null;
  const mixed = edge.sources.some((source) => !USES.has(source));
  if (!mixed || enforcedAt === undefined || edge.lastSeen < enforcedAt) return edge.lastSeen;
  const evidence = (await store.edge(edge.caller, edge.callee))?.evidence ?? [];
  return evidence.reduce<EpochMs | null>(
    (last, { source, lastSeen }) => (USES.has(source) && (last === null || lastSeen > last) ? lastSeen : last),
    null,
  );
}
