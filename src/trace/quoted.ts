import { samePath } from '../domain/values.ts';

// What stands before a sentence where a program shows text instead of meeting a refusal: a position in a file, a diff,
// a failed assertion, a string in source code, an echoed command.
const SHOWN =
  /^\s{0,20}(?:\d{1,6}[:|-]\s{0,4})?[\w./\\-]{1,200}\.[A-Za-z]{1,8}[:-]\d{1,6}\b|^\s{0,12}(?:[-+>#*]|E\s{2})\s|^\s{0,12}\+{1,4} |\b(?:assert\w{0,20}|expect\w{0,3}|received|actual|should|echo|printf|print|grep|matches|toEqual|toContain|want|got)\b\W|Context: |`[^`]{0,120}$|(?:\s=\s{0,2}|\()["'](?:remote: |\{\\?["']message)/i;
// What stands before it where a client passes on what GitLab said.
const PASSED_ON =
  /remote:\s|\b40[13]\b|forbidden|unauthorized|message|response|error|denied|gitlab|server says|stderr|fatal/i;
// The opening of a JSON body, a tuple or a byte string: nothing stands before the sentence.
const OPENING = /^[\s{[("'\\b|:]*$/;

/**
 * Tells a sentence that a client passed on from one that a job merely prints (documentation, fixtures, search results).
 *
 * @param before - the text of the line in front of the sentence
 * @param from - the caller that the sentence names, last path segment; null where it names none
 */
export function isShown(before: string, from: string | null, callerPath: string): boolean {
  if (from !== null && callerPath !== '' && !namesCaller(from, callerPath)) return true;
  if (SHOWN.test(before)) return true;
  return !OPENING.test(before) && !PASSED_ON.test(before);
}

function namesCaller(from: string, callerPath: string): boolean {
  return samePath(from, callerPath) || samePath(from, callerPath.split('/').at(-1) ?? '');
}
