import type { Edge } from './edge.ts';
import type { Project } from './project.ts';
import { samePath } from './values.ts';

const rootOf = (path: string): string => path.split('/')[0] ?? path;

/**
 * How much can break when this callee is enforced and the evidence was wrong. Whole number ≥ 0, used to order waves.
 *
 * Each approved caller counts 1: it is a pipeline that stops when its entry is wrong. A caller in another root group
 * counts 2 more, because its team is the least likely to have been asked; a public or internal callee counts 5 more,
 * because the log may miss who reads it (GitLab lets such reads in without looking at the list).
 */
export function calleeRisk(callee: Project, approved: readonly Edge[]): number {
  const foreign = approved.filter(({ callerPath }) => !samePath(rootOf(callerPath), rootOf(callee.path))).length;
  const open = callee.visibility === 'public' || callee.visibility === 'internal';
  return approved.length + 2 * foreign + (open ? 5 : 0);
}
