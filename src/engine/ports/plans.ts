import type { Plan } from '../../domain/plan/plan.ts';
import type { EpochMs } from '../../domain/values.ts';

/** Plans by their hash. */
export interface PlanStore {
  savePlan(plan: Plan): Promise<void>;
  plan(hash: string): Promise<Plan | null>;
  plans(): Promise<
    readonly { readonly hash: string; readonly createdAt: EpochMs; readonly approvedBy: string | null }[]
  >;
  approvePlan(hash: string, by: string): Promise<void>;
}
