import type { Project } from '../project.ts';
import { counted } from '../values.ts';

/** What kept the evidence on a callee from being whole, in the order in which it is told. */
export const GAP_KINDS = [
  ...(['unread', 'log-unread', 'log-cut', 'shared'] as const),
  ...([
    'log-young',
    'schedules-unread',
    'files-unread',
    'files-cut',
    'unresolved',
    'features-unread',
    'facts-unread',
  ] as const),
] as const;

/** A kind of what evidence may miss. */
export type GapKind = (typeof GAP_KINDS)[number];

/** One thing that the evidence on one callee could not see (promise 7). */
export interface Gap {
  readonly kind: GapKind;
  /** Of this callee, with its figures. */
  readonly text: string;
  /** What a list under the title of the kind has to add: a reason or a figure; null where the title says it all. */
  readonly figure: string | null;
}

/** The same, told of many callees at once. */
export const GAP_TITLES: Readonly<Record<GapKind, string>> = {
  unread: 'not read: they count neither as open nor as without callers, and block what depends on them',
  'log-unread': 'their authentication log could not be read: callers are known from other sources only',
  'log-cut':
    'their log is not whole: GitLab hands out at most 1,000 callers and does not say which are missing, or it named nobody in some rows',
  shared: 'public or internal: reads that need no entry may leave no row in the log',
  'log-young': 'a caller has a job that is rarer than the log is known to reach back',
  'schedules-unread': 'the pipeline schedules of callers were not read',
  'files-unread': 'the files of callers were not looked at',
  'files-cut': 'the files of callers could not be read to the end',
  unresolved: 'callers have accesses that no source could name (tidegate evidence show)',
  'features-unread': 'which of their features are closed to non-members was not read',
  'facts-unread': 'facts that the risk of their edges rests on were not looked up: their risk is a lower bound',
};

/** Newer servers hand out at most so many rows of a log (FACTS e). */
export const LOG_LIMIT = 1_000;

/** What the reading of the callee itself left open. */
export function readingGaps(callee: Project): readonly Gap[] {
  const { unread, allowlist, log, visibility } = callee;
  const gaps: Gap[] = [];
  if (unread !== null || allowlist === null) {
    const why = unread ?? 'its settings were not read';
    gaps.push({ kind: 'unread', text: `not read: ${why}`, figure: why });
  }
  if (log === null) {
    gaps.push({ kind: 'log-unread', text: 'its authentication log could not be read', figure: null });
  } else if (log.cut) {
    const all = log.rows >= LOG_LIMIT;
    gaps.push({
      kind: 'log-cut',
      text: all
        ? `GitLab cut its log at ${counted(log.rows, 'caller')}`
        : `its log names ${counted(log.rows, 'caller')} and holds rows that name nobody: deleted, or hidden from the token`,
      figure: `${log.rows.toLocaleString('en')} ${log.rows === 1 ? 'row' : 'rows'} seen`,
    });
  }
  if (visibility !== 'private') {
    gaps.push({
      kind: 'shared',
      text: `it is ${visibility}: reads without an entry may leave no row`,
      figure: visibility,
    });
  }
  return gaps;
}
