import type { Edge } from '../../domain/edges/edge.ts';
import type { Gap, GapKind } from '../../domain/edges/gap.ts';
import type { Project } from '../../domain/project.ts';
import type { SurveyKind } from '../../domain/edges/survey.ts';
import { counted, formatDuration, isoTime, type EpochMs, type ProjectId } from '../../domain/values.ts';
import type { ImportRow, RolloutStore } from '../ports.ts';

/** What the evidence could not see beside the readings of the projects themselves (promise 7). */
export interface Gaps {
  readonly of: (callee: Project, edges: readonly Pick<Edge, 'caller'>[]) => readonly Gap[];
  /** What holds for every callee alike, one line each. */
  readonly overall: readonly string[];
}

type GapStore = Pick<
  RolloutStore,
  'surveys' | 'countSurveys' | 'unresolved' | 'imports' | 'oldestLogRow' | 'schedules'
>;

const RARE_MS = 7 * 86_400_000;

/** Loads once what looks at single projects left open; the answer per callee is then cheap. */
export async function loadGaps(store: GapStore, now: EpochMs): Promise<Gaps> {
  const logSince = await store.oldestLogRow();
  const scans = await looksOf(store, 'scan');
  const timetables = await looksOf(store, 'schedules');
  const facts = await lookedAt(store, 'facts');
  const open = countBy((await store.unresolved()).map(({ caller }) => caller));
  const rarest = new Map<ProjectId, number>();
  for (const { project, everyMs } of await store.schedules(RARE_MS)) {
    rarest.set(project, Math.max(everyMs, rarest.get(project) ?? 0));
  }
  const of: Gaps['of'] = (callee, edges) => {
    const callers = edges.map(({ caller }) => caller);
    const longest = callers.reduce((most, caller) => Math.max(most, rarest.get(caller) ?? 0), 0);
    const noTimetable = callers.filter((caller) => timetables.get(caller) !== 'whole').length;
    const notScanned = callers.filter((caller) => !scans.has(caller)).length;
    const notWhole = callers.filter((caller) => scans.get(caller) === 'cut').length;
    const unnamed = callers.reduce((sum, caller) => sum + (open.get(caller) ?? 0), 0);
    const since = logSince === null ? '' : isoTime(logSince);
    const rare = logSince !== null && longest > Math.max(0, now - logSince) ? `every ${formatDuration(longest)}` : null;
    return [
      ...gap('log-young', rare, (often) => `the log is known to reach back to ${since}, a caller has a job ${often}`),
      ...gap(
        'schedules-unread',
        timetables.size === 0 ? null : callersText(noTimetable),
        (of) => `the pipeline schedules of ${of} were not read`,
      ),
      ...gap(
        'files-unread',
        scans.size === 0 ? null : callersText(notScanned),
        (of) => `the files of ${of} were not looked at`,
      ),
      ...gap('files-cut', callersText(notWhole), (of) => `the files of ${of} could not be read to the end`),
      ...gap(
        'unresolved',
        unnamed === 0 ? null : counted(unnamed, 'access', 'accesses'),
        (many) => `${many} of its callers could not be named (tidegate evidence show)`,
      ),
      ...(sharesUnread(callee) ? [FEATURES_UNREAD] : []),
      ...gap(
        'facts-unread',
        facts.size === 0
          ? null
          : factsText(edges.length > 0 && !facts.has(callee.id), callers.filter((caller) => !facts.has(caller)).length),
        (of) => `the facts that risk rests on were not looked up of ${of}`,
      ),
    ];
  };
  const files = await store.countSurveys('scan');
  const looked = { scans: scans.size, timetables: timetables.size, facts: facts.size, files };
  return { of, overall: overallGaps(logSince, looked, await store.imports()) };
}

interface Looked {
  readonly scans: number;
  readonly timetables: number;
  readonly facts: number;
  /** Projects whose files could be looked at, and those whose were: any of the others may call anybody. */
  readonly files: { readonly all: number; readonly done: number };
}

function overallGaps(
  logSince: EpochMs | null,
  { scans, timetables, facts, files }: Looked,
  imports: readonly ImportRow[],
): readonly string[] {
  const strange = imports.filter(({ skipped }) => skipped > 0).length;
  const unread = imports.reduce((sum, row) => sum + row.unread, 0);
  return [
    ...(logSince === null ? ['no authentication log was read'] : []),
    ...(scans === 0 ? ['the files of no caller were looked at (evidence.surveys)'] : []),
    ...(scans > 0 && files.done < files.all
      ? [`the files of ${counted(files.all - files.done, 'project')} of ${files.all} were not looked at yet`]
      : []),
    ...(timetables === 0 ? ['the pipeline schedules of no caller were looked at (evidence.surveys)'] : []),
    ...(facts === 0 ? ['no facts that risk rests on were looked up (evidence.surveys)'] : []),
    ...(strange > 0 ? [`${counted(strange, 'imported file')} named projects that are not known`] : []),
    ...(unread > 0 ? [`${counted(unread, 'line')} of imported files could not be read or named no project`] : []),
  ];
}

const FEATURES_UNREAD: Gap = {
  kind: 'features-unread',
  text: 'which of its features are closed to non-members was not read',
  figure: null,
};

const callersText = (count: number): string | null => (count === 0 ? null : counted(count, 'caller'));

/** @param figure - null: there is no such gap */
const gap = (kind: GapKind, figure: string | null, text: (figure: string) => string): readonly Gap[] =>
  figure === null ? [] : [{ kind, text: text(figure), figure }];

function factsText(calleeToo: boolean, callers: number): string | null {
  const parts = [...(calleeToo ? ['the callee'] : []), ...(callers > 0 ? [counted(callers, 'caller')] : [])];
  return parts.length === 0 ? null : parts.join(' and ');
}

/** Projects that had such a look. */
async function lookedAt(store: GapStore, kind: SurveyKind): Promise<ReadonlySet<ProjectId>> {
  return new Set((await store.surveys(kind)).map(({ project }) => project));
}

/** How far the look went, of each project that had one. */
async function looksOf(store: GapStore, kind: SurveyKind): Promise<ReadonlyMap<ProjectId, 'whole' | 'cut'>> {
  const surveys = await store.surveys(kind);
  return new Map(surveys.map(({ project, problem }) => [project, problem === null ? 'whole' : 'cut']));
}

const sharesUnread = ({ visibility, facts }: Project): boolean =>
  (visibility === 'public' || visibility === 'internal') && Object.keys(facts?.features ?? {}).length === 0;

function countBy(ids: readonly ProjectId[]): ReadonlyMap<ProjectId, number> {
  const counts = new Map<ProjectId, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
