import type { TaskKind } from '../../domain/rollout/intent.ts';
import type { Verdict } from '../../domain/watch/gate.ts';
import type { EpochMs } from '../../domain/values.ts';
import type { Finding } from '../../domain/watch/denial.ts';
import type { RolloutPhase, WavePhase } from '../drive/decide.ts';
import type { JudgedSweep, OverviewRows } from '../ports.ts';
import { savedRollout, savedWave } from '../drive/saved-state.ts';
import { personWait, waveAtHand, type PersonWait } from '../drive/waits.ts';

/** The phases a person thinks in (DESIGN: inventory … guard), which the chart has in finer steps. */
export type PublicPhase =
  'inventory' | 'observe' | 'decide' | 'plan' | 'pilot' | 'waves' | 'organisation' | 'guard' | 'stopped' | 'aborted';

/** One wave on one screen. Counts are of callees. */
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
  /** What it was judged as after the latest sweep, with every number; null before the first. */
  readonly judged: JudgedSweep | null;
}

/** Where a rollout stands. */
export interface Overview {
  readonly gitlabUrl: string;
  readonly phase: PublicPhase;
  readonly state: RolloutPhase;
  readonly paused: boolean;
  /** End of the observation; null when it is over, or not begun. */
  readonly observeUntil: number | null;
  readonly planHash: string | null;
  readonly projects: OverviewRows['projects'];
  /** Of callees in the scope. */
  readonly edges: OverviewRows['edges'];
  /** Edges of callees outside of the scope. */
  readonly edgesOutside: number;
  /** Of the approved edges, those whose approval has run out or is in question: they wait for a decision again. */
  readonly expired: number;
  readonly waves: readonly WaveOverview[];
  readonly next: { readonly task: TaskKind; readonly notBefore: EpochMs | null } | null;
  /** What a person is asked for; null while there is something to do, or time to wait for. */
  readonly waitsFor: PersonWait | null;
  /** Projects that a person took back by itself; `resume --project` lets them be planned again. */
  readonly held: OverviewRows['held'];
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
  restoringAll: 'stopped',
  restoreBlocked: 'stopped',
  reopening: 'aborted',
  reopenBlocked: 'aborted',
  aborted: 'aborted',
};

/** Where the rollout stands, as its rows tell it. */
export function overview(rows: OverviewRows): Overview {
  const { gitlabUrl, checkpoint, projects, edges, edgesOutside, expired, waves, task, held, findings } = rows;
  const state = savedRollout(checkpoint);
  const { phase, paused, observeUntil, planHash, waveId } = state;
  const current = waves.find(({ id }) => id === waveId);
  const at = waveAtHand(state, waves);
  const waitsFor = personWait(
    state,
    at && { number: at.number, ...savedWave(at.checkpoint), seen: at.judged?.seen ?? null },
  );
  return {
    gitlabUrl,
    phase: phase === 'rolling' && current && current.kind !== 'wave' ? current.kind : PHASES[phase],
    state: phase,
    paused,
    observeUntil: phase === 'observing' ? observeUntil : null,
    planHash,
    projects,
    edges,
    edgesOutside,
    expired,
    waves: waves.map(waveOverview),
    next: task ? { task: task.kind, notBefore: task.notBefore } : null,
    waitsFor: task ? null : waitsFor,
    held,
    findings,
  };
}

function waveOverview({
  id,
  number,
  kind,
  checkpoint,
  steps,
  startedAt,
  endedAt,
  judged,
}: OverviewRows['waves'][number]): WaveOverview {
  const { phase, verdict, soakUntil } = savedWave(checkpoint);
  return {
    ...{ id, number, kind, state: phase, verdict },
    callees: Object.values(steps).reduce((sum, callees) => sum + callees, 0),
    enforced: steps.enforced ?? 0,
    failed: steps.failed ?? 0,
    ...{ startedAt, soakUntil, endedAt, judged },
  };
}
