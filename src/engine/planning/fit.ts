import { waysOut } from '../../domain/decisions/alternatives.ts';
import { compact, type Compaction } from '../../domain/compaction/compaction.ts';
import type { Edge } from '../../domain/edges/edge.ts';
import type { CalleeNeeds, FitResult } from '../../domain/plan/entries.ts';
import type { PlannedEntry } from '../../domain/plan/plan.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { AllowlistEntry, ProjectOutline } from '../../domain/project.ts';
import { ancestorPaths, samePath, type ProjectId } from '../../domain/values.ts';

/** What fits the callers of any callee of one plan. */
export interface Fitter {
  readonly limits: Playbook['limits'];
  /** Kept for the last callee asked for: it is planned twice where it needs groups, whose ids are asked for in between. */
  readonly compactionOf: (needs: CalleeNeeds) => Compaction;
}

/** A group entry that is narrow covers nobody for certain, but takes its place in GitLab's count. */
const isNarrowGroup = (entry: AllowlistEntry): boolean => entry.kind === 'group' && !entry.defaultPermissions;

/** GitLab compares paths without case. */
const rootOf = (path: string): string => (path.split('/')[0] ?? path).toLowerCase();

/** Fits the callers of one callee after the other to the playbook's number of entries. */
export function createFitter(limits: Playbook['limits'], projects: ReadonlyMap<ProjectId, ProjectOutline>): Fitter {
  const known = [...projects.values()];
  const personal = new Set(known.filter((project) => project.personal).map(({ path }) => path.split('/')[0] ?? path));
  const byRoot = new Map<string, string[]>();
  for (const { path } of known) {
    const below = byRoot.get(rootOf(path));
    if (below) below.push(path);
    else byRoot.set(rootOf(path), [path]);
  }
  let last: { readonly callee: ProjectId; readonly result: Compaction } | null = null;
  const run = ({ approved, refused, live: { entries } }: CalleeNeeds): Compaction => {
    const callers = approved.map(({ callerPath }) => callerPath);
    const roots = [...new Set(callers.map(rootOf))];
    const narrow = entries.filter(isNarrowGroup);
    return compact({
      callers,
      // No entry that admits a caller reaches into another top-level group.
      projects: roots.flatMap((root) => byRoot.get(root) ?? []),
      existing: entries.filter((entry) => !isNarrowGroup(entry)).map(({ kind, path }) => ({ kind, path })),
      userNamespaces: [...personal],
      // No group entry lets in who was refused; and one above a narrow entry does not reach the callers below that one.
      forbidden: [
        ...refused.flatMap(({ callerPath }) => ancestorPaths(callerPath)),
        ...narrow.flatMap(({ path }) => [...ancestorPaths(path), path]),
      ],
      limit: {
        kind: 'separate',
        projects: limits.projectEntries,
        groups: Math.max(0, limits.groupEntries - narrow.length),
      },
    });
  };
  return {
    limits,
    compactionOf: (needs) => {
      if (last?.callee !== needs.callee.id) last = { callee: needs.callee.id, result: run(needs) };
      return last.result;
    },
  };
}

/** Does everybody get an entry of their own? Then nothing is widened and nothing has to be computed. */
function fitsSingly(needs: CalleeNeeds, callers: readonly Edge[], limits: Playbook['limits']): boolean {
  const held = needs.live.entries.filter(({ kind }) => kind === 'project').length;
  return held + callers.length <= limits.projectEntries;
}

/** A group that an entry may name, as GitLab has it now. */
export interface KnownGroup {
  readonly id: number;
  /** Projects in it and below; null where GitLab did not tell. */
  readonly size: number | null;
}

/** An inventory knows the projects of its scope alone, and those of its day: what GitLab counts may be more. */
const wideningOf = (
  { admits, observed }: { readonly admits: number; readonly observed: number },
  size: number | null,
): number => Math.max(admits, size ?? 0) - observed;

/** The groups whose entries the plan may need, so that their ids can be looked up before it is made. */
export function groupsNeeded(needs: CalleeNeeds, callers: readonly Edge[], fitter: Fitter): readonly string[] {
  if (fitsSingly(needs, callers, fitter.limits)) return [];
  const result = fitter.compactionOf(needs);
  return result.fits ? result.widened.map(({ group }) => group) : [];
}

/**
 * Fits the callers of one callee into GitLab's limits with the least widening.
 *
 * @param known - by lower-case path; a group that is missing was looked up and cannot be seen
 */
export function fitCallers(
  needs: CalleeNeeds,
  callers: readonly Edge[],
  fitter: Fitter,
  known: ReadonlyMap<string, KnownGroup>,
): FitResult {
  if (fitsSingly(needs, callers, fitter.limits)) {
    return { kind: 'fits', projects: callers.map(({ caller }) => caller), groups: [] };
  }
  const result = fitter.compactionOf(needs);
  if (!result.fits) {
    const { least } = result;
    const why = needs.refused.length > 0 ? ', as no group may stand above a refused caller' : '';
    const ways = waysOut({ callee: needs.callee.path, callers: needs.approved.length, groups: [] })
      .map(({ name }) => name)
      .join(', ');
    return {
      kind: 'impossible',
      detail: `its callers need at least ${least.projects} project and ${least.groups} group entries${why}: ${ways}`,
    };
  }
  const groups: { readonly id: number; readonly path: string; readonly widening: number }[] = [];
  for (const { group, admits, observed } of result.widened) {
    const there = known.get(group.toLowerCase());
    if (there === undefined)
      return { kind: 'impossible', detail: `group ${group} is needed as an entry and the token cannot see it` };
    groups.push({ id: there.id, path: group, widening: wideningOf({ admits, observed }, there.size) });
  }
  const single = new Set(result.entries.filter(({ kind }) => kind === 'project').map(({ path }) => path.toLowerCase()));
  const projects = callers.filter(({ callerPath }) => {
    const path = callerPath.toLowerCase();
    // One that a narrow entry keeps from a wide one above it is in neither: only an entry of its own reaches it.
    return single.has(path) || !groups.some((group) => path.startsWith(`${group.path.toLowerCase()}/`));
  });
  if (!fitsSingly(needs, projects, fitter.limits)) {
    return { kind: 'impossible', detail: 'narrow group entries stand above more of its callers than it can list' };
  }
  return { kind: 'fits', projects: projects.map(({ caller }) => caller), groups };
}

/**
 * Planned entries with what their groups admit by now: a group may have grown since the plan was made.
 *
 * @param sizes - projects in each group, by lower-case path; null where GitLab did not tell
 */
export function widenedNow(
  needs: CalleeNeeds,
  add: readonly PlannedEntry[],
  fitter: Fitter,
  sizes: ReadonlyMap<string, number | null>,
): readonly PlannedEntry[] {
  const result = fitter.compactionOf(needs);
  const widened = result.fits ? result.widened : [];
  return add.map((entry) => {
    const now = entry.kind === 'group' ? widened.find(({ group }) => samePath(group, entry.path)) : undefined;
    return now ? { ...entry, widening: wideningOf(now, sizes.get(entry.path.toLowerCase()) ?? null) } : entry;
  });
}
