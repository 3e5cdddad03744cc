import { z } from 'zod';
import type { EvidenceSource } from '../../../domain/edges/evidence.ts';
import type {
  Actor,
  Capabilities,
  Checkpoint,
  FeatureLevels,
  Identity,
  InventorySummary,
  JudgedSweep,
} from '../../../engine/ports.ts';
import type { WriteAction } from '../../../domain/rollout/intent.ts';
import type { HeldCallee, Plan, PlannedCallee, PlannedWave } from '../../../domain/plan/plan.ts';
import type { AllowlistEntry, AllowlistState, EntryTarget, ProjectRef } from '../../../domain/project.ts';
import { epochMs, projectId } from '../../../domain/values.ts';
import type { SoakObservation } from '../../../domain/watch/gate.ts';

/*
 * What JSON columns hold. Strict objects: a field that we do not know would be lost on the way back, and a plan whose
 * fields are lost no longer fits its hash.
 */

const moment = z.number().transform(epochMs);
const id = z.number().int().transform(projectId);
const ref = { id, path: z.string() };
const target = { kind: z.enum(['project', 'group']), id: z.number().int(), path: z.string() };
const permissions = { defaultPermissions: z.boolean(), policies: z.array(z.string()).readonly() };
const entry = z.strictObject({
  ...target,
  ...permissions,
  addedBy: z.string().nullable(),
  createdAt: moment.nullable(),
}) satisfies z.ZodType<AllowlistEntry>;
const targetAndPermissions = z.strictObject({ ...target, ...permissions });

/** A list of texts. */
export const stringsSchema: z.ZodType<readonly string[]> = z.array(z.string()).readonly();

/** Where evidence on an edge came from. */
export const sourcesSchema: z.ZodType<readonly EvidenceSource[]> = z
  .array(z.enum(['auth-log', 'scan', 'trace', 'import', 'denial']))
  .readonly();

/** Who may use which feature of a project; what was not read is missing. */
export const featuresSchema: z.ZodType<FeatureLevels> = z.partialRecord(
  z.enum(['repository', 'builds', 'container_registry', 'package_registry', 'releases', 'environments']),
  z.enum(['enabled', 'private', 'disabled']),
);

const counter = z.number().int().min(0);

/** Not strict: what a later version counts besides is of no use to this one, and nothing hangs on it. */
export const summarySchema: z.ZodType<InventorySummary> = z.object({
  changes: z.object({
    ...{ added: counter, gone: counter, switched: counter, entries: counter, visibility: counter },
    ...{ newEdges: counter, renamed: counter },
    renames: z.array(z.object({ from: z.string(), to: z.string() })).readonly(),
  }),
  requests: counter,
  jobsCountedAt: moment.nullable(),
  lookedAt: moment.nullable().default(null),
});

/** The entries of an allowlist. */
export const entriesSchema: z.ZodType<readonly AllowlistEntry[]> = z.array(entry).readonly();

/** An allowlist as it was read. */
export const allowlistSchema: z.ZodType<AllowlistState> = z.strictObject({
  stored: z.boolean().nullable(),
  effective: z.boolean(),
  entries: entriesSchema,
});

/** `value` and `context` are the engine's: it checks them against the machine that it has. */
export const checkpointSchema: z.ZodType<Checkpoint> = z.strictObject({
  version: z.number().int(),
  value: z.unknown(),
  context: z.unknown(),
});

/** What this GitLab can do. */
export const capabilitiesSchema: z.ZodType<Capabilities> = z.strictObject({
  version: z.string(),
  enterprise: z.boolean().nullable(),
  graphql: z.boolean(),
  authLog: z.boolean(),
  entryPermissions: z.boolean(),
  policies: z.array(z.string()).readonly(),
  pipelineWarnings: z.boolean(),
});

/** Whom the token belongs to and what it may do. */
export const identitySchema: z.ZodType<Identity> = z.strictObject({
  userId: z.number().int(),
  username: z.string(),
  admin: z.boolean(),
  bot: z.boolean(),
  scopes: z.array(z.string()).readonly().nullable(),
  tokenExpiresAt: z.string().nullable(),
  instanceEnforced: z.boolean().nullable(),
});

/** Who did what a row of the ledger tells. */
export const actorSchema: z.ZodType<Actor> = z.strictObject({
  osUser: z.string(),
  gitlabUser: z.string().nullable(),
  ciJob: z.string().nullable(),
});

/** What a row of the ledger holds: any object. */
export const bodySchema: z.ZodType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown());

/** What an intent is to write. */
export const actionSchema: z.ZodType<WriteAction> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('addEntry'),
    entry: targetAndPermissions,
    decisions: z.tuple([z.number().int()], z.number().int()).readonly(),
  }),
  z.strictObject({ kind: z.literal('removeEntry'), entry: targetAndPermissions }),
  z.strictObject({ kind: z.literal('setPermissions'), entry: targetAndPermissions }),
  z.strictObject({ kind: z.literal('restoreEntry'), entry: targetAndPermissions }),
  z.strictObject({ kind: z.literal('enforce') }),
  z.strictObject({ kind: z.literal('reopen') }),
  z.strictObject({ kind: z.literal('setInstance'), enforced: z.boolean() }),
  z.strictObject({ kind: z.literal('openIssue'), project: z.string(), marker: z.string() }),
  z.strictObject({ kind: z.literal('addNote'), project: z.string(), marker: z.string(), note: z.string() }),
]);

const refSchema: z.ZodType<ProjectRef> = z.strictObject(ref);
const targetSchema: z.ZodType<EntryTarget> = z.strictObject(target);

/** A callee of a plan, with what it looked like when planned. */
export const plannedCalleeSchema: z.ZodType<PlannedCallee> = z.strictObject({
  ...ref,
  before: allowlistSchema,
  add: z
    .array(
      z.strictObject({
        ...target,
        ...permissions,
        callers: z.array(refSchema).readonly(),
        widening: z.number().int(),
      }),
    )
    .readonly(),
  relyOn: z.array(targetSchema).readonly(),
  // Plans of before anything was tightened have neither.
  remove: z
    .array(z.strictObject({ ...target, ...permissions, why: z.string() }))
    .readonly()
    .default([]),
  narrow: z
    .array(z.strictObject({ ...target, ...permissions, why: z.string() }))
    .readonly()
    .default([]),
  enforce: z.boolean(),
  approvedCallers: z.number().int(),
  rejectedCallers: z.number().int(),
  risk: z.number(),
  why: z.string(),
  // Plans of before it was said.
  placed: z.string().default(''),
});

/** A callee that a plan leaves out. */
export const heldCalleeSchema: z.ZodType<HeldCallee> = z.strictObject({
  ...ref,
  reason: z.enum([
    'undecided',
    'unread',
    'limit',
    'widening-refused',
    'narrow-entry',
    'no-rights',
    'not-ready',
    'too-many-callers',
  ]),
  detail: z.string(),
});

/** A plan without its hash, its callees and the projects held back: those are rows of their own. */
export type PlanHeader = Omit<Plan, 'hash' | 'createdAt' | 'waves' | 'held'> & {
  readonly waves: readonly Omit<PlannedWave, 'callees'>[];
};

/** A plan without its callees, which have rows of their own. */
export const planHeaderSchema: z.ZodType<PlanHeader> = z.strictObject({
  waves: z
    .array(
      z.strictObject({
        number: z.number().int(),
        kind: z.enum(['pilot', 'wave', 'organisation']),
        instanceSwitch: z.boolean(),
      }),
    )
    .readonly(),
  widening: z.number().int(),
  noSwitchBecause: z.string().nullable(),
  requests: z.number(),
});

const whole = z.number().int().min(0);

/** Numbers that an earlier version did not count are 0, as it judged without them. */
export const observationSchema: z.ZodType<SoakObservation> = z.object({
  ...{ soakedMs: z.number().default(0), jobs: whole, allJobs: whole, approvedEdges: whole.default(0) },
  ...{ dueEdges: whole, exercisedEdges: whole, scheduledEdges: whole.default(0), approvedDenials: whole },
  ...{ undecidedDenials: whole, unclear: whole, expectedDenials: whole, newFailures: whole.default(0) },
  ...{ settled: whole.default(0), opened: whole.default(0) },
  ...{ unreadLogs: whole.default(0), unread: whole, complete: z.boolean() },
});

/** What a wave was judged as. */
export const judgedSchema: z.ZodType<JudgedSweep> = z.object({
  verdict: z.enum(['passed', 'failed', 'inconclusive', 'pending']),
  reasons: stringsSchema,
  seen: observationSchema,
  waitsFor: stringsSchema.default([]),
});
