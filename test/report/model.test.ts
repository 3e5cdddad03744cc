import { describe, expect, it } from 'vitest';
import { projectId } from '../../src/domain/values.ts';
import type { SoakObservation } from '../../src/domain/watch/gate.ts';
import { buildReport } from '../../src/report/model/model.ts';
import { renderReport, REPORT_FORMATS } from '../../src/report/render.ts';
import { allowlist, at, callee, edge, entry, failure, input, intent, plan, planned, project, wave } from './rows.ts';
import { story } from './story.ts';

/** What stands on the page, without its tags. */
const textOf = (page: string): string => page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

describe('the report of a rollout half-way', () => {
  const report = buildReport(story());

  it('counts what the rows say', () => {
    expect(report.headline).toMatchObject({
      projects: 8,
      enforced: 2,
      enforcedBefore: 0,
      open: 5,
      unread: 1,
      waves: { passed: 1, failed: 0, inconclusive: 0, underway: 1, rolledBack: 1 },
      entriesAdded: 3,
      entriesTakenBack: 1,
      widening: 4,
      edges: { undecided: 1, approved: 4, rejected: 1, replaced: 0 },
      expired: 1,
      exercised: 3,
      unproven: 1,
      keptEdits: 1,
      requests: 512,
      plannedRequests: 42,
    });
    expect(report.headline.denials).toEqual({
      denied: 1,
      expected: 2,
      unclear: 0,
      role: 1,
      policy: 0,
      earlier: 0,
      unrelated: 1,
      unread: 0,
      settled: 0,
    });
  });

  it('says of each edge who decided, what lets it in, and whether it was used since', () => {
    const byCaller = new Map(
      report.edges.filter(({ callee: of }) => of === 'acme/libs/core').map((row) => [row.caller, row]),
    );
    expect(byCaller.get('acme/apps/web')).toMatchObject({ admittedBy: 'group acme/apps', proof: 'exercised' });
    expect(byCaller.get('acme/finance/reports')).toMatchObject({
      admittedBy: 'project acme/finance/reports',
      proof: 'unproven',
      decision: { by: 'mara', byKind: 'person', reason: 'Quarterly closing needs the figures', expired: false },
    });
    expect(byCaller.get('acme/lab/scraper')).toMatchObject({ state: 'rejected', admittedBy: null, proof: null });
    expect(report.edges.map(({ callee: of, caller }) => `${of} ${caller}`)).toEqual(
      report.edges.map(({ callee: of, caller }) => `${of} ${caller}`).toSorted(),
    );
  });

  it('tells a wave that was taken back from the same wave planned again', () => {
    const [pilot, first, again] = report.waves;
    expect(pilot).toMatchObject({ verdict: 'passed', rolledBack: false, exercised: 1, planApprovedBy: 'mara' });
    expect(first).toMatchObject({ number: 2, verdict: 'failed', rolledBack: true, entriesTakenBack: 1, widening: 0 });
    expect(first?.kept).toEqual(['acme/libs/core: entry project acme/finance/reports: added by a person']);
    expect(first?.failures.map(({ disposition }) => disposition)).toEqual(['denied', 'expected']);
    expect(again).toMatchObject({ number: 2, phase: 'soaking', verdict: null, widening: 4 });
    expect(again?.gates.find(({ name }) => name === 'What could not be read')).toMatchObject({
      found: '1',
      result: 'open',
    });
  });

  it('tells of a wave that was taken back how many edges were used when it was judged', () => {
    const seen: SoakObservation = {
      ...{ soakedMs: 0, jobs: 306, allJobs: 1_700, approvedEdges: 47, dueEdges: 46, exercisedEdges: 45 },
      ...{ scheduledEdges: 0, approvedDenials: 0, undecidedDenials: 1, unclear: 0, expectedDenials: 0 },
      ...{ newFailures: 0, unreadLogs: 0, settled: 0, opened: 0, unread: 0, complete: false },
    };
    const judged = { at: at(24), verdict: 'failed', reasons: [], seen } as const;
    const taken = wave(1, {
      phase: 'rolledBack',
      callees: [callee(project(1, 'a/a'), 'rolled-back', at(22))],
      judgement: judged,
    });
    expect(buildReport(input({ waves: [taken] })).waves[0]).toMatchObject({ exercised: 45, unproven: 2 });
  });

  it('says of an organisation of which nothing was read that nothing was', () => {
    const page = renderReport(buildReport(input({ projects: [], edges: [] })), 'html');
    expect(page).toContain('No project was read yet.');
    expect(page).not.toContain('data-filter="projects"');
  });

  it('leaves out what nobody has to decide: edges of callees outside of the scope', () => {
    const [web, tool] = [project(1, 'acme/web'), project(2, 'other/tool', { inScope: false })];
    const edges = [edge(web, tool, { state: 'undecided', decisionId: null }), edge(tool, web)];
    const { edges: told, headline } = buildReport(input({ projects: [web, tool], edges }));
    expect(told.map(({ callee: of }) => of)).toEqual(['acme/web']);
    expect(headline.edges.undecided).toBe(0);
  });

  it('gives the runs of one job that were refused alike one row, with the latest and their number', () => {
    const [a, b] = [project(1, 'a/a'), project(2, 'a/b')];
    const daily = [1, 3, 2].map((day) => failure(day, a, b, { finishedAt: at(day), waveId: null }));
    const other = failure(4, a, b, { finishedAt: at(4), waveId: null, reason: 'of its own' });
    const page = renderReport(buildReport(input({ failures: [...daily, other] })), 'html');
    expect(page).toContain('Failed jobs that were looked at (4)');
    const text = textOf(page);
    expect(text).toMatch(/\(3\) 2026-03-05 08:00 and 2 more since 2026-03-03 08:00/);
    expect(text.match(/more since/g)).toHaveLength(1);
  });

  it('states what the evidence could not see', () => {
    const limits = report.completeness.limits.flatMap(({ projects }) => projects);
    expect(limits).toContain('acme/vault: FORGE_REFUSED: 403');
    expect(limits).toContain('acme/legacy: 1,000 rows seen');
    expect(limits).toContain('acme/legacy: internal');
    expect(report.completeness.limits.at(-1)?.text).toMatch(/^1 edge known without the kind of access/);
  });

  it.each(['html', 'markdown', 'json'] as const)('tells in %s what kept the evidence from being whole', (format) => {
    const rows = story();
    const core = rows.projects.find(({ path }) => path === 'acme/libs/core');
    const gap = {
      kind: 'files-unread',
      text: 'the files of 2 callers were not looked at',
      figure: '2 callers',
    } as const;
    const gaps = { overall: ['no authentication log was read'], callees: new Map([[core?.id ?? projectId(0), [gap]]]) };
    const text = renderReport(buildReport({ ...rows, gaps }), format).replaceAll('&#58;', ':');
    expect(text).toContain('No authentication log was read.');
    expect(text).toContain('The files of callers were not looked at.');
    expect(text).toContain('acme/libs/core: 2 callers');
    expect(renderReport(report, format)).not.toContain('The files of callers were not looked at.');
  });

  it.each(REPORT_FORMATS)('is the same %s, byte for byte, for the same rows', (format) => {
    expect(renderReport(buildReport(story()), format)).toBe(renderReport(report, format));
  });

  it('does not depend on the order in which projects and edges come', () => {
    const rows = story();
    const turned = {
      ...rows,
      projects: rows.projects.toReversed(),
      edges: rows.edges.toReversed(),
      decisions: rows.decisions.toReversed(),
    };
    expect(renderReport(buildReport(turned), 'html')).toBe(renderReport(report, 'html'));
  });

  it('has every section, table head and chart in the HTML, closed properly', () => {
    const html = renderReport(report, 'html');
    for (const id of ['summary', 'waves', 'edges', 'projects', 'evidence', 'findings', 'ledger'])
      expect(html).toContain(`id="${id}"`);
    for (const tag of [
      'table',
      'details',
      'section',
      'article',
      'svg',
      'tr',
      'td',
      'th',
      'ul',
      'li',
      'dl',
      'div',
      'span',
    ]) {
      const opened = html.match(new RegExp(`<${tag}[\\s>]`, 'g'))?.length ?? 0;
      expect([tag, html.match(new RegExp(`</${tag}\\s*>`, 'g'))?.length ?? 0]).toEqual([tag, opened]);
    }
    expect(html).toContain('failed, rolled back');
    expect(html).toContain('ab'.repeat(32));
  });

  it('names the failure, the anchor and the blind spots in Markdown too', () => {
    const markdown = renderReport(report, 'markdown');
    expect(markdown).toContain('<code>acme/finance/reports</code> → <code>acme/libs/core</code>');
    expect(markdown).toContain(`<code>${'ab'.repeat(32)}</code>`);
    expect(markdown).toContain('<code>acme/vault&#58; FORGE&#95;REFUSED&#58; 403</code>');
  });
});

describe('the report of lists that were enforced already', () => {
  const kit = project(11, 'acme/libs/kit', { allowlist: allowlist(true, [entry('project', 1, 'acme/apps/web')]) });
  const standing = entry('group', 77, 'acme/apps');
  const narrow = { ...entry('project', 1, 'acme/apps/web'), defaultPermissions: false, policies: ['READ_PACKAGES'] };
  const tightened = (step: 'enforced' | 'rolled-back') =>
    buildReport(
      input({
        projects: [kit],
        plans: [
          plan({
            waves: [{ number: 1, kind: 'pilot', instanceSwitch: false, callees: [planned(kit, { enforce: false })] }],
          }),
        ],
        waves: [
          wave(1, {
            callees: [callee(kit, step, step === 'enforced' ? at(15) : null)],
            intents: [
              intent(1, 1, kit, { kind: 'setPermissions', entry: narrow }),
              intent(2, 1, kit, { kind: 'removeEntry', entry: standing }),
              ...(step === 'enforced' ? [] : [intent(3, 1, kit, { kind: 'restoreEntry' as const, entry: standing })]),
            ],
          }),
        ],
      }),
    );

  it('says changed where nothing was enforced, and counts what was taken away', () => {
    const report = tightened('enforced');
    expect(report.headline).toMatchObject({
      ...{ enforced: 1, enforcedBefore: 1, entriesAdded: 0, entriesRemoved: 1, entriesNarrowed: 1 },
    });
    const page = textOf(renderReport(report, 'html'));
    expect(page).toMatch(/Entries taken away 1 Entries narrowed 1 Widening/);
    expect(page).toMatch(/acme\/libs\/kit changed 2026-03-17 08:00 0 1 /);
    expect(page).not.toMatch(/Enforced from|Projects enforced, wave by wave/);
    expect(renderReport(report, 'markdown')).toMatch(/kit<\/code> \| changed \|/);
  });

  it('counts nothing of a wave that was taken back', () => {
    expect(tightened('rolled-back').headline).toMatchObject({ entriesRemoved: 0, entriesNarrowed: 0 });
  });
});

describe('what waits for a person', () => {
  const items = (change: Parameters<typeof input>[0]) => buildReport(input(change)).attention;

  it('is empty for a rollout without problems', () => expect(items({})).toEqual([]));

  it('puts a broken ledger first', () => {
    const found = items({
      ledger: { rows: 3, last: 'x', problem: 'row 2 was altered' },
      projects: [project(1, 'a/b', { allowlist: null, unread: '503' })],
    });
    expect(found.map(({ level }) => level)).toEqual(['alarm', 'warning']);
    expect(found[0]?.what).toContain('row 2 was altered');
  });

  it('raises an alarm for an approved caller that no entry lets in', () => {
    const caller = project(1, 'a/caller');
    const shut = project(2, 'a/callee', { allowlist: allowlist(true) });
    const open = { ...shut, allowlist: allowlist(true, [entry('project', 1, 'a/caller')]) };
    expect(items({ projects: [caller, shut], edges: [edge(caller, shut)] })[0]).toMatchObject({ level: 'alarm' });
    expect(items({ projects: [caller, open], edges: [edge(caller, open)] })).toEqual([]);
  });

  it('names the projects of a wave that could not be changed, unless it was taken back', () => {
    const core = project(1, 'a/core');
    const stuck = (phase: string) => [wave(1, { phase, endedAt: null, callees: [callee(core, 'failed', null)] })];
    expect(items({ waves: stuck('soaking') })).toMatchObject([{ what: '1 project of wave 1 could not be changed.' }]);
    expect(items({ waves: stuck('rolledBack') })).toEqual([]);
  });
});

describe('what comes next', () => {
  const next = { what: 'plan 3f9c waits for approval', how: '`tidegate plan show`, then `tidegate approve 3f9c`' };

  it.each([
    [
      'html',
      true,
      /Waits for a person: plan 3f9c waits for approval\. tidegate plan show , then tidegate approve 3f9c/,
    ],
    ['html', false, /Next: plan 3f9c waits for approval, not before 2026-04-01 08:00\. tidegate plan show/],
    ['markdown', true, /\*\*Waits for a person\*\*: plan 3f9c waits for approval\. tidegate plan show , then/],
    ['markdown', false, /\*\*Next\*\*: /],
  ] as const)('stands at the top of the %s with its commands; a person is waited for: %s', (format, person, words) => {
    const report = buildReport(input({ next: { ...next, person, notBefore: person ? null : at(30) } }));
    expect(textOf(renderReport(report, format))).toMatch(words);
    expect(renderReport(buildReport(input()), format)).not.toMatch(/Waits for a person|\bNext\b/);
  });
});

describe('the risk of edges', () => {
  const library = project(9, 'a/lib');
  const risky = (id: number, state: 'approved' | 'undecided' | 'rejected', score: number, atMost = score) =>
    edge(project(id, `a/caller-${id}`), library, {
      state,
      risk: { score, atMost, reasons: [{ fact: 'writes', points: score, because: 'may change it: release' }] },
    });
  const rows = [
    risky(1, 'approved', 12),
    risky(2, 'undecided', 81, 90),
    risky(3, 'rejected', 95),
    risky(4, 'approved', 79),
  ];
  const report = buildReport(input({ edges: [...rows, { ...risky(5, 'approved', 0), risk: null }] }));
  const page = renderReport(report, 'html');
  const text = textOf(page);

  it('is drawn by band, with what nobody has decided on', () => {
    expect(text).toMatch(/80 to 100 2, 1 undecided 60 to 79 1 40 to 59 0 20 to 39 0 0 to 19 1 undecided approved/);
  });

  it('leads the list of what is let in or undecided, without what was rejected', () => {
    const list = text.slice(text.indexOf('The riskiest'), text.indexOf('No wave has started'));
    expect([...list.matchAll(/a\/caller-(\d)/g)].map(([, id]) => id)).toEqual(['2', '4', '1']);
    expect(list).toContain('may change it: release (81)');
  });

  it('stands beside each edge, with what it might come to', () => {
    expect(text).toMatch(/a\/caller-2 undecided 81 to 90 git/);
    expect(text).toMatch(/a\/caller-5 approved – git/);
    expect(renderReport(report, 'markdown')).toMatch(/caller-2<.code> → <code>a.lib<.code> \| undecided \| 81 \|/);
    expect(renderReport(report, 'csv')).toMatch(/a\/caller-4,approved,.*,79,may change it: release \(79\)\r\n/);
  });

  it('puts callees with something to decide before all others', () => {
    const settled = edge(project(1, 'a/caller-1'), project(8, 'a/a-library'));
    const both = renderReport(buildReport(input({ edges: [settled, ...rows] })), 'html');
    expect(both.indexOf('data-name="a/lib"')).toBeLessThan(both.indexOf('data-name="a/a-library"'));
  });
});

describe('the gates of a wave', () => {
  const page = (callerJobs: number): string => {
    const sweep = { since: at(15), until: at(23), projects: 1, callerJobs, allJobs: callerJobs, unread: [] };
    return renderReport(buildReport(input({ waves: [wave(1, { sweeps: [sweep], soakUntil: at(22) })] })), 'html');
  };

  it('are folded where all are met, and stand open where one is not', () => {
    expect(page(40)).toMatch(/<summary>Gates of the playbook: all \d+ met<.summary>/);
    expect(page(3)).not.toContain('Gates of the playbook: all');
    expect(page(3)).toContain('Gates of the playbook');
  });
});

it('takes a project for enforced that the instance enforces, whatever its own setting', () => {
  const switched = project(1, 'a/b', { allowlist: { stored: false, effective: true, entries: [] } });
  expect(buildReport(input({ projects: [switched] })).projects).toMatchObject([{ setting: 'enforced' }]);
});

describe('what could not be read', () => {
  it('is neither open nor enforced', () => {
    const report = buildReport(input({ projects: [project(1, 'a/b', { allowlist: null, unread: '503' })] }));
    expect(report.headline).toMatchObject({ projects: 1, open: 0, enforced: 0, unread: 1 });
  });

  it('is no use of an edge', () => {
    const [caller, library] = [project(1, 'a/caller'), project(2, 'a/lib', { allowlist: allowlist(true) })];
    const rows = (lastUsed: ReturnType<typeof at> | null) =>
      buildReport(
        input({
          projects: [caller, library],
          edges: [edge(caller, library, { lastUsed, lastSeen: at(39) })],
          waves: [wave(1, { callees: [callee(library, 'enforced', at(20))] })],
        }),
      ).edges[0]?.proof;
    expect(rows(null)).toBe('unproven');
    expect(rows(at(19))).toBe('unproven');
    expect(rows(at(20))).toBe('exercised');
  });
});
