import type { GatePolicy } from '../playbook.ts';
import { counted, formatDuration } from '../values.ts';

/** What was seen of one wave since it was enforced. Whole numbers ≥ 0. */
export interface SoakObservation {
  /** Time since the wave was enforced. */
  readonly soakedMs: number;
  /** Finished jobs of the wave's known callers; of everybody when the wave has no known caller. */
  readonly jobs: number;
  /** Finished jobs of all projects in scope. */
  readonly allJobs: number;
  /** Approved edges into the wave's callees. */
  readonly approvedEdges: number;
  /** Of these, seen within one soak before enforcement or since; and how many of them were used since. */
  readonly dueEdges: number;
  readonly exercisedEdges: number;
  /** Unproven edges whose known schedule comes round while the soak may still be extended. */
  readonly scheduledEdges: number;
  readonly approvedDenials: number;
  readonly undecidedDenials: number;
  /** Possible denials that nothing settles. */
  readonly unclear: number;
  readonly expectedDenials: number;
  /** Failed runs of jobs of known callers that always passed before the wave, for whatever reason but a denial. */
  readonly newFailures: number;
  /** Failed jobs of known callers whose log is gone. */
  readonly unreadLogs: number;
  /** Failed jobs of which nothing told what they failed of, until a person did. */
  readonly settled: number;
  /** Callees of the wave that are not enforced, because a person opened them again. */
  readonly opened: number;
  /** Projects and callees that could not be read; anything but 0 forbids `passed`. */
  readonly unread: number;
  /** True once the soak is over and the last sweep reaches its end. */
  readonly complete: boolean;
}

/** How a wave is judged; what is `inconclusive` passes by a person alone. */
export type Verdict = 'passed' | 'failed' | 'inconclusive';

/** A verdict with what it rests on. */
export interface Judgement {
  /** `pending` while the soak goes on and nothing speaks against the wave. */
  readonly verdict: Verdict | 'pending';
  /** Each gate in words, what was asked and what was found. */
  readonly reasons: readonly string[];
}

/**
 * Judges one wave. A denial over the tolerance fails it at once, even in the middle of the soak; anything else waits for
 * the end. Too little traffic, too few exercised edges, more failures than before, a callee that a person opened again, and
 * anything unclear or unread are `inconclusive`, however healthy the rest looks: what could not be seen is not a pass, and is no denial either.
 */
export function judge(seen: SoakObservation, gate: GatePolicy): Judgement {
  const failures = failuresOf(seen, gate);
  if (failures.length > 0) return { verdict: 'failed', reasons: failures };
  if (!seen.complete) return { verdict: 'pending', reasons: [] };
  const doubts = doubtsOf(seen, gate);
  if (doubts.length > 0) return { verdict: 'inconclusive', reasons: doubts };
  return {
    verdict: 'passed',
    reasons: [
      `${counted(seen.jobs, 'job')} ran in ${formatDuration(seen.soakedMs)}, ${gate.minJobs} asked for`,
      `${seen.exercisedEdges} of ${seen.dueEdges} due edges used again`,
      `no unexpected denial${seen.expectedDenials > 0 ? `, ${seen.expectedDenials} expected` : ''}`,
      ...(seen.newFailures > 0 ? [`${failing(seen)}, ${percent(gate.maxNewFailures)} tolerated`] : []),
      ...(seen.settled > 0 ? [`${counted(seen.settled, 'failed job')} settled by a person`] : []),
    ],
  };
}

/** The denied jobs are jobs themselves: a sweep that undercounts the rest must not push the share over 1. */
export function deniedShare({ approvedDenials, undecidedDenials, allJobs }: SoakObservation): number {
  const denied = approvedDenials + undecidedDenials;
  return denied / Math.max(denied, allJobs, 1);
}

/** Share of the known callers' jobs that fail although the same job always passed before the wave. */
export const newFailureShare = ({ newFailures, jobs }: SoakObservation): number =>
  newFailures / Math.max(newFailures, jobs, 1);

/** 1 where no edge was due. */
export const exercisedShare = ({ dueEdges, exercisedEdges }: SoakObservation): number =>
  dueEdges === 0 ? 1 : exercisedEdges / dueEdges;

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

const failing = (seen: SoakObservation): string =>
  `${counted(seen.newFailures, 'failed run')} of jobs that passed before the wave, ${percent(newFailureShare(seen))} of the callers' jobs`;

function failuresOf(seen: SoakObservation, gate: GatePolicy): string[] {
  const reasons: string[] = [];
  if (seen.approvedDenials > gate.maxApprovedDenials) {
    reasons.push(`${counted(seen.approvedDenials, 'denial')} of approved edges, ${gate.maxApprovedDenials} tolerated`);
  }
  if (seen.undecidedDenials > gate.maxUndecidedDenials) {
    reasons.push(
      `${counted(seen.undecidedDenials, 'denial')} of undecided edges, ${gate.maxUndecidedDenials} tolerated`,
    );
  }
  const share = deniedShare(seen);
  if (reasons.length === 0 && share > gate.maxDeniedShare) {
    reasons.push(`${(share * 100).toFixed(2)} % of all jobs denied, ${percent(gate.maxDeniedShare)} tolerated`);
  }
  return reasons;
}

function doubtsOf(seen: SoakObservation, gate: GatePolicy): string[] {
  const reasons: string[] = [];
  if (seen.opened > 0) reasons.push(`${counted(seen.opened, 'project')} of the wave opened again by a person`);
  if (seen.unclear + seen.undecidedDenials > gate.maxUndecidedDenials) {
    reasons.push(`${counted(seen.unclear, 'refusal')} that may be a denial and that nothing settles`);
  }
  if (seen.unreadLogs > 0) reasons.push(`${counted(seen.unreadLogs, 'failed job')} without a log to read`);
  if (seen.unread > 0)
    reasons.push(`${counted(seen.unread, 'project or job', 'projects or jobs')} could not be read during the soak`);
  if (seen.jobs < gate.minJobs) reasons.push(`${counted(seen.jobs, 'job')} ran, ${gate.minJobs} asked for`);
  if (exercisedShare(seen) < gate.minExercised) {
    reasons.push(
      `${seen.exercisedEdges} of ${seen.dueEdges} due edges used again, ${percent(gate.minExercised)} asked for`,
    );
  }
  if (newFailureShare(seen) > gate.maxNewFailures) {
    reasons.push(`${failing(seen)}, ${percent(gate.maxNewFailures)} tolerated`);
  }
  if (seen.scheduledEdges > 0) {
    reasons.push(`${counted(seen.scheduledEdges, 'edge')} unproven whose schedule comes round within an extended soak`);
  }
  return reasons;
}
