import { balanced } from './collections.ts';
import { arguments_, closingBracket } from './syntax.ts';

/** Where a call stands: its line, and where its arguments begin in it. */
interface CallPlace {
  readonly row: number;
  readonly start: number;
}

const CALL = /(?<!\b(?:def|fun|func|function|class)\s+)\b([A-Za-z_]\w*)(?:\.new)?\s*\(/gu;
// Programs of people have far fewer; the bounds keep a hostile one short.
const MAX_PER_LINE = 40;
const MAX_PER_NAME = 200;
const MAX_READ = 4_000;

/** The calls of a program by name, read once however many functions it defines. */
export class ProgramCalls {
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
      if (end >= 0) yield { line, given: arguments_(text.slice(start, end)) };
    }
  }
}
