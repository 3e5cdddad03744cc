/**
 * Values are plain strings in which a few private-use characters stand for what is not text. String operations of the
 * shell (prefix removal, `sed`, concatenation) then carry them along without knowing of them.
 */
export const TOKEN = '\uE000';
/** The caller's own numeric id, where the inventory does not tell it. */
export const OWN_ID = '\uE001';
/** The instance's registry host, where the context does not tell it. */
export const REGISTRY = '\uE002';
/** Somewhere in this value a replaceable default was taken. */
export const LIKELY = '\uE003';
const SECRET_OPEN = '\uE004';
const UNKNOWN_OPEN = '\uE005';
const CLOSE = '\uE006';

const ANY_MARK = /[\uE000-\uE1FF]/gu;
const OPAQUE = /[\uE004\uE005]([^\uE004-\uE006]*)\uE006?/gu;
// Inside a mark the expression is shifted out of ASCII: a slash or a space of it must not split a path or a word.
const SHIFT = 0xe100;

/** A stored secret, which is not the job token. */
export const secret = (name: string): string => `${SECRET_OPEN}${inner(name)}${CLOSE}`;
/** A value that only a running job knows; the expression is kept for the report. */
export const unknown = (expression: string): string => `${UNKNOWN_OPEN}${inner(expression)}${CLOSE}`;

/** The job token stands in it. */
export const hasToken = (value: string): boolean => value.includes(TOKEN);
/** Part of it is not known from the files, or is a secret. */
export const hasUnknown = (value: string): boolean => value.includes(UNKNOWN_OPEN) || value.includes(SECRET_OPEN);
/** It holds only where nobody sets another value. */
export const isLikely = (value: string): boolean => value.includes(LIKELY);
/** The value itself, for comparing it or for looking it up. */
export const withoutLikely = (value: string): string => value.replaceAll(LIKELY, '');

/** Text of a file must not be able to forge a mark. */
export const cleanse = (text: string): string => text.replace(ANY_MARK, '\uFFFD');

/** Nor must an escape of JSON, YAML or TOML; the text keeps its length. */
export const withoutForged = (text: string): string => text.replace(/(\\(?:u|U0000))[eE][01][\da-fA-F]{2}/gu, '$1FFFD');

/** A value as a person would write it: variables by name, the token as `$CI_JOB_TOKEN`; at most 200 characters. */
export function readable(value: string): string {
  const text = value
    .replace(OPAQUE, (_, name: string) => named(unshifted(name)))
    .replaceAll(TOKEN, '$CI_JOB_TOKEN')
    .replaceAll(OWN_ID, '$CI_PROJECT_ID')
    .replaceAll(REGISTRY, '$CI_REGISTRY')
    .replaceAll(LIKELY, '');
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}

const named = (expression: string): string => (/^\w+$/u.test(expression) ? `\${${expression}}` : expression);

function inner(text: string): string {
  const plain = readable(text).slice(0, 120);
  return plain.replace(/[\0-\x7F]/gu, (char) => String.fromCharCode(SHIFT + char.charCodeAt(0)));
}

function unshifted(text: string): string {
  return text.replace(/[\uE100-\uE17F]/gu, (char) => String.fromCharCode(char.charCodeAt(0) - SHIFT));
}
