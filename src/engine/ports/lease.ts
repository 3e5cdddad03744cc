import type { EpochMs } from '../../domain/values.ts';

/** Who drives, and until when by this machine's clock. */
export interface Lease {
  readonly holder: string;
  /** Fencing token: grows with each taking; a store call with an older one is refused. */
  readonly token: number;
  readonly expiresAt: EpochMs;
}

/** Who may drive. */
export interface LeaseStore {
  /**
   * Takes the lease, or takes over an expired one, or one whose holder `isGone` (a process of this machine that has
   * died); throws `LEASE_HELD` naming the holder.
   */
  takeLease(holder: string, ttlMs: number, isGone?: (holder: string) => boolean): Promise<Lease>;
  renewLease(lease: Lease, ttlMs: number): Promise<Lease>;
  releaseLease(lease: Lease): Promise<void>;
}
