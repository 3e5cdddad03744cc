import {
  CALLEE_FACTS,
  CALLER_FACTS,
  type LookedUpFact,
  type ProjectFact,
  type RiskLook,
} from '../../../../domain/decisions/facts.ts';
import type { Risk } from '../../../../domain/decisions/risk.ts';
import { isoTime, type ProjectId } from '../../../../domain/values.ts';
import type { RolloutStore } from '../../../../engine/ports.ts';

/** One fact that takes requests of its own, as a person sees it. */
export interface ShownFact {
  readonly fact: keyof RiskLook;
  /** What counts today; null: not read, or too long ago to vouch for anything. */
  readonly count: number | null;
  readonly points: number;
  /** When it was read; null where it never was. */
  readonly readAt: string | null;
  /** Why the latest look could not read it; null where it did, or where nobody looked. */
  readonly problem: string | null;
}

/** Every looked-up fact of one edge with its date and points, read or not. */
export async function shownFacts(
  store: Pick<RolloutStore, 'factsOf' | 'survey'>,
  { caller, callee }: { readonly caller: ProjectId; readonly callee: ProjectId },
  look: RiskLook,
  risk: Risk,
): Promise<readonly ShownFact[]> {
  const [ofCallee, ofCaller] = [await store.factsOf(callee), await store.factsOf(caller)];
  const pointsOf = (fact: keyof RiskLook): number => risk.reasons.find((reason) => reason.fact === fact)?.points ?? 0;
  const one =
    (known: readonly LookedUpFact[]) =>
    (fact: ProjectFact): ShownFact => {
      const row = known.find((kept) => kept.fact === fact);
      const readAt = row?.readAt == null ? null : isoTime(row.readAt);
      return { fact, count: look[fact], points: pointsOf(fact), readAt, problem: row?.problem ?? null };
    };
  const schedules = await store.survey(caller, 'schedules');
  const privileged: ShownFact = {
    fact: 'privilegedSchedules',
    count: look.privilegedSchedules,
    points: pointsOf('privilegedSchedules'),
    readAt: schedules && isoTime(schedules.at),
    problem: schedules?.problem ?? ofCallee.find(({ fact }) => fact === 'maintainers')?.problem ?? null,
  };
  return [...CALLEE_FACTS.map(one(ofCallee)), ...CALLER_FACTS.map(one(ofCaller)), privileged];
}

/** A line per fact that the reasons of the risk do not name already: what was read and is nothing, and what was not read. */
export function factLines(facts: readonly ShownFact[]): readonly string[] {
  return facts
    .filter(({ points }) => points === 0)
    .map(({ fact, count, readAt, problem }) => {
      if (count !== null) return `  0  ${NAMES[fact]}: ${count === 0 ? 'none' : count}`;
      if (problem !== null) return `  ?  ${NAMES[fact]}: not read: ${problem}`;
      if (readAt !== null) return `  ?  ${NAMES[fact]}: not known any more, read on ${readAt.slice(0, 10)}`;
      return `  ?  ${NAMES[fact]}: nobody looked (--look asks GitLab now)`;
    });
}

/** The day on which a fact was read, as it stands behind it. */
export const dayOf = (facts: readonly ShownFact[], fact: string): string => {
  const readAt = facts.find((one) => one.fact === fact)?.readAt ?? null;
  return readAt === null ? '' : ` (read on ${readAt.slice(0, 10)})`;
};

const NAMES: Readonly<Record<keyof RiskLook, string>> = {
  protectedEnvironments: 'protected environments of the callee',
  packages: 'packages of the callee',
  terraformStates: 'Terraform states of the callee',
  pushers: 'people who may push to the caller',
  forks: 'forks of the caller',
  privilegedSchedules: 'schedules of the caller that run as a maintainer of the callee',
};
