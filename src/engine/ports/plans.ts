import type { HeldCallee, Plan, PlannedWave } from '../../domain/plan/plan.ts';
import type { EpochMs } from '../../domain/values.ts';

/** Plans by their hash. */
export interface PlanStore {
  savePlan(plan: Plan): Promise<void>;
  /** All of it: of a large organisation some hundred megabytes. */
  plan(hash: string): Promise<Plan | null>;
  /** Numbers of the waves of a plan; empty when there is no such plan. */
  planWaves(hash: string): Promise<readonly number[]>;
  /** One wave of a plan, without the others. */
  planWave(hash: string, number: number): Promise<PlannedWave | null>;
  /** The projects that a plan holds back, without its waves. */
  planHeld(hash: string): Promise<readonly HeldCallee[]>;
  plans(): Promise<
    readonly { readonly hash: string; readonly createdAt: EpochMs; readonly approvedBy: string | null }[]
  >;
  approvePlan(hash: string, by: string): Promise<void>;
}
