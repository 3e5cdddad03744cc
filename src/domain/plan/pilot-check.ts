import { pathMatcher } from '../path-pattern.ts';

/**
 * Pilots that the playbook names and that match no callee: a path that was misspelled or moved, or lies out of scope.
 *
 * @param paths - of every callee in scope
 */
export const lostPilots = (named: readonly string[], paths: readonly string[]): readonly string[] =>
  named.filter((pattern) => !paths.some(pathMatcher(pattern)));
