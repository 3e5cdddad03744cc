import type { FailureRecord } from '../../domain/watch/denial.ts';
import type { WriteIntent } from '../../domain/rollout/intent.ts';
import { targetKey } from '../../domain/project.ts';
import type { PlannedCallee } from '../../domain/plan/plan.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import { isoTime } from '../../domain/values.ts';
import { observe, reportGates } from './gates.ts';
import { groupBy } from './group.ts';
import type { CalleeInput, EdgeInput, ReportInput, WaveInput } from './input.ts';
import { plain, plainOrNull, timeOrNull } from '../text.ts';
import type { ReportCallee, ReportFailure, ReportWave } from './types.ts';

/** Waves in order of creation: one that was taken back and planned again comes twice. */
export function reportWaves(input: ReportInput): readonly ReportWave[] {
  const failures = groupBy(input.failures, ({ waveId }) => waveId);
  const approved = groupBy(
    input.edges.filter(({ state }) => state === 'approved'),
    ({ callee }) => callee,
  );
  return input.waves.map((wave) => reportWave(wave, input, failures.get(wave.id) ?? [], approved));
}

function reportWave(
  wave: WaveInput,
  input: ReportInput,
  failures: readonly FailureRecord[],
  approved: ReadonlyMap<ProjectId, readonly EdgeInput[]>,
): ReportWave {
  const plan = input.plans.find(({ hash }) => hash === wave.planHash);
  const plannedWave = plan?.waves.find(({ number }) => number === wave.number);
  const planned = new Map((plannedWave?.callees ?? []).map((callee) => [callee.id, callee]));
  const done = groupBy(
    wave.intents.filter(({ outcome }) => outcome === 'done'),
    ({ callee }) => callee,
  );
  const callees = wave.callees.map((callee) =>
    reportCallee(callee, done.get(callee.callee) ?? [], planned.get(callee.callee)),
  );
  const watched = wave.callees.flatMap(({ callee, step, enforcedAt }) =>
    enforcedAt === null || step === 'rolled-back'
      ? []
      : (approved.get(callee) ?? []).map((edge) => ({ edge, enforcedAt })),
  );
  const seen = wave.judgement?.seen ?? observe(wave, failures, watched);
  const proven = usedAgain(wave, watched);
  const sum = (of: (callee: ReportCallee) => number): number =>
    callees.reduce((total, callee) => total + of(callee), 0);
  return {
    id: wave.id,
    number: wave.number,
    kind: wave.kind,
    phase: wave.phase,
    verdict: wave.judgement?.verdict ?? wave.verdict,
    reasons: (wave.judgement?.reasons ?? []).map(plain),
    gates: input.gates !== null && wave.sweeps.length > 0 ? reportGates(seen, input.gates) : [],
    planHash: wave.planHash,
    planApprovedBy: plainOrNull(plan?.approvedBy ?? null),
    startedAt: timeOrNull(wave.startedAt),
    enforcedAt: timeOrNull(firstEnforced(wave)),
    soakUntil: timeOrNull(wave.soakUntil),
    endedAt: timeOrNull(wave.endedAt),
    rolledBack: wave.phase === 'rolledBack',
    instanceSwitch: plannedWave?.instanceSwitch ?? wave.kind === 'organisation',
    jobs: seen.jobs,
    allJobs: seen.allJobs,
    sweeps: wave.sweeps.length,
    unread: [...new Set(wave.sweeps.flatMap(({ unread }) => unread))].map(plain),
    entriesAdded: sum(({ entriesAdded }) => entriesAdded),
    entriesTakenBack: [...done.values()].reduce((total, intents) => total + removedBy(intents).ours.length, 0),
    entriesRemoved: sum(({ entriesRemoved }) => entriesRemoved),
    entriesNarrowed: wave.callees.reduce(
      (total, { callee, step }) =>
        total + (step === 'rolled-back' ? 0 : new Set(written(done.get(callee) ?? [], 'setPermissions')).size),
      0,
    ),
    widening: sum(({ widening }) => widening),
    exercised: proven.exercised,
    unproven: proven.approved - proven.exercised,
    callees,
    failures: failures.map(reportFailure),
    kept: keptEdits(wave, input),
  };
}

/** Of the wave's approved edges, those used since. A wave that was taken back is told of as it was judged: nobody watches it any more. */
function usedAgain(
  { phase, judgement }: WaveInput,
  watched: readonly { readonly edge: EdgeInput; readonly enforcedAt: EpochMs }[],
): { readonly approved: number; readonly exercised: number } {
  const judged = phase === 'rolledBack' ? (judgement?.seen ?? null) : null;
  if (judged !== null) return { approved: judged.approvedEdges, exercised: judged.exercisedEdges };
  const exercised = watched.filter(({ edge, enforcedAt }) => edge.lastUsed !== null && edge.lastUsed >= enforcedAt);
  return { approved: watched.length, exercised: exercised.length };
}

/** The entries that writes of one kind were about. */
const written = (
  intents: readonly WriteIntent[],
  kind: 'addEntry' | 'removeEntry' | 'restoreEntry' | 'setPermissions',
): readonly string[] => intents.flatMap(({ action }) => (action.kind === kind ? [targetKey(action.entry)] : []));

/** What was removed: entries of this wave, which a rollback took back, and those that stood before it, which it tightened. */
function removedBy(intents: readonly WriteIntent[]): {
  readonly ours: readonly string[];
  readonly others: readonly string[];
} {
  const added = new Set(written(intents, 'addEntry'));
  const restored = new Set(written(intents, 'restoreEntry'));
  const removed = written(intents, 'removeEntry');
  return {
    ours: removed.filter((target) => added.has(target)),
    others: removed.filter((target) => !added.has(target) && !restored.has(target)),
  };
}

function firstEnforced(wave: WaveInput): EpochMs | null {
  return wave.callees.reduce<EpochMs | null>(
    (first, { enforcedAt }) => (enforcedAt !== null && (first === null || enforcedAt < first) ? enforcedAt : first),
    null,
  );
}

function reportCallee(
  callee: CalleeInput,
  done: readonly WriteIntent[],
  planned: PlannedCallee | undefined,
): ReportCallee {
  const added = new Set(written(done, 'addEntry'));
  const back = new Set(written(done, 'removeEntry'));
  const wider = (planned?.add ?? []).filter((entry) => added.has(targetKey(entry)) && !back.has(targetKey(entry)));
  return {
    path: plain(callee.path),
    step: callee.step,
    enforces: planned?.enforce ?? true,
    enforcedAt: timeOrNull(callee.enforcedAt),
    problem: plainOrNull(callee.problem),
    hold: plainOrNull(callee.hold),
    entriesAdded: added.size,
    entriesRemoved: removedBy(done).others.length,
    widening: wider.reduce((total, entry) => total + entry.widening, 0),
    approvedCallers: planned?.approvedCallers ?? null,
    rejectedCallers: planned?.rejectedCallers ?? null,
    risk: planned?.risk ?? null,
    why: plainOrNull(planned?.why ?? null),
  };
}

/** A failed job as a reader sees it. */
export function reportFailure(failure: FailureRecord): ReportFailure {
  return {
    caller: plain(failure.callerPath),
    callee: plainOrNull(failure.calleePath),
    job: `${plain(failure.jobName)} (${failure.jobId})`,
    access: plainOrNull(failure.access),
    finishedAt: isoTime(failure.finishedAt),
    disposition: failure.disposition,
    edgeState: failure.edgeState,
    quote: plainOrNull(failure.quote),
    reason: plain(failure.reason),
    url: webAddress(failure.webUrl),
  };
}

/** Only what a browser opens as a page may become a link; `javascript:` and its like are dropped. */
function webAddress(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, username, password, href } = new URL(url);
  return /^https?:$/.test(protocol) && username === '' && password === '' ? href : null;
}

function keptEdits(wave: WaveInput, { findings }: ReportInput): readonly string[] {
  const callees = new Set(wave.callees.map(({ path }) => path));
  const from = wave.startedAt ?? Infinity;
  const until = wave.endedAt ?? Infinity;
  return findings
    .filter(({ kind, subject, at }) => kind === 'person-edit' && callees.has(subject) && at >= from && at <= until)
    .map(({ subject, text }) => `${plain(subject)}: ${plain(text)}`);
}
