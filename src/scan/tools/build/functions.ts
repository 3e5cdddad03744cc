import { balanced } from './collections.ts';
import { closingBracket, splitArguments } from './syntax.ts';

/** A function that a build script defines. */
export interface Definition {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** The expression it gives, or null. */
  readonly result: string | null;
}

/** A parameter, with the expression it has where a call gives none. */
export interface Parameter {
  readonly name: string;
  readonly fallback: string | null;
}

/** How far an argument list or the body of a function is followed. */
const MAX_LINES = 20;
const NAMED = /\b(?:def|fun)\s+(\w+)\s*\(([^)]*)\)/u;
/** `def name = { a, b -> … }` of Groovy. */
const CLOSURE = /^\s*(?:def|val|var)\s+(\w+)\s*=\s*\{\s*((?:\w+\s+)?\w+(?:\s*,\s*(?:\w+\s+)?\w+)*)\s*->\s*(.*)$/u;

/** The definition that a line begins, or null. */
export function definitionAt(code: readonly string[], index: number): Definition | null {
  const line = code[index] ?? '';
  const following = code.slice(index + 1, index + 1 + MAX_LINES);
  const closure = CLOSURE.exec(line);
  if (closure) {
    const own = (closure[3] ?? '').replace(/\}\s*$/u, '').trim();
    const result = own === '' ? resultOf('', following) : own.replace(/^return\s+/u, '');
    return { name: closure[1] ?? '', parameters: parametersOf(closure[2] ?? ''), result };
  }
  // Long lists of parameters have a line for each.
  const head = /[(,]\s*$/u.test(line) ? balanced(line, following).replace(/\s*\n\s*/gu, ' ') : line;
  const [, name, list = ''] = NAMED.exec(head) ?? [];
  return name === undefined ? null : { name, parameters: parametersOf(list), result: resultOf(head, following) };
}

/** `id: String = "x"` of Kotlin and Scala, `String id = 'x'` of Groovy. */
function parametersOf(list: string): readonly Parameter[] {
  return splitArguments(list).flatMap((text) => {
    const name = /(\w+)\s*(?=[:=]|$)/u.exec(text)?.[1];
    const fallback = /^[^=]*[^=!<>]=\s*(?!=)(\S[^]*)$/u.exec(text)?.[1] ?? null;
    return name === undefined ? [] : [{ name, fallback }];
  });
}

/** What a function gives: the expression of its only `return`. */
function resultOf(line: string, following: readonly string[]): string | null {
  const own = /\breturn\s+(.+?)[;}]?\s*\}?\s*$/u.exec(line)?.[1];
  if (own !== undefined) return own;
  const end = following.findIndex((text) => /^\s*(?:def|class|fun)\b|^\}/u.test(text));
  const body = end < 0 ? following : following.slice(0, end);
  const at = body.findIndex((text) => /^\s*return\s+\S/u.test(text));
  const returned = /^\s*return\s+(.+?);?\s*$/u.exec(body[at] ?? '')?.[1];
  if (returned === undefined) return null;
  return /[([+]$/u.test(returned) ? `${returned} ${body.slice(at + 1, at + 5).join(' ')}` : returned;
}

/** Where a call stands: its line, and where its arguments begin in it. */
interface CallPlace {
  readonly row: number;
  readonly start: number;
}

const CALL = /(?<!\b(?:def|fun|class)\s+)\b([A-Za-z_]\w*)\s*\(/gu;
// Scripts of people have far fewer; the bounds keep a hostile one short.
const MAX_PER_LINE = 40;
const MAX_PER_NAME = 200;
const MAX_READ = 4_000;

/** The calls of a script by name, read once however many functions it defines. */
export class ScriptCalls {
  readonly #code: readonly string[];
  readonly #places = new Map<string, CallPlace[]>();
  #read = 0;

  constructor(code: readonly string[]) {
    this.#code = code;
    code.forEach((line, row) => {
      let count = 0;
      for (const match of line.matchAll(CALL)) {
        if ((count += 1) > MAX_PER_LINE) break;
        const places = this.#places.get(match[1] ?? '') ?? [];
        if (places.length < MAX_PER_NAME) places.push({ row, start: match.index + match[0].length });
        this.#places.set(match[1] ?? '', places);
      }
    });
  }

  /** The line of each call outside of `except`, and its arguments. */
  *of(name: string, except: number): Generator<{ readonly line: string; readonly given: readonly string[] }> {
    for (const { row, start } of this.#places.get(name) ?? []) {
      if (row === except) continue;
      if ((this.#read += 1) > MAX_READ) return;
      const line = this.#code[row] ?? '';
      const open = /[(,]\s*$/u.test(line);
      const text = open ? balanced(line, this.#code.slice(row + 1, row + 12)) : line;
      const end = closingBracket(text, start - 1);
      if (end >= 0) yield { line, given: splitArguments(text.slice(start, end)) };
    }
  }
}
