import { z } from 'zod';

const weight = (points: number, fact: string) => z.number().int().min(0).max(100).default(points).describe(fact);

/** What makes an edge or a callee risky, and how risky an edge a rule may approve. */
export const risk = z.strictObject({
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
      protectedEnvironments: weight(15, 'The callee guards an environment. Looked up, as the next five.'),
      terraformStates: weight(10, 'The callee keeps a Terraform state.'),
      packages: weight(5, 'The callee publishes packages.'),
      pushers: weight(10, '50 people or more may push to the caller.'),
      forks: weight(5, 'The caller has forks.'),
      privilegedSchedules: weight(15, 'A schedule of the caller runs as a maintainer of the callee.'),
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
