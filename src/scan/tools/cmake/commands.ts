import type { Line } from '../../shell/state.ts';
import type { Origin } from '../../types.ts';

/** One argument as written; quotes are gone, `${…}` is not. */
export interface CmakeWord {
  readonly text: string;
  readonly quoted: boolean;
  /** Within `[[…]]` nothing is expanded. */
  readonly literal: boolean;
  readonly at: Origin;
}

/** `name(argument …)`. */
export interface CmakeCommand {
  /** In lower case, as CMake does not tell cases apart. */
  readonly name: string;
  readonly words: readonly CmakeWord[];
  readonly at: Origin;
}

const MAX_TEXT = 1_000_000;
const BRACKET = /\[(=*)\[\n?/uy;
const QUOTED = /"((?:[^"\\]|\\[^])*)"/uy;
const BARE = /(?:[^\s()#"\\]|\\[^]|"[^"\n]*")+/uy;

/** Reads a lists file, in time that is linear in its length. */
export function readCommands(lines: readonly Line[]): readonly CmakeCommand[] {
  const found: { name: string; words: CmakeWord[]; at: Origin }[] = [];
  let depth = 0;
  let before: CmakeWord | null = null;
  for (const token of new Lexer(lines).tokens()) {
    if (token.text === '(' && token.paren && depth === 0) {
      found.push({ name: (before?.text ?? '').toLowerCase(), words: [], at: before?.at ?? token.at });
      depth = 1;
    } else if (token.paren) {
      depth = Math.max(0, depth + (token.text === '(' ? 1 : -1));
      if (depth > 0) found.at(-1)?.words.push(token);
    } else if (depth > 0) found.at(-1)?.words.push(token);
    else before = token;
  }
  return found;
}

interface Token extends CmakeWord {
  readonly paren: boolean;
}

class Lexer {
  readonly #text: string;
  readonly #lines: readonly Line[];
  readonly #found: Token[] = [];
  /** Ends that were looked for in vain: none of them comes later either. */
  readonly #endless = new Set<string>();
  #at = 0;
  #row = 0;

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
    this.#text = lines
      .map((line) => line.text)
      .join('\n')
      .slice(0, MAX_TEXT);
  }

  tokens(): readonly Token[] {
    while (this.#at < this.#text.length) this.#step();
    return this.#found;
  }

  #step(): void {
    const char = this.#text.charAt(this.#at);
    if (char === '#') this.#comment();
    else if (char === '(' || char === ')') this.#add(char, 1, { literal: true, paren: true });
    else if (/\s/u.test(char)) this.#skip(1);
    else if (char === '[' && this.#bracket() !== null) {
      const { inside, length } = this.#bracket() ?? { inside: '', length: 1 };
      this.#add(inside, length, { quoted: true, literal: true });
    } else {
      const quoted = this.#match(QUOTED);
      const bare = quoted ? null : this.#match(BARE);
      if (quoted) this.#add(unescaped((quoted[1] ?? '').replace(/\\\n/gu, '')), quoted[0].length, { quoted: true });
      else if (bare) this.#add(unescaped(bare[0]), bare[0].length, {});
      else this.#skip(1);
    }
  }

  #comment(): void {
    this.#at += 1;
    const block = this.#bracket();
    const end = this.#text.indexOf('\n', this.#at);
    this.#skip(block?.length ?? (end < 0 ? this.#text.length : end) - this.#at);
  }

  /** `[[…]]` or `[==[…]==]` that begins here. */
  #bracket(): { readonly inside: string; readonly length: number } | null {
    const open = this.#match(BRACKET);
    if (!open) return null;
    const close = `]${open[1] ?? ''}]`;
    const from = this.#at + open[0].length;
    const end = this.#endless.has(close) ? -1 : this.#text.indexOf(close, from);
    if (end < 0) this.#endless.add(close);
    return end < 0 ? null : { inside: this.#text.slice(from, end), length: end + close.length - this.#at };
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text);
  }

  #add(text: string, length: number, kind: Partial<Token>): void {
    const at = this.#lines[this.#row]?.at ?? { file: '', line: 1 };
    this.#found.push({ quoted: false, literal: false, paren: false, ...kind, text, at });
    this.#skip(length);
  }

  #skip(length: number): void {
    const end = this.#at + length;
    for (; this.#at < end; this.#at += 1) if (this.#text.charAt(this.#at) === '\n') this.#row += 1;
  }
}

/** `\"` and `\;`; `\${` keeps its backslash, which tells the expansion to leave it alone. */
const unescaped = (text: string): string => text.replace(/\\([^$\w])/gu, '$1');
