import type { Decision, NewDecision } from '../../domain/decisions/decision.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';

/** What people and rules said of edges and group entries; nothing is ever altered. */
export interface DecisionStore {
  /** Records decisions and the state of their edges; returns their ids in the same order. */
  putDecisions(decisions: readonly NewDecision[]): Promise<readonly number[]>;
  decision(id: number): Promise<Decision | null>;
  /** Every decision on an edge, oldest first. */
  decisionsOn(caller: ProjectId, callee: ProjectId): Promise<readonly Decision[]>;
  /** The latest decision on each group entry of a callee, or of all. */
  groupEntryDecisions(callee?: ProjectId): Promise<readonly Decision[]>;
  /** The decisions in force (latest per edge) of one callee, or of all. */
  edgeDecisions(callees?: ProjectId | readonly ProjectId[]): Promise<readonly Decision[]>;
  /**
   * Of the decisions in force on edges, those that grant less than default permissions, have expired at `now` or are in question; of
   * some callees, or of all.
   */
  deviatingDecisions(now: EpochMs, callees?: readonly ProjectId[]): Promise<readonly Decision[]>;
  /**
   * SHA-256 over the stored form of `count` decisions from the id `first` on: what the ledger keeps of a batch that a rule
   * made, so that `verifyLedger` finds any of them that was altered, removed or added.
   */
  decisionDigest(first: number, count: number): Promise<string>;
}
