import { compact, type Compaction } from '../domain/compaction.ts';
import type { Edge } from '../domain/edge.ts';
import type { CalleeNeeds, FitResult } from '../domain/entries.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Project, AllowlistEntry } from '../domain/project.ts';
import type { ProjectId } from '../domain/values.ts';

interface FitContext {
  readonly limits: Playbook['limits'];
  readonly projects: ReadonlyMap<ProjectId, Project>;
  /** Group ids by lower-case path; a group that is missing was looked up and cannot be seen. */
  readonly groupIds: ReadonlyMap<string, number>;
}

/** A group entry that is narrow covers nobody for certain, but takes its place in GitLab's count. */
const isNarrowGroup = (entry: AllowlistEntry): boolean => entry.kind === 'group' && !entry.defaultPermissions;

function run(needs: CalleeNeeds, context: FitContext): Compaction {
  const { entries } = needs.live;
  const known = [...context.projects.values()];
  const personal = new Set(known.filter((project) => project.personal).map(({ path }) => path.split('/')[0] ?? path));
  return compact({
    callers: needs.approved.map(({ callerPath }) => callerPath),
    projects: known.map(({ path }) => path),
    existing: entries.filter((entry) => !isNarrowGroup(entry)).map(({ kind, path }) => ({ kind, path })),
    userNamespaces: [...personal],
    limit: {
      kind: 'separate',
      projects: context.limits.projectEntries,
      groups: Math.max(0, context.limits.groupEntries - entries.filter(isNarrowGroup).length),
    },
  });
}

/** Does everybody get an entry of their own? Then nothing is widened and nothing has to be computed. */
function fitsSingly(needs: CalleeNeeds, callers: readonly Edge[], limits: Playbook['limits']): boolean {
  const held = needs.live.entries.filter(({ kind }) => kind === 'project').length;
  return held + callers.length <= limits.projectEntries;
}

/** The groups whose entries the plan may need, so that their ids can be looked up before it is made. */
export function groupsNeeded(needs: CalleeNeeds, callers: readonly Edge[], context: FitContext): readonly string[] {
  if (fitsSingly(needs, callers, context.limits)) return [];
  const result = run(needs, context);
  return result.fits ? result.widened.map(({ group }) => group) : [];
}

/** Fits the callers of one callee into GitLab's limits with the least widening. */
export function fitCallers(needs: CalleeNeeds, callers: readonly Edge[], context: FitContext): FitResult {
  if (fitsSingly(needs, callers, context.limits)) {
    return { kind: 'fits', projects: callers.map(({ caller }) => caller), groups: [] };
  }
  const result = run(needs, context);
  if (!result.fits) {
    const { least } = result;
    return {
      kind: 'impossible',
      detail: `its callers need at least ${least.projects} project and ${least.groups} group entries: split the project, or give some callers another credential`,
    };
  }
  const groups = [];
  for (const { group, admits, observed } of result.widened) {
    const id = context.groupIds.get(group.toLowerCase());
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
