import type { Decision } from '../decisions/decision.ts';
import { ALARMING, type Disposition, type FailureRecord } from './denial.ts';
import type { EdgeDetail } from '../edges/edge.ts';
import type { Risk } from '../decisions/risk.ts';
import { isoTime, type EpochMs, type ProjectId } from '../values.ts';

/** What a person is advised to do. Advice: nothing of it is ever applied by itself. */
export interface Suggestion {
  /** `approve`, `reject`: the decision; `ask`: whoever looks after the callee; `repair`: it is decided, the entry is missing; `look`: the job. */
  readonly decision: 'approve' | 'reject' | 'ask' | 'repair' | 'look';
  readonly reason: string;
}

/** One job of the caller that was refused. */
export interface DeniedJob {
  readonly name: string;
  readonly count: number;
  /** Its latest failed run. */
  readonly jobId: number;
  readonly webUrl: string | null;
}

/** All refusals of one caller by one callee: one finding per edge, however many jobs ran into it. */
export interface DenialFinding {
  readonly caller: ProjectId;
  readonly callerPath: string;
  /** Null where the logs do not tell which of several refused, or could not be read. */
  readonly callee: ProjectId | null;
  readonly calleePath: string | null;
  /** `expected`: the access was rejected, so its refusal is what was meant to happen. */
  readonly state: 'open' | 'expected' | 'resolved';
  /** What resolved it: a decision, a use that got in, the rollback, a person who knows better; null otherwise. */
  readonly resolvedBy: string | null;
  /** The weightiest of its jobs. */
  readonly disposition: Disposition;
  readonly count: number;
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly jobs: readonly DeniedJob[];
  readonly access: readonly string[];
  readonly waves: readonly number[];
  readonly owners: readonly string[];
  /** Of the latest of the weightiest jobs. */
  readonly reason: string;
  readonly verdict: string | null;
  readonly line: number | null;
  readonly quote: string | null;
  readonly confidence: number;
  readonly disproof: string | null;
  /** Null where nothing is left to do. */
  readonly suggestion: Suggestion | null;
}

/** Whether a person has something to do about it: a rollback ends the harm, and leaves the edge to be decided. */
export const wantsPerson = ({ state, suggestion }: Pick<DenialFinding, 'state' | 'suggestion'>): boolean =>
  state === 'open' || suggestion?.decision === 'approve' || suggestion?.decision === 'ask';

/** What is known of the edge of a finding beside its refusals. */
export interface EdgeBackground {
  readonly edge: EdgeDetail | null;
  /** The latest decision on it. */
  readonly decision: Decision | null;
  readonly risk: Risk | null;
  /** From here on a rule may not approve: the playbook's `risk.maxForRules`. */
  readonly maxRisk: number;
}

/** When a wave was taken back; null while it stands. By id. */
export type RolledBack = ReadonlyMap<number, { readonly number: number; readonly at: EpochMs | null }>;

const WEIGHT: readonly Disposition[] = ['denied', 'unclear', 'unread', 'settled', 'expected'];

/** Failed jobs by their edge; what names no callee by its job, as two jobs may have failed of two projects. */
export function groupByEdge(failures: readonly FailureRecord[]): readonly (readonly FailureRecord[])[] {
  const groups = new Map<string, FailureRecord[]>();
  for (const failure of failures) {
    if (!WEIGHT.includes(failure.disposition)) continue;
    const key = `${failure.caller} ${failure.callee ?? failure.jobName}`;
    const group = groups.get(key);
    if (group) group.push(failure);
    else groups.set(key, [failure]);
  }
  return [...groups.values()];
}

/**
 * Makes one finding of the refusals of one edge.
 *
 * @param group - at least one, of one edge
 */
export function findingOf(
  group: readonly FailureRecord[],
  background: EdgeBackground,
  rolledBack: RolledBack,
): DenialFinding | null {
  const ordered = [...group].sort((a, b) => a.finishedAt - b.finishedAt || a.jobId - b.jobId);
  const disposition = WEIGHT.find((wanted) => ordered.some((failure) => failure.disposition === wanted));
  const telling = ordered.findLast((failure) => failure.disposition === disposition);
  const [first] = ordered;
  const last = ordered.at(-1);
  if (!disposition || !telling || !first || !last) return null;
  const alarming = ordered.filter((failure) => ALARMING.has(failure.disposition));
  const resolvedBy =
    alarming.length > 0
      ? resolutionOf(alarming, background, rolledBack)
      : disposition === 'settled'
        ? telling.reason
        : null;
  const state = resolvedBy !== null ? 'resolved' : alarming.length > 0 ? 'open' : 'expected';
  return {
    ...{ caller: telling.caller, callerPath: last.callerPath, callee: telling.callee, calleePath: telling.calleePath },
    ...{ state, resolvedBy, disposition, count: ordered.length, first: first.finishedAt, last: last.finishedAt },
    jobs: jobsOf(ordered),
    access: distinct(ordered.flatMap(({ access }) => access ?? [])),
    waves: [
      ...new Set(ordered.flatMap(({ waveId }) => (waveId === null ? [] : [rolledBack.get(waveId)?.number ?? 0]))),
    ],
    owners: distinct(ordered.flatMap(({ owners }) => owners)),
    ...{ reason: telling.reason, verdict: telling.verdict, line: telling.line, quote: telling.quote },
    ...{ confidence: telling.confidence, disproof: telling.disproof },
    suggestion:
      alarming.length === 0 || isDecided(background, last.finishedAt) ? null : suggestionOf(telling, background),
  };
}

const distinct = (words: readonly string[]): readonly string[] => [...new Set(words)].sort();

function jobsOf(ordered: readonly FailureRecord[]): readonly DeniedJob[] {
  const jobs = new Map<string, DeniedJob>();
  for (const { jobName, jobId, webUrl } of ordered) {
    jobs.set(jobName, { name: jobName, count: (jobs.get(jobName)?.count ?? 0) + 1, jobId, webUrl });
  }
  return [...jobs.values()];
}

/** A decision answers the refusals that came before it. */
const isDecided = ({ decision }: EdgeBackground, last: EpochMs): boolean =>
  decision !== null && decision.decidedAt >= last;

function resolutionOf(
  alarming: readonly FailureRecord[],
  background: EdgeBackground,
  rolledBack: RolledBack,
): string | null {
  const last = alarming.reduce((latest, { finishedAt }) => Math.max(latest, finishedAt), 0) as EpochMs;
  const { decision, edge } = background;
  if (decision && isDecided(background, last)) {
    return `${decision.verdict} by ${decision.by.kind === 'rule' ? `rule ${decision.by.name}` : decision.by.name} at ${isoTime(decision.decidedAt)}`;
  }
  const used = usedAt(edge);
  if (used > last) return `let in again at ${isoTime(used)}`;
  const waves = alarming.map(({ waveId }) => (waveId === null ? undefined : rolledBack.get(waveId)));
  if (waves.every((wave) => wave?.at != null && wave.at >= last)) {
    return `wave ${[...new Set(waves.map((wave) => wave?.number))].join(', ')} was rolled back`;
  }
  return null;
}

/** GitLab dates a row of its log five minutes after the access. */
const LOG_DELAY_MS = 5 * 60_000;

function usedAt(edge: EdgeDetail | null): EpochMs {
  return (edge?.evidence ?? []).reduce(
    (latest, { source, lastSeen }) =>
      Math.max(latest, source === 'auth-log' ? lastSeen - LOG_DELAY_MS : source === 'trace' ? lastSeen : 0),
    0,
  ) as EpochMs;
}

function suggestionOf(telling: FailureRecord, { edge, risk, maxRisk }: EdgeBackground): Suggestion {
  if (telling.disposition === 'unread') {
    return {
      decision: 'look',
      reason: `its log cannot be read: run the job again, or ask its owner what it failed of and \`tidegate findings settle ${telling.jobId} --reason TEXT\``,
    };
  }
  if (telling.callee === null) {
    return {
      decision: 'look',
      reason: `several projects could have refused it: the job itself tells which one it asks; if none, \`tidegate findings settle ${telling.jobId} --reason TEXT\``,
    };
  }
  if (edge?.state === 'approved') {
    return {
      decision: 'repair',
      reason: 'the access is approved and no entry lets it in: somebody may have removed it, or the caller has moved',
    };
  }
  const gotIn = telling.before === 'passed' || telling.before === 'flaky';
  const seen = (edge?.evidence ?? []).find(({ source }) => source !== 'denial');
  const risky = risk !== null && risk.score > maxRisk ? risk.reasons.map(({ because }) => because).join('; ') : null;
  if (risky !== null) return { decision: 'ask', reason: `risk ${risk?.score ?? 0} is above ${maxRisk}: ${risky}` };
  if (seen) {
    return { decision: 'approve', reason: `it was in use before: ${seen.where}, last seen ${isoTime(seen.lastSeen)}` };
  }
  if (gotIn) {
    return {
      decision: 'approve',
      reason: 'the same job passed before the wave, so the access was in use; confirm that it is meant',
    };
  }
  return { decision: 'ask', reason: 'nothing but the refusal speaks of it: whether it is meant, its owners know' };
}
