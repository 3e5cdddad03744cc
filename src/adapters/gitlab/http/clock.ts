import type { Clock } from '../../../engine/ports.ts';
import { epochMs, type EpochMs } from '../../../domain/values.ts';

/** `Date` carries whole seconds, so two answers in a row may seem to step back by less than this. */
const DATE_RESOLUTION_MS = 1_000;

/**
 * So far may an answer be from the time that is known and still be followed at once. More than a slow answer takes; what is
 * further off is a server set anew, a machine that slept, or one broken node of a proxy.
 */
const BELIEVED_AT_ONCE_MS = 120_000;

/** Where time comes from; tests bring their own. */
export interface TimeSources {
  /** Milliseconds that only ever grow; immune to changes of the local clock. */
  readonly monotonic: () => number;
  readonly local: () => number;
}

/** What an answer told, and the monotonic time at which it came. */
interface Reading {
  readonly serverMs: number;
  readonly at: number;
}

const agree = (one: Reading, other: Reading): boolean =>
  Math.abs(other.serverMs - other.at - (one.serverMs - one.at)) <= BELIEVED_AT_ONCE_MS;

const SYSTEM: TimeSources = { monotonic: () => performance.now(), local: () => Date.now() };

/**
 * GitLab's time: the `Date` header of the latest answer plus the monotonic time since. Before any answer it is the local
 * clock. It does not step back by less than the resolution of the header. A jump of minutes, in either direction, is
 * followed once the next answer tells the same, so that a single stray date neither ends a soak nor lets decisions expire.
 */
export class ServerClock implements Clock {
  readonly #sources: TimeSources;
  #anchor: Reading | null = null;
  /** The latest answer, where it told of a jump that no other has confirmed. */
  #jump: Reading | null = null;
  #latest = 0;

  constructor(sources: TimeSources = SYSTEM) {
    this.#sources = sources;
  }

  /** Takes the `Date` header of an answer; what is no date is ignored. */
  observe(date: string | null): void {
    const serverMs = date === null ? NaN : Date.parse(date);
    if (Number.isNaN(serverMs)) return;
    const reading = { serverMs, at: this.#sources.monotonic() };
    const believed = this.#anchor === null || agree(this.#anchor, reading);
    if (believed || (this.#jump !== null && agree(this.#jump, reading))) {
      this.#anchor = reading;
      this.#jump = null;
    } else {
      this.#jump = reading;
    }
  }

  now(): EpochMs {
    if (this.#anchor === null) return this.local();
    const told = Math.round(this.#anchor.serverMs + this.#sources.monotonic() - this.#anchor.at);
    const stepsBack = this.#latest - told;
    if (stepsBack <= 0 || stepsBack >= DATE_RESOLUTION_MS) this.#latest = told;
    return epochMs(this.#latest);
  }

  local(): EpochMs {
    return epochMs(this.#sources.local());
  }
}
