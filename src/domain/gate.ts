import type { GatePolicy } from './playbook.ts';
import { counted } from './values.ts';

/** What was seen of one wave since it was enforced. Whole numbers ≥ 0. */
export interface SoakObservation {
  /** Finished jobs of the wave's known callers; of everybody when the wave has no known caller. */
  readonly jobs: number;
  /** Finished jobs of all projects in scope. */
  readonly allJobs: number;
  /** Approved edges seen within one soak before enforcement, and how many of them were used since. */
  readonly dueEdges: number;
  readonly exercisedEdges: number;
  readonly approvedDenials: number;
  readonly undecidedDenials: number;
  /** Possible denials that nothing settles: counted as if they were denials of undecided edges. */
  readonly unclear: number;
  readonly expectedDenials: number;
  /** What could not be read; anything but 0 forbids `passed`. */
  readonly unread: number;
  /** True once the soak is over and the last sweep reaches its end. */
  readonly complete: boolean;
}

export type Verdict = 'passed' | 'failed' | 'inconclusive';

export interface Judgement {
  /** `pending` while the soak goes on and nothing speaks against the wave. */
  readonly verdict: Verdict | 'pending';
  /** Each gate in words, what was asked and what was found. */
  readonly reasons: readonly string[];
}

/**
 * Judges one wave. A denial over the tolerance fails it at once, even in the middle of the soak; anything else waits for
 * the end. Too little traffic, too few exercised edges and anything unread are `inconclusive`, however healthy the rest
 * looks: what could not be seen is not a pass.
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
      `${counted(seen.jobs, 'job')} ran, ${gate.minJobs} asked for`,
      `${seen.exercisedEdges} of ${seen.dueEdges} due edges used again`,
      `no unexpected denial${seen.expectedDenials > 0 ? `, ${seen.expectedDenials} expected` : ''}`,
    ],
  };
}

function failuresOf(seen: SoakObservation, gate: GatePolicy): string[] {
  const reasons: string[] = [];
  if (seen.approvedDenials > gate.maxApprovedDenials) {
    reasons.push(`${counted(seen.approvedDenials, 'denial')} of approved edges, ${gate.maxApprovedDenials} tolerated`);
  }
  if (seen.undecidedDenials + seen.unclear > gate.maxUndecidedDenials) {
    const unclear = seen.unclear > 0 ? `, ${seen.unclear} of them unclear` : '';
    reasons.push(
      `${counted(seen.undecidedDenials + seen.unclear, 'denial')} of undecided edges${unclear}, ${gate.maxUndecidedDenials} tolerated`,
    );
  }
  const denied = seen.approvedDenials + seen.undecidedDenials + seen.unclear;
  // The denied jobs are jobs themselves: a sweep that undercounts the rest must not push the share over 1.
  const share = denied / Math.max(denied, seen.allJobs, 1);
  if (reasons.length === 0 && denied > 0 && share > gate.maxDeniedShare) {
    reasons.push(`${(share * 100).toFixed(2)} % of all jobs denied, ${gate.maxDeniedShare * 100} % tolerated`);
  }
  return reasons;
}

function doubtsOf(seen: SoakObservation, gate: GatePolicy): string[] {
  const reasons: string[] = [];
  if (seen.unread > 0) reasons.push(`${counted(seen.unread, 'project')} could not be read during the soak`);
  if (seen.jobs < gate.minJobs) reasons.push(`${counted(seen.jobs, 'job')} ran, ${gate.minJobs} asked for`);
  const share = seen.dueEdges === 0 ? 1 : seen.exercisedEdges / seen.dueEdges;
  if (share < gate.minExercised) {
    reasons.push(
      `${seen.exercisedEdges} of ${seen.dueEdges} due edges used again, ${Math.round(gate.minExercised * 100)} % asked for`,
    );
  }
  return reasons;
}
