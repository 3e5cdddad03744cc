import type { Mentions } from '../naming/target.ts';
import { readLine } from './text.ts';

const LINES = 64;
const LENGTH = 2_048;

/** A line with an address, kept as it came and decoded only when a refusal asks for it. */
export class ContextLine {
  readonly number: number;
  /** Index of the step it belongs to. */
  readonly step: number;
  readonly #raw: string;
  #text: string | null = null;
  #mentions: Mentions | null = null;

  constructor(number: number, raw: string, step: number) {
    this.number = number;
    this.step = step;
    this.#raw = raw.slice(0, LENGTH);
  }

  /** A line that is text already. */
  static decoded(number: number, text: string, step: number): ContextLine {
    const line = new ContextLine(number, '', step);
    line.#text = text.slice(0, LENGTH);
    return line;
  }

  get text(): string {
    this.#text ??= readLine(this.number, this.#raw).text;
    return this.#text;
  }

  /** What the line points at; read once, however many refusals look back at it. */
  mentions(read: (text: string) => Mentions): Mentions {
    this.#mentions ??= read(this.text);
    return this.#mentions;
  }
}

/** The latest lines with an address; the oldest one goes first. */
export class ContextRing {
  readonly #lines: ContextLine[] = [];
  #next = 0;

  keep(line: ContextLine): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % LINES;
  }

  /** Oldest first. */
  lines(): readonly ContextLine[] {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
  }
}
