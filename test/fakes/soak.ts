import type { SoakObservation } from '../../src/domain/watch/gate.ts';

/** A day of a soak with a little of everything in it: jobs, one approved denial, and a gap. */
export const SEEN: SoakObservation = {
  ...{
    soakedMs: 86_400_000,
    jobs: 40,
    allJobs: 90,
    approvedEdges: 3,
    dueEdges: 2,
    exercisedEdges: 1,
    scheduledEdges: 0,
  },
  ...{
    approvedDenials: 1,
    undecidedDenials: 0,
    unclear: 0,
    expectedDenials: 0,
    newFailures: 2,
    unreadLogs: 0,
    settled: 0,
    opened: 0,
  },
  ...{ unread: 1, complete: false },
};
