import type { Actor, Clock, RolloutStore } from '../../engine/ports.ts';
import { Connection } from './connection/connection.ts';
import { openDatabase } from './connection/database.ts';
import { decisionStore } from './knowledge/decisions.ts';
import { edgeStore } from './knowledge/edges.ts';
import { factStore } from './knowledge/facts.ts';
import { intentStore } from './work/intents.ts';
import { checkLease, leaseStore } from './work/lease.ts';
import { ledgerStore } from './record/ledger.ts';
import { maintenanceStore } from './connection/maintenance.ts';
import { planStore } from './work/plans.ts';
import { inventoryStore } from './knowledge/inventories.ts';
import { projectStore } from './knowledge/projects.ts';
import { rolloutRowStore, taskStore } from './work/rollout.ts';
import { surveyStore } from './knowledge/surveys.ts';
import { watchStore } from './record/watch.ts';
import { waveStore } from './work/waves.ts';

/** How a rollout is opened. */
export interface StoreOptions {
  /** Make the file when it is missing; only `init` does. */
  readonly create: boolean;
  readonly clock: Clock;
  /** Who acts, asked each time the ledger is written. */
  readonly actor: () => Actor;
  /** For commands that only look: needs no right to write and changes nothing. */
  readonly readonly?: boolean;
}

/** The store over one connection; its parts share the connection's transactions. */
export function storeOn(connection: Connection, clock: Clock, actor: () => Actor): RolloutStore {
  return {
    transaction: (work, fence) =>
      connection.transaction(work, () => {
        if (fence) checkLease(connection, clock, fence);
      }),
    close: () => connection.close(),
    ...rolloutRowStore(connection),
    ...taskStore(connection),
    ...projectStore(connection),
    ...inventoryStore(connection),
    ...surveyStore(connection),
    ...factStore(connection),
    ...edgeStore(connection),
    ...decisionStore(connection),
    ...planStore(connection),
    ...waveStore(connection),
    ...intentStore(connection),
    ...watchStore(connection),
    ...ledgerStore(connection, clock, actor),
    ...leaseStore(connection, clock),
    ...maintenanceStore(connection),
  };
}

/**
 * Opens the file that holds one rollout, bringing its schema up to date first.
 *
 * @throws RolloutError `STORE_UNAVAILABLE`, `STORE_FOREIGN`, `STORE_NEWER` or `STORE_CORRUPT`, each naming the file
 */
export async function openStore(file: string, options: StoreOptions): Promise<RolloutStore> {
  const { create, clock, actor, readonly = false } = options;
  const client = await openDatabase(file, { create, readonly, now: clock.local() });
  return storeOn(new Connection(client, file), clock, actor);
}
