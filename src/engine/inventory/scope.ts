import { pathMatcher } from '../../domain/decisions/rules.ts';
import type { Playbook } from '../../domain/playbook.ts';
import { samePath } from '../../domain/values.ts';
import type { ScopeQuery } from '../ports.ts';

/** The lists of projects that a playbook's scope is read from. */
export const scopesOf = (playbook: Playbook): readonly ScopeQuery[] =>
  playbook.scope.groups.length === 0 && playbook.scope.projects.length === 0
    ? [{ kind: 'all' }]
    : playbook.scope.groups.map((path) => ({ kind: 'group', path }));

/** Names a scope in the database. */
export const scopeKey = (scope: ScopeQuery): string => (scope.kind === 'all' ? 'all' : `group:${scope.path}`);

export type InScope = (project: { readonly path: string; readonly archived: boolean }) => boolean;

/** Is a project a callee of this rollout, as the playbook's scope says? */
export function scopeFilter(scope: Playbook['scope']): InScope {
  const excluded = scope.exclude.map(pathMatcher);
  const everything = scope.groups.length === 0 && scope.projects.length === 0;
  const below = (group: string, path: string): boolean => samePath(path.slice(0, group.length + 1), `${group}/`);
  return ({ path, archived }) => {
    if (excluded.some((matches) => matches(path)) || (archived && scope.archived === 'exclude')) return false;
    return (
      everything ||
      scope.groups.some((group) => below(group, path)) ||
      scope.projects.some((named) => samePath(named, path))
    );
  };
}
