import type { DenialFinding } from '../../domain/watch/denial-finding.ts';
import type { Disposition, Finding } from '../../domain/watch/denial.ts';
import type { EdgeState } from '../../domain/edges/edge.ts';
import type { EvidenceSource } from '../../domain/edges/evidence.ts';
import type { Verdict } from '../../domain/watch/gate.ts';
import type { Visibility } from '../../domain/project.ts';
import type { CalleeInput, WaveInput } from './input.ts';

/* The shape of the report: what `--format json` prints. Moments are ISO 8601 in UTC; absence is null. */

/** `exercised`: let in since enforcement; `unproven`: approved, enforced, and not seen since; null: not enforced or not approved. */
export type Proof = 'exercised' | 'unproven' | null;

/** Who decided what, and why. Moments are ISO 8601 in UTC, here and below. */
export interface ReportDecision {
  readonly verdict: 'approved' | 'rejected' | 'replaced';
  readonly byKind: 'person' | 'rule';
  readonly by: string;
  readonly reason: string;
  readonly evidence: string;
  /** `default permissions` or the names of the policies. */
  readonly permissions: string;
  readonly decidedAt: string;
  readonly expiresAt: string | null;
  readonly expired: boolean;
}

/** One access with what is known of it and what was decided. */
export interface ReportEdge {
  readonly caller: string;
  readonly callee: string;
  readonly state: EdgeState;
  readonly access: readonly string[];
  readonly sources: readonly EvidenceSource[];
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** The entry that lets the caller in today: `project a/b` or `group a`; null when none does or the list was not read. */
  readonly admittedBy: string | null;
  readonly proof: Proof;
  readonly decision: ReportDecision | null;
  /** How much harm it could do; null where the caller is not known any more. */
  readonly risk: ReportRisk | null;
}

/** A risk with its reasons in words, the weightiest first. Whole numbers, 0 ≤ score ≤ atMost ≤ 100. */
export interface ReportRisk {
  readonly score: number;
  /** What it might be, were every fact against it that was not read. */
  readonly atMost: number;
  readonly reasons: readonly string[];
}

/** What comes next. */
export interface ReportNext {
  readonly what: string;
  /** The commands that go on, in backquotes. */
  readonly how: string;
  readonly notBefore: string | null;
  /** Whether nothing goes on until a person acts. */
  readonly person: boolean;
}

/** `open`, `enforced`, or `unread`: what could not be read is neither. */
export type Setting = 'open' | 'enforced' | 'unread';

/** One project in scope and where it stands. */
export interface ReportProject {
  readonly path: string;
  readonly visibility: Visibility;
  readonly archived: boolean;
  readonly setting: Setting;
  readonly entries: number;
  readonly callers: number;
  /** Number of the wave that changed it and still stands; null when none did. */
  readonly wave: number | null;
  /** Why the current plan leaves it alone; null when it does not. */
  readonly heldBecause: string | null;
  /** What the evidence on it could not see. */
  readonly unseen: readonly string[];
}

/** One failed job and what was made of it. */
export interface ReportFailure {
  readonly caller: string;
  readonly callee: string | null;
  readonly job: string;
  readonly access: string | null;
  readonly finishedAt: string;
  readonly disposition: Disposition;
  readonly edgeState: EdgeState | null;
  readonly quote: string | null;
  readonly reason: string;
  readonly url: string | null;
}

/** One project of a wave and what was done to it. */
export interface ReportCallee {
  readonly path: string;
  readonly step: CalleeInput['step'];
  /** Whether the wave turns its list on; false where it is enforced already and entries alone change. */
  readonly enforces: boolean;
  /** When the wave had changed it. */
  readonly enforcedAt: string | null;
  readonly problem: string | null;
  /** Who took it back by itself, and why; it is not planned until that is lifted. */
  readonly hold: string | null;
  readonly entriesAdded: number;
  /** Of what stood before the wave, taken away and not put back. */
  readonly entriesRemoved: number;
  readonly widening: number;
  readonly approvedCallers: number | null;
  readonly rejectedCallers: number | null;
  readonly risk: number | null;
  readonly why: string | null;
}

/** All refusals of one caller by one callee. */
export interface ReportDenial {
  readonly caller: string;
  readonly callee: string | null;
  readonly state: DenialFinding['state'];
  readonly resolvedBy: string | null;
  readonly disposition: DenialFinding['disposition'];
  readonly count: number;
  readonly first: string;
  readonly last: string;
  readonly jobs: readonly { readonly name: string; readonly count: number }[];
  readonly owners: readonly string[];
  readonly reason: string;
  readonly quote: string | null;
  readonly line: number | null;
  readonly confidence: number;
  readonly disproof: string | null;
  /** Advice; nothing of it is applied by itself. */
  readonly suggestion: { readonly decision: string; readonly reason: string } | null;
}

/** One gate of the playbook: what was asked, what was found, and how it came out; `open` while the soak goes on. */
export interface ReportGate {
  readonly name: string;
  readonly asked: string;
  readonly found: string;
  readonly result: 'held' | 'broken' | 'short' | 'open';
}

/** One wave from its plan to its verdict. */
export interface ReportWave {
  readonly id: number;
  readonly number: number;
  readonly kind: WaveInput['kind'];
  readonly phase: string;
  readonly verdict: Verdict | null;
  readonly reasons: readonly string[];
  readonly gates: readonly ReportGate[];
  readonly planHash: string;
  readonly planApprovedBy: string | null;
  readonly startedAt: string | null;
  readonly enforcedAt: string | null;
  readonly soakUntil: string | null;
  readonly endedAt: string | null;
  readonly rolledBack: boolean;
  readonly instanceSwitch: boolean;
  readonly jobs: number;
  readonly allJobs: number;
  readonly sweeps: number;
  readonly unread: readonly string[];
  readonly entriesAdded: number;
  readonly entriesTakenBack: number;
  /** Entries of before the wave that it took away, and that a rollback has not put back. */
  readonly entriesRemoved: number;
  /** Entries that it left with fewer permissions than they had. */
  readonly entriesNarrowed: number;
  readonly widening: number;
  readonly exercised: number;
  readonly unproven: number;
  readonly callees: readonly ReportCallee[];
  readonly failures: readonly ReportFailure[];
  /** What people changed meanwhile and the rollback left alone. */
  readonly kept: readonly string[];
}

/** A group entry that a person signed off, or refused; `widening`: projects beyond the callers. */
export interface ReportGroupEntry {
  readonly callee: string;
  readonly group: string;
  readonly widening: number | null;
  readonly decision: ReportDecision;
}

/** The counts at the top. */
export interface Headline {
  readonly projects: number;
  readonly enforced: number;
  readonly enforcedBefore: number;
  readonly open: number;
  readonly unread: number;
  readonly waves: Readonly<Record<'passed' | 'failed' | 'inconclusive' | 'underway' | 'rolledBack', number>>;
  readonly entriesAdded: number;
  readonly entriesTakenBack: number;
  /** Of what stood before us, taken away and not put back. */
  readonly entriesRemoved: number;
  /** Given fewer permissions than they had. */
  readonly entriesNarrowed: number;
  readonly widening: number;
  readonly edges: Readonly<Record<EdgeState, number>>;
  readonly expired: number;
  readonly exercised: number;
  readonly unproven: number;
  readonly denials: Readonly<Record<Disposition, number>>;
  readonly keptEdits: number;
  /** API requests sent; null when nobody counted. */
  readonly requests: number | null;
  /** Requests the current plan expects to need. */
  readonly plannedRequests: number | null;
  readonly firstWriteAt: string | null;
  readonly lastWriteAt: string | null;
}

/** One thing that waits for somebody, worst first. */
export interface Attention {
  readonly level: 'alarm' | 'warning' | 'note';
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What was read, when, and what could not be. */
export interface Completeness {
  readonly inventories: number;
  readonly firstInventoryAt: string | null;
  readonly lastInventoryAt: string | null;
  /** One line for each kind of blind spot, with the projects it concerns. */
  readonly limits: readonly { readonly text: string; readonly projects: readonly string[] }[];
}

/** Everything a report says, in any form. `schemaVersion` grows with each change that readers notice. */
export interface Report {
  readonly schemaVersion: 1;
  readonly generatedAt: string;
  readonly tool: { readonly name: 'tidegate'; readonly version: string };
  readonly rollout: {
    readonly id: string;
    readonly gitlabUrl: string;
    readonly gitlabVersion: string | null;
    readonly instanceEnforced: boolean | null;
    readonly playbook: string;
    readonly createdAt: string;
    readonly phase: string;
    readonly paused: boolean;
    /** Where it stands, as a sentence. */
    readonly standing: string;
  };
  /** Null where nothing comes next: it has ended, or is to be watched for ever. */
  readonly next: ReportNext | null;
  readonly headline: Headline;
  readonly attention: readonly Attention[];
  readonly waves: readonly ReportWave[];
  /** Failed jobs that no wave of ours explains. */
  readonly otherFailures: readonly ReportFailure[];
  readonly edges: readonly ReportEdge[];
  readonly groupEntries: readonly ReportGroupEntry[];
  readonly projects: readonly ReportProject[];
  readonly completeness: Completeness;
  readonly denials: readonly ReportDenial[];
  readonly findings: readonly (Omit<Finding, 'at' | 'id'> & { readonly at: string })[];
  readonly plan: { readonly hash: string; readonly createdAt: string; readonly noSwitchBecause: string | null } | null;
  readonly ledger: { readonly rows: number; readonly anchor: string; readonly problem: string | null };
}
