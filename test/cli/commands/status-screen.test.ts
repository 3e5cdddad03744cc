import { describe, expect, it } from 'vitest';
import { renderStatus } from '../../../src/cli/commands/status.ts';
import type { SoakObservation } from '../../../src/domain/watch/gate.ts';
import { epochMs } from '../../../src/domain/values.ts';
import type { Overview, WaveOverview } from '../../../src/engine/record/overview.ts';

const SEEN: SoakObservation = {
  ...{
    soakedMs: 0,
    approvedEdges: 9,
    scheduledEdges: 0,
    newFailures: 0,
    opened: 0,
    unreadLogs: 0,
    settled: 0,
    jobs: 40,
  },
  ...{ allJobs: 400, dueEdges: 9, exercisedEdges: 7, approvedDenials: 0, undecidedDenials: 0, unclear: 0 },
  ...{ expectedDenials: 0, unread: 0, complete: false },
};

const wave = (change: Partial<WaveOverview>, seen: Partial<SoakObservation> = {}): WaveOverview => ({
  ...{ id: 1, number: 1, kind: 'wave', state: 'soaking', verdict: null, callees: 4, enforced: 4, failed: 0 },
  ...{ startedAt: epochMs(0), soakUntil: null, endedAt: null },
  judged: { verdict: 'pending', reasons: [], seen: { ...SEEN, ...seen }, waitsFor: [] },
  ...change,
});

function screen(change: Partial<Overview>): string {
  const state: Overview = {
    ...{ gitlabUrl: 'https://gitlab.example.com', phase: 'waves', state: 'rolling', paused: false, observeUntil: null },
    ...{ planHash: null, projects: { known: 9, inScope: 9, enforced: 4, open: 5, unread: 0 }, expired: 0, waves: [] },
    ...{
      edges: { undecided: 0, approved: 9, rejected: 0, replaced: 0 },
      edgesOutside: 0,
      next: null,
      waitsFor: null,
      held: [],
      findings: [],
    },
    ...change,
  };
  return renderStatus(state, (_, text) => text);
}

describe('the screen of a wave', () => {
  it.each([
    ['nothing was used yet that is known', wave({}, { exercisedEdges: 0 }), /^ +40 jobs, 0 denials/m],
    ['nothing is unclear', wave({}), /40 jobs, 7 of 9 edges used again, 0 denials, 0 expected, 0 new failures$/m],
    ['a log could not be read', wave({}, { unreadLogs: 2 }), /0 new failures, 2 unclear$/m],
    ['a refusal is unclear, a project unread', wave({}, { unclear: 1, unread: 3 }), /, 1 unclear, 3 unread$/m],
    ['denials of both kinds count', wave({}, { approvedDenials: 1, undecidedDenials: 2 }), /, 3 denials, 0 expected/],
    [
      'it soaks until',
      wave({ soakUntil: Date.parse('2026-03-09T08:00:00.4Z') }),
      / soaking until 2026-03-09T08:00:01Z, 4 of 4/,
    ],
    ['projects failed to change', wave({ failed: 1, enforced: 3 }), /3 of 4 projects changed, 1 failed to change$/m],
    [
      'it was taken back although it had passed',
      wave({
        state: 'rolledBack',
        enforced: 0,
        judged: { verdict: 'passed', reasons: ['40 jobs'], seen: SEEN, waitsFor: [] },
      }),
      /wave 1 {4}rolled back, 4 projects as before it$/m,
    ],
    [
      'it is the switch',
      wave({ kind: 'organisation', callees: 0 }),
      /organisation: soaking, the switch of the instance$/m,
    ],
  ])('where %s', (_, shown, words) => {
    expect(screen({ waves: [shown] })).toMatch(words);
  });
});

describe('what comes next on the screen', () => {
  const task = { task: 'startWave', notBefore: null } as const;
  it.each([
    ['a pause comes before all else', { paused: true, next: task }, / {2}next {6}`tidegate resume`$/m],
    ['a task that is due', { next: task }, / {2}next {6}a wave starts, with the next `tidegate tick`$/m],
    ['a task of later', { next: { ...task, notBefore: epochMs(1_500) } }, /a wave starts, at 1970-01-01T00:00:02Z$/m],
    [
      'a person',
      { waitsFor: { kind: 'waiting-for-person', what: 'wave 2 waits', next: '`tidegate approve`' } as const },
      /wave 2 waits\n {12}`tidegate approve`$/m,
    ],
  ])('%s', (_, change, words) => {
    expect(screen(change)).toMatch(words);
  });
});
