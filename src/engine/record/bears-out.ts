import { canonicalForm } from '../planning/plan-hash.ts';

/** Everything that was recorded is stored, with the same value; what is stored besides came with a later version. */
export function bearsOut(stored: unknown, recorded: unknown): boolean {
  if (typeof recorded !== 'object' || recorded === null || Array.isArray(recorded))
    return canonicalForm(stored) === canonicalForm(recorded);
  if (typeof stored !== 'object' || stored === null) return false;
  const members = stored as Readonly<Record<string, unknown>>;
  return Object.entries(recorded).every(([name, value]) => bearsOut(members[name], value));
}
