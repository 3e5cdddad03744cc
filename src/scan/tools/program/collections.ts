import { arguments_ } from './syntax.ts';

/** Lists and mappings of a program, as far as they hold literals. */
export interface Collection {
  /** Elements of a list, values of a mapping. */
  readonly values: readonly string[];
  readonly keys: readonly string[];
  /** n-th parts of pairs and tuples in a list. */
  readonly columns: readonly (readonly string[])[];
  /** Values by the key they stand under, in whatever mapping of the collection. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const OPENS = /^\s*(?:[[{(]|@[({]|%w[[({]|(?:listOf|arrayOf|setOf|mapOf|mutableMapOf|array|new Map)\s*\()/u;
const LITERAL = String.raw`(?:[fFrRbBuU]{0,2}"(?:[^"\\\n]|\\.)*"|[fFrRbBuU]{0,2}'(?:[^'\\\n]|\\.)*'|\x60[^\x60]*\x60)`;
const PAIR = new RegExp(`(${LITERAL}|:?[A-Za-z_]\\w*)\\s*(?::(?!:)|=>|=(?!=)|\\bto\\b)\\s*(${LITERAL}|\\d+\\b)`, 'gu');
const VALUE = new RegExp(`${LITERAL}|(?<![\\w.])\\d+\\b`, 'gu');
const TUPLE = new RegExp(`[([]\\s*((?:${LITERAL}|\\d+)(?:\\s*,\\s*(?:${LITERAL}|\\d+))+)\\s*,?\\s*[)\\]]`, 'gu');
const MAX_LINES = 200;

export const startsCollection = (text: string): boolean => OPENS.test(text);

/** The text from an opening bracket to its end, over as many lines as it takes. */
export function balanced(first: string, following: readonly string[]): string {
  let text = first;
  for (const line of following.slice(0, MAX_LINES)) {
    const bare = text.replace(new RegExp(LITERAL, 'gu'), '');
    const open = (bare.match(/[[({]/gu)?.length ?? 0) - (bare.match(/[\])}]/gu)?.length ?? 0);
    if (open <= 0) break;
    text += `\n${line}`;
  }
  return text;
}

/** Reads a collection; null when it holds no literal. `evaluate` gives the values of one literal. */
export function readCollection(text: string, evaluate: (literal: string) => readonly string[]): Collection | null {
  if (/^\s*%w/u.test(text)) {
    const words = (/^\s*%w[[({]([^\])}]*)/u.exec(text)?.[1] ?? '').split(/\s+/u).filter((word) => word !== '');
    return { values: words, keys: [], columns: [], fields: new Map() };
  }
  const pairs = [...text.matchAll(PAIR)];
  if (pairs.length > 0) return mapping(pairs, evaluate);
  const tuples = [...text.replace(/^\s*[[({]/u, '').matchAll(TUPLE)].map((match) =>
    [...(match[1] ?? '').matchAll(VALUE)].map(([literal]) => evaluate(literal)[0] ?? ''),
  );
  const flat = /^\s*(?:@?[[(]|(?:listOf|arrayOf|setOf)\s*\()([^[({]*(?:\[\d+\][^[({]*)*)[\])]/u.exec(text)?.[1];
  const values =
    flat === undefined
      ? [...text.matchAll(VALUE)].flatMap(([literal]) => evaluate(literal))
      : arguments_(flat).flatMap((element) => evaluate(element));
  if (values.length === 0) return null;
  const width = Math.max(0, ...tuples.map((tuple) => tuple.length));
  const columns = Array.from({ length: width }, (_, column) => tuples.map((tuple) => tuple[column] ?? ''));
  return { values, keys: [], columns, fields: new Map() };
}

function mapping(pairs: readonly RegExpMatchArray[], evaluate: (literal: string) => readonly string[]): Collection {
  const keys: string[] = [];
  const values: string[] = [];
  const fields = new Map<string, readonly string[]>();
  for (const [, rawKey = '', rawValue = ''] of pairs) {
    const key = /^["'`]/u.test(rawKey) ? (evaluate(rawKey)[0] ?? '') : rawKey.replace(/^:/u, '');
    const found = evaluate(rawValue);
    keys.push(key);
    values.push(...found);
    fields.set(key, [...(fields.get(key) ?? []), ...found]);
  }
  return { values, keys, columns: [], fields };
}
