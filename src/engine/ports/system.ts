import type { EpochMs } from '../../domain/values.ts';

/** What is known of GitLab's limit of requests. */
export interface RequestPace {
  /** The least time between two requests that GitLab's limit or `--max-rpm` leaves, in ms; 0 where none is known. */
  readonly leastMs: number;
  /** Of the pauses that refusals asked for, what is still to come and what is behind, in ms. */
  readonly pauses: { readonly toComeMs: number; readonly behindMs: number };
  /** Requests per minute that GitLab's limit leaves, told or worked out from its refusals; null while none is known. */
  readonly learnedRpm: number | null;
  /** False while nothing bounds the rate: the first refusal would make every estimate too short. */
  readonly limitKnown: boolean;
}

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

/** How far a long piece of work has come. */
export interface ProgressEvent {
  readonly what: string;
  readonly done: number;
  readonly total: number | null;
  readonly requests: number;
  /** Requests that it will have taken at its end; null where that cannot be told. */
  readonly expectedRequests?: number | null;
  readonly leftMs?: number | null;
  /** False while GitLab has told no limit of requests, so that a limit would make `leftMs` too short. */
  readonly limitKnown?: boolean;
}
