import type { Line } from './line.ts';
import type { GroupNode } from './tree.ts';

/** What choosing a group costs; the lightest cover is the best one. */
export type Weigh = (group: GroupNode) => number;

interface Measure {
  /** An upper bound of the sum over all chosen groups. */
  readonly most: number;
  readonly of: (group: GroupNode) => number;
}

/** The most that chosen groups can widen: they do not overlap, so no more than the outermost ones together. */
function mostWidening({ spans }: Line): number {
  let left = Infinity;
  let sum = 0;
  for (const { start, end, group } of spans.toReversed()) {
    if (end > left) continue;
    left = start;
    sum += group.widening;
  }
  return sum;
}

/**
 * What a choice of groups is judged by, most important first: widening, number of groups, callers behind groups, and how
 * far up the groups stand.
 */
function measures(line: Line, maxGroups: number): readonly Measure[] {
  const callers = line.segments.reduce((sum, segment) => sum + segment.callers.length, 0);
  const deepest = line.spans.reduce((most, { group }) => Math.max(most, group.depth), 0);
  return [
    { most: mostWidening(line), of: ({ widening }) => widening },
    { most: maxGroups, of: () => 1 },
    { most: callers, of: ({ uncovered }) => uncovered },
    { most: maxGroups * deepest, of: ({ depth }) => deepest - depth },
  ];
}

/**
 * Packs the measures of a group into one number, so that sums compare as the measures do one after the other. What does
 * not fit into 53 bits is left out from the end: better without the last tie-break than without the optimum.
 *
 * @param maxGroups - how many groups can be chosen at most
 */
export function weigher(line: Line, maxGroups: number): Weigh {
  const kept: { readonly of: (group: GroupNode) => number; factor: number }[] = [];
  let range = 1;
  for (const { most, of } of measures(line, maxGroups)) {
    if (range * (most + 1) > Number.MAX_SAFE_INTEGER) break;
    range *= most + 1;
    for (const measure of kept) measure.factor *= most + 1;
    kept.push({ of, factor: 1 });
  }
  return (group) => kept.reduce((sum, { of, factor }) => sum + of(group) * factor, 0);
}
