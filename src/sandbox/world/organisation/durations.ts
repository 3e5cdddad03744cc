const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A whole number and one of `s m h d w`. */
export const DURATION_PATTERN = /^(\d{1,9})([smhdw])$/;

/**
 * Milliseconds of a duration text such as `6h` or `45d`.
 * @throws {RangeError} when the text is no duration; check with {@link DURATION_PATTERN} first
 */
export function durationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  const unit = match?.[2];
  if (match?.[1] === undefined || unit === undefined) throw new RangeError(`no duration: ${text}`);
  return Number(match[1]) * UNITS[unit as keyof typeof UNITS];
}
