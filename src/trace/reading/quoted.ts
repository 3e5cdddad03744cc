import { samePath } from '../../domain/values.ts';

// What stands before a sentence where a program shows text instead of meeting a refusal: a diff, a failed assertion, a
// string in source code, an echoed command. (A backtick after `in` opens the name of a method in a frame of Ruby's.)
const SHOWN =
  /^\s{0,12}(?:[-+>#*]|E\s{2})\s|^\s{0,12}\+{1,4} |\b(?:assert\w{0,20}|expect\w{0,3}|received|actual|should|echo|printf|print|grep|matches|toEqual|toContain|want|got)\b\W|Context: |(?<!\bin )`[^`]{0,120}$|(?:\s=\s{0,2}|\()["'](?:remote: |\{\\?["']message)/i;
// A position in a file: of a search result, or of the line that raised an error.
const POSITION = /^\s{0,20}(?:\d{1,6}[:|-]\s{0,4})?([\w./\\-]{1,200}\.[A-Za-z]{1,8})[:-]\d{1,6}\b/;
const WRITTEN_DOWN = /test|spec|fixture|mock|snap|\.(?:md|txt|rst|adoc|html?|json|ya?ml|log)$/i;
// A server that the job runs itself.
const LOOPBACK = /\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/;
// What stands before it where a client passes on what GitLab said.
const PASSED_ON =
  /remote:\s|\b40[13]\b|forbidden|unauthorized|message|response|error|denied|gitlab|server says|stderr|fatal/i;
// The opening of a JSON body, a tuple or a byte string: nothing stands before the sentence.
const OPENING = /^[\s{[("'\\b|:]*$/;

/**
 * Tells a sentence that a client passed on from one that a job merely prints (documentation, fixtures, search results).
 *
 * @param before - the text of the line in front of the sentence
 */
export function isShown(before: string): boolean {
  if (SHOWN.test(before) || LOOPBACK.test(before)) return true;
  const position = POSITION.exec(before);
  if (position) return WRITTEN_DOWN.test(position[1] ?? '') || !/\b40[13]\b/.test(before.slice(position[0].length));
  return !OPENING.test(before) && !PASSED_ON.test(before);
}

// The mark that a tool (opam) puts in front of each line of what git said; of a comment only what follows it tells.
const MARKED = /^# remote:\s{1,4}$/;
// Commands that show files: what they print is text.
const SHOWS_FILES = /^\s*(?:cat|head|tail|sed|awk|grep|less|more|bat|git (?:diff|show|log|grep|blame))\b/;

/**
 * Whether git's words may stand behind a mark of the tool that ran it.
 *
 * @param before - the text of the line in front of the sentence
 * @param command - the command of the script that printed it
 */
export function isMarkedOutput(before: string, command: string): boolean {
  return MARKED.test(before) && !SHOWS_FILES.test(command);
}

/**
 * Whether the project that a sentence calls the caller is this one.
 *
 * @param from - last segment of its path or the whole of it
 */
export function namesCaller(from: string, callerPath: string): boolean {
  return samePath(from, callerPath) || samePath(from, callerPath.split('/').at(-1) ?? '');
}
