import type { Edge } from '../domain/edge.ts';
import type { Project } from '../domain/project.ts';
import { counted, formatDuration, isoTime, type EpochMs, type ProjectId } from '../domain/values.ts';
import type { RolloutStore } from './ports.ts';

/** What the evidence could not see beside the readings of the projects themselves, one line each (promise 7). */
export interface Gaps {
  readonly of: (callee: Project, edges: readonly Edge[]) => readonly string[];
  /** What holds for every callee alike. */
  readonly overall: readonly string[];
}

type GapStore = Pick<RolloutStore, 'surveys' | 'unresolved' | 'imports' | 'oldestLogRow' | 'schedules'>;

const RARE_MS = 7 * 86_400_000;

/** Loads once what looks at single projects left open; the answer per callee is then cheap. */
export async function loadGaps(store: GapStore, now: EpochMs): Promise<Gaps> {
  const logSince = await store.oldestLogRow();
  const scans = new Map((await store.surveys('scan')).map((survey) => [survey.project, survey]));
  const open = countBy((await store.unresolved()).map(({ caller }) => caller));
  const skipped = (await store.imports()).filter(({ whole }) => !whole).length;
  const rarest = new Map<ProjectId, number>();
  for (const { project, everyMs } of await store.schedules(RARE_MS)) {
    rarest.set(project, Math.max(everyMs, rarest.get(project) ?? 0));
  }
  const overall = [
    ...(scans.size === 0 ? ['the files of no caller were looked at (evidence.surveys)'] : []),
    ...(skipped > 0 ? [`${counted(skipped, 'imported file')} named projects that are not known`] : []),
  ];
  const of: Gaps['of'] = (callee, edges) => {
    const callers = edges.map(({ caller }) => caller);
    const longest = Math.max(0, ...callers.map((caller) => rarest.get(caller) ?? 0));
    const notScanned = callers.filter((caller) => !scans.has(caller)).length;
    const notWhole = callers.filter((caller) => (scans.get(caller)?.problem ?? null) !== null).length;
    const unnamed = callers.reduce((sum, caller) => sum + (open.get(caller) ?? 0), 0);
    return [
      ...(logSince !== null && longest > now - logSince
        ? [
            `the log is known to reach back to ${isoTime(logSince)}, a caller has a job every ${formatDuration(longest)}`,
          ]
        : []),
      ...(notScanned > 0 && scans.size > 0 ? [`the files of ${counted(notScanned, 'caller')} were not looked at`] : []),
      ...(notWhole > 0 ? [`the files of ${counted(notWhole, 'caller')} could not be read to the end`] : []),
      ...(unnamed > 0
        ? [`${counted(unnamed, 'access', 'accesses')} of its callers could not be named (tidegate evidence show)`]
        : []),
      ...(sharesUnread(callee) ? ['which of its features are closed to non-members was not read'] : []),
    ];
  };
  return { of, overall };
}

const sharesUnread = ({ visibility, facts }: Project): boolean =>
  (visibility === 'public' || visibility === 'internal') && Object.keys(facts?.features ?? {}).length === 0;

function countBy(ids: readonly ProjectId[]): ReadonlyMap<ProjectId, number> {
  const counts = new Map<ProjectId, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
