import { LIKELY } from '../../marks.ts';
import type { Value } from '../values.ts';
import { native } from '../values.ts';

const DIRECTIVE = /^\/\/go:embed[ \t]+(\S[^\n]*)$/u;
const VARIABLE = /^\s*(?:var\s+)?(\w+)\s+(string|\[\]byte|embed\.FS)\b/u;

/**
 * Variables of a Go file that the compiler fills with files: `//go:embed list.txt` stands before its variable.
 *
 * @param read the text of a file beside the source, or null
 */
export function embeddedFiles(
  lines: readonly string[],
  read: (path: string) => string | null,
): readonly (readonly [name: string, value: Value])[] {
  const found: (readonly [string, Value])[] = [];
  let patterns: readonly string[] = [];
  for (const line of lines) {
    const directive = DIRECTIVE.exec(line)?.[1];
    if (directive !== undefined) patterns = directive.trim().split(/\s+/u);
    else if (patterns.length > 0 && !/^\s*(?:\/\/|$)/u.test(line)) {
      const [, name, type] = VARIABLE.exec(line) ?? [];
      const text = type === 'embed.FS' ? null : read(patterns[0]?.replace(/^["'`]|["'`]$/gu, '') ?? '');
      if (name !== undefined && type === 'embed.FS') found.push([name, native('embed.FS')]);
      else if (name !== undefined && text !== null) found.push([name, text + LIKELY]);
      patterns = [];
    }
  }
  return found;
}
