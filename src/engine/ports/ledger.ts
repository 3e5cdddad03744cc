import type { EpochMs } from '../../domain/values.ts';

/** Who acts: recorded with every ledger row. */
export interface Actor {
  readonly osUser: string;
  readonly gitlabUser: string | null;
  /** URL of the CI job that runs us, where one does. */
  readonly ciJob: string | null;
}

/** Something that happened, about to be recorded. */
export interface LedgerEntry {
  readonly kind: string;
  /** What it is about: `wave 2`, `acme/libs/core`, `acme/apps/web -> acme/libs/core`. */
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * A row of the record. `seq` counts from 1; `at` is GitLab's time, `localAt` this machine's; `hash` covers all else and
 * `previous`, the hash before.
 */
export interface LedgerRow extends LedgerEntry {
  readonly seq: number;
  readonly at: EpochMs;
  readonly localAt: EpochMs;
  readonly actor: Actor;
  readonly previous: string;
  readonly hash: string;
}

/** The append-only record, each row chained to the one before it. */
export interface LedgerStore {
  appendLedger(entries: readonly LedgerEntry[], at: EpochMs): Promise<void>;
  ledger(filter?: { readonly after?: number; readonly limit?: number }): Promise<readonly LedgerRow[]>;
  /** The last row: where the chain stands, and how GitLab's clock differed from this machine's. */
  latestLedger(): Promise<LedgerRow | null>;
  /** Recomputes the chain; names the first row that does not fit, or says that no row has the hash `anchor`. */
  verifyLedger(
    anchor?: string,
  ): Promise<{ readonly rows: number; readonly last: string; readonly problem: string | null }>;
}
