import type { Dialect, TextForm } from './dialect.ts';
import type { Piece } from './literal.ts';
import { readLiteral } from './literal.ts';

/** One token of a program. */
export interface Token {
  readonly kind: 'word' | 'number' | 'text' | 'mark' | 'line' | 'end';
  /** The word, number or mark as written. */
  readonly text: string;
  /** Of a text: what it is made of. */
  readonly pieces: readonly Piece[];
  readonly means: TextForm['means'];
  readonly from: number;
  readonly to: number;
  readonly row: number;
  /** True with a blank or a line's end before it. */
  readonly spaced: boolean;
}

const NUMBER = /0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?[a-zA-Z]{0,3}/uy;
const HEREDOC = /<<<?[~-]?(["'`]?)([A-Z_][A-Za-z_\d]*)\1/uy;
const MARK =
  /<=>|<<-|%in%|%>%|===|!==|\*\*=|\?\?=|\|\|=|&&=|<<=|>>=|\.\.\.|\.\.<|\.\.=|->|=>|=~|!~|~=|<-|:=|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\?:|&\.|::|\+\+|--|\+=|-=|\*=|\/=|\.=|%=|\|>|\.\.|\*\*|[^\s\w]/uy;

/** Longer programs are nobody's helper script. */
const MAX_TOKENS = 40_000;
/** Some hundred looks at each token. A reader that asks more often goes round in a circle, and is told that the text ends. */
const MAX_ASKED = 4_000_000;

/** Cuts a text into tokens, each when it is asked for. */
export class Lexer {
  readonly text: string;
  /** True when the rest of the text was left out. */
  cut = false;
  readonly #dialect: Dialect;
  readonly #firstRow: number;
  readonly #starts: readonly number[];
  readonly #known = new Map<number, Token>();
  #asked = 0;
  /** Where the body of a text begins and ends that is announced in the line before: read by that text alone. */
  readonly #skips = new Map<number, number>();
  readonly #heredocs = new Map<number, Pick<Token, 'pieces' | 'means' | 'to'>>();

  constructor(dialect: Dialect, text: string, firstRow: number) {
    this.#dialect = dialect;
    this.text = text;
    this.#firstRow = firstRow;
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  /** Row of an offset. */
  row(at: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return this.#firstRow + low;
  }

  /** The token at or after an offset; `operand` where a value may begin, which decides what a slash is. */
  token(at: number, operand = false): Token {
    const key = operand ? -at - 1 : at;
    const known = this.#known.get(key);
    this.#asked += 1;
    const stuck = this.#asked > MAX_ASKED;
    if (known && !stuck) return known;
    this.cut ||= stuck || this.#known.size >= MAX_TOKENS;
    const made = this.#read(this.cut ? this.text.length : at, operand);
    this.#known.set(key, made);
    return made;
  }

  #read(start: number, operand: boolean): Token {
    const { at, line } = this.#blank(start);
    const spaced = at > start || at === 0;
    const base = { pieces: [], means: undefined, row: this.row(at), spaced, from: at } as const;
    if (line >= 0 && this.#dialect.lines)
      return { ...base, kind: 'line', text: '\n', from: line, to: at, row: this.row(line) };
    if (at >= this.text.length) return { ...base, kind: 'end', text: '', to: at };
    const literal = this.#literal(at, operand);
    if (literal) return { ...base, kind: 'text', text: '', ...literal };
    for (const [kind, pattern] of [
      ['word', this.#dialect.word],
      ['number', NUMBER],
      ['mark', MARK],
    ] as const) {
      const text = matchAt(pattern, this.text, at)?.[0];
      if (text !== undefined && text !== '') return { ...base, kind, text, to: at + text.length };
    }
    return { ...base, kind: 'mark', text: this.text.charAt(at), to: at + 1 };
  }

  /** Passes blanks, comments and the bodies of texts that were read already; `line` is where the first line ends, or -1. */
  #blank(start: number): { readonly at: number; readonly line: number } {
    let at = start;
    let line = -1;
    for (;;) {
      const char = this.text.charAt(at);
      if (char === '\n') {
        if (line < 0) line = at;
        at = this.#skips.get(at + 1) ?? at + 1;
      } else if (char !== '' && /\s/u.test(char)) at += 1;
      else if (char === '\\' && this.text.charAt(at + 1) === '\n') at += 2;
      else if (char === '`' && /^`\r?\n/u.test(this.text.slice(at, at + 3)) && this.#dialect.sigils?.test('`') === true)
        at = this.text.indexOf('\n', at) + 1;
      else {
        const after = this.#comment(at);
        if (after === at) return { at, line };
        at = after;
      }
    }
  }

  #comment(at: number): number {
    const { comments, blocks } = this.#dialect;
    for (const [open, close] of blocks) {
      if (!this.text.startsWith(open, at)) continue;
      if (/^=/u.test(open) && at > 0 && this.text.charAt(at - 1) !== '\n') continue;
      const end = this.text.indexOf(close, at + open.length);
      return end < 0 ? this.text.length : end + close.length;
    }
    if (!comments.some((mark) => this.text.startsWith(mark, at))) return at;
    // `x#y` and `$#list` are no comments.
    if (this.text.charAt(at) === '#' && at > 0 && /[^\s;{}()\]]/u.test(this.text.charAt(at - 1))) return at;
    const end = this.text.indexOf('\n', at);
    return end < 0 ? this.text.length : end;
  }

  #literal(at: number, operand: boolean): Pick<Token, 'pieces' | 'means' | 'to'> | null {
    const heredoc = this.#heredoc(at);
    if (heredoc) return heredoc;
    for (const form of this.#dialect.texts) {
      if (form.operand === true && !operand) continue;
      const opened = matchAt(form.open, this.text, at);
      if (!opened) continue;
      const read = readLiteral(this.text, at + opened[0].length, form.close(opened), form, (offset) =>
        this.row(offset),
      );
      return { pieces: read.pieces, means: form.means, to: read.to };
    }
    return null;
  }

  /** `<<~X`: the text is what the next lines hold, up to the mark. */
  #heredoc(at: number): Pick<Token, 'pieces' | 'means' | 'to'> | null {
    const { heredocs } = this.#dialect;
    const opened = heredocs ? matchAt(HEREDOC, this.text, at) : null;
    const known = this.#heredocs.get(at);
    if (!heredocs || !opened || known) return known ?? null;
    const line = this.text.indexOf('\n', at) + 1;
    if (line === 0) return null;
    const from = this.#skips.get(line) ?? line;
    const end = new RegExp(`^[ \\t]*${opened[2] ?? ''}\\b`, 'gmu');
    end.lastIndex = from;
    const found = end.exec(this.text);
    const to = found?.index ?? this.text.length;
    const form: TextForm = { open: HEREDOC, close: () => '', escape: null, holes: opened[1] === "'" ? [] : heredocs };
    const { pieces } = readLiteral(this.text.slice(0, to), from, '', form, (offset) => this.row(offset));
    this.#skips.set(line, found ? to + found[0].length : to);
    const made = { pieces, means: undefined, to: at + opened[0].length };
    this.#heredocs.set(at, made);
    return made;
  }
}

/** A sticky pattern at an offset. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
