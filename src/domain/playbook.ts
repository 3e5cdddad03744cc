import { z } from 'zod';
import { durationSchema } from './duration-schema.ts';
import { decisions } from './playbook/decisions.ts';
import { evidence, observe, scope } from './playbook/evidence.ts';
import { count, positive } from './playbook/fields.ts';
import { freeze } from './playbook/freeze.ts';
import { gates } from './playbook/gates.ts';
import { risk } from './playbook/risk.ts';
import { tighten, waves } from './playbook/waves.ts';

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
  notices: z
    .strictObject({
      issues: z
        .enum(['off', 'losing', 'all'])
        .default('off')
        .describe(
          "Open an issue in each callee's project before its wave, saying who keeps access and who loses it. `losing`: only where somebody does.",
        ),
      lead: durationSchema.prefault('2d').describe('Time between these issues and the change.'),
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

/** One rule that decides edges without a person. */
export type Rule = Playbook['decisions']['rules'][number];

/** What a wave has to show before it passes. */
export type GatePolicy = Playbook['gates'];

/** When no wave begins. */
export type FreezePolicy = Playbook['freeze'];
