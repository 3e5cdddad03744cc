import { z } from 'zod';
import { durationSchema } from '../duration-schema.ts';
import { count, share } from './fields.ts';

/** How a wave is watched, and what it must show to pass. */
export const gates = z.strictObject({
  soak: durationSchema.prefault('7d').describe('How long a wave is watched.'),
  sweepEvery: durationSchema.prefault('6h').describe('Time between two looks at failed jobs.'),
  sweepScopeEvery: durationSchema
    .prefault('1d')
    .describe(
      'How often every project in scope is asked, and not the known callers alone: finds callers nobody knew. The last look of a soak always asks all.',
    ),
  minJobs: count.default(20).describe('Jobs of known callers that must have run; fewer make the verdict inconclusive.'),
  minExercised: share
    .default(0.5)
    .describe(
      'Share of the approved edges, of those seen within one soak before the wave, that must have been used again since.',
    ),
  maxApprovedDenials: count.default(0).describe('Denials of approved edges that do not fail the wave yet.'),
  maxUndecidedDenials: count
    .default(0)
    .describe('Denials of edges nobody has decided on that do not fail the wave yet.'),
  maxNewFailures: share
    .default(0.05)
    .describe(
      "Share of the known callers' jobs that may fail although the same job always passed before the wave. More of them make the verdict inconclusive, whatever their logs say.",
    ),
  maxDeniedShare: share.default(0.01).describe('Share of all jobs in scope that may be denied, whatever the reason.'),
});
