import type { Verdict } from '../domain/gate.ts';
import type { EpochMs } from '../domain/values.ts';
import { rolloutState, waveState, type RolloutPhase, type WavePhase } from './decide.ts';
import type { Finding } from '../domain/denial.ts';
import type { RolloutStore } from './ports.ts';

/** The phases a person thinks in (DESIGN: inventory … guard), which the chart has in finer steps. */
export type PublicPhase =
  'inventory' | 'observe' | 'decide' | 'plan' | 'pilot' | 'waves' | 'organisation' | 'guard' | 'stopped' | 'aborted';

export interface WaveOverview {
  readonly id: number;
  readonly number: number;
  readonly kind: 'pilot' | 'wave' | 'organisation';
  readonly state: WavePhase;
  readonly verdict: Verdict | null;
  readonly callees: number;
  readonly enforced: number;
  readonly failed: number;
  readonly startedAt: EpochMs | null;
  readonly soakUntil: number | null;
  readonly endedAt: EpochMs | null;
}

/** Where a rollout stands, counted rather than listed: cheap however large the organisation is. */
export interface Overview {
  readonly gitlabUrl: string;
  readonly phase: PublicPhase;
  readonly state: RolloutPhase;
  readonly paused: boolean;
  /** End of the observation; null when it is over, or not begun. */
  readonly observeUntil: number | null;
  readonly planHash: string | null;
  readonly projects: Awaited<ReturnType<RolloutStore['countProjects']>>;
  readonly edges: Awaited<ReturnType<RolloutStore['countEdges']>>;
  readonly waves: readonly WaveOverview[];
  readonly next: { readonly task: string; readonly notBefore: EpochMs | null } | null;
  readonly findings: readonly Finding[];
}

const PHASES: Readonly<Record<RolloutPhase, PublicPhase>> = {
  inventory: 'inventory',
  observing: 'observe',
  refreshing: 'inventory',
  deciding: 'decide',
  awaitingDecisions: 'decide',
  planning: 'plan',
  awaitingWidening: 'plan',
  awaitingPlan: 'plan',
  starting: 'waves',
  rolling: 'waves',
  stopped: 'stopped',
  restoring: 'stopped',
  holding: 'decide',
  guarding: 'guard',
  reopening: 'aborted',
  aborted: 'aborted',
};

/** Reads where the rollout stands. */
export async function overview(store: RolloutStore): Promise<Overview> {
  const row = await store.rollout();
  const state = rolloutState(row.checkpoint);
  const waves = await Promise.all((await store.waves()).map((wave) => waveOverview(store, wave)));
  const current = waves.find(({ id }) => id === state.context.waveId);
  const task = await store.openTask();
  return {
    gitlabUrl: row.gitlabUrl,
    phase: state.phase === 'rolling' && current && current.kind !== 'wave' ? current.kind : PHASES[state.phase],
    state: state.phase,
    paused: state.paused,
    observeUntil: state.phase === 'observing' ? state.context.observeUntil : null,
    planHash: state.context.planHash,
    projects: await store.countProjects(),
    edges: await store.countEdges(),
    waves,
    next: task ? { task: task.kind, notBefore: task.notBefore } : null,
    findings: await store.findings(),
  };
}

async function waveOverview(
  store: RolloutStore,
  wave: Awaited<ReturnType<RolloutStore['waves']>>[number],
): Promise<WaveOverview> {
  const { phase, context } = waveState(wave.checkpoint);
  const steps = await store.countWaveCallees(wave.id);
  return {
    id: wave.id,
    number: wave.number,
    kind: wave.kind,
    state: phase,
    verdict: context.verdict,
    callees: Object.values(steps).reduce((sum, callees) => sum + callees, 0),
    enforced: steps.enforced ?? 0,
    failed: steps.failed ?? 0,
    startedAt: wave.startedAt,
    soakUntil: context.soakUntil,
    endedAt: wave.endedAt,
  };
}
