import { compact, type Compaction } from '../domain/compaction.ts';
import type { Edge } from '../domain/edge.ts';
import type { CalleeNeeds, FitResult } from '../domain/entries.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Project, AllowlistEntry } from '../domain/project.ts';
import type { ProjectId } from '../domain/values.ts';

/** What fits the callers of any callee of one plan. */
export interface Fitter {
  readonly limits: Playbook['limits'];
  /** Computed once per callee: a plan is made twice, first to learn which groups it needs. */
  readonly compactionOf: (needs: CalleeNeeds) => Compaction;
}

/** A group entry that is narrow covers nobody for certain, but takes its place in GitLab's count. */
const isNarrowGroup = (entry: AllowlistEntry): boolean => entry.kind === 'group' && !entry.defaultPermissions;

/** GitLab compares paths without case. */
const rootOf = (path: string): string => (path.split('/')[0] ?? path).toLowerCase();

export function createFitter(limits: Playbook['limits'], projects: ReadonlyMap<ProjectId, Project>): Fitter {
  const known = [...projects.values()];
  const personal = new Set(known.filter((project) => project.personal).map(({ path }) => path.split('/')[0] ?? path));
  const byRoot = new Map<string, string[]>();
  for (const { path } of known) {
    const below = byRoot.get(rootOf(path));
    if (below) below.push(path);
    else byRoot.set(rootOf(path), [path]);
  }
  const made = new Map<ProjectId, Compaction>();
  const run = ({ approved, live: { entries } }: CalleeNeeds): Compaction => {
    const callers = approved.map(({ callerPath }) => callerPath);
    const roots = [...new Set(callers.map(rootOf))];
    return compact({
      callers,
      // No entry that admits a caller reaches into another top-level group.
      projects: roots.flatMap((root) => byRoot.get(root) ?? []),
      existing: entries.filter((entry) => !isNarrowGroup(entry)).map(({ kind, path }) => ({ kind, path })),
      userNamespaces: [...personal],
      limit: {
        kind: 'separate',
        projects: limits.projectEntries,
        groups: Math.max(0, limits.groupEntries - entries.filter(isNarrowGroup).length),
      },
    });
  };
  return {
    limits,
    compactionOf: (needs) => {
      const result = made.get(needs.callee.id) ?? run(needs);
      made.set(needs.callee.id, result);
      return result;
    },
  };
}

/** Does everybody get an entry of their own? Then nothing is widened and nothing has to be computed. */
function fitsSingly(needs: CalleeNeeds, callers: readonly Edge[], limits: Playbook['limits']): boolean {
  const held = needs.live.entries.filter(({ kind }) => kind === 'project').length;
  return held + callers.length <= limits.projectEntries;
}

/** The groups whose entries the plan may need, so that their ids can be looked up before it is made. */
export function groupsNeeded(needs: CalleeNeeds, callers: readonly Edge[], fitter: Fitter): readonly string[] {
  if (fitsSingly(needs, callers, fitter.limits)) return [];
  const result = fitter.compactionOf(needs);
  return result.fits ? result.widened.map(({ group }) => group) : [];
}

/**
 * Fits the callers of one callee into GitLab's limits with the least widening.
 *
 * @param groupIds - by lower-case path; a group that is missing was looked up and cannot be seen
 */
export function fitCallers(
  needs: CalleeNeeds,
  callers: readonly Edge[],
  fitter: Fitter,
  groupIds: ReadonlyMap<string, number>,
): FitResult {
  if (fitsSingly(needs, callers, fitter.limits)) {
    return { kind: 'fits', projects: callers.map(({ caller }) => caller), groups: [] };
  }
  const result = fitter.compactionOf(needs);
  if (!result.fits) {
    const { least } = result;
    return {
      kind: 'impossible',
      detail: `its callers need at least ${least.projects} project and ${least.groups} group entries: split the project, or give some callers another credential`,
    };
  }
  const groups = [];
  for (const { group, admits, observed } of result.widened) {
    const id = groupIds.get(group.toLowerCase());
    if (id === undefined)
      return { kind: 'impossible', detail: `group ${group} is needed as an entry and the token cannot see it` };
    const refused = needs.refused.find(({ callerPath }) =>
      callerPath.toLowerCase().startsWith(`${group.toLowerCase()}/`),
    );
    if (refused) {
      return {
        kind: 'impossible',
        detail: `an entry for group ${group} would let in ${refused.callerPath}, which was refused`,
      };
    }
    groups.push({ id, path: group, widening: admits - observed });
  }
  const single = new Set(result.entries.filter(({ kind }) => kind === 'project').map(({ path }) => path.toLowerCase()));
  const projects = callers.filter(({ callerPath }) => single.has(callerPath.toLowerCase())).map(({ caller }) => caller);
  return { kind: 'fits', projects, groups };
}
