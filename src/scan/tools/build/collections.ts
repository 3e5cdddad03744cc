import { splitArguments } from './syntax.ts';

/** A list or map of a build script, as far as it holds literals. */
export interface Collection {
  /** Elements of a list, values of a map. */
  readonly values: readonly string[];
  readonly keys: readonly string[];
  /** n-th parts of the lists in a list: `[['core', 751], ['ui', 752]]`. */
  readonly columns: readonly (readonly string[])[];
  /** Values by the key they stand under. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const LIST_OF = String.raw`(?:(?:mutable)?(?:list|set)Of|arrayOf|List|Seq|Set|Vector)`;
const OPENS = new RegExp(String.raw`^\s*(?:\[|(?:${LIST_OF}|(?:mutable)?mapOf|Map)\s*\()`, 'u');
const LITERAL = String.raw`(?:[sf]?"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`;
const PAIR = new RegExp(String.raw`(${LITERAL}|[A-Za-z_]\w*)\s*(?::|->|\bto\b)\s*(${LITERAL}|\d+\b)`, 'gu');
const VALUE = new RegExp(String.raw`${LITERAL}|(?<![\w.])\d+\b`, 'gu');
const TUPLE = new RegExp(String.raw`[([]\s*((?:${LITERAL}|\d+)(?:\s*,\s*(?:${LITERAL}|\d+))+)\s*,?\s*[)\]]`, 'gu');
const FLAT = new RegExp(String.raw`^\s*(?:\[|${LIST_OF}\s*\()([^[({]*(?:\[\d+\][^[({]*)*)[\])]`, 'u');
const MAX_LINES = 200;

/** A list or map of literals begins here. */
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
  const pairs = [...text.matchAll(PAIR)];
  if (pairs.length > 0) return mapping(pairs, evaluate);
  const rows = [...text.replace(/^\s*[[(]/u, '').matchAll(TUPLE)].map(([, row = '']) =>
    [...row.matchAll(VALUE)].map(([literal]) => evaluate(literal)[0] ?? ''),
  );
  const flat = FLAT.exec(text)?.[1];
  const values =
    flat === undefined
      ? [...text.matchAll(VALUE)].flatMap(([literal]) => evaluate(literal))
      : splitArguments(flat).flatMap((element) => evaluate(element));
  if (values.length === 0) return null;
  const width = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? ''));
  return { values, keys: [], columns, fields: new Map() };
}

function mapping(pairs: readonly RegExpMatchArray[], evaluate: (literal: string) => readonly string[]): Collection {
  const keys: string[] = [];
  const values: string[] = [];
  const fields = new Map<string, readonly string[]>();
  for (const [, rawKey = '', rawValue = ''] of pairs) {
    const key = rawKey.replace(/^[sf]?(["'])(.*)\1$/u, '$2');
    const found = evaluate(rawValue);
    keys.push(key);
    values.push(...found);
    fields.set(key, [...(fields.get(key) ?? []), ...found]);
  }
  return { values, keys, columns: [], fields };
}
