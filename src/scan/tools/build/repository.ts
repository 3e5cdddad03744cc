import { closingBracket } from './syntax.ts';

/** Where a block begins that holds one Maven repository, and a repository that is only an address. */
const HEAD = /\bmaven\s*(?:\([^(){}]*(?:\([^(){}]*\))?[^(){}]*\)\s*)?$/u;
const PLAIN = /\bmaven\s*\(\s*(?:url\s*=\s*)?(?:uri\s*\(\s*)?["'][^"']*["']\s*\)?\s*\)\s*(?!\s*\{)$/u;
/** Settings of a repository that give no login. */
const SETTING =
  /^(?:(?:set)?[nN]ame|(?:set)?[uU]rl|(?:isA|a)llowInsecureProtocol|artifactUrls|(?:mavenC|c)ontent|metadataSources|\w*(?:Group|Module|Version)\w*|releasesOnly|snapshotsOnly|mavenPom|artifact|gradleMetadata|ignoreGradleMetadataRedirection)\b/u;
/** Logins may be given to repositories that stand elsewhere in the script. */
const FOR_ALL = /\b(?:withType|configureEach|whenObjectAdded|repositories\s*\.\s*(?:all|each|forEach|onEach))\b/u;

/**
 * Whether the address on a line is that of a Maven repository which is given no login: Gradle sends none then, whatever
 * other repositories of the script are given.
 *
 * @param code - the script without comments
 * @param row - the line of the address, from 0
 */
export function isAnonymous(code: readonly string[], row: number): boolean {
  const line = code[row] ?? '';
  const column = Math.max(0, line.search(/https?:|\burl\b|\bsetUrl\b/u));
  const block = blockAround(code.join('\n'), code.slice(0, row).join('\n').length + (row > 0 ? 1 : 0) + column);
  return block === null ? PLAIN.test(line.trim()) : isBare(block);
}

/** Whether a script gives a login to repositories that stand elsewhere, also in other scripts of the build. */
export const givesLoginToAll = (text: string): boolean => FOR_ALL.test(text) && /credentials/iu.test(text);

/** Text of the `maven { … }` block that is the innermost one around a place, or null. */
function blockAround(text: string, place: number): string | null {
  let depth = 0;
  for (let at = place - 1; at >= 0; at -= 1) {
    const char = text.charAt(at);
    if (char === '}') depth += 1;
    else if (char === '{' && (depth -= 1) < 0) {
      const end = closingBracket(text, at);
      return end > 0 && HEAD.test(text.slice(Math.max(0, at - 300), at)) ? text.slice(at + 1, end) : null;
    }
  }
  return null;
}

/** Every statement is a setting that gives no login; a line that begins otherwise may be anything. */
const isBare = (block: string): boolean =>
  block
    .split(/[\n;{}]/u)
    .map((statement) => statement.trim())
    .every((statement) => /^[\])]*$/u.test(statement) || SETTING.test(statement));
