import type { DecisionStore } from './decisions.ts';
import type { EdgeStore } from './edges.ts';
import type { FactStore } from './facts.ts';
import type { Lease, LeaseStore } from './lease.ts';
import type { LedgerStore } from './ledger.ts';
import type { PlanStore } from './plans.ts';
import type { InventoryStore, ProjectStore } from './projects.ts';
import type { RolloutRowStore, TaskStore } from './rollout.ts';
import type { SurveyStore } from './surveys.ts';
import type { WatchStore } from './watch.ts';
import type { IntentStore, WaveStore } from './waves.ts';

/** The database as a file. */
export interface MaintenanceStore {
  /** Copies everything, consistent while it is in use, to a file that does not exist yet. */
  backup(file: string): Promise<void>;
  /** What is damaged, one line each; empty when the file is whole. */
  checkIntegrity(): Promise<readonly string[]>;
}

/**
 * Everything durable. Calls inside `transaction` are atomic together; a call outside one is a transaction of its own.
 * Every call is asynchronous so that another database can stand behind the same port.
 * `fence` makes a transaction fail with `LEASE_LOST` unless that lease still holds.
 */
export interface RolloutStore
  extends
    RolloutRowStore,
    TaskStore,
    ProjectStore,
    InventoryStore,
    EdgeStore,
    DecisionStore,
    SurveyStore,
    FactStore,
    PlanStore,
    WaveStore,
    IntentStore,
    WatchStore,
    LedgerStore,
    LeaseStore,
    MaintenanceStore {
  transaction<T>(work: () => Promise<T>, fence?: Lease): Promise<T>;
  close(): void;
}
