import type { Decision } from '../../src/domain/decisions/decision.ts';
import type { FailureRecord } from '../../src/domain/watch/denial.ts';
import type { WriteIntent } from '../../src/domain/rollout/intent.ts';
import type { Plan, PlannedCallee } from '../../src/domain/plan/plan.ts';
import { playbookSchema } from '../../src/domain/playbook.ts';
import type { AllowlistEntry, AllowlistState, Project } from '../../src/domain/project.ts';
import { epochMs, projectId, type EpochMs } from '../../src/domain/values.ts';
import type { CalleeInput, EdgeInput, ReportInput, WaveInput } from '../../src/report/model/input.ts';

export const DAY = 86_400_000;
export const at = (day: number): EpochMs => epochMs(Date.parse('2026-03-02T08:00:00Z') + Math.round(day * DAY));

export const entry = (kind: 'project' | 'group', id: number, path: string): AllowlistEntry => ({
  kind,
  id,
  path,
  defaultPermissions: true,
  policies: [],
  addedBy: 'tidegate-bot',
  createdAt: at(15),
});

export const allowlist = (effective: boolean, entries: readonly AllowlistEntry[] = []): AllowlistState => ({
  stored: effective,
  effective,
  entries,
});

export const project = (id: number, path: string, change: Partial<Project> = {}): Project => ({
  id: projectId(id),
  path,
  visibility: 'private',
  archived: false,
  personal: false,
  accessLevel: 50,
  inScope: true,
  allowlist: allowlist(false),
  unread: null,
  log: { rows: 3, cut: false },
  readAt: at(20),
  ...change,
});

export const edge = (caller: Project, callee: Project, change: Partial<EdgeInput> = {}): EdgeInput => ({
  caller: caller.id,
  callerPath: caller.path,
  callee: callee.id,
  calleePath: callee.path,
  sources: ['auth-log'],
  access: ['git'],
  needs: null,
  firstSeen: at(-30),
  lastSeen: at(19),
  lastUsed: at(19),
  state: 'approved',
  decisionId: 1,
  risk: { score: 25, atMost: 40, reasons: [{ fact: 'privateCallee', points: 25, because: 'the callee is private' }] },
  ...change,
});

export const decision = (
  id: number,
  on: Pick<EdgeInput, 'caller' | 'callee'>,
  change: Partial<Decision> = {},
): Decision => ({
  id,
  subject: { kind: 'edge', caller: on.caller, callee: on.callee },
  verdict: 'approved',
  replacedBy: null,
  by: { kind: 'rule', name: 'same-group' },
  owner: null,
  reason: 'Same team, seen this month',
  permissions: { defaultPermissions: true, policies: [] },
  evidence: 'auth log, last seen 2026-03-01',
  decidedAt: at(14),
  expiresAt: null,
  question: null,
  ...change,
});

export const failure = (
  jobId: number,
  caller: Project,
  callee: Project,
  change: Partial<FailureRecord> = {},
): FailureRecord => ({
  jobId,
  jobName: 'quarterly-report',
  caller: caller.id,
  callerPath: caller.path,
  callee: callee.id,
  calleePath: callee.path,
  access: 'git',
  finishedAt: at(24),
  disposition: 'denied',
  edgeState: 'undecided',
  verdict: 'allowlist_denied',
  signature: 'job-token-not-allowed',
  line: 12,
  confidence: 0.95,
  disproof: 'an entry that admitted the caller',
  before: 'passed',
  owners: ['mara'],
  quote: 'remote: The project you were looking for could not be found or you don’t have permission to view it.',
  reason: 'the allowlist of the callee was enforced two days before and has no entry for the caller',
  waveId: 2,
  webUrl: 'https://gitlab.example.com/acme/apps/web/-/jobs/812',
  ...change,
});

export const callee = (of: Project, step: CalleeInput['step'], enforcedAt: EpochMs | null): CalleeInput => ({
  callee: of.id,
  path: of.path,
  step,
  before: allowlist(false),
  enforcedAt,
  problem: null,
  hold: null,
});

export const intent = (id: number, waveId: number, of: Project, action: WriteIntent['action']): WriteIntent => ({
  id,
  waveId,
  callee: of.id,
  action,
  createdAt: at(15),
  outcome: 'done',
  detail: null,
  settledAt: epochMs(at(15) + id * 1_000),
});

export const wave = (number: number, change: Partial<WaveInput> = {}): WaveInput => ({
  id: number,
  number,
  kind: number === 1 ? 'pilot' : 'wave',
  planHash: 'c0ffee'.repeat(10),
  startedAt: at(8 + number * 7),
  endedAt: at(15 + number * 7),
  phase: 'passed',
  verdict: 'passed',
  soakUntil: at(15 + number * 7),
  soakMs: 7 * DAY,
  judgement: null,
  callees: [],
  intents: [],
  sweeps: [],
  ...change,
});

export const planned = (of: Project, change: Partial<PlannedCallee> = {}): PlannedCallee => ({
  id: of.id,
  path: of.path,
  before: allowlist(false),
  add: [],
  relyOn: [],
  remove: [],
  narrow: [],
  enforce: true,
  approvedCallers: 1,
  rejectedCallers: 0,
  risk: 3,
  why: 'risk 3: few callers',
  placed: '',
  ...change,
});

export const plan = (
  change: Partial<Plan & { readonly approvedBy: string | null }> = {},
): ReportInput['plans'][number] => ({
  hash: 'c0ffee'.repeat(10),
  createdAt: at(14),
  waves: [],
  held: [],
  widening: 0,
  noSwitchBecause: null,
  requests: 42,
  approvedBy: 'mara',
  ...change,
});

export const input = (change: Partial<ReportInput> = {}): ReportInput => ({
  generatedAt: at(40),
  toolVersion: '0.1.0',
  rollout: {
    id: 'acme',
    gitlabUrl: 'https://gitlab.example.com',
    gitlabVersion: '18.5.0',
    instanceEnforced: false,
    playbookName: 'standard',
    createdAt: at(0),
    phase: 'rolling',
    paused: false,
  },
  next: null,
  inventories: { count: 14, firstAt: at(0), lastAt: at(20) },
  projects: [],
  edges: [],
  decisions: [],
  groupDecisions: [],
  gates: playbookSchema.parse({}).gates,
  plans: [],
  waves: [],
  failures: [],
  denials: [],
  findings: [],
  gaps: { overall: [], callees: new Map() },
  ledger: { rows: 120, last: 'ab'.repeat(32), problem: null },
  requests: 512,
  ...change,
});
