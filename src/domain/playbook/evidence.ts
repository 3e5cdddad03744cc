import { z } from 'zod';
import { durationSchema } from '../duration-schema.ts';
import { count, glob } from './fields.ts';

/** Which projects the rollout is about. */
export const scope = z.strictObject({
  groups: z
    .array(glob)
    .default([])
    .describe('Full paths of groups; projects in their subgroups are in. Empty: everything the token sees.'),
  projects: z.array(glob).default([]).describe('Full paths of single projects outside these groups.'),
  exclude: z
    .array(glob)
    .default([])
    .describe('Path patterns (`acme/lab/**`) that are left alone. Leaving anything out keeps the instance switch off.'),
  archived: z
    .enum(['include', 'exclude'])
    .default('include')
    .describe('Archived projects can still be cloned, so they are callees too.'),
});

/** How long the open organisation is watched. */
export const observe = z.strictObject({
  window: durationSchema
    .prefault('14d')
    .describe('How long the open organisation is watched before anything is decided.'),
  every: durationSchema.prefault('1d').describe('Time between two inventories while observing.'),
  rarestSchedule: durationSchema
    .prefault('100d')
    .describe(
      'A callee waits until schedules of its callers that GitLab knows have come round; those that pause longer than this are named, not waited for.',
    ),
});

/** What counts as having seen an edge, and what is read to see it. */
export const evidence = z.strictObject({
  maxAge: durationSchema.prefault('180d').describe('An edge not seen for longer is stale: no rule approves it.'),
  sources: z
    .array(z.enum(['auth-log', 'scan', 'trace', 'import']))
    .min(1)
    .default(['auth-log', 'scan', 'trace', 'import'])
    .describe('A rule approves only edges that one of these sources has seen. A denial alone never approves.'),
  schedules: z
    .array(
      z.strictObject({
        callers: glob.describe('Path pattern of callers with a known rare job.'),
        every: durationSchema.describe('How often that job runs; a callee it uses is watched at least that long.'),
      }),
    )
    .default([])
    .describe('Known rare schedules.'),
  factsMaxAge: durationSchema
    .prefault('60d')
    .describe(
      'How long a look vouches that a risk fact does not hold. What it found against an edge counts until a later look; looks are taken anew after half of this.',
    ),
  surveys: z
    .strictObject({
      facts: z
        .boolean()
        .default(true)
        .describe(
          'Look up the facts that risk rests on: protected environments, packages and Terraform states of callees, who may push to callers, their forks. Edges without a decision come first.',
        ),
      schedules: z
        .boolean()
        .default(true)
        .describe(
          'Read the pipeline schedules of callers: a rare one that has not come round keeps its callees waiting.',
        ),
      scan: z
        .boolean()
        .default(true)
        .describe('Read CI configuration and the files it uses, and follow what the jobs do there.'),
      traces: count
        .max(20)
        .default(1)
        .describe('Read so many recent successful job logs per caller for the projects they name; 0: none.'),
      requests: z
        .union([count, z.string().regex(/^(100|[1-9]\d?)%$/, 'a whole number of requests, or a share such as 2%')])
        .default('2%')
        .describe(
          'What these looks may take each day: requests, or a share of the projects in scope (at least 200 requests). They go on with the next inventory that comes a day later. 0: none.',
        ),
    })
    .prefault({})
    .describe('Looks at single projects, a few each day, for what the log does not show.'),
});
