import { RolloutError } from '../domain/errors.ts';
import type { Clock, Lease, RolloutStore } from './ports.ts';

/** Long enough for one slow request with its retries, short enough that a dead driver on another machine is not waited for. */
const TTL_MS = 120_000;

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
 */
export async function takeLease(
  store: RolloutStore,
  clock: Clock,
  holder: string,
  isGone: (holder: string) => boolean,
): Promise<LeaseKeeper> {
  let lease: Lease = await store.takeLease(holder, TTL_MS, isGone);
  let released = false;
  return {
    hold: async () => {
      if (released) throw new RolloutError('LEASE_LOST', 'the lease was given back', 'Start tidegate again.');
      if (lease.expiresAt - clock.local() < TTL_MS / 2) lease = await store.renewLease(lease, TTL_MS);
      return lease;
    },
    release: async () => {
      if (released) return;
      released = true;
      await store.releaseLease(lease);
    },
  };
}
