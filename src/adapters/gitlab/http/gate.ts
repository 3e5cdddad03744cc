/** Time as the governor sees it; replaced in tests. */
export interface Pace {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Throws an `interrupted` failure when the run is being stopped. */
  readonly sleep: (ms: number) => Promise<void>;
}

const WINDOW_MS = 60_000;

/**
 * Lets requests through one after the other, in order of arrival: at least the set spacing apart, at most so many in any
 * minute, and none while blocked.
 */
export class Gate {
  readonly #pace: Pace;
  readonly #perMinute: number;
  #spacingMs = 0;
  #blockedUntil = -Infinity;
  /** Of all blocks together, those parts that are still to come included. */
  #blockedMs = 0;
  #lastStart = -Infinity;
  /** Starts of the last minute, oldest first. */
  #starts: number[] = [];
  #line: Promise<void> = Promise.resolve();

  /** @param perMinute - requests in any sliding minute; Infinity for no limit */
  constructor(pace: Pace, perMinute: number) {
    this.#pace = pace;
    this.#perMinute = perMinute;
  }

  /** Waits for its turn. Rejects when the run is being stopped; those behind are then told the same. */
  turn(): Promise<void> {
    const mine = this.#line.then(() => this.#wait());
    // The line must go on when one in it gives up.
    this.#line = mine.catch(() => undefined);
    return mine;
  }

  get spacingMs(): number {
    return this.#spacingMs;
  }

  /** Sets the least distance between two starts, in ms. */
  space(ms: number): void {
    this.#spacingMs = ms;
  }

  /** Lets nobody through for so long, from now on. */
  block(ms: number): void {
    const now = this.#pace.now();
    const until = Math.max(this.#blockedUntil, now + ms);
    this.#blockedMs += until - Math.max(this.#blockedUntil, now);
    this.#blockedUntil = until;
  }

  /** Of the blocks, what is still to come and what is behind, in ms. */
  get pauses(): { readonly toComeMs: number; readonly behindMs: number } {
    const toComeMs = Math.max(0, this.#blockedUntil - this.#pace.now());
    return { toComeMs, behindMs: this.#blockedMs - toComeMs };
  }

  async #wait(): Promise<void> {
    // Asked again after each sleep: a block or a new spacing may have come meanwhile.
    for (let now = this.#pace.now(); ; now = this.#pace.now()) {
      const earliest = Math.max(this.#blockedUntil, this.#lastStart + this.#spacingMs, this.#windowOpensAt(now));
      if (earliest <= now) {
        this.#lastStart = now;
        this.#starts.push(now);
        return;
      }
      await this.#pace.sleep(Math.ceil(earliest - now));
    }
  }

  #windowOpensAt(now: number): number {
    const firstInside = this.#starts.findIndex((start) => start > now - WINDOW_MS);
    if (firstInside !== 0) this.#starts = firstInside === -1 ? [] : this.#starts.slice(firstInside);
    if (this.#starts.length < this.#perMinute) return now;
    return (this.#starts[this.#starts.length - Math.floor(this.#perMinute)] ?? now) + WINDOW_MS;
  }
}
