/**
 * Fits the callers of one callee to the number of entries that GitLab lets it hold, with the least widening.
 *
 * Widening is the number of present projects that the new entries admit beyond the observed callers. Projects that an
 * existing entry admits already are no widening. A group entry also admits every project that is added below it later.
 */
import { boundOf } from './bound.ts';
import { leastCover, type Budget } from './cover.ts';
import { layOut, type Cover, type Line } from './line.ts';
import { byText, callerTree, keyOf, namespaceFinder, pathOf, type CallerTree, type EntryPath } from './tree.ts';
import { weigher } from './weight.ts';

export type { EntryPath } from './tree.ts';

/**
 * How many entries the callee may hold, existing ones included; whole numbers >= 0. GitLab counts 200 project and 200
 * group entries separately (`PROJECT_LINK_DIRECTIONAL_LIMIT`, `GROUP_LINK_LIMIT`); its documentation reads as a total.
 */
export type EntryLimit =
  | { readonly kind: 'total'; readonly entries: number }
  | { readonly kind: 'separate'; readonly projects: number; readonly groups: number };

/** Paths compare without case; duplicates count once; callers missing from `projects` are taken as present. */
export interface CompactionInput {
  readonly callers: readonly string[];
  readonly projects: readonly string[];
  /** Entries the callee holds: they stay, count against the limit, and what they admit needs no entry. */
  readonly existing: readonly EntryPath[];
  /** Personal namespaces: they are no groups, so their projects need project entries. */
  readonly userNamespaces: readonly string[];
  /** Groups that may not stand as entries, such as those above a caller that was rejected; groups below them still may. */
  readonly forbidden?: readonly string[];
  readonly limit: EntryLimit;
}

/** What one new group entry lets in today: `admits` projects, of which `observed` were seen as callers. */
export interface Widened {
  readonly group: string;
  readonly admits: number;
  readonly observed: number;
}

/** Entries by kind, existing ones included. */
export interface EntryCount {
  readonly entries: number;
  readonly projects: number;
  readonly groups: number;
}

/** The choice with the least widening, or why the callers do not fit the number of entries. */
export type Compaction =
  | {
      readonly fits: true;
      /** Entries to add, in path order. */
      readonly entries: readonly EntryPath[];
      readonly widening: number;
      /** Every new group entry, also where it admits callers alone. */
      readonly widened: readonly Widened[];
    }
  | {
      readonly fits: false;
      /** The fewest entries with which any cover is possible; under separate limits the one that misses them least. */
      readonly least: EntryCount;
      /** Callers that nothing but an entry of their own can admit. */
      readonly personal: readonly string[];
      /** Top-level groups with callers: no entry reaches across two of them. */
      readonly roots: readonly { readonly path: string; readonly callers: number }[];
    };

function countExisting(existing: readonly EntryPath[]): EntryCount {
  const count = (kind: EntryPath['kind']) =>
    new Set(existing.filter((entry) => entry.kind === kind).map(({ path }) => keyOf(path))).size;
  const projects = count('project');
  const groups = count('group');
  return { entries: projects + groups, projects, groups };
}

interface Room {
  /** Entries of either kind under a total limit, else project entries. */
  readonly columns: number;
  readonly groups: number;
}

/** What is left of the limit for callers that can be merged; null when existing entries and personal projects fill it. */
function roomIn(limit: EntryLimit, held: EntryCount, personal: number): Room | null {
  const columns = (limit.kind === 'total' ? limit.entries - held.entries : limit.projects - held.projects) - personal;
  const groups = limit.kind === 'total' ? columns : limit.groups - held.groups;
  return columns < 0 || groups < 0 ? null : { columns, groups };
}

/** With a limit on project entries alone. */
const oneRow = (columns: number): Budget => ({ rows: 1, columns, group: { rows: 0, columns: 0 } });

const callersOn = ({ segments }: Line): number => segments.reduce((sum, { callers }) => sum + callers.length, 0);

/**
 * The optimum under both limits. The full table of groups x projects is seldom needed: without a limit on groups one row
 * is enough, and where its optimum, which has the fewest groups among all of least widening, stays within the limit on
 * groups it answers the question with both limits as well, for dropping a limit can only make the optimum better.
 */
function solveSeparate(line: Line, columns: number, maxGroups: number): Cover | null {
  const weigh = weigher(line, line.segments.length);
  const relaxed = (price: number) => leastCover(line, oneRow(columns), (group) => weigh(group) + price);
  const many = relaxed(0);
  if (!many || many.groups.length <= maxGroups) return many;
  const few = leastCover(line, oneRow(columns), () => 1);
  if (!few || few.groups.length > maxGroups) return null;
  const bound = boundOf(line, { columns, maxGroups }, weigh, relaxed, { many, few });
  return leastCover(line, { rows: maxGroups + 1, columns, group: { rows: 1, columns: 0 } }, weigh, bound);
}

function solve(line: Line, limit: EntryLimit, room: Room): Cover | null {
  const callers = callersOn(line);
  // More room than callers changes nothing: each entry admits one at least.
  const columns = Math.min(room.columns, callers) + 1;
  if (limit.kind === 'separate') return solveSeparate(line, columns, Math.min(room.groups, callers));
  const weigh = weigher(line, Math.min(line.segments.length, columns - 1));
  return leastCover(line, { rows: 1, columns, group: { rows: 0, columns: 1 } }, weigh);
}

/**
 * The least that is possible. Under a total limit the fewest entries, with few groups among them; under separate limits
 * the fewest groups that leave the projects within theirs, or else the fewest projects, for which nothing can stand in.
 */
function leastEntries(tree: CallerTree, line: Line, limit: EntryLimit, held: EntryCount): EntryCount {
  const fixed = held.projects + tree.personal.length;
  const all = callersOn(line);
  // Weighs first by one measure, then by another that stays below `size`.
  const size = all + 1;
  const fewestProjects = (): Cover | null => leastCover(line, oneRow(size), ({ uncovered }) => 1 - size * uncovered);
  const cover =
    limit.kind === 'total'
      ? leastCover(line, oneRow(size), ({ uncovered }) => size * (1 - uncovered) + 1)
      : (leastCover(
          line,
          oneRow(Math.min(all, Math.max(0, limit.projects - fixed)) + 1),
          (group) => size - group.uncovered,
        ) ?? fewestProjects());
  const [projects, groups] = [fixed + (cover?.callers.length ?? 0), held.groups + (cover?.groups.length ?? 0)];
  return { entries: projects + groups, projects, groups };
}

/** Callers below groups that may not stand as entries, one and all. */
function forcedAlone({ segments, spans }: Line): readonly string[] {
  return segments.flatMap(({ callers }, place) =>
    spans.some(({ start, end }) => start <= place && place < end) ? [] : callers,
  );
}

/**
 * Finds the entries to add, with the least widening that the limit allows: exactly.
 *
 * Ties go to fewer group entries, then to fewer callers behind group entries, then to deeper groups, then to groups that
 * come first in path order; the order of the input never matters.
 *
 * @returns `fits: false` with the least achievable count when the limit cannot be met
 */
export function compact(input: CompactionInput): Compaction {
  const tree = callerTree(input);
  const line = layOut(tree.roots);
  const held = countExisting(input.existing);
  const spelled = (key: string) => tree.spelling.get(key) ?? key;
  const room = roomIn(input.limit, held, tree.personal.length);
  const cover = room && solve(line, input.limit, room);
  if (!cover) {
    const roots = [...tree.roots]
      .sort(([a], [b]) => byText(a, b))
      .map(([, { name, uncovered }]) => ({ path: name, callers: uncovered }));
    const personal = [...tree.personal, ...forcedAlone(line)].sort(byText).map(spelled);
    return { fits: false, least: leastEntries(tree, line, input.limit, held), personal, roots };
  }
  const groups = cover.groups
    .map((group) => ({ ...group, path: pathOf(group) }))
    .sort((a, b) => byText(keyOf(a.path), keyOf(b.path)));
  const entries: EntryPath[] = [
    ...groups.map(({ path }) => ({ kind: 'group' as const, path })),
    ...[...cover.callers, ...tree.personal].map((key) => ({ kind: 'project' as const, path: spelled(key) })),
  ].sort((a, b) => byText(keyOf(a.path), keyOf(b.path)) || byText(a.kind, b.kind));
  return {
    fits: true,
    entries,
    widening: groups.reduce((sum, { widening }) => sum + widening, 0),
    widened: groups.map(({ path, admits, observed }) => ({ group: path, admits, observed })),
  };
}

/**
 * Tells the entries in a plain list of paths apart: a known project is a project entry, a path with known projects below
 * it or with one segment is a group entry; what is neither is taken for a project that the list does not know.
 */
export function entriesFromPaths(paths: readonly string[], projects: readonly string[]): readonly EntryPath[] {
  const known = new Set(projects.map(keyOf));
  const namespacesAbove = namespaceFinder(paths.map(keyOf));
  const above = new Set([...known].flatMap((project) => namespacesAbove(project)));
  const kindOf = (key: string): EntryPath['kind'] =>
    !known.has(key) && (above.has(key) || !key.includes('/')) ? 'group' : 'project';
  return paths.map((path) => ({ kind: kindOf(keyOf(path)), path }));
}
