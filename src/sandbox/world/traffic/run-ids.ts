import type { EpochMs } from '../entities.ts';

/** Ids per second that are kept for runs outside the schedule. */
const EXTRA_SLOTS = 256;

/**
 * Ids of runs that need not be stored: each second since the beginning has one id per slot, so that ids grow with time
 * over the whole instance and can be read back. Runs outside the schedule take the slots behind the scheduled ones.
 */
export class RunIds {
  private readonly beginning: EpochMs;
  private readonly slots: number;
  private readonly width: number;
  private lastExtra = 0;

  /** @param slots - number of scheduled slots, from 0; `beginning` is not later than any run */
  constructor(beginning: EpochMs, slots: number) {
    this.beginning = beginning;
    this.slots = slots;
    this.width = slots + EXTRA_SLOTS;
  }

  scheduled(slot: number, at: EpochMs): number {
    return this.second(at) * this.width + slot + 1;
  }

  /** The next free id for a run outside the schedule; many in one second spill into the next. */
  extra(at: EpochMs): number {
    const first = this.second(at) * this.width + this.slots + 1;
    let id = Math.max(first, this.lastExtra + 1);
    if ((id - 1) % this.width < this.slots) id += this.slots - ((id - 1) % this.width);
    this.lastExtra = id;
    return id;
  }

  /** Slot and time of a scheduled run's id, whether or not there was such a run. */
  read(id: number): { readonly slot: number; readonly at: EpochMs } {
    return { slot: (id - 1) % this.width, at: this.beginning + Math.floor((id - 1) / this.width) * 1000 };
  }

  private second(at: EpochMs): number {
    return Math.floor((at - this.beginning) / 1000);
  }
}
