import { nearestEntry } from '../access/access.ts';
import { DEFAULT_PERMISSIONS, signedWidening, type Decision } from '../decisions/decision.ts';
import { edgeKey, type Edge } from '../edges/edge.ts';
import type { HeldCallee, PlannedEntry } from './plan.ts';
import type { Playbook } from '../playbook.ts';
import type { AllowlistState, EntryPermissions, EntryTarget, Project } from '../project.ts';
import { callerOf } from '../access/shadow.ts';
import type { ProjectId } from '../values.ts';

/** What the entries of one callee have to do. */
export interface CalleeNeeds {
  readonly callee: Project;
  readonly live: AllowlistState;
  readonly approved: readonly Edge[];
  /** Rejected or replaced callers: no group entry may let them in. */
  readonly refused: readonly Edge[];
}

/** What the entries of every callee are chosen from. */
export interface EntryContext {
  readonly playbook: Playbook;
  /** The decision in force on an edge, by `edgeKey`. */
  readonly decisions: ReadonlyMap<string, Decision>;
  /** The latest decision on a group entry, by `groupEntryKey`. */
  readonly groupDecisions: ReadonlyMap<string, Decision>;
  readonly isPersonal: (caller: ProjectId) => boolean;
  /** Fits callers into the limits with the least widening; see `compaction.ts`. */
  readonly fit: (needs: CalleeNeeds, callers: readonly Edge[]) => FitResult;
}

/** Which callers get entries of their own, and which groups stand for the others. */
export type FitResult =
  | {
      readonly kind: 'fits';
      readonly projects: readonly ProjectId[];
      readonly groups: readonly { readonly id: number; readonly path: string; readonly widening: number }[];
    }
  | { readonly kind: 'impossible'; readonly detail: string };

/** The entries to add and those already there that are relied on, or why no entries admit the approved callers. */
export type CalleeEntries =
  | { readonly kind: 'entries'; readonly add: readonly PlannedEntry[]; readonly relyOn: readonly EntryTarget[] }
  | { readonly kind: 'impossible'; readonly reason: HeldCallee['reason']; readonly detail: string };

/** A key for the decision on a group entry: `12:7`, callee first. */
export const groupEntryKey = (callee: ProjectId, groupId: number): string => `${callee}:${groupId}`;

/**
 * The sign-off that covers a planned group entry: it holds while the entry admits no more projects beyond its callers
 * than when it was signed. Null where there is none, or where the entry has outgrown it.
 */
export function signOffOf(
  callee: ProjectId,
  entry: Pick<PlannedEntry, 'id' | 'widening'>,
  groupDecisions: EntryContext['groupDecisions'],
): Decision | null {
  const decision = groupDecisions.get(groupEntryKey(callee, entry.id));
  const signed = signedWidening(decision);
  return decision !== undefined && signed !== null && entry.widening <= signed ? decision : null;
}

/** Entries that a callee's approved callers need beyond those that stand, narrow where the decisions say so. */
export function calleeEntries(needs: CalleeNeeds, context: EntryContext): CalleeEntries {
  const relyOn = new Map<string, EntryTarget>();
  const uncovered: Edge[] = [];
  for (const edge of needs.approved) {
    const caller = callerOf(edge.caller, edge.callerPath, context.isPersonal(edge.caller));
    const entry = nearestEntry(needs.live.entries, caller);
    // A project entry that stands is somebody's decision on exactly this caller, narrow or not: it is not ours to widen.
    if (entry && (entry.kind === 'project' || entry.defaultPermissions)) {
      relyOn.set(`${entry.kind}:${entry.id}`, { kind: entry.kind, id: entry.id, path: entry.path });
    } else uncovered.push(edge);
  }
  const fitted = context.fit(needs, uncovered);
  if (fitted.kind === 'impossible') return { kind: 'impossible', reason: 'limit', detail: fitted.detail };
  const refusedGroup = fitted.groups.find(
    ({ id }) => context.groupDecisions.get(groupEntryKey(needs.callee.id, id))?.verdict === 'rejected',
  );
  if (refusedGroup) {
    return {
      kind: 'impossible',
      reason: 'widening-refused',
      detail: `an entry for group ${refusedGroup.path} was refused`,
    };
  }
  return {
    kind: 'entries',
    add: plannedEntries(uncovered, fitted, context),
    relyOn: sortedTargets([...relyOn.values()]),
  };
}

function plannedEntries(
  uncovered: readonly Edge[],
  fitted: Extract<FitResult, { kind: 'fits' }>,
  context: EntryContext,
): readonly PlannedEntry[] {
  const own = new Set(fitted.projects);
  const permissions = (edges: readonly Edge[]): EntryPermissions =>
    merged(
      edges.map(
        ({ caller, callee }) => context.decisions.get(edgeKey(caller, callee))?.permissions ?? DEFAULT_PERMISSIONS,
      ),
    );
  const projects = uncovered
    .filter(({ caller }) => own.has(caller))
    .map((edge): PlannedEntry => ({
      kind: 'project',
      id: edge.caller,
      path: edge.callerPath,
      ...permissions([edge]),
      callers: [{ id: edge.caller, path: edge.callerPath }],
      widening: 0,
    }));
  const groups = fitted.groups.map((group): PlannedEntry => {
    const below = uncovered.filter(
      ({ caller, callerPath }) =>
        !own.has(caller) && callerPath.toLowerCase().startsWith(`${group.path.toLowerCase()}/`),
    );
    return {
      kind: 'group',
      id: group.id,
      path: group.path,
      ...permissions(below),
      callers: below.map(({ caller, callerPath }) => ({ id: caller, path: callerPath })),
      widening: group.widening,
    };
  });
  return sortedTargets([...projects, ...groups]);
}

/** The union of what is needed; default permissions as soon as one of them has those. */
function merged(all: readonly EntryPermissions[]): EntryPermissions {
  if (all.some(({ defaultPermissions }) => defaultPermissions)) return DEFAULT_PERMISSIONS;
  return { defaultPermissions: false, policies: [...new Set(all.flatMap(({ policies }) => policies))].sort() };
}

function sortedTargets<T extends EntryTarget>(targets: readonly T[]): readonly T[] {
  return [...targets].sort((a, b) => (a.kind === b.kind ? a.id - b.id : a.kind < b.kind ? -1 : 1));
}
