import type { StoredProject } from '../state/records.ts';

/** Where a client runs and what its output depends on. */
export interface ClientPlace {
  readonly caller: StoredProject;
  readonly externalUrl: string;
  /** The same for the same run, so that a trace reads alike each time. */
  readonly seed: number;
}

/** What a client printed and its exit code; 0 where all went well. */
export interface ClientOutput {
  readonly lines: readonly string[];
  readonly exit: number;
}
