import { describe, expect, it } from 'vitest';
import type { Project } from '../../../src/domain/project.ts';
import type { Schedule, Survey, UnresolvedAccess } from '../../../src/domain/edges/survey.ts';
import { epochMs, projectId, type ProjectId } from '../../../src/domain/values.ts';
import { loadGaps } from '../../../src/engine/planning/gaps.ts';
import type { ImportRow } from '../../../src/engine/ports.ts';
import { at, DAY, project } from '../../report/rows.ts';

const [web, shop, core] = [project(1, 'acme/web'), project(2, 'acme/shop'), project(3, 'acme/core')];
const NOW = at(40);

interface Known {
  readonly scans?: readonly Survey[];
  readonly timetables?: readonly Survey[];
  readonly facts?: readonly Survey[];
  readonly rare?: readonly (Schedule & { readonly project: ProjectId })[];
  readonly unresolved?: readonly ProjectId[];
  readonly logSince?: number | null;
  readonly whole?: boolean;
  /** Whose files could be looked at. */
  readonly projects?: number;
}

const looked = (kind: Survey['kind'], of: Project, problem: string | null = null): Survey => ({
  project: of.id,
  kind,
  at: NOW,
  mark: null,
  problem,
});

const unresolvedOf = (caller: ProjectId): UnresolvedAccess => ({
  ...{ caller, source: 'scan', where: '.gitlab-ci.yml:4', expression: '$WHO', access: 'git', why: 'unknown' },
  seenAt: NOW,
});
const PARTIAL: ImportRow = {
  ...{ sha256: 'ab', file: 'edges.csv', kind: 'edges', at: NOW, lines: 3, observations: 1, skipped: 1 },
  ...{ unread: 4, whole: false },
};

const FACTS = [web, shop, core].map((of) => looked('facts', of));

const load = ({
  scans = [],
  timetables = [],
  facts = FACTS,
  rare = [],
  unresolved = [],
  logSince = 0,
  whole = true,
  projects = 2,
}: Known) =>
  loadGaps(
    {
      surveys: (kind) => Promise.resolve(kind === 'scan' ? scans : kind === 'facts' ? facts : timetables),
      countSurveys: () => Promise.resolve({ all: projects, done: scans.length, problems: 0 }),
      schedules: () => Promise.resolve(rare),
      unresolved: () => Promise.resolve(unresolved.map(unresolvedOf)),
      oldestLogRow: () => Promise.resolve(logSince === null ? null : epochMs(NOW - 30 * DAY)),
      imports: () => Promise.resolve(whole ? [] : [PARTIAL]),
    },
    NOW,
  );

const everyWeeks = (weeks: number) => [
  {
    project: web.id,
    id: 1,
    cron: '0 3 * * *',
    everyMs: weeks * 7 * DAY,
    owner: null,
    lastRunAt: null,
    nextRunAt: null,
  },
];
const BOTH = [web, shop];
const scanned = BOTH.map((of) => looked('scan', of));
const timed = BOTH.map((of) => looked('schedules', of));

describe('gaps of a callee', () => {
  it.each<readonly [string, Known, readonly string[]]>([
    ['none where all was looked at', { scans: scanned, timetables: timed }, []],
    [
      'a job rarer than the log is old',
      { scans: scanned, timetables: timed, rare: everyWeeks(13) },
      ['log-young every 91d'],
    ],
    ['none for a job that the log is old enough for', { scans: scanned, timetables: timed, rare: everyWeeks(4) }, []],
    ['callers not looked at', { scans: [looked('scan', web)], timetables: timed }, ['files-unread 1 caller']],
    [
      'files not followed to the end',
      { scans: [looked('scan', web, 'too many files'), looked('scan', shop)], timetables: timed },
      ['files-cut 1 caller'],
    ],
    [
      'schedules that were refused',
      { scans: scanned, timetables: [looked('schedules', web, '403'), looked('schedules', shop)] },
      ['schedules-unread 1 caller'],
    ],
    [
      'facts that were looked up of some',
      { scans: scanned, timetables: timed, facts: [looked('facts', web)] },
      ['facts-unread the callee and 1 caller'],
    ],
    [
      'accesses that could not be named',
      { scans: scanned, timetables: timed, unresolved: [web.id, web.id, projectId(9)] },
      ['unresolved 2 accesses'],
    ],
  ])('%s', async (_, known, expected) => {
    const { of } = await load(known);
    const gaps = of(
      core,
      BOTH.map(({ id }) => ({ caller: id })),
    );
    expect(gaps.map(({ kind, figure }) => `${kind} ${figure}`)).toEqual(expected);
  });

  it('say once for all what was looked at nowhere, instead of with each callee', async () => {
    const { of, overall } = await load({ logSince: null, whole: false, facts: [] });
    expect(of(core, [{ caller: web.id }])).toEqual([]);
    expect(overall).toEqual([
      'no authentication log was read',
      'the files of no caller were looked at (evidence.surveys)',
      'the pipeline schedules of no caller were looked at (evidence.surveys)',
      'no facts that risk rests on were looked up (evidence.surveys)',
      '1 imported file named projects that are not known',
      '4 lines of imported files could not be read or named no project',
    ]);
    expect((await load({ scans: scanned, timetables: timed })).overall).toEqual([]);
  });

  it('say for all how many projects may still turn out to be callers of anybody', async () => {
    const { overall } = await load({ scans: scanned, timetables: timed, projects: 1_400 });
    expect(overall).toEqual(['the files of 1398 projects of 1400 were not looked at yet']);
  });

  it('tell of a shared callee whose feature levels were not read', async () => {
    const { of } = await load({ scans: scanned, timetables: timed });
    const shared = { ...core, visibility: 'public' as const };
    expect(of(shared, []).map(({ kind }) => kind)).toEqual(['features-unread']);
  });
});
