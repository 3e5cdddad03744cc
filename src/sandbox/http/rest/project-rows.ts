import { VISIBILITIES } from '../../world/vocabulary.ts';
import type { Namespace, Project, World } from '../../world/world.ts';
import type { Viewer } from '../env.ts';
import { canRead, levelOn } from '../lookup.ts';
import type { Countable } from '../answers/pages.ts';
import {
  optionalBoolean,
  optionalChoice,
  optionalInteger,
  optionalMoment,
  optionalText,
  type Params,
} from '../params.ts';

const ORDERS = [
  'id',
  'name',
  'path',
  'created_at',
  'updated_at',
  'last_activity_at',
  'similarity',
  'star_count',
  'storage_size',
] as const;

/** The filters that `/projects` and `/groups/:id/projects` share, the viewer's rights included. */
export function filterOf(world: World, viewer: Viewer | null, params: Params): (project: Project) => boolean {
  const checks: ((project: Project) => boolean)[] = [];
  const archived = optionalBoolean(params, 'archived');
  if (archived !== null) checks.push((project) => project.archived === archived);
  const visibility = optionalChoice(params, 'visibility', VISIBILITIES);
  if (visibility !== null) checks.push((project) => project.visibility === visibility);
  const search = optionalText(params, 'search')?.toLowerCase();
  if (search !== undefined) checks.push((project) => project.path.toLowerCase().includes(search));
  const since = optionalMoment(params, 'last_activity_after');
  if (since !== null) checks.push((project) => project.createdAt > since);
  const level = minimumLevel(viewer, params);
  if (level > 0) checks.push((project) => memberLevel(world, viewer, project) >= level);
  // The dearest check comes last; an administrator sees everything.
  if (viewer?.user.admin !== true) checks.push((project) => canRead(world, viewer, project));
  return (project) => checks.every((check) => check(project));
}

function minimumLevel(viewer: Viewer | null, params: Params): number {
  const asked = optionalInteger(params, 'min_access_level') ?? 0;
  const owned = optionalBoolean(params, 'owned') === true ? 50 : 0;
  const membership = optionalBoolean(params, 'membership') === true && viewer !== null ? 5 : 0;
  return Math.max(asked, owned, membership);
}

/** Membership, not reach: an administrator is a member only where he was made one. */
function memberLevel(world: World, viewer: Viewer | null, project: Project): number {
  if (viewer?.user.admin !== true) return levelOn(world, viewer, project);
  return world.members(project.id).find(({ user }) => user.id === viewer.user.id)?.accessLevel ?? 0;
}

/**
 * Projects as pages want them. `all` is sorted by id, so that the common orders need neither a sort nor a whole pass: a page
 * of 100 out of 100,000 must stay cheap for an administrator.
 */
export function projectRows(
  all: readonly Project[],
  filter: (project: Project) => boolean,
  params: Params,
): Countable<Project> {
  const order = optionalChoice(params, 'order_by', ORDERS) ?? 'created_at';
  const ascending = (optionalChoice(params, 'sort', ['asc', 'desc']) ?? 'desc') === 'asc';
  const bounded = withinIds(all, optionalInteger(params, 'id_after'), optionalInteger(params, 'id_before'));
  const inOrder = order === 'name' || order === 'path' ? byPath(bounded) : bounded;
  let matching: readonly Project[] | null = null;
  const rows = (): readonly Project[] => (matching ??= (ascending ? inOrder : [...inOrder].reverse()).filter(filter));
  return {
    get total(): number {
      return rows().length;
    },
    slice(start, end) {
      return start === 0 && matching === null ? take(inOrder, ascending, filter, end) : rows().slice(start, end);
    },
  };
}

function take(
  all: readonly Project[],
  ascending: boolean,
  filter: (project: Project) => boolean,
  count: number,
): Project[] {
  const taken: Project[] = [];
  for (let step = 0; step < all.length && taken.length < count; step += 1) {
    const project = all[ascending ? step : all.length - 1 - step];
    if (project !== undefined && filter(project)) taken.push(project);
  }
  return taken;
}

function withinIds(all: readonly Project[], after: number | null, before: number | null): readonly Project[] {
  if (after === null && before === null) return all;
  const start = after === null ? 0 : firstAbove(all, after);
  const end = before === null ? all.length : firstAbove(all, before - 1);
  return all.slice(start, end);
}

/** Index of the first row whose id is above `id`; `rows` is sorted by id. */
export function firstAbove(rows: readonly { readonly id: number }[], id: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.id ?? Number.POSITIVE_INFINITY) > id) high = middle;
    else low = middle + 1;
  }
  return low;
}

function byPath(projects: readonly Project[]): readonly Project[] {
  return [...projects].sort((a, b) => (a.path === b.path ? a.id - b.id : a.path < b.path ? -1 : 1));
}

/** Groups by name, then id. */
export function groupsByName(groups: readonly Namespace[]): readonly Namespace[] {
  return [...groups].sort((a, b) => (a.path === b.path ? a.id - b.id : a.path < b.path ? -1 : 1));
}
