import {
  NOT_LOOKED,
  privilegedSchedules,
  type SensitivityFacts,
  type FactCounts,
  type RiskLook,
} from '../../domain/decisions/facts.ts';
import type { Playbook } from '../../domain/playbook.ts';
import { epochMs, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { FactStore } from '../ports.ts';

/** What was looked up, put together for edges and callees. */
export interface FactBook {
  readonly ofEdge: (caller: ProjectId, callee: ProjectId) => RiskLook;
  /** What was found, whenever that was: the order of waves has no clock in it. */
  readonly ofCallee: (callee: ProjectId) => SensitivityFacts;
  /** Projects with at least one reading that still counts. */
  readonly known: (project: ProjectId) => boolean;
}

/** For a rollout that looks nothing up, and for what is judged without a look. */
export const NO_FACTS: FactBook = { ofEdge: () => NOT_LOOKED, ofCallee: () => NOT_LOOKED, known: () => false };

/** Loads the facts of all projects once, some hundred bytes each; what an edge makes of them is then cheap. */
export async function loadFacts(
  store: FactStore,
  { evidence }: Pick<Playbook, 'evidence'>,
  now: EpochMs,
): Promise<FactBook> {
  const since = epochMs(now - evidence.factsMaxAge);
  const counts = await store.factCounts(since);
  const owners = await store.scheduleOwners();
  const read = await store.schedulesReadSince(since);
  if (counts.size === 0 && owners.size === 0 && read.size === 0) return NO_FACTS;
  const maintainers = await store.maintainersWithSchedules();
  const administrators = await store.administrators();
  const nobody: ReadonlySet<number> = new Set();
  const privileged = (caller: ProjectId, callee: ProjectId): number | null => {
    const known = owners.get(caller) ?? null;
    // Most callers have no schedule: nothing is put together for them.
    if (known === null) return read.has(caller) ? 0 : null;
    const able = maintainers.get(callee);
    return privilegedSchedules({
      owners: known,
      maintainers: able ? new Set(able) : nobody,
      maintainersKnown: counts.get(callee)?.maintainers !== undefined,
      administrators,
    });
  };
  const of = (project: ProjectId): FactCounts => counts.get(project) ?? NONE;
  return {
    ofEdge: (caller, callee) => {
      const { pushers = null, forks = null } = of(caller);
      const { protectedEnvironments = null, packages = null, terraformStates = null } = of(callee);
      return {
        ...{ protectedEnvironments, packages, terraformStates, pushers, forks },
        privilegedSchedules: privileged(caller, callee),
      };
    },
    ofCallee: (callee) => {
      const { protectedEnvironments = null, packages = null, terraformStates = null } = of(callee);
      return { protectedEnvironments, packages, terraformStates };
    },
    known: (project) => counts.has(project),
  };
}

const NONE: FactCounts = {};
