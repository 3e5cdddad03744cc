import { expect, describe, it } from 'vitest';
import type { DenialFinding } from '../../src/domain/watch/denial-finding.ts';
import { epochMs, projectId } from '../../src/domain/values.ts';
import { buildReport } from '../../src/report/model/model.ts';
import { renderReport } from '../../src/report/render.ts';
import { at, input } from './rows.ts';
import { story } from './story.ts';
import { rowOf, tablesOf } from './tables.ts';

const report = buildReport(story());
const page = renderReport(report, 'html');

describe('a column of the HTML report holds what its head says', () => {
  it.each([
    [
      ['Callee', 'Step'],
      'acme/libs/tools',
      { Step: 'enforced', 'Entries added': '1', Widening: '0', Callers: '1', Risk: '3' },
    ],
    [['Project', 'Visibility'], 'acme/libs/core', { Visibility: 'private', Entries: '2', Callers: '4', Wave: '2' }],
    [['Project', 'Visibility'], 'acme/legacy', { Visibility: 'internal', 'Held back': '1 caller is undecided' }],
    [['Gate', 'Asked'], 'Jobs of known callers', { Asked: 'at least 20', Found: '75', Result: 'met' }],
    [
      ['Callee', 'Group'],
      'acme/libs/core',
      { Group: 'acme/apps', Verdict: 'approved', 'Admitted beyond the observed': '4 projects' },
    ],
    [['Disposition', 'Meaning'], 'expected', { Jobs: '2' }],
    [['Edge', 'Risk'], 'acme/apps/shop → acme/legacy', { Risk: '25', State: 'undecided' }],
    [
      ['Caller', 'Let in by'],
      'acme/finance/reports',
      { State: 'approved unproven', 'Let in by': 'project acme/finance/reports' },
    ],
    [['When', 'Kind'], '2026-03-26 17:36', { Kind: 'edit by a person', Subject: 'acme/libs/core' }],
  ])('%j of %s', (columns, name, cells) => {
    expect(rowOf(page, columns, name)).toMatchObject(cells);
  });

  it('of refused accesses too', () => {
    const denial: DenialFinding = {
      ...{
        caller: projectId(1),
        callerPath: 'a/web',
        callee: projectId(2),
        calleePath: 'a/lib',
        state: 'open',
        count: 3,
      },
      ...{ resolvedBy: null, disposition: 'denied', first: at(2), last: at(4), access: ['git'], waves: [1] },
      ...{
        jobs: [{ jobId: 1, name: 'build', count: 3, webUrl: null }],
        owners: ['mara'],
        reason: 'no entry',
        verdict: null,
      },
      ...{
        quote: 'refused',
        line: 7,
        confidence: 1,
        disproof: null,
        suggestion: { decision: 'approve', reason: 'seen' },
      },
    };
    const rows = input({ denials: [denial] });
    expect(rowOf(renderReport(buildReport(rows), 'html'), ['Edge', 'Failed jobs'], 'a/web → a/lib')).toEqual({
      Edge: 'a/web → a/lib',
      State: 'open',
      Last: '2026-03-06 08:00',
      'Failed jobs': '3 jobs: build',
      Why: 'no entry refused',
      Outcome: 'open; approve: seen',
      Owners: 'mara',
    });
  });

  it('with as many cells in each row as there are heads', () => {
    for (const rows of tablesOf(page)) {
      for (const row of rows) expect(Object.keys(row).filter((name) => name.startsWith('column '))).toEqual([]);
    }
  });
});

describe('what is drawn', () => {
  it('counts projects that a rollback could not open as enforced', () => {
    const rows = story();
    const kept = rows.waves.map((wave) => ({
      ...wave,
      callees: wave.callees.map((callee) =>
        callee.step === 'enforced' ? { ...callee, step: 'kept' as const } : callee,
      ),
    }));
    const notes = (html: string) => /<svg[^]*?Projects enforced after[^]*?<\/svg>/.exec(html)?.[0].match(/\(\+\d+\)/g);
    expect(notes(renderReport(buildReport({ ...rows, waves: kept }), 'html'))).toEqual(notes(page));
  });

  it('chips say of a callee how many of its edges are in each state, replaced ones too', () => {
    const rows = story();
    const edges = rows.edges.map((edge, index) => (index === 0 ? { ...edge, state: 'replaced' as const } : edge));
    const html = renderReport(buildReport({ ...rows, edges }), 'html');
    expect(html).toMatch(/acme\/libs\/core<\/span><span class="chip good">2 approved<\/span>.*1 rejected.*1 replaced/);
  });

  it('a wave that has ended ends there, not where its soak would have', () => {
    const width = (endedAt: number) => {
      const rows = story();
      const [pilot] = rows.waves.map((wave) => ({ ...wave, endedAt: epochMs(endedAt), soakUntil: at(39) }));
      const html = renderReport(buildReport({ ...rows, waves: pilot ? [pilot] : [] }), 'html');
      return Number(/class="soakbar f-good"[^>]*?width="([\d.]+)"/.exec(html)?.[1]);
    };
    expect(width(at(20))).toBeLessThan(width(at(30)));
  });
});

it('each column of the CSV holds what its head says', () => {
  const [head = '', ...lines] = renderReport(report, 'csv').split('\r\n');
  const cells = lines.find((line) => line.startsWith('acme/libs/core,acme/finance/reports,'))?.split(',') ?? [];
  const row = Object.fromEntries(head.split(',').map((name, index) => [name, cells[index]]));
  expect(row).toMatchObject({
    ...{
      callee: 'acme/libs/core',
      caller: 'acme/finance/reports',
      state: 'approved',
      access: 'git',
      sources: 'denial',
    },
    ...{ first_seen: '2026-03-26T08:00:00Z', last_seen: '2026-03-26T08:00:00Z', since_enforced: 'unproven' },
    ...{ admitted_by: 'project acme/finance/reports', decided_by: 'person mara' },
  });
  const web = lines.find((line) => line.startsWith('acme/libs/core,acme/apps/web,'))?.split(',') ?? [];
  expect([web[5], web[6]]).toEqual(['2026-01-31T08:00:00Z', '2026-03-21T08:00:00Z']);
});
