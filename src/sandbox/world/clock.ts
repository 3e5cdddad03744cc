import type { EpochMs } from './entities.ts';

/** Simulated time: it stands still until somebody moves it on. */
export class Clock {
  private moment: EpochMs;

  constructor(start: EpochMs) {
    this.moment = start;
  }

  now(): EpochMs {
    return this.moment;
  }

  /** @throws {RangeError} for anything but whole milliseconds ≥ 0 */
  advance(byMs: number): void {
    if (!Number.isSafeInteger(byMs) || byMs < 0)
      throw new RangeError(`time only moves on, by whole milliseconds: ${String(byMs)}`);
    this.moment += byMs;
  }
}
