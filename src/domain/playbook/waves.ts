import { z } from 'zod';
import { durationSchema } from '../duration-schema.ts';
import { count, glob, positive } from './fields.ts';

const size = z.union([
  positive,
  z.string().regex(/^(100|[1-9]\d?)%$/, 'a whole number of projects, or a share such as 25%'),
]);

/** In which order and how many callees change at once. */
export const waves = z.strictObject({
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

/** What else changes where a list is enforced already. */
export const tighten = z.strictObject({
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
