import picomatch from 'picomatch';
import { matchesPattern } from './shell/pattern.ts';

/** With more of them a backtracking matcher may need minutes for one path. */
const MAX_WILDCARDS = 3;

/** Says which paths a pattern matches; `dot`: also parts that start with a dot. Takes little time for any pattern. */
export function globMatcher(pattern: string, dot: boolean): (path: string) => boolean {
  if ((pattern.match(/[*?]+/gu)?.length ?? 0) <= MAX_WILDCARDS && !/[@+!?*]\(/u.test(pattern))
    return picomatch(pattern, { dot });
  const globs = pattern.replace(/^\.?\//u, '').split('/');
  return (path) => matchesParts(globs, path.split('/'), dot);
}

/** Part by part; `**` takes any number of them. Every pair of positions is looked at once. */
function matchesParts(globs: readonly string[], parts: readonly string[], dot: boolean): boolean {
  let reached: readonly boolean[] = Array.from({ length: parts.length + 1 }, (_, index) => index === 0);
  for (const glob of globs) {
    const next = Array.from({ length: parts.length + 1 }, () => false);
    for (let index = 0; index <= parts.length; index += 1) {
      const part = parts[index];
      const hidden = part?.startsWith('.') === true && !dot && !glob.startsWith('.');
      if (glob === '**')
        next[index] =
          reached[index] === true ||
          (index > 0 && next[index - 1] === true && (dot || !parts[index - 1]?.startsWith('.')));
      else if (reached[index] === true && part !== undefined && !hidden && matchesPattern(part, glob))
        next[index + 1] = true;
    }
    reached = next;
  }
  return reached[parts.length] === true;
}
