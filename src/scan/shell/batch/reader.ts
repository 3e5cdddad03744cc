import type { Names } from './words.ts';
import { expansionAt, literal } from './words.ts';

/** One word of a command in the words of a POSIX shell. */
export interface BatchWord {
  /** Ready to stand in a command. */
  readonly shell: string;
  /** Without quotes around it. */
  readonly inside: string;
  /** As it was written, without quotes. */
  readonly plain: string;
}

/** A place in the text of a batch file, whose lines are joined where `^` ends them. */
export class BatchReader {
  readonly text: string;
  at = 0;
  readonly names: Names;

  constructor(text: string, names: Names) {
    this.text = text;
    this.names = names;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found;
  }

  is(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    return pattern.test(this.text);
  }

  blanks(): void {
    this.take(/(?:[^\S\n]|\^\r?\n)+/uy);
  }

  /** The rest of the line, as `set` and `echo` take it; brackets and `&` end it. */
  rest(nested: boolean): BatchWord {
    return this.#read(nested ? /[\n&|<>)]/u : /[\n&|<>]/u);
  }

  /** A word up to a blank; null where the command ends. */
  word(nested: boolean): BatchWord | null {
    this.blanks();
    if (this.ended || this.is(nested ? /[\n&|)]/uy : /[\n&|]/uy)) return null;
    const before = this.at;
    const word = this.#read(nested ? /[\s&|<>)]/u : /[\s&|<>]/u);
    return this.at === before ? null : word;
  }

  /** Some text of its own, such as one side of a comparison. */
  part(written: string): string {
    return new BatchReader(written, this.names).#read(/\n/u).inside;
  }

  #read(end: RegExp): BatchWord {
    let [inside, plain, quoted, bare] = ['', '', false, true];
    while (!this.ended) {
      const char = this.text.charAt(this.at);
      if (char === '\n' || (!quoted && end.test(char))) break;
      const piece = /[%!]/u.test(char) ? expansionAt(this.text, this.at, this.names) : null;
      if (piece) {
        inside += piece.shell;
        plain += this.text.slice(this.at, this.at + piece.length);
        this.at += piece.length;
        continue;
      }
      if (char === '"') {
        quoted = !quoted;
        bare = false;
        this.at += 1;
        continue;
      }
      const escape = char === '^' && !quoted ? /\^(\r?\n|[^])?/uy : /%%|\\"|[^]/uy;
      const [taken = '', escaped] = this.take(escape) ?? [];
      const text =
        char === '^' && !quoted
          ? /\n/u.test(escaped ?? '')
            ? ''
            : (escaped ?? '')
          : taken === '%%'
            ? '%'
            : taken === '\\"'
              ? '"'
              : taken;
      inside += literal(text === '\\' ? '/' : text);
      plain += text;
    }
    inside = inside.replace(/\s+$/u, '');
    // `%ARGS%` alone may be several words.
    const alone = bare && /^(?:\$\*|\$\{\w+\})$/u.test(inside);
    return { shell: inside === '$*' ? '"$@"' : alone ? inside : `"${inside}"`, inside, plain: plain.trim() };
  }
}
