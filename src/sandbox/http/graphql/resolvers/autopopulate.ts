import type { Entry, Namespace, Project, World } from '../../../world/world.ts';

/** Entries of both kinds that GitLab's own tool fills a list up to. */
const ALLOWLIST_LIMIT = 200;

/** A caller as its way down the tree: groups from the root, the project last. */
type Way = readonly string[];

class CompactionError extends Error {}

/**
 * GitLab's own autopopulate (17.9 to 18.6): clears what it added before, adds every caller of the log, compacted depth-first
 * into groups when the limit is short, then switches the allowlist on.
 *
 * @returns the errors of the payload; on any of them nothing was added, but the earlier entries are gone all the same
 */
export function autopopulate(world: World, callee: Project, userId: number | null): readonly string[] {
  clearAutopopulated(world, callee);
  let ways: readonly Way[];
  try {
    ways = compact(uncoveredCallers(world, callee), ALLOWLIST_LIMIT - world.entries(callee.id).length);
  } catch (error) {
    if (error instanceof CompactionError) return [error.message];
    throw error;
  }
  const targets = ways.map((way) => entryOf(world, way));
  if (targets.some((target) => target === null)) return ['Validation failed: Target group must exist'];
  for (const target of targets) {
    if (target !== null) world.addEntry(callee.id, { ...target, addedBy: userId, autopopulated: true });
  }
  world.setInbound(callee.id, true);
  return [];
}

/** Takes out every entry that the tool added; the setting stays as it is. */
export function clearAutopopulated(world: World, callee: Project): void {
  for (const entry of [...world.entries(callee.id)]) {
    if (entry.autopopulated) world.removeEntry(callee.id, entry.kind, entry.targetId);
  }
}

function uncoveredCallers(world: World, callee: Project): readonly Way[] {
  const listed = world.entries(callee.id).map((entry) => keyOf(wayOfEntry(world, entry)));
  return world
    .authLog(callee.id)
    .map(({ caller }) => wayOf(caller.namespace, caller.fullPath))
    .filter((way) => !prefixesOf(way).some((prefix) => listed.includes(keyOf(prefix))));
}

function wayOf(namespace: Namespace | null, ownPath: string): Way {
  const groups: string[] = [];
  for (let group = namespace; group !== null; group = group.parent) groups.unshift(group.fullPath);
  return [...groups, ownPath];
}

function wayOfEntry(world: World, entry: Entry): Way {
  if (entry.kind === 'group') {
    const group = world.groupById(entry.targetId);
    return group === null ? [] : wayOf(group.parent, group.fullPath);
  }
  const project = world.projectById(entry.targetId);
  return project === null ? [] : wayOf(project.namespace, project.fullPath);
}

function keyOf(way: Way): string {
  return way.join('\n');
}

function prefixesOf(way: Way): readonly Way[] {
  return way.map((_, index) => way.slice(0, index + 1));
}

/** While there are too many: the deepest parent shared by two or more, the most shared of those, replaces all below it. */
function compact(callers: readonly Way[], limit: number): readonly Way[] {
  let ways = callers;
  while (ways.length > limit) {
    const parent = nextParent(ways);
    if (parent === null) throw new CompactionError('CompactionLimitCannotBeAchievedError');
    const key = keyOf(parent);
    ways = [parent, ...ways.filter((way) => !prefixesOf(way).some((prefix) => keyOf(prefix) === key))];
  }
  return ways;
}

function nextParent(ways: readonly Way[]): Way | null {
  const tally = new Map<string, { readonly parent: Way; count: number }>();
  for (const way of ways) {
    if (way.length < 2) continue;
    const parent = way.slice(0, -1);
    const known = tally.get(keyOf(parent));
    if (known === undefined) tally.set(keyOf(parent), { parent, count: 1 });
    else known.count += 1;
  }
  const shared = [...tally.values()].filter(({ count }) => count > 1);
  shared.sort((a, b) => b.parent.length - a.parent.length || b.count - a.count);
  return shared[0]?.parent ?? null;
}

function entryOf(world: World, way: Way): { kind: Entry['kind']; targetId: number } | null {
  const path = way.at(-1) ?? '';
  const project = world.findProject(path)?.project;
  if (project !== undefined) return { kind: 'project', targetId: project.id };
  // A personal namespace compacts to itself, and no list takes it.
  const group = world.groupByPath(path);
  return group?.kind === 'group' ? { kind: 'group', targetId: group.id } : null;
}
