import type { Clock } from '../../engine/ports.ts';
import { epochMs, type EpochMs } from '../../domain/values.ts';

/** `Date` carries whole seconds, so two answers in a row may seem to step back by less than this. */
const DATE_RESOLUTION_MS = 1_000;

export interface TimeSources {
  /** Milliseconds that only ever grow; immune to changes of the local clock. */
  readonly monotonic: () => number;
  readonly local: () => number;
}

const SYSTEM: TimeSources = { monotonic: () => performance.now(), local: () => Date.now() };

/**
 * GitLab's time: the `Date` header of the latest answer plus the monotonic time since. Before any answer it is the local
 * clock. It does not step back by less than the resolution of the header; a larger step back is the server's own and is
 * followed.
 */
export class ServerClock implements Clock {
  readonly #sources: TimeSources;
  #anchor: { readonly serverMs: number; readonly at: number } | null = null;
  #latest = 0;

  constructor(sources: TimeSources = SYSTEM) {
    this.#sources = sources;
  }

  /** Takes the `Date` header of an answer; what is no date is ignored. */
  observe(date: string | null): void {
    const serverMs = date === null ? NaN : Date.parse(date);
    if (!Number.isNaN(serverMs)) this.#anchor = { serverMs, at: this.#sources.monotonic() };
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
