import { nearestEntry } from '../../domain/access/access.ts';
import { DEFAULT_PERMISSIONS, type Decision } from '../../domain/decisions/decision.ts';
import { edgeKey, type Edge } from '../../domain/edges/edge.ts';
import type { AllowlistEntry, EntryPermissions, EntryTarget, Project, ProjectRef } from '../../domain/project.ts';
import { callerOf } from '../../domain/access/shadow.ts';
import type { ProjectId } from '../../domain/values.ts';
import { byText } from '../text.ts';

/** One entry as it should stand. */
export interface ExportEntry extends EntryTarget, EntryPermissions {
  /** It stands on GitLab already, or an approved edge asks for it. */
  readonly origin: 'stands' | 'approved';
  /** The decision behind it; null for an entry that nobody decided on here. */
  readonly reason: string | null;
}

/** The allowlist of one callee as it should stand. */
export interface ExportCallee extends ProjectRef {
  /** False while edges are undecided on a callee that is still open: switching it on would refuse them. */
  readonly enforce: boolean;
  readonly undecided: number;
  readonly entries: readonly ExportEntry[];
}

/** A form of the export, written callee by callee: what stands before the first, each callee's part, what closes it. */
export interface ExportForm {
  readonly begin: string;
  readonly callee: (callee: ExportCallee) => string;
  readonly end: () => string;
}

/** What the export of one callee is made from; decisions by `edgeKey`. */
export interface ExportSource {
  readonly callee: Project;
  readonly edges: readonly Edge[];
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly isPersonal: (caller: ProjectId) => boolean;
}

/**
 * The allowlist of one callee: entries that stand, without those of callers that were refused, and one for each approved
 * caller that none of them admits. Null where it was not read.
 */
export function exportCallee(source: ExportSource): ExportCallee | null {
  const { callee, edges } = source;
  const { id, path, allowlist } = callee;
  if (allowlist === null) return null;
  const undecided = edges.filter(({ state }) => state === 'undecided').length;
  const enforce = allowlist.effective || undecided === 0;
  return { id, path, enforce, undecided, entries: entriesOf(allowlist.entries, source) };
}

function entriesOf(
  standing: readonly AllowlistEntry[],
  { edges, decisions, isPersonal }: ExportSource,
): readonly ExportEntry[] {
  const byCaller = new Map<number, Edge>(edges.map((edge) => [edge.caller, edge]));
  const decisionOn = (edge: Edge | undefined): Decision | null =>
    edge ? (decisions.get(edgeKey(edge.caller, edge.callee)) ?? null) : null;
  const refused = ({ kind, id }: AllowlistEntry): boolean => {
    const state = kind === 'project' ? byCaller.get(id)?.state : undefined;
    return state === 'rejected' || state === 'replaced';
  };
  const kept = standing.filter((entry) => !refused(entry));
  const added = edges.filter(({ state, caller, callerPath }) => {
    if (state !== 'approved') return false;
    const entry = nearestEntry(kept, callerOf(caller, callerPath, isPersonal(caller)));
    // A narrow group entry may not be enough; a project entry is somebody's decision on exactly this caller.
    return entry === null || (entry.kind === 'group' && !entry.defaultPermissions);
  });
  const entries = [
    ...kept.map(({ kind, id, path, defaultPermissions, policies }): ExportEntry => {
      const reason = kind === 'project' ? (decisionOn(byCaller.get(id))?.reason ?? null) : null;
      return { kind, id, path, defaultPermissions, policies, origin: 'stands', reason };
    }),
    ...added.map((edge): ExportEntry => {
      const decision = decisionOn(edge);
      const target = { kind: 'project', id: edge.caller, path: edge.callerPath } as const;
      return {
        ...target,
        ...(decision?.permissions ?? DEFAULT_PERMISSIONS),
        origin: 'approved',
        reason: decision?.reason ?? null,
      };
    }),
  ];
  return entries.sort((a, b) => byText(a.kind, b.kind) || byText(a.path, b.path));
}
