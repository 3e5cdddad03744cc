import { linesSource } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import type { SourceText } from '../source.ts';
import type { Origin } from '../types.ts';

/** An expression as written, with its parts where it is a list or an object. */
export interface HclValue {
  /** Source text; a here-document is its content in quotes. */
  readonly text: string;
  readonly at: Origin;
  readonly items: readonly HclValue[];
  readonly entries: ReadonlyMap<string, HclValue>;
}

/** A block with its labels: `module "net" { … }`. */
export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly at: Origin;
  readonly attributes: ReadonlyMap<string, HclValue>;
  readonly blocks: readonly HclBlock[];
}

const MAX_TEXT = 500_000;
const MAX_DEPTH = 40;
const OPEN = '([{';
const CLOSE = ')]}';

/** Reads an HCL file (Terraform, Packer, bake). What does not fit is passed over; the rest of the file still counts. */
export function readHcl(lines: readonly Line[]): HclBlock {
  return new Reader(linesSource(lines)).file();
}

/** Blocks of a type at the top of a file or of a block. */
export const blocksOf = ({ blocks }: HclBlock, type: string): readonly HclBlock[] =>
  blocks.filter((block) => block.type === type);

/** Every block below one, itself first. */
export const allBlocks = (block: HclBlock): readonly HclBlock[] => [block, ...block.blocks.flatMap(allBlocks)];

/** The literal inside of quotes, templates left in; null for other expressions. */
export const literalOf = (text: string): string | null =>
  /^"([^]*)"$/u.exec(text)?.[1]?.replace(/\\(["\\])/gu, '$1') ?? null;

class Reader {
  readonly #source: SourceText;
  readonly #text: string;
  #at = 0;

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text.slice(0, MAX_TEXT);
  }

  file(): HclBlock {
    return { type: '', labels: [], at: this.#source.at(0), ...this.#body(0) };
  }

  #body(depth: number): Pick<HclBlock, 'attributes' | 'blocks'> {
    const attributes = new Map<string, HclValue>();
    const blocks: HclBlock[] = [];
    for (;;) {
      this.#blank();
      const name = this.#word();
      if (name === null) {
        const char = this.#text[this.#at];
        if (char === undefined || (char === '}' && depth > 0)) break;
        this.#at += 1;
        continue;
      }
      const at = this.#source.at(this.#at);
      const labels: string[] = [];
      for (let label = this.#label(); label !== null; label = this.#label()) labels.push(label);
      const mark = this.#text[this.#at];
      if (mark === '=' && labels.length === 0) {
        this.#at += 1;
        attributes.set(name, this.#value(depth));
      } else if (mark === '{' && depth < MAX_DEPTH) {
        this.#at += 1;
        blocks.push({ type: name, labels, at, ...this.#body(depth + 1) });
        if (this.#text[this.#at] === '}') this.#at += 1;
      }
    }
    return { attributes, blocks };
  }

  /** A block's label on the same line. */
  #label(): string | null {
    this.#spaces();
    return this.#text[this.#at] === '"' ? (literalOf(this.#quoted()) ?? '') : this.#word();
  }

  /** An expression up to the end of its line, or of the list around it. */
  #value(depth: number): HclValue {
    this.#spaces();
    const start = this.#at;
    const heredoc = /<<-?\s*(\w+)[^\n]*\n/uy;
    heredoc.lastIndex = start;
    const opened = heredoc.exec(this.#text);
    if (opened) return this.#heredoc(opened[1] ?? '', start, heredoc.lastIndex);
    const first = this.#text[start];
    const items = first === '[' && depth < MAX_DEPTH ? this.#items(depth) : [];
    const entries = first === '{' && depth < MAX_DEPTH ? this.#entries(depth) : new Map<string, HclValue>();
    this.#rest();
    return { text: this.#text.slice(start, this.#at).trim(), at: this.#source.at(start), items, entries };
  }

  #heredoc(word: string, start: number, body: number): HclValue {
    const last = new RegExp(`^[ \\t]*${word}[ \\t]*$`, 'gmu');
    last.lastIndex = body;
    const end = last.exec(this.#text);
    const stop = end?.index ?? this.#text.length;
    this.#at = stop + (end?.[0].length ?? 0);
    return { text: `"${this.#text.slice(body, stop)}"`, at: this.#source.at(start), items: [], entries: new Map() };
  }

  #items(depth: number): readonly HclValue[] {
    const found: HclValue[] = [];
    this.#at += 1;
    for (;;) {
      this.#blank(',');
      const char = this.#text[this.#at];
      if (char === undefined || CLOSE.includes(char)) break;
      const before = this.#at;
      found.push(this.#value(depth + 1));
      if (this.#at === before) this.#at += 1;
    }
    if (this.#text[this.#at] === ']') this.#at += 1;
    return found;
  }

  #entries(depth: number): ReadonlyMap<string, HclValue> {
    const found = new Map<string, HclValue>();
    this.#at += 1;
    for (;;) {
      this.#blank(',');
      const char = this.#text[this.#at];
      if (char === undefined || CLOSE.includes(char)) break;
      const before = this.#at;
      const key = char === '"' ? (literalOf(this.#quoted()) ?? '') : (this.#word() ?? '');
      this.#spaces();
      if (/[=:]/u.test(this.#text[this.#at] ?? '')) {
        this.#at += 1;
        found.set(key, this.#value(depth + 1));
      }
      if (this.#at === before) this.#at += 1;
    }
    if (this.#text[this.#at] === '}') this.#at += 1;
    return found;
  }

  /** What is left of an expression: operators, calls, a condition. */
  #rest(): void {
    let open = 0;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at] ?? '';
      if (char === '"') {
        this.#quoted();
        this.#at -= 1;
      } else if (OPEN.includes(char)) open += 1;
      else if (CLOSE.includes(char)) {
        if (open === 0) return;
        open -= 1;
      } else if (open === 0 && (char === '\n' || char === ',' || this.#comment())) return;
    }
  }

  /** Passes over a text in quotes, templates in it included. */
  #quoted(): string {
    const start = this.#at;
    let open = 0;
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at];
      if (char === '\\') this.#at += 1;
      else if (char === '{' && /[$%]/u.test(this.#text[this.#at - 1] ?? '')) open += 1;
      else if (char === '}' && open > 0) open -= 1;
      else if (char === '"' && open === 0) break;
      // A text never goes on in the next line, so that one without its end spoils only its own.
      else if (char === '\n') return this.#text.slice(start, this.#at);
    }
    this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #word(): string | null {
    const word = /[\w.-]+/uy;
    word.lastIndex = this.#at;
    const found = word.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    if (found !== null) this.#spaces();
    return found;
  }

  #spaces(): void {
    while (/[ \t]/u.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #comment(): boolean {
    return this.#text[this.#at] === '#' || /^\/[/*]$/u.test(this.#text.slice(this.#at, this.#at + 2));
  }

  /** White space, comments and what else may stand between two things. */
  #blank(also = ''): void {
    for (;;) {
      const char = this.#text[this.#at] ?? '';
      if (char !== '' && (/\s/u.test(char) || also.includes(char))) this.#at += 1;
      else if (this.#comment()) this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const block = this.#text.startsWith('/*', this.#at);
    const end = this.#text.indexOf(block ? '*/' : '\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end + (block ? 2 : 0);
  }
}
