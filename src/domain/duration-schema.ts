import { z } from 'zod';
import { parseDuration } from './values.ts';

/** A duration in a file: text `N[smhdw]` in, milliseconds out. */
export const durationSchema = z.string().transform((text, issue) => {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  issue.addIssue({
    code: 'custom',
    message: `"${text}" is no duration; write a whole number and one of s m h d w, such as 14d`,
  });
  return z.NEVER;
});
