import { deniedShare, exercisedShare, newFailureShare, type SoakObservation } from '../../domain/watch/gate.ts';
import type { GatePolicy } from '../../domain/playbook.ts';
import type { FailureRecord } from '../../domain/watch/denial.ts';
import type { EdgeInput, WaveInput } from './input.ts';
import { count, number, percent } from '../text.ts';
import type { ReportGate } from './types.ts';

/**
 * What was seen of a wave, added up from its rows. Where the engine recorded what its verdict rests on, that is used
 * instead; this is for a soak that goes on.
 *
 * @param used - approved edges of the wave's callees
 */
export function observe(
  wave: WaveInput,
  failures: readonly FailureRecord[],
  used: readonly { readonly edge: EdgeInput; readonly enforcedAt: number }[],
): SoakObservation {
  const of = (keep: (failure: FailureRecord) => boolean): number => failures.filter(keep).length;
  const exercised = used.filter(({ edge, enforcedAt }) => edge.lastUsed !== null && edge.lastUsed >= enforcedAt);
  const due = used.filter(
    ({ edge, enforcedAt }) => edge.lastUsed !== null && edge.lastUsed >= enforcedAt - wave.soakMs,
  );
  const lastSweep = wave.sweeps.reduce((last, { until }) => Math.max(last, until), 0);
  return {
    soakedMs: Math.max(0, lastSweep - (wave.startedAt ?? lastSweep)),
    approvedEdges: used.length,
    // Only a judgement on record knows these.
    ...{ scheduledEdges: 0, newFailures: 0, opened: 0 },
    unreadLogs: of(({ disposition }) => disposition === 'unread'),
    settled: of(({ disposition }) => disposition === 'settled'),
    jobs: wave.sweeps.reduce((sum, { callerJobs }) => sum + callerJobs, 0),
    allJobs: wave.sweeps.reduce((sum, { allJobs }) => sum + allJobs, 0),
    dueEdges: due.length,
    exercisedEdges: exercised.length,
    approvedDenials: of(({ disposition, edgeState }) => disposition === 'denied' && edgeState === 'approved'),
    undecidedDenials: of(({ disposition, edgeState }) => disposition === 'denied' && edgeState !== 'approved'),
    unclear: of(({ disposition }) => disposition === 'unclear'),
    expectedDenials: of(({ disposition }) => disposition === 'expected'),
    // As the verdict counts it: what the latest sweep could not read.
    unread: new Set(wave.sweeps.at(-1)?.unread ?? []).size,
    complete: wave.soakUntil !== null && lastSweep >= wave.soakUntil,
  };
}

/** Each gate of the playbook beside what was found, in the order in which they decide. */
export function reportGates(seen: SoakObservation, gate: GatePolicy): readonly ReportGate[] {
  // Crossed once, a tolerance stays crossed; what is still missing may yet come while the soak goes on.
  const limit = (ok: boolean): ReportGate['result'] => (ok ? 'held' : 'broken');
  const floor = (ok: boolean): ReportGate['result'] => (ok ? 'held' : seen.complete ? 'short' : 'open');
  return [
    {
      name: 'Denials of approved edges',
      asked: `at most ${number(gate.maxApprovedDenials)}`,
      found: number(seen.approvedDenials),
      result: limit(seen.approvedDenials <= gate.maxApprovedDenials),
    },
    {
      name: 'Denials nobody has decided on',
      asked: `at most ${number(gate.maxUndecidedDenials)}`,
      found: number(seen.undecidedDenials),
      result: limit(seen.undecidedDenials <= gate.maxUndecidedDenials),
    },
    {
      name: 'Refusals that nothing settles',
      asked: 'none beyond the tolerance',
      found: number(seen.unclear),
      result: floor(seen.unclear + seen.undecidedDenials <= gate.maxUndecidedDenials),
    },
    {
      name: 'Denied share of all jobs',
      asked: `at most ${Number((gate.maxDeniedShare * 100).toFixed(4))} %`,
      found: `${(deniedShare(seen) * 100).toFixed(2)} % of ${count(seen.allJobs, 'job')}`,
      result: limit(deniedShare(seen) <= gate.maxDeniedShare),
    },
    {
      name: 'Jobs of known callers',
      asked: `at least ${number(gate.minJobs)}`,
      found: number(seen.jobs),
      result: floor(seen.jobs >= gate.minJobs),
    },
    {
      name: 'Due edges used again',
      asked: `at least ${percent(gate.minExercised, 1)}`,
      found: `${number(seen.exercisedEdges)} of ${number(seen.dueEdges)}`,
      result: floor(exercisedShare(seen) >= gate.minExercised),
    },
    {
      name: 'Jobs that passed before the wave and fail now',
      asked: `at most ${Number((gate.maxNewFailures * 100).toFixed(4))} %`,
      found: `${number(seen.newFailures)}, ${(newFailureShare(seen) * 100).toFixed(2)} % of the callers' jobs`,
      result: floor(newFailureShare(seen) <= gate.maxNewFailures),
    },
    {
      name: 'Failed jobs without a log',
      asked: 'none',
      found: `${number(seen.unreadLogs)}${seen.settled > 0 ? `; ${number(seen.settled)} settled by a person` : ''}`,
      result: floor(seen.unreadLogs === 0),
    },
    ...(seen.opened > 0
      ? [{ name: 'Projects opened again by a person', asked: 'none', found: number(seen.opened), result: floor(false) }]
      : []),
    { name: 'What could not be read', asked: 'none', found: number(seen.unread), result: floor(seen.unread === 0) },
  ];
}
