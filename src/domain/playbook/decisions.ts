import { z } from 'zod';
import { ACCESS_KINDS } from '../access/permissions.ts';
import { durationSchema } from '../duration-schema.ts';
import { glob, positive } from './fields.ts';

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

/** Decisions name the rule that made them, and filters find it without regard to case: one name, one rule. */
function refuseNamesakes(rules: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const first = new Map<string, number>();
  for (const [index, { name }] of rules.entries()) {
    const key = name.trim().toLowerCase();
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, index);
    else {
      const message = `${JSON.stringify(name)} is the name of decisions.rules[${earlier}] already; a decision has to name one rule`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    }
  }
}

/** The rules that decide on edges, and what becomes of the undecided ones. */
export const decisions = z.strictObject({
  undecided: z
    .enum(['wait', 'hold'])
    .default('wait')
    .describe(
      '`wait`: nothing is planned until every edge is decided. `hold`: callees with undecided edges stay open and are left out of the plan.',
    ),
  rules: z
    .array(rule)
    .superRefine(refuseNamesakes)
    .default([])
    .describe('First match decides. A rule never approves a group entry or an edge known from a denial alone.'),
});
