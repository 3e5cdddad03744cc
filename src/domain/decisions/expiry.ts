import { epochMs, parseDuration, type EpochMs } from '../values.ts';

/** When an approval ends, as a person writes it: `2027-03-01`, `2027-03-01T12:00:00Z`, or `365d` from now; null: none of these. */
export function expiryOf(text: string, now: EpochMs): EpochMs | null {
  const ms = parseDuration(text);
  const moment = ms === null ? isoMoment(text) : now + ms;
  return moment === null ? null : epochMs(moment);
}

function isoMoment(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text)) return null;
  const moment = Date.parse(text);
  // The 31st of a shorter month would quietly become the 1st of the next.
  return Number.isNaN(moment) || !new Date(moment).toISOString().startsWith(text.slice(0, 10)) ? null : moment;
}
