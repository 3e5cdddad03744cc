import type { Expression } from '../syntax.ts';
import type { Dialect, Form } from './dialect.ts';
import type { Token } from './lexer.ts';
import { Lexer } from './lexer.ts';

/** Deeper programs are nobody's helper script. */
const MAX_DEPTH = 100;
/** How far ahead the reader looks to tell what something is. */
const MAX_AHEAD = 300;
/** How often it may look, in all. */
const MAX_LOOKS = 120_000;

/** A place in a program's tokens. */
export class Cursor {
  readonly dialect: Dialect;
  readonly lexer: Lexer;
  #at = 0;
  #before = 0;
  #inside = 0;
  #looks = 0;
  #depth: number;

  constructor(dialect: Dialect, text: string, row: number, depth: number) {
    this.dialect = dialect;
    this.lexer = new Lexer(dialect, text, row);
    this.#depth = depth;
  }

  get depth(): number {
    return this.#depth;
  }

  /** The next token; `operand` where a value may begin. Ends of lines do not count inside of brackets. */
  peek(operand = false): Token {
    const token = this.lexer.token(this.#at, operand);
    if (token.kind !== 'line' || this.#inside === 0) return token;
    this.#at = token.to;
    return this.peek(operand);
  }

  /** The token behind one. */
  after(token: Token): Token {
    const next = this.lexer.token(token.to);
    return next.kind === 'line' && this.#inside > 0 ? this.after(next) : next;
  }

  next(operand = false): Token {
    const token = this.peek(operand);
    this.#before = token.to;
    this.#at = token.to;
    return token;
  }

  /** True where the next token is one of these words or marks. */
  is(...texts: readonly string[]): boolean {
    const token = this.peek();
    return token.kind !== 'text' && texts.includes(token.text);
  }

  take(...texts: readonly string[]): boolean {
    if (!this.is(...texts)) return false;
    this.next();
    return true;
  }

  form(token = this.peek()): Form | undefined {
    if (token.kind !== 'word' || !Object.hasOwn(this.dialect.words, token.text)) return undefined;
    return this.dialect.words[token.text];
  }

  get place(): number {
    return this.#at;
  }

  /** Goes to an offset. */
  back(place: number): void {
    this.#at = place;
  }

  /** Where the token before ended. */
  get ended(): number {
    return this.#before;
  }

  passLines(): void {
    while (this.peek().kind === 'line' || this.is(';')) this.next();
  }

  passLineEnds(): void {
    while (this.peek().kind === 'line') this.next();
  }

  /** Ends of lines do not count in what `make` reads. */
  inside<T>(make: () => T): T {
    this.#inside += 1;
    const made = make();
    this.#inside -= 1;
    return made;
  }

  /** Ends of lines count again. */
  outside<T>(make: () => T): T {
    const before = this.#inside;
    this.#inside = 0;
    const made = make();
    this.#inside = before;
    return made;
  }

  deeper<T>(make: () => T, other: T): T {
    if (this.#depth >= MAX_DEPTH) {
      this.next();
      return other;
    }
    this.#depth += 1;
    const made = make();
    this.#depth -= 1;
    return made;
  }

  /** The token behind the bracket that closes the next one; null where it is too far away. */
  behindBracket(open: Token): Token | null {
    let depth = 0;
    let token = open;
    for (let count = 0; count < MAX_AHEAD && token.kind !== 'end' && (this.#looks += 1) < MAX_LOOKS; count += 1) {
      if (token.kind === 'mark' && /^[([{]$/u.test(token.text)) depth += 1;
      else if (token.kind === 'mark' && /^[)\]}]$/u.test(token.text) && (depth -= 1) === 0)
        return this.lexer.token(token.to);
      token = this.lexer.token(token.to);
    }
    return null;
  }

  /** The token behind `<A, B>`, or null where the mark is a comparison. */
  behindGeneric(open: Token): Token | null {
    let depth = 0;
    let token = open;
    for (let count = 0; count < 60 && token.kind !== 'end' && (this.#looks += 1) < MAX_LOOKS; count += 1) {
      if (token.text === '<') depth += 1;
      else if (/^>+$/u.test(token.text)) depth -= token.text.length;
      else if (token.kind === 'number' || token.kind === 'text' || !/^(?:[\w.,?[\]&:*']+|::|->)$/u.test(token.text))
        return null;
      token = this.lexer.token(token.to);
      if (depth <= 0) return token;
    }
    return null;
  }

  unknown(from: number): Expression {
    return { kind: 'unknown', text: this.lexer.text.slice(from, Math.min(this.#at, from + 100)) };
  }
}
