import type { Cover, Line } from './line.ts';
import type { Weigh } from './weight.ts';

/**
 * What lets the search under two limits skip most of its table: a price for each group that stands in for the limit on
 * groups (Lagrangian relaxation), and the weight of one cover that is known to fit.
 *
 * A cover of the line before a place with at most `c` columns and `r` groups weighs at least `before[place][c] - price x r`.
 */
export interface Bound {
  readonly price: number;
  /** Weight of a cover within both limits; nothing heavier is of interest. */
  readonly upper: number;
  /** By place, then by column: the least of weight + price x groups over all covers of what is before the place. */
  readonly before: readonly Float64Array[];
}

/** Solves with groups unlimited but at a price. */
export type Relaxed = (price: number) => Cover | null;

interface Point {
  readonly groups: number;
  readonly weight: number;
}

/**
 * Finds the price at which about `maxGroups` groups are worth it: the point where the two straight lines through a cover
 * with too many groups and one with few enough meet, again and again until no cover lies below. Each round ends with one
 * of finitely many covers and lies strictly below the last, so it ends; in practice within ten rounds.
 */
function priceOf(relaxed: Relaxed, weigh: Weigh, many: Point, few: Point, maxGroups: number): [number, number] {
  let [above, within] = [many, few];
  for (;;) {
    const price = (within.weight - above.weight) / (above.groups - within.groups);
    const cover = relaxed(price);
    if (!cover) return [price, within.weight];
    const point = pointOf(cover, weigh);
    const gain = within.weight + price * within.groups - (point.weight + price * point.groups);
    // Sums with a price are rounded; a gain below this is none.
    if (gain <= SLACK * (within.weight + price * within.groups)) return [price, within.weight];
    if (point.groups > maxGroups) above = point;
    else within = point;
  }
}

/** Relative size of rounding that no comparison may hang on; sums of 53-bit numbers are off by far less. */
const SLACK = 1e-9;

function pointOf({ groups }: Cover, weigh: Weigh): Point {
  return { groups: groups.length, weight: groups.reduce((sum, group) => sum + weigh(group), 0) };
}

function weightsBefore(line: Line, columns: number, weigh: Weigh, price: number): readonly Float64Array[] {
  const places = line.segments.length;
  const tables = Array.from({ length: places + 1 }, () => new Float64Array(columns).fill(Infinity));
  tables[0]?.fill(0);
  const lower = (from: Float64Array | undefined, to: Float64Array | undefined, shift: number, added: number): void => {
    if (!from || !to) return;
    for (let column = shift; column < columns; column += 1) {
      to[column] = Math.min(to[column] ?? Infinity, (from[column - shift] ?? Infinity) + added);
    }
  };
  const starting = line.spans.toSorted((a, b) => a.start - b.start);
  let next = 0;
  line.segments.forEach(({ callers }, place) => {
    for (let span = starting[next]; span?.start === place; span = starting[next]) {
      lower(tables[place], tables[span.end], 0, weigh(span.group) + price);
      next += 1;
    }
    lower(tables[place], tables[place + 1], callers.length, 0);
  });
  return tables;
}

/**
 * Prepares the bound.
 *
 * @param many - a cover of least weight without limit on groups, with more than `maxGroups`
 * @param few - any cover within both limits
 */
export function boundOf(
  line: Line,
  limits: { readonly columns: number; readonly maxGroups: number },
  weigh: Weigh,
  relaxed: Relaxed,
  covers: { readonly many: Cover; readonly few: Cover },
): Bound {
  const [many, few] = [pointOf(covers.many, weigh), pointOf(covers.few, weigh)];
  const [price, weight] = priceOf(relaxed, weigh, many, few, limits.maxGroups);
  const upper = weight + SLACK * (weight + price * limits.maxGroups);
  return { price, upper, before: weightsBefore(line, limits.columns, weigh, price) };
}
