import type { FactReading, KeptFact } from '../../../domain/decisions/facts.ts';

/** A fact that could not be read, and why. */
export const unread = (fact: KeptFact, problem: string): FactReading => ({ fact, count: null, problem });

/** @param problem - why there may be more; null where all was counted */
export const read = (fact: KeptFact, count: number, problem: string | null = null): FactReading => ({
  ...{ fact, count, problem },
});

/** What members come to: how many may push, and who may change the project. */
export interface People {
  readonly facts: readonly FactReading[];
  readonly maintainers: readonly number[] | null;
}

/**
 * The two facts that members come to. Of a list that was cut the count is a lower bound, said as a problem; where it may be
 * the whole of a fact that is nothing, it is none.
 */
export function tell({
  able,
  owners,
  cutAble,
  cutOwners,
}: {
  readonly able: number;
  readonly owners: readonly number[];
  readonly cutAble: boolean;
  readonly cutOwners: boolean;
}): People {
  const more = 'there are more than were listed';
  return {
    facts: [
      able === 0 && cutAble ? unread('pushers', more) : read('pushers', able, cutAble ? more : null),
      read('maintainers', owners.length, cutOwners ? more : null),
    ],
    maintainers: owners,
  };
}
