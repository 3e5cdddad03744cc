import type { Task } from '../../domain/rollout/intent.ts';
import type { EpochMs } from '../../domain/values.ts';
import type { Capabilities, Identity } from './readings.ts';

/** A saved machine: `{version, value, context}` as JSON data. */
export interface Checkpoint {
  readonly version: number;
  readonly value: unknown;
  readonly context: unknown;
}

/** The one rollout of a database. */
export interface RolloutRow {
  readonly id: string;
  readonly gitlabUrl: string;
  readonly playbookName: string;
  /** The playbook's text as it was when last read, for the report and for noticing a change. */
  readonly playbookText: string;
  readonly createdAt: EpochMs;
  /** Grows with each commit; a writer names the one it read. */
  readonly revision: number;
  readonly checkpoint: Checkpoint;
  /** Grows whenever a decision is recorded. */
  readonly decisionsRevision: number;
  readonly capabilities: Capabilities | null;
  readonly identity: Identity | null;
  /** Requests per minute that GitLab's refusals taught the last driver; null where none had to. */
  readonly learnedRpm: number | null;
}

/** The one rollout of the database. */
export interface RolloutRowStore {
  /** Throws `ORDER_REFUSED` when there is none: `init` first. */
  rollout(): Promise<RolloutRow>;
  createRollout(row: Omit<RolloutRow, 'revision' | 'decisionsRevision' | 'learnedRpm'>): Promise<void>;
  /** Saves the machine; throws `STALE_REVISION` when somebody else saved since `read`. Returns the new revision. */
  saveRollout(checkpoint: Checkpoint, read: number): Promise<number>;
  savePlaybook(name: string, text: string): Promise<void>;
  saveServer(capabilities: Capabilities, identity: Identity): Promise<void>;
  saveLearnedRpm(rpm: number | null): Promise<void>;
}

/** What the machine wants next; one task is open at a time. */
export interface TaskStore {
  putTask(task: Task): Promise<void>;
  /** The one task that is not settled; null when there is none. */
  openTask(): Promise<Task | null>;
  settleTask(key: string): Promise<void>;
}
