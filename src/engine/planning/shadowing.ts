import { calleeEntries, type CalleeEntries } from '../../domain/plan/entries.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Project } from '../../domain/project.ts';
import { createFitter, fitCallers, groupsNeeded } from './fit.ts';
import type { Knowledge } from './knowledge.ts';

/** GitLab's ids are positive: one that a group gets here is never mistaken for a real one. */
const NO_ID = -1;

/**
 * The entries that each callee would get before it is enforced, group entries included, worked out without asking GitLab.
 * What the plan holds back for other reasons (an edge to decide, a schedule to wait for) has no part in it.
 */
export function plannedEntriesOf(playbook: Playbook, knowledge: Knowledge): (callee: Project) => CalleeEntries | null {
  const { projects, decisions, groupDecisions, edgesOf } = knowledge;
  const fitter = createFitter(playbook.limits, projects);
  const isPersonal = (id: Project['id']): boolean => projects.get(id)?.personal === true;
  return (callee) => {
    if (callee.allowlist === null) return null;
    const edges = edgesOf(callee.id);
    const approved = edges.filter(({ state }) => state === 'approved');
    const refused = edges.filter(({ state }) => state === 'rejected' || state === 'replaced');
    return calleeEntries(
      { callee, live: callee.allowlist, approved, refused },
      {
        ...{ playbook, decisions, groupDecisions, isPersonal },
        fit: (needs, callers) => {
          const paths = groupsNeeded(needs, callers, fitter);
          // One id for all: entries are told apart by their paths here.
          return fitCallers(needs, callers, fitter, new Map(paths.map((path) => [path.toLowerCase(), NO_ID])));
        },
      },
    );
  };
}
