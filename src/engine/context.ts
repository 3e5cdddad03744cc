import type { Playbook } from '../domain/playbook.ts';
import type { LeaseKeeper } from './drive/lease.ts';
import type { Clock, Forge, Notifier, RolloutStore } from './ports.ts';

/** What the engine works with: the world through ports, and the playbook. */
export interface Engine {
  readonly forge: Forge;
  readonly store: RolloutStore;
  readonly clock: Clock;
  readonly notify: Notifier;
  readonly playbook: Playbook;
  readonly lease: LeaseKeeper;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
  readonly gitlabUrl: string;
  readonly registryHost: string | null;
  /** Access tokens known to this process, to be masked wherever a job's log is quoted. */
  readonly secrets: readonly string[];
}

/** One transaction of the driver: refused with `LEASE_LOST` once another process drives the rollout. */
export async function fenced<T>({ store, lease }: Pick<Engine, 'store' | 'lease'>, work: () => Promise<T>): Promise<T> {
  return store.transaction(work, await lease.hold());
}
