import type { DenialFinding } from '../../domain/watch/denial-finding.ts';
import type { Decision } from '../../domain/decisions/decision.ts';
import type { Risk } from '../../domain/decisions/risk.ts';
import type { FailureRecord, Finding } from '../../domain/watch/denial.ts';
import type { Edge } from '../../domain/edges/edge.ts';
import type { SoakObservation, Verdict } from '../../domain/watch/gate.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Gap } from '../../domain/edges/gap.ts';
import type { GatePolicy } from '../../domain/playbook.ts';
import type { AllowlistState, Project } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';

/** What is said of the rollout as a whole. */
export interface RolloutInput {
  readonly id: string;
  readonly gitlabUrl: string;
  /** Version of GitLab; null before `doctor` or the first inventory asked. */
  readonly gitlabVersion: string | null;
  /** The instance switch as last read; null where the token may not read it. */
  readonly instanceEnforced: boolean | null;
  readonly playbookName: string;
  readonly createdAt: EpochMs;
  /** State of the rollout's chart: `observing`, `awaitingPlan`, `rolling`, … */
  readonly phase: string;
  readonly paused: boolean;
}

/** What comes next, with the commands in backquotes; `person`: nothing goes on until one acts. */
export interface NextInput {
  readonly what: string;
  readonly how: string;
  readonly notBefore: EpochMs | null;
  readonly person: boolean;
}

/** An edge as it was recorded, with what was worked out of its observations and facts. */
export interface EdgeInput extends Edge {
  /** The last time GitLab is known to have let it in; null where no source tells (a scan does not). */
  readonly lastUsed: EpochMs | null;
  /** Null where the caller is not known any more, or the playbook cannot be read. */
  readonly risk: Pick<Risk, 'score' | 'atMost' | 'reasons'> | null;
}

/** One callee of a wave as it was recorded. */
export interface CalleeInput {
  readonly callee: ProjectId;
  readonly path: string;
  readonly step: 'pending' | 'seeded' | 'enforced' | 'failed' | 'rolled-back' | 'kept';
  readonly before: AllowlistState | null;
  readonly enforcedAt: EpochMs | null;
  readonly problem: string | null;
  /** Who took it back by itself, and why. */
  readonly hold: string | null;
}

/** One look at what ran since the wave, from `since` to `until`. */
export interface SweepInput {
  readonly since: EpochMs;
  readonly until: EpochMs;
  readonly projects: number;
  readonly callerJobs: number;
  readonly allJobs: number;
  readonly unread: readonly string[];
}

/** What was recorded when the wave was judged. */
export interface JudgementInput {
  readonly at: EpochMs;
  /** Null while the soak goes on and nothing speaks against the wave. */
  readonly verdict: Verdict | null;
  readonly reasons: readonly string[];
  /** What the verdict rests on, where it was recorded along with it. */
  readonly seen: SoakObservation | null;
}

/** One wave with everything that was recorded of it. */
export interface WaveInput {
  readonly id: number;
  readonly number: number;
  readonly kind: 'pilot' | 'wave' | 'organisation';
  readonly planHash: string;
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
  /** State of the wave's chart: `soaking`, `rolledBack`, … */
  readonly phase: string;
  readonly verdict: Verdict | null;
  readonly soakUntil: EpochMs | null;
  readonly soakMs: number;
  /** The latest judgement on record; null when none was recorded. */
  readonly judgement: JudgementInput | null;
  readonly callees: readonly CalleeInput[];
  readonly intents: readonly WriteIntent[];
  readonly sweeps: readonly SweepInput[];
}

/** Everything a report is made of: rows as the store has them, nothing worked out yet. */
export interface ReportInput {
  readonly generatedAt: EpochMs;
  /** Version of tidegate that makes the report. */
  readonly toolVersion: string;
  readonly rollout: RolloutInput;
  /** What comes next, with the commands that go on; null where nothing does. */
  readonly next: NextInput | null;
  readonly inventories: { readonly count: number; readonly firstAt: EpochMs | null; readonly lastAt: EpochMs | null };
  readonly projects: readonly Project[];
  readonly edges: readonly EdgeInput[];
  /** Every decision in force on an edge, and the latest on each group entry. */
  readonly decisions: readonly Decision[];
  readonly groupDecisions: readonly Decision[];
  /** The gates of the playbook; null when its text can no longer be read. */
  readonly gates: GatePolicy | null;
  /** Every plan that a wave was made from, and the latest one, oldest first. */
  readonly plans: readonly (Plan & { readonly approvedBy: string | null })[];
  readonly waves: readonly WaveInput[];
  readonly failures: readonly FailureRecord[];
  /** Refused accesses, one per edge, open ones first. */
  readonly denials: readonly DenialFinding[];
  readonly findings: readonly Finding[];
  /** What the evidence could not see beside the readings of the projects: of all alike, and of single callees. */
  readonly gaps: { readonly overall: readonly string[]; readonly callees: ReadonlyMap<ProjectId, readonly Gap[]> };
  readonly ledger: { readonly rows: number; readonly last: string; readonly problem: string | null };
  /** API requests sent so far; null when nobody counted. */
  readonly requests: number | null;
}
