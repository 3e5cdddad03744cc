import { printable } from '../domain/redact.ts';
import { isoTime, type EpochMs } from '../domain/values.ts';

/** Longest text that a report takes over from outside: a name, a reason, a line of a log. */
const LONGEST = 1_000;

/**
 * One line of foreign text, without control characters, marks that reorder text, and lone surrogates. What is longer than
 * a thousand characters is cut, visibly.
 */
export function plain(text: string): string {
  const line = printable(text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ')).toWellFormed();
  return line.length > LONGEST ? `${line.slice(0, LONGEST).toWellFormed()}…` : line;
}

/** The same for a text that may be missing. */
export const plainOrNull = (text: string | null): string | null => (text === null ? null : plain(text));

/** The same for a moment that may be missing. */
export const timeOrNull = (moment: EpochMs | null): string | null => (moment === null ? null : isoTime(moment));

/** The order of code units: the same on every machine, whatever its language. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `1 wave`, `2 waves`, `1,234 entries`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** A whole number with commas between the thousands, as GitLab's English pages write it. */
export const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `2026-03-02T08:00:00Z` → `2026-03-02 08:00`, for people; the report says once that times are UTC. */
export const shortTime = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;

/** The part of a whole in percent, never rounded up to all or down to nothing. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const share = (part / whole) * 100;
  if (share > 0 && share < 1) return '<1 %';
  if (share > 99 && share < 100) return '>99 %';
  return `${Math.round(share)} %`;
}
