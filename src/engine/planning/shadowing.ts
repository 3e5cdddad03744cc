import type { Decision } from '../../domain/decisions/decision.ts';
import { calleeEntries, type CalleeEntries } from '../../domain/plan/entries.ts';
import { isRefused } from '../../domain/plan/planner.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { ProjectOutline } from '../../domain/project.ts';
import type { ProjectId } from '../../domain/values.ts';
import { createFitter, fitCallers, groupsNeeded } from './fit.ts';
import type { CalleeKnowledge } from './knowledge.ts';

/** GitLab's ids are positive: one that a group gets here is never mistaken for a real one. */
const NOT_ASKED = { id: -1, size: null };

/**
 * The entries that each callee would get before it is enforced, group entries included, worked out without asking GitLab.
 * What the plan holds back for other reasons (an edge to decide, a schedule to wait for) has no part in it.
 */
export function plannedEntriesOf(
  playbook: Playbook,
  projects: ReadonlyMap<ProjectId, ProjectOutline>,
  groupDecisions: ReadonlyMap<string, Decision>,
): (known: CalleeKnowledge) => CalleeEntries | null {
  const fitter = createFitter(playbook.limits, projects);
  const isPersonal = (id: ProjectId): boolean => projects.get(id)?.personal === true;
  return ({ callee, edges, decisions }) => {
    if (callee.allowlist === null) return null;
    const approved = edges.filter(({ state }) => state === 'approved');
    return calleeEntries(
      { callee, live: callee.allowlist, approved, refused: edges.filter(isRefused) },
      {
        ...{ playbook, decisions, groupDecisions, isPersonal },
        fit: (needs, callers) => {
          const paths = groupsNeeded(needs, callers, fitter);
          // One id for all: entries are told apart by their paths here.
          return fitCallers(needs, callers, fitter, new Map(paths.map((path) => [path.toLowerCase(), NOT_ASKED])));
        },
      },
    );
  };
}
