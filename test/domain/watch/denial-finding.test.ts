import { describe, expect, it } from 'vitest';
import {
  findingOf,
  wantsPerson,
  groupByEdge,
  type EdgeBackground,
  type RolledBack,
} from '../../../src/domain/watch/denial-finding.ts';
import type { FailureRecord } from '../../../src/domain/watch/denial.ts';
import type { EdgeState } from '../../../src/domain/edges/edge.ts';
import type { EvidenceSource } from '../../../src/domain/edges/evidence.ts';
import { at, decision, edge, failure, project } from '../../report/rows.ts';

const web = project(1, 'acme/apps/web');
const core = project(2, 'acme/libs/core');
const NOBODY: EdgeBackground = { edge: null, decision: null, risk: null, maxRisk: 50 };
const STANDS: RolledBack = new Map([[2, { number: 1, at: null }]]);

const refused = (id: number, change: Partial<FailureRecord> = {}): FailureRecord =>
  failure(id, web, core, { finishedAt: at(24 + id), before: 'none', owners: [], ...change });

/** What is known of the edge; seen by these sources at `day`, the denials aside. */
function known(state: EdgeState, sources: readonly EvidenceSource[] = [], day = 20): EdgeBackground {
  const evidence = sources.map((source) => ({
    ...{ caller: web.id, callee: core.id, source, access: null, policies: null, where: 'authentication log' },
    ...{ firstSeen: at(1), lastSeen: at(day), certainty: 'certain' as const, times: 1 },
  }));
  return { ...NOBODY, edge: { ...edge(web, core, { state }), evidence } };
}

const decided = (verdict: 'approved' | 'rejected', day: number): EdgeBackground => ({
  ...known(verdict),
  decision: {
    ...decision(1, { caller: web.id, callee: core.id }),
    verdict,
    decidedAt: at(day),
    by: { kind: 'person', name: 'mara' },
  },
});

describe('a finding', () => {
  it('is one per edge, however many jobs were refused; what names no callee is one per job', () => {
    const others = [refused(4, { callee: null, jobName: 'a' }), refused(5, { callee: null, jobName: 'b' })];
    const ordinary = refused(6, { disposition: 'unrelated' });
    const groups = groupByEdge([refused(1), refused(2, { jobName: 'deploy' }), refused(3), ...others, ordinary]);
    expect(groups.map((group) => group.map(({ jobId }) => jobId))).toEqual([[1, 2, 3], [4], [5]]);
    expect(findingOf(groups[0]!, NOBODY, STANDS)).toMatchObject({
      ...{ state: 'open', count: 3, first: at(25), last: at(27), waves: [1] },
      jobs: [
        { name: 'quarterly-report', count: 2, jobId: 3 },
        { name: 'deploy', count: 1, jobId: 2 },
      ],
    });
  });

  it.each<[string, Partial<FailureRecord>, EdgeBackground, RolledBack, string, RegExp | null]>([
    ['open while nothing happened', {}, known('undecided'), STANDS, 'open', null],
    ['resolved by a decision after it', {}, decided('approved', 30), STANDS, 'resolved', /approved by mara/],
    ['not by one before it', {}, decided('approved', 20), STANDS, 'open', null],
    ['resolved by a use since', {}, known('approved', ['auth-log'], 26), STANDS, 'resolved', /let in again/],
    ['not by a use before', {}, known('approved', ['auth-log'], 24), STANDS, 'open', null],
    ['not by a line in a file', {}, known('undecided', ['scan'], 26), STANDS, 'open', null],
    [
      'resolved by the rollback',
      {},
      NOBODY,
      new Map([[2, { number: 1, at: at(26) }]]),
      'resolved',
      /wave 1 was rolled back/,
    ],
    ['not by an earlier rollback', {}, NOBODY, new Map([[2, { number: 1, at: at(24) }]]), 'open', null],
    [
      'expected where the access was rejected',
      { disposition: 'expected' },
      decided('rejected', 20),
      STANDS,
      'expected',
      null,
    ],
  ])('is %s', (_, change, background, waves, state, resolvedBy) => {
    const finding = findingOf([refused(1, change)], background, waves);
    expect(finding?.state).toBe(state);
    if (resolvedBy === null) expect(finding?.resolvedBy).toBeNull();
    else expect(finding?.resolvedBy).toMatch(resolvedBy);
  });

  it.each<[string, EdgeBackground, RolledBack, boolean]>([
    ['wants a person while it is open', known('approved'), STANDS, true],
    [
      'wants one after the rollback, as the edge is still undecided',
      NOBODY,
      new Map([[2, { number: 1, at: at(26) }]]),
      true,
    ],
    ['wants none once it is decided', decided('rejected', 30), STANDS, false],
    ['wants none where the approved caller got in again', known('approved', ['auth-log'], 26), STANDS, false],
  ])('%s', (_, background, waves, wanted) => {
    expect(wantsPerson(findingOf([refused(1)], background, waves)!)).toBe(wanted);
  });

  it.each<[string, Partial<FailureRecord>, EdgeBackground, string | null]>([
    ['approve what the log knew', {}, known('undecided', ['auth-log']), 'approve'],
    ['approve what passed before', { before: 'passed' }, known('undecided'), 'approve'],
    ['ask about what nothing else speaks of', {}, known('undecided'), 'ask'],
    [
      'ask where the risk is high',
      {},
      { ...known('undecided', ['auth-log']), risk: { score: 60, reasons: [], unread: [], atMost: 60 } },
      'ask',
    ],
    ['repair what is approved', {}, known('approved'), 'repair'],
    ['look where the log is gone', { disposition: 'unread' }, NOBODY, 'look'],
    ['look where several could have refused', { callee: null }, NOBODY, 'look'],
    ['do nothing once it is decided', {}, decided('approved', 30), null],
    ['do nothing about what was meant', { disposition: 'expected' }, decided('rejected', 20), null],
  ])('advises to %s', (_, change, background, advice) => {
    expect(findingOf([refused(1, change)], background, STANDS)?.suggestion?.decision ?? null).toBe(advice);
  });
});
