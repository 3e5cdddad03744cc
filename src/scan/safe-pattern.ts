/** A regular expression with the longest text on which it ends soon, whatever both of them are. */
export interface SafePattern {
  readonly regex: RegExp;
  readonly longest: number;
}

const MAX_SOURCE = 200;
/** Longest text by the number of repetitions, each of which may cost a factor of the text's length. */
const LONGEST = [20_000, 4_000, 700, 200, 80];
/** So many optional parts count as one repetition: each of them may double the work. */
const OPTIONAL_PARTS = 4;

/**
 * Compiles a pattern of a file for text of a file. Backtracking is bounded by refusing repeated groups and back
 * references, and by a length of text that fits the number of repetitions. Null for a pattern that is refused or broken.
 */
export function safePattern(source: string, flags = ''): SafePattern | null {
  if (source.length > MAX_SOURCE || /\\[1-9]|\)[*+{]/u.test(source)) return null;
  const repetitions = source.match(/(?<!\\)(?:[*+]|\{\d)/gu)?.length ?? 0;
  const optional = source.match(/(?<![\\(*+?}])\?/gu)?.length ?? 0;
  const longest = LONGEST[repetitions + Math.floor(optional / OPTIONAL_PARTS)];
  if (longest === undefined) return null;
  try {
    return { regex: new RegExp(source, flags), longest };
  } catch {
    return null;
  }
}
