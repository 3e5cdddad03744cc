/**
 * Facts that bear on the risk of an edge and take requests of their own. They are looked up project by project and kept with
 * the day of the look (docs/decisions/0088).
 */
import type { EpochMs } from '../values.ts';

/** Of a callee: how sensitive it is. */
export const CALLEE_FACTS = ['protectedEnvironments', 'packages', 'terraformStates'] as const;
/** Of a caller: who can decide what its jobs do. */
export const CALLER_FACTS = ['pushers', 'forks'] as const;
/** A fact that counts towards the risk of an edge. */
export type ProjectFact = (typeof CALLEE_FACTS)[number] | (typeof CALLER_FACTS)[number];

/** Who may change a callee is kept beside them: it makes a schedule privileged, and is no risk by itself. */
export const KEPT_FACTS = [...CALLEE_FACTS, ...CALLER_FACTS, 'maintainers'] as const;
/** A fact that is looked up and kept. */
export type KeptFact = (typeof KEPT_FACTS)[number];

/** What GitLab told of one fact. Whole number ≥ 0; null where it could not be read, and then why. */
export interface FactReading {
  readonly fact: KeptFact;
  readonly count: number | null;
  /** Null where it was read to its end. A list that was cut has a count and a problem. */
  readonly problem: string | null;
}

/** One fact as it is kept: a look that could not read it leaves what an earlier one read, with its day. */
export interface LookedUpFact extends FactReading {
  /** When the count was read; null where it never was. */
  readonly readAt: EpochMs | null;
  /** When it was last asked for. */
  readonly triedAt: EpochMs;
}

/** What is known of one edge; null where it was not read, or too long ago to vouch for anything. */
export interface RiskLook extends Readonly<Record<ProjectFact, number | null>> {
  /** Active schedules of the caller that belong to a maintainer of the callee, or to an administrator. */
  readonly privilegedSchedules: number | null;
}

/** Nothing is known: what stands for an edge whose projects were never looked at. */
export const NOT_LOOKED: RiskLook = {
  ...{ protectedEnvironments: null, packages: null, terraformStates: null },
  ...{ pushers: null, forks: null, privilegedSchedules: null },
};

/** Counts of one project that were read; a fact that is missing was not. */
export type FactCounts = Readonly<Partial<Record<KeptFact, number>>>;

/** What is known of a callee's sensitivity, whenever it was read. */
export type SensitivityFacts = Pick<RiskLook, (typeof CALLEE_FACTS)[number]>;

/** Whose schedules a caller has, and who may change the callee. Null: not read, or not to its end. */
export interface ScheduleFacts {
  /** Owner of each active schedule by user id, null where GitLab names none; null: the schedules were not read. */
  readonly owners: readonly (number | null)[] | null;
  /** Maintainers of the callee among the owners of any schedule. */
  readonly maintainers: ReadonlySet<number>;
  /** Every maintainer is known, so that somebody who is not among them is none. */
  readonly maintainersKnown: boolean;
  readonly administrators: ReadonlySet<number>;
}

/** How many schedules run as somebody who may change the callee; null where one of them may, and it cannot be told. */
export function privilegedSchedules(facts: ScheduleFacts): number | null {
  const { owners, maintainers, maintainersKnown, administrators } = facts;
  if (owners === null) return null;
  const able = owners.filter((owner) => owner !== null && (maintainers.has(owner) || administrators.has(owner)));
  if (able.length > 0) return able.length;
  const open = owners.length > 0 && (!maintainersKnown || owners.includes(null));
  return open ? null : 0;
}
