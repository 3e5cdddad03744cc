import { z } from 'zod';
import { ACCESS_KINDS } from './access/permissions.ts';
import { durationSchema } from './duration-schema.ts';

const glob = z.string().min(1).max(500);
const share = z.number().min(0).max(1);
const positive = z.number().int().min(1);
const count = z.number().int().min(0);

const scope = z.strictObject({
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

const observe = z.strictObject({
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

const evidence = z.strictObject({
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
  surveys: z
    .strictObject({
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

const rule = z.strictObject({
  name: z.string().min(1).max(80),
  when: z
    .strictObject({
      callers: glob.optional().describe('Path pattern of the caller.'),
      callees: glob.optional().describe('Path pattern of the callee.'),
      sameGroup: positive
        .optional()
        .describe('Caller and callee share at least this many leading path segments of groups.'),
      crossRoot: z.boolean().optional().describe('Caller and callee are in different root groups.'),
      seenWithin: durationSchema.optional().describe('Last seen at most this long ago.'),
      access: z.array(z.enum(ACCESS_KINDS)).min(1).optional().describe('Every kind of access seen is one of these.'),
      callerVisibility: z
        .array(z.enum(['private', 'internal', 'public']))
        .min(1)
        .optional(),
    })
    .default({})
    .describe('All that is given must hold. An empty `when` matches every edge.'),
  then: z
    .enum(['approve', 'reject', 'ask'])
    .describe('`ask` leaves the edge to a person even if a later rule would match.'),
  permissions: z
    .enum(['default', 'observed'])
    .default('default')
    .describe('`observed`: only the fine-grained permissions the evidence needs, where GitLab can narrow them.'),
  expires: durationSchema.optional().describe('The approval ends after this time and is to be decided again.'),
  owner: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe('Who answers for what this rule approves: a team or a person, named when it expires or breaks.'),
  reason: z.string().min(1).max(500).describe('Goes into the ledger with each decision of this rule.'),
});

const decisions = z.strictObject({
  undecided: z
    .enum(['wait', 'hold'])
    .default('wait')
    .describe(
      '`wait`: nothing is planned until every edge is decided. `hold`: callees with undecided edges stay open and are left out of the plan.',
    ),
  rules: z
    .array(rule)
    .default([])
    .describe('First match decides. A rule never approves a group entry or an edge known from a denial alone.'),
});

const weight = (points: number, fact: string) => z.number().int().min(0).max(100).default(points).describe(fact);

const risk = z.strictObject({
  maxForRules: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(50)
    .describe('No rule approves an edge whose risk is above this; a person may.'),
  weights: z
    .strictObject({
      writes: weight(25, 'The access may change the callee.'),
      secrets: weight(20, 'It reads Terraform state or secure files.'),
      unknownAccess: weight(5, 'No source tells the kind of access.'),
      crossRoot: weight(20, 'Caller and callee are in different root groups.'),
      personalCaller: weight(30, 'The caller is in a personal namespace.'),
      publicCaller: weight(15, 'The caller is public.'),
      privateCallee: weight(5, 'The callee is private.'),
      archived: weight(10, 'The callee, or the caller, is archived.'),
      stale: weight(15, 'Not seen for half of `evidence.maxAge`.'),
      deniedOnly: weight(30, 'Known from a denial alone.'),
      hub: weight(10, 'The callee has 200 callers or more; fewer count in proportion.'),
      protectedEnvironments: weight(15, 'The callee guards an environment. Looked up by `edges show --look` alone.'),
      packages: weight(5, 'The callee publishes packages. Looked up by `edges show --look` alone.'),
      pushers: weight(10, '50 people or more may push to the caller. Looked up by `edges show --look` alone.'),
      forks: weight(5, 'The caller has forks. Looked up by `edges show --look` alone.'),
      privilegedSchedules: weight(
        15,
        'A schedule of the caller runs as a maintainer of the callee. Looked up by `edges show --look` alone.',
      ),
      groupEntry: weight(10, 'An entry for a group: projects that come later get in as well.'),
      wideGroup: weight(15, 'A group entry without fine-grained permissions.'),
      widening: weight(25, 'Share of the projects a group entry admits that were never seen.'),
      callers: weight(50, 'For the order of waves: 1,000 approved callers; fewer count by their logarithm.'),
      foreignCallers: weight(15, 'For the order of waves: approved callers in other root groups.'),
      openCallee: weight(15, 'For the order of waves: a public or internal callee.'),
      blindLog: weight(10, 'For the order of waves: a log that was cut or not readable.'),
      deepUse: weight(10, 'For the order of waves: uses that change something or read secrets.'),
    })
    .prefault({})
    .describe('Points, 0 to 100, that each fact adds to a risk; the sum is capped at 100.'),
});

const size = z.union([
  positive,
  z.string().regex(/^(100|[1-9]\d?)%$/, 'a whole number of projects, or a share such as 25%'),
]);

const waves = z.strictObject({
  pilot: z
    .strictObject({
      projects: z
        .array(glob)
        .default([])
        .describe('Paths or patterns of pilot callees; empty: chosen by low risk and by the kinds of access in use.'),
      size: positive.default(5).describe('At most this many callees in the pilot.'),
    })
    .prefault({}),
  sizes: z
    .array(size)
    .min(1)
    .default(['10%', '30%', '100%'])
    .describe('Callees per wave after the pilot: numbers, or shares of all callees; the last one repeats.'),
  order: z.enum(['risk', 'path']).default('risk').describe('`risk`: few callers first, hubs last.'),
  maxCallers: positive
    .optional()
    .describe('At most this many different callers are exposed by one wave; a callee with more is held back.'),
  concurrency: positive.max(64).default(4).describe('Callees changed at the same time.'),
  failureTolerance: count.default(0).describe('Callees of a wave that may fail to change before the wave stops.'),
});

const tighten = z.strictObject({
  prune: z
    .boolean()
    .default(false)
    .describe('Take away entries that let in nobody who was seen, or only callers that were refused.'),
  unusedFor: durationSchema
    .prefault('90d')
    .describe('Younger entries are left alone: a job that runs every quarter may need them.'),
  split: z
    .boolean()
    .default(false)
    .describe('Replace a group entry that nobody signed off by entries for the callers it was used by.'),
  narrow: z
    .boolean()
    .default(false)
    .describe('Give entries with default permissions the fine-grained ones that the decisions on their callers name.'),
});

const gates = z.strictObject({
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

const localTime = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, 'a local time such as 2026-12-18T18:00');
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 18:00');

const owned = z
  .array(glob)
  .min(1)
  .optional()
  .describe('Path patterns of callees whose owners asked for it: only waves with one of them wait. Left out: all.');

const freeze = z.strictObject({
  timeZone: z
    .string()
    .default('UTC')
    .refine(isTimeZone, { error: 'no such time zone; write an IANA name such as Europe/Berlin' }),
  windows: z
    .array(
      z.union([
        z.strictObject({ from: localTime, to: localTime, projects: owned, reason: z.string().optional() }),
        z.strictObject({
          days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
          from: timeOfDay.default('00:00'),
          to: timeOfDay.optional().describe('Left out: until midnight.'),
          projects: owned,
          reason: z.string().optional(),
        }),
      ]),
    )
    .default([])
    .describe('No wave starts and no project is enforced within these times. Rollbacks always run.'),
});

const approvals = z.strictObject({
  plan: z.boolean().default(true).describe('A person approves each plan by its hash.'),
  waves: z.enum(['each', 'first', 'none']).default('each').describe('Which waves wait for a person.'),
});

/** A playbook file: how careful a rollout is. Every key has a default; unknown keys are errors. */
export const playbookSchema = z.strictObject({
  name: z.string().min(1).max(80).default('custom'),
  scope: scope.prefault({}),
  observe: observe.prefault({}),
  evidence: evidence.prefault({}),
  decisions: decisions.prefault({}),
  risk: risk.prefault({}),
  waves: waves.prefault({}),
  tighten: tighten
    .prefault({})
    .describe(
      'What else changes where a list is enforced already. Everything is tried by a soak and can be rolled back.',
    ),
  gates: gates.prefault({}),
  freeze: freeze.prefault({}),
  approvals: approvals.prefault({}),
  onFailed: z
    .enum(['rollback', 'hold'])
    .default('rollback')
    .describe('What happens to a wave whose verdict is failed.'),
  onInconclusive: z
    .strictObject({
      then: z
        .enum(['extend', 'wait'])
        .default('extend')
        .describe('`extend`: soak again, at most `extensions` times, then wait for a person.'),
      extensions: count.default(2),
    })
    .prefault({}),
  limits: z
    .strictObject({
      projectEntries: positive.max(200).default(200).describe("GitLab's own limit is 200."),
      groupEntries: count.max(200).default(200).describe("GitLab's own limit is 200, counted separately."),
    })
    .prefault({}),
  organisation: z
    .strictObject({
      instanceSwitch: z
        .boolean()
        .default(true)
        .describe('Set the switch of the whole instance at the end, where the token is an administrator’s.'),
    })
    .prefault({}),
  ledger: z
    .strictObject({
      anchorIssue: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Path of a project: whenever something was done or ordered, the last hash of the ledger is added to an issue there.',
        ),
    })
    .prefault({}),
  guard: z
    .strictObject({
      every: durationSchema.prefault('1d').describe('Time between two looks for drift once everything is enforced.'),
    })
    .prefault({}),
});

/** A checked playbook, durations in milliseconds. */
export type Playbook = z.output<typeof playbookSchema>;
export type Rule = Playbook['decisions']['rules'][number];
export type GatePolicy = Playbook['gates'];
export type FreezePolicy = Playbook['freeze'];

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
