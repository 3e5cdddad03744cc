import type { HeldCallee, Plan, PlanHead, PlannedCallee, PlannedWave } from '../../domain/plan/plan.ts';
import type { EpochMs } from '../../domain/values.ts';

/** Plans by their hash. */
export interface PlanStore {
  savePlan(plan: Plan): Promise<void>;
  /** All of it: of a large organisation some hundred megabytes. */
  plan(hash: string): Promise<Plan | null>;
  /** A plan without its callees and what it holds back. */
  planHead(hash: string): Promise<PlanHead | null>;
  /** Callees of one wave in their order; empty beyond its end. */
  planCallees(hash: string, number: number, from: number, limit: number): Promise<readonly PlannedCallee[]>;
  /** One wave of a plan, without the others. */
  planWave(hash: string, number: number): Promise<PlannedWave | null>;
  /** The projects that a plan holds back, without its waves. */
  planHeld(hash: string): Promise<readonly HeldCallee[]>;
  plans(): Promise<
    readonly { readonly hash: string; readonly createdAt: EpochMs; readonly approvedBy: string | null }[]
  >;
  approvePlan(hash: string, by: string): Promise<void>;
}
