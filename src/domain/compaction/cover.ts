import type { Bound } from './bound.ts';
import type { Cover, Line, Span } from './line.ts';
import type { GroupNode } from './tree.ts';
import type { Weigh } from './weight.ts';

/**
 * What entries may cost: a table of `rows` x `columns` states. A project entry moves one column on; a group entry moves
 * `group.rows` rows and `group.columns` columns on.
 *
 * Separate limits: rows count groups, columns projects. A total limit: one row, both kinds move along it. Groups without
 * limit: one row, groups do not move.
 */
export interface Budget {
  readonly rows: number;
  readonly columns: number;
  readonly group: { readonly rows: number; readonly columns: number };
}

type Choices = Uint8Array | Uint32Array;

/** One way to cover what comes next on the line: its first segment by project entries, or a run of them by a group. */
interface Step {
  readonly to: number;
  readonly rows: number;
  readonly columns: number;
  readonly weight: number;
}

/** The best covers of the rest of the line from one boundary on, by what they cost. */
interface Table {
  /** `Infinity` where there is no cover; of no meaning outside the columns named below. */
  readonly weights: Float64Array;
  readonly choices: Choices;
  /** By row, the first and the last column worth looking at; none when the last comes first. */
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Makes tables, and takes the weights of those that nobody looks at any more: they are most of the memory. */
class TableMaker {
  readonly #budget: Budget;
  readonly #wide: boolean;
  readonly #spare: Float64Array[] = [];

  /** @param wide - whether a place has more choices than a byte can name */
  constructor(budget: Budget, wide: boolean) {
    this.#budget = budget;
    this.#wide = wide;
  }

  make(): Table {
    const { rows, columns } = this.#budget;
    const size = rows * columns;
    return {
      weights: this.#spare.pop() ?? new Float64Array(size),
      choices: this.#wide ? new Uint32Array(size) : new Uint8Array(size),
      first: new Int32Array(rows).fill(columns),
      last: new Int32Array(rows).fill(-1),
    };
  }

  /** The rest of the line after its end: nothing to cover, nothing spent. */
  end(): Table {
    const table = this.make();
    table.weights[0] = 0;
    table.first[0] = 0;
    table.last[0] = 0;
    return table;
  }

  recycle({ weights }: Table): void {
    this.#spare.push(weights);
  }
}

/** Opens the states of a table that a step can reach. */
function reach(step: Step, rest: Table, { first, last }: Table, { rows, columns }: Budget): void {
  for (let row = 0; row + step.rows < rows; row += 1) {
    const start = (rest.first[row] as number) + step.columns;
    const end = Math.min((rest.last[row] as number) + step.columns, columns - 1);
    if (start > end) continue;
    const target = row + step.rows;
    first[target] = Math.min(first[target] as number, start);
    last[target] = Math.max(last[target] as number, end);
  }
}

function clear({ weights, first, last }: Table, { rows, columns }: Budget): void {
  for (let row = 0; row < rows; row += 1) {
    const offset = row * columns;
    weights.fill(Infinity, offset + (first[row] as number), offset + (last[row] as number) + 1);
  }
}

/**
 * Puts one step before every cover of `rest`; where two weigh the same, the step that was tried first stays. The hot loop
 * of the whole search: indices stay inside the tables, so reads need no check for holes.
 */
function prepend(step: Step, choice: number, rest: Table, { weights, choices }: Table, budget: Budget): void {
  const { rows, columns } = budget;
  const shift = step.rows * columns + step.columns;
  const added = step.weight;
  const from = rest.weights;
  for (let row = 0; row + step.rows < rows; row += 1) {
    const start = row * columns + (rest.first[row] as number);
    const end = row * columns + Math.min(rest.last[row] as number, columns - 1 - step.columns);
    for (let state = start; state <= end; state += 1) {
      const weight = (from[state] as number) + added;
      if (weight < (weights[state + shift] as number)) {
        weights[state + shift] = weight;
        choices[state + shift] = choice;
      }
    }
  }
}

/** Narrows each row to the states that can still be part of a cover no heavier than the one that is known. */
function prune({ weights, first, last }: Table, place: number, { rows, columns }: Budget, bound: Bound): void {
  const before = bound.before[place] as Float64Array;
  for (let row = 0; row < rows; row += 1) {
    const most = bound.upper + bound.price * (rows - 1 - row);
    const offset = row * columns;
    let start = first[row] as number;
    let end = last[row] as number;
    while (start <= end && (weights[offset + start] as number) + (before[columns - 1 - start] as number) > most)
      start += 1;
    while (end >= start && (weights[offset + end] as number) + (before[columns - 1 - end] as number) > most) end -= 1;
    first[row] = start;
    last[row] = end;
  }
}

/** The lightest state, the first of equals; null when none was reached. */
function lightest({ weights, first, last }: Table, { rows, columns }: Budget): number | null {
  let best: number | null = null;
  let least = Infinity;
  for (let row = 0; row < rows; row += 1) {
    for (let column = first[row] as number; column <= (last[row] as number); column += 1) {
      const weight = weights[row * columns + column] as number;
      if (weight >= least) continue;
      best = row * columns + column;
      least = weight;
    }
  }
  return best;
}

function bucket(spans: readonly Span[], places: number): readonly (readonly Span[])[] {
  const buckets: Span[][] = Array.from({ length: places + 1 }, () => []);
  for (const span of spans) buckets[span.start]?.push(span);
  return buckets;
}

/** For each boundary the last place, going backwards, that looks at its table. */
function lastUses({ spans, segments }: Line): readonly number[] {
  const uses = Array.from({ length: segments.length + 1 }, (_, place) => place - 1);
  for (const { start, end } of spans) uses[end] = Math.min(uses[end] ?? start, start);
  return uses;
}

/**
 * The lightest cover within the budget: exact. Every choice of entries that covers the line is a path from its first
 * boundary to its last, one step per group entry or per segment with project entries, so the lightest path within the
 * budget is the optimum (docs/decisions/0010). Goes from the end to the start, so that among equals the groups that come
 * first in path order win.
 *
 * Time: (segments + spans) x rows x columns, less what the bound rules out. Memory: segments x rows x columns bytes, and
 * one table of numbers for each group above the current place.
 *
 * @returns null when no cover fits the budget
 */
export function leastCover(line: Line, budget: Budget, weigh: Weigh, bound: Bound | null = null): Cover | null {
  const places = line.segments.length;
  const starting = bucket(line.spans, places);
  const uses = lastUses(line);
  const tables = new TableMaker(
    budget,
    starting.some((spans) => spans.length > 255),
  );
  const choices: Choices[] = [];
  let table = tables.end();
  const kept = new Map([[places, table]]);
  for (let place = places - 1; place >= 0; place -= 1) {
    const alone = line.segments[place]?.callers.length ?? 0;
    const steps: readonly Step[] = [
      ...(starting[place] ?? []).map(({ end, group }) => ({ ...budget.group, to: end, weight: weigh(group) })),
      { to: place + 1, rows: 0, columns: alone, weight: 0 },
    ];
    table = tables.make();
    takeBest(steps, kept, table, budget);
    if (bound) prune(table, place, budget, bound);
    for (const to of new Set(steps.map((step) => step.to))) {
      const done = uses[to] === place ? kept.get(to) : undefined;
      if (done && kept.delete(to)) tables.recycle(done);
    }
    kept.set(place, table);
    choices[place] = table.choices;
  }
  const best = lightest(table, budget);
  return best === null ? null : follow(line, budget, starting, choices, best);
}

/** Fills a table with the best of all steps, each before the best covers of what it leaves. */
function takeBest(steps: readonly Step[], kept: ReadonlyMap<number, Table>, table: Table, budget: Budget): void {
  const rests = steps.map(({ to }) => kept.get(to));
  for (const [choice, step] of steps.entries()) if (rests[choice]) reach(step, rests[choice], table, budget);
  clear(table, budget);
  for (const [choice, step] of steps.entries()) if (rests[choice]) prepend(step, choice, rests[choice], table, budget);
}

/** Walks the line by the choices that were stored, from its first boundary and the given state. */
function follow(
  line: Line,
  budget: Budget,
  starting: readonly (readonly Span[])[],
  choices: readonly Choices[],
  first: number,
): Cover {
  const callers: string[] = [];
  const groups: GroupNode[] = [];
  const groupShift = budget.group.rows * budget.columns + budget.group.columns;
  let state = first;
  let place = 0;
  while (place < line.segments.length) {
    const span = starting[place]?.[choices[place]?.[state] ?? 0];
    if (span) {
      groups.push(span.group);
      state -= groupShift;
      place = span.end;
    } else {
      const alone = line.segments[place]?.callers ?? [];
      for (const caller of alone) callers.push(caller);
      state -= alone.length;
      place += 1;
    }
  }
  return { callers, groups };
}
