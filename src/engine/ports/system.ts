import type { EpochMs } from '../../domain/values.ts';

/** GitLab's time: log times are compared with enforcement times, so one clock has to tell both. */
export interface Clock {
  now(): EpochMs;
  /** This machine's own clock, for the ledger's second time. */
  local(): EpochMs;
}

/** What happened, for whoever watches: progress lines, never data. */
export interface Notifier {
  progress(event: ProgressEvent): void;
  note(text: string): void;
  /** The same for what a person should hear of at once, wherever he is. */
  alert(text: string): void;
}

export interface ProgressEvent {
  readonly what: string;
  readonly done: number;
  readonly total: number | null;
  readonly requests: number;
  /** Requests that it will have taken at its end; null where that cannot be told. */
  readonly expectedRequests?: number | null;
  readonly leftMs?: number | null;
}
