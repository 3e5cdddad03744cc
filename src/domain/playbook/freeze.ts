import { z } from 'zod';
import { glob } from './fields.ts';

const localTime = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, 'a local time such as 2026-12-18T18:00');
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 18:00');

const owned = z
  .array(glob)
  .min(1)
  .optional()
  .describe('Path patterns of callees whose owners asked for it: only waves with one of them wait. Left out: all.');

/** When nothing is enforced. */
export const freeze = z.strictObject({
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

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
