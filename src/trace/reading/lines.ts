import { CLASS_BITS, type Automaton } from './automaton.ts';

/** Set by the needle `\n`; never reported to the reader of a line. */
export const NEWLINE = 1;

/** The longest piece of a line that is looked at in one go, in bytes. */
export const WINDOW = 16_384;
/** How far two pieces of one long line overlap: no signature is longer. */
export const OVERLAP = 2_048;

/** Decides by the bits of a line whether it is worth decoding, and takes it. `raw` holds one character per byte. */
export interface LineSink {
  wants(flags: number): boolean;
  line(number: number, raw: string, flags: number): void;
}

/**
 * Cuts a stream of bytes into lines and hands on those that the sink wants. Holds at most one window, whatever the length of
 * a line; what it hands on depends on the bytes alone, not on how they were split into chunks.
 */
export class LineScanner {
  readonly #automaton: Automaton;
  readonly #sink: LineSink;
  readonly #carry = Buffer.allocUnsafe(WINDOW);
  #carried = 0;
  #state = 0;
  #flags = 0;
  /** Bytes of the current window up to and including the latest needle. */
  #latestAt = 0;
  #number = 1;

  constructor(automaton: Automaton, sink: LineSink) {
    this.#automaton = automaton;
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const { classOf, next, flags, firstReporting } = this.#automaton;
    let state = this.#state;
    let start = 0;
    let limit = Math.min(bytes.length, WINDOW - this.#carried);
    for (let at = 0; at < bytes.length;) {
      for (; at < limit; at += 1) {
        state = next[(state << CLASS_BITS) | (classOf[bytes[at] as number] as number)] as number;
        if (state < firstReporting) continue;
        const found = flags[state] ?? 0;
        if (found === NEWLINE) {
          this.#endLine(bytes, start, at);
          start = at + 1;
          limit = Math.min(bytes.length, start + WINDOW);
        } else {
          this.#flags |= found;
          this.#latestAt = this.#carried + at + 1 - start;
        }
      }
      if (this.#carried + at - start < WINDOW) break;
      this.#endWindow(bytes, start, at);
      start = at;
      limit = Math.min(bytes.length, at + WINDOW - this.#carried);
    }
    this.#state = state;
    bytes.copy(this.#carry, this.#carried, start);
    this.#carried += bytes.length - start;
  }

  /** Hands on a last line without a newline; returns the number of the last line, 0 for an empty stream. */
  end(): number {
    const empty = this.#carried === 0;
    if (!empty) this.#endLine(this.#carry, 0, 0);
    return this.#number - 1;
  }

  #endLine(bytes: Buffer, start: number, end: number): void {
    if (this.#sink.wants(this.#flags)) this.#sink.line(this.#number, this.#text(bytes, start, end), this.#flags);
    this.#number += 1;
    this.#carried = 0;
    this.#flags = 0;
    this.#latestAt = 0;
  }

  /** A full window of an endless line: looks at it and keeps its end, so that nothing is lost at the seam. */
  #endWindow(bytes: Buffer, start: number, end: number): void {
    if (this.#sink.wants(this.#flags)) this.#sink.line(this.#number, this.#text(bytes, start, end), this.#flags);
    bytes.copy(this.#carry, this.#carried, start, end);
    this.#carry.copyWithin(0, WINDOW - OVERLAP, WINDOW);
    this.#carried = OVERLAP;
    this.#latestAt -= WINDOW - OVERLAP;
    if (this.#latestAt <= 0) this.#flags = 0;
  }

  #text(bytes: Buffer, start: number, end: number): string {
    const own = start < end ? bytes.toString('latin1', start, end) : '';
    return this.#carried === 0 ? own : this.#carry.toString('latin1', 0, this.#carried) + own;
  }
}
