import { isDeepStrictEqual } from 'node:util';
import type { ProjectReading } from '../ports.ts';
import { withRenames } from './changes.ts';
import { commit, type Step } from './pages.ts';
import { following } from './position.ts';
import { scopeFilter, scopesOf, scopeToday, type InScope } from './scope.ts';

/** GitLab takes at most so many ids in one request. */
const IDS_AT_ONCE = 50;

/**
 * Projects of the last inventory that no list has brought. One that moved while the lists were read, from a group that was still
 * to come into one that was done, is in scope all the same; one that moved out of scope is known by its new name. What nobody
 * can see by its id is gone, or hidden from the token.
 */
export const readMissed: Step = async (engine, { seen, done, position }) => {
  const { store, forge } = engine;
  const missed = await store.unseen(seen, Number(position.after ?? 0), IDS_AT_ONCE);
  const last = missed.at(-1);
  if (last === undefined) return { cursor: following({ seen, done, position }), total: null };
  const readings = await forge.projectsById(missed.map(({ id }) => id));
  const scope = await scopeToday(engine);
  const stays = staysIn(scopeFilter(scope), isDeepStrictEqual(scopesOf(scope), [{ kind: 'all' }]));
  const here = readings.filter(stays);
  const away = readings.filter((reading) => !stays(reading)).map(({ project }) => project);
  const paths = new Map(missed.map(({ id, path }) => [id, path]));
  const moved = away.map(({ id, path }) => ({ from: paths.get(id) ?? path, to: path }));
  const next = { ...position, after: `${last.id}`, changes: withRenames(position.changes, moved) };
  const cursor = await commit(engine, { seen, done: done + here.length, position: next }, here, () =>
    // They leave the scope with all that this inventory has not seen.
    store.putProjects(
      away.map((project) => ({ ...project, inScope: true })),
      seen - 1,
    ),
  );
  return { cursor, total: null };
};

/** @param everything - the scope is whatever the token belongs to: others may show themselves to everybody and are no part of it */
const staysIn =
  (inScope: InScope, everything: boolean) =>
  ({ project }: ProjectReading): boolean =>
    inScope(project) && (!everything || project.unread === null || (project.accessLevel ?? 0) > 0);
