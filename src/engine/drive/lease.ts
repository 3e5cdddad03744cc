import { RolloutError } from '../../domain/errors.ts';
import type { Clock, Lease, RolloutStore } from '../ports.ts';

/** Long enough for one slow request with its retries, short enough that a dead driver on another machine is not waited for. */
export const LEASE_MS = 120_000;

/** No lease is longer: one that seems to be was taken before the clock of this machine was set back. */
export const LONGEST_LEASE_MS = 3_600_000;

/** Holds the one lease of a rollout and renews it as the work goes on. */
export interface LeaseKeeper {
  /** A lease that is good for at least half its time; throws `LEASE_LOST` when somebody else has taken it. */
  hold(): Promise<Lease>;
  release(): Promise<void>;
}

/**
 * Takes the lease of a rollout. Renewing fails once another driver has taken over, so a process that slept past its
 * time learns it before its next write, at the store as well as before each call to GitLab.
 *
 * @param isGone - tells that a holder is a process of this machine that has died: after kill -9 nobody need wait
 * @param ttlMs - after so long without a renewal another driver may take over
 */
export async function takeLease(
  store: RolloutStore,
  clock: Clock,
  holder: string,
  isGone: (holder: string) => boolean,
  ttlMs = LEASE_MS,
): Promise<LeaseKeeper> {
  let lease: Lease = await store.takeLease(holder, ttlMs, isGone);
  let released = false;
  return {
    hold: async () => {
      if (released) throw new RolloutError('LEASE_LOST', 'the lease was given back', 'Start tidegate again.');
      if (lease.expiresAt - clock.local() < ttlMs / 2) lease = await store.renewLease(lease, ttlMs);
      return lease;
    },
    release: async () => {
      if (released) return;
      released = true;
      await store.releaseLease(lease);
    },
  };
}
