import { isDeepStrictEqual } from 'node:util';
import { RolloutError } from '../../domain/errors.ts';
import type { Project } from '../../domain/project.ts';
import { fenced, type Engine } from '../context.ts';
import { printable } from '../../domain/redact.ts';
import { counted } from '../../domain/values.ts';
import type { FeatureReading, InventoryPage, ProjectReading, ScopeQuery } from '../ports.ts';
import { withChanges } from './changes.ts';
import { following, NO_LIST, saveCursor, type Cursor, type Position } from './position.ts';
import { keepReadings } from './readings.ts';
import { followGroups, followProjects } from './names.ts';
import { scopeFilter, scopeKey, scopesOf, scopeToday } from './scope.ts';

/** As many pages as could ever come at once. */
const PAGES_AHEAD = 8;
/** GitLab takes at most so many ids in one request. */
const IDS_AT_ONCE = 50;

/** One step of an inventory: reads, commits what it read with the place where the next step starts. */
export type Step = (
  engine: Engine,
  cursor: Cursor,
) => Promise<{ readonly cursor: Cursor | null; readonly total: number | null }>;

/** One page of settings, entries and log, or several where an earlier inventory knows how the pages lie. */
export const readProjects: Step = async (engine, { seen, done, position }) => {
  const { store } = engine;
  const scope = scopesOf(await scopeToday(engine))[position.scope];
  if (!scope) return { cursor: following({ seen, done, position }), total: null };
  const key = scopeKey(scope);
  const ahead = await store.inventoryPages(key, position.ahead, PAGES_AHEAD);
  const page = await pageOf(engine, position.scope, position.after, ahead);
  const told = page.total ?? position.told;
  const came = position.came + page.items.length;
  if (page.next === null && told !== null && came < told) engine.notify.alert(fewer(scope, told, came));
  const next: Position =
    page.next === null
      ? { ...position, ...NO_LIST, scope: position.scope + 1 }
      : {
          ...{ ...position, told, came, after: page.next },
          ...{ ahead: position.ahead + page.used, kept: position.kept + page.ends.length },
        };
  const cursor = await commit(
    engine,
    { seen, done: done + page.items.length, position: next },
    page.items,
    async () => {
      await store.putInventoryPages(seen, key, position.kept, page.ends);
    },
  );
  return { cursor, total: page.total };
};

/** A group that was renamed since the inventory began is not there under its name: it is looked up by id, once. */
async function pageOf(
  engine: Engine,
  index: number,
  after: string | null,
  ahead: readonly string[],
): Promise<InventoryPage> {
  const named = async (): Promise<ScopeQuery | undefined> => scopesOf(await scopeToday(engine))[index];
  const scope = (await named()) ?? { kind: 'all' };
  try {
    return await engine.forge.projects(scope, after, ahead);
  } catch (error) {
    if (scope.kind === 'all' || !(error instanceof RolloutError) || error.code !== 'FORGE_NOT_FOUND') throw error;
    await followGroups(engine);
    const renamed = await named();
    if (renamed === undefined || isDeepStrictEqual(renamed, scope)) throw error;
    return engine.forge.projects(renamed, after, ahead);
  }
}

/** A list that GitLab shows less of than it counted is no whole one, whatever the reason. */
const fewer = (scope: ScopeQuery, told: number, came: number): string =>
  `GitLab counted ${counted(told, 'project')} in ${scope.kind === 'all' ? 'the instance' : `group ${printable(scope.path)}`} and showed ${came}: the others were deleted, moved or hidden from the token while the list was read. What is hidden is not in this inventory; \`tidegate doctor\` tells what the token may do.`;

/**
 * Projects that the playbook names one by one, with their feature levels, as no list of a group has these. After a crash
 * they are read again from the first, as there are few.
 */
export const readNamed: Step = async (engine, { seen, done, position }) => {
  const { forge, store } = engine;
  const named: readonly FeatureReading[] = await followProjects(engine);
  let cursor: Cursor = { seen, done, position };
  for (let start = 0; start < named.length; start += IDS_AT_ONCE) {
    const some = named.slice(start, start + IDS_AT_ONCE);
    const readings = await forge.projectsById(some.map(({ id }) => id));
    const sharing = new Set(
      readings.flatMap(({ project: { id, visibility } }) => (visibility === 'private' ? [] : [id])),
    );
    cursor = await commit(engine, cursor, readings, () => store.putFeatures(some.filter(({ id }) => sharing.has(id))));
  }
  return { cursor: following({ ...cursor, done: done + named.length }), total: null };
};

/** Stores readings and the new position in one transaction; returns the position with what was found to be different. */
export async function commit(
  engine: Engine,
  cursor: Cursor,
  readings: readonly ProjectReading[],
  more: () => Promise<void> = () => Promise.resolve(),
): Promise<Cursor> {
  const { store } = engine;
  const inScope = scopeFilter(await scopeToday(engine));
  return fenced(engine, async () => {
    const before = new Map(
      (await store.projectsById(readings.map(({ project }) => project.id))).map((known) => [known.id, known]),
    );
    const edges = await edgeCount(engine);
    const projects = await keepReadings(engine, readings, inScope, cursor.seen);
    const { changes, shared } = cursor.position;
    const changed = withChanges(changes, before, projects);
    const position: Position = {
      ...cursor.position,
      changes: { ...changed, newEdges: changed.newEdges + (await edgeCount(engine)) - edges },
      shared: {
        public: shared.public + countOf(projects, 'public'),
        internal: shared.internal + countOf(projects, 'internal'),
      },
    };
    await more();
    await saveCursor(store, { ...cursor, position });
    return { ...cursor, position };
  });
}

const countOf = (projects: readonly Project[], visibility: Project['visibility']): number =>
  projects.filter((project) => project.visibility === visibility).length;

/** How many edges are known, whatever was decided of them. */
export async function edgeCount({ store }: Pick<Engine, 'store'>): Promise<number> {
  const counts = await store.countEdges();
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
