import { pathMatcher } from '../../domain/path-pattern.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Project } from '../../domain/project.ts';
import { samePath } from '../../domain/values.ts';
import type { Engine } from '../context.ts';
import type { ScopeName, ScopeQuery } from '../ports.ts';

type Scope = Playbook['scope'];

/** The playbook's scope in the names that its groups and projects have today, as far as somebody looked. Asks nothing. */
export async function scopeToday({ store, playbook }: Pick<Engine, 'store' | 'playbook'>): Promise<Scope> {
  return inTodaysNames(playbook.scope, await store.scopeNames());
}

/** @param known - what the names of the playbook stand for, by GitLab's ids */
export function inTodaysNames(scope: Scope, known: readonly ScopeName[]): Scope {
  const today = (kind: ScopeName['kind'], names: readonly string[]): string[] =>
    names.map((name) => nameOf(known, kind, name)?.path ?? name);
  return { ...scope, groups: today('group', scope.groups), projects: today('project', scope.projects) };
}

/** What is known of a name of the scope; GitLab tells no case of letters apart. */
export const nameOf = (known: readonly ScopeName[], kind: ScopeName['kind'], name: string): ScopeName | undefined =>
  known.find((one) => one.kind === kind && samePath(one.name, name));

/** The lists of projects that a scope is read from. */
export const scopesOf = ({ groups, projects }: Scope): readonly ScopeQuery[] =>
  groups.length === 0 && projects.length === 0 ? [{ kind: 'all' }] : groups.map((path) => ({ kind: 'group', path }));

/** Names a scope in the database. */
export const scopeKey = (scope: ScopeQuery): string => (scope.kind === 'all' ? 'all' : `group:${scope.path}`);

/** Is a project a callee of this rollout? */
export type InScope = (project: Pick<Project, 'id' | 'path' | 'archived'>) => boolean;

/** As the playbook's scope says, by paths of today. */
export function scopeFilter(scope: Scope): InScope {
  const barred = barredBy(scope);
  const everything = scope.groups.length === 0 && scope.projects.length === 0;
  const below = (group: string, path: string): boolean => samePath(path.slice(0, group.length + 1), `${group}/`);
  return (project) =>
    !barred(project) &&
    (everything ||
      scope.groups.some((group) => below(group, project.path)) ||
      scope.projects.some((named) => samePath(named, project.path)));
}

/**
 * Between two inventories: what is known stays where the last one put it. A group that is renamed while a wave is watched would
 * take its projects out of scope otherwise, until the next inventory finds it under its new name.
 */
export function scopeBetween(scope: Scope, known: readonly Pick<Project, 'id' | 'inScope'>[]): InScope {
  const barred = barredBy(scope);
  const fresh = scopeFilter(scope);
  const before = new Map(known.map(({ id, inScope }) => [id, inScope]));
  return (project) => !barred(project) && (before.get(project.id) ?? fresh(project));
}

function barredBy(scope: Scope): InScope {
  const excluded = scope.exclude.map(pathMatcher);
  return ({ path, archived }) =>
    excluded.some((matches) => matches(path)) || (archived && scope.archived === 'exclude');
}
