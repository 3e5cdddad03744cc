import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/model/model.ts';
import { safeCell } from '../../src/report/csv.ts';
import { code, prose } from '../../src/report/markdown/text.ts';
import { renderReport } from '../../src/report/render.ts';
import { allowlist, callee, decision, edge, failure, input, project, wave, at } from './rows.ts';

const PIECES = [
  '<script>alert(1)</script>',
  '</script>',
  '</style>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '<svg/onload=alert(1)>',
  '<!--',
  ']]>',
  '&lt;',
  'javascript:alert(1)',
  '${7*7}',
  '|',
  '`',
  '\\',
  '[x](javascript:alert(1))',
  '@all',
  '\n/close\n',
  '\u202e',
  '\u001b[2J',
  '\ud800',
  '=cmd()',
  'acme/libs/core',
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 12 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

/** A report in which one text stands wherever text from outside can stand. */
function reportWith(text: string) {
  const caller = project(1, `${text}/a`);
  const library = project(2, `${text}/b`, { allowlist: allowlist(true), unread: text, visibility: 'internal' });
  const known = edge(caller, library, { access: [text] });
  return buildReport(
    input({
      rollout: { ...input().rollout, id: text, playbookName: text, gitlabVersion: text },
      projects: [caller, library],
      edges: [known],
      decisions: [decision(1, known, { reason: text, evidence: text, by: { kind: 'person', name: text } })],
      waves: [
        wave(1, {
          callees: [{ ...callee(library, 'failed', at(16)), problem: text }],
          judgement: { at: at(20), verdict: 'failed', reasons: [text], seen: null },
          sweeps: [{ since: at(15), until: at(16), projects: 1, callerJobs: 1, allJobs: 1, unread: [text] }],
        }),
      ],
      failures: [
        failure(1, caller, library, {
          quote: text,
          reason: text,
          jobName: text,
          webUrl: text,
          access: text,
          waveId: 1,
        }),
      ],
      denials: [
        {
          ...{ caller: caller.id, callerPath: text, callee: library.id, calleePath: text, state: 'open' as const },
          ...{
            resolvedBy: null,
            disposition: 'denied' as const,
            count: 1,
            first: at(16),
            last: at(17),
            access: [text],
          },
          ...{ jobs: [{ name: text, count: 1, jobId: 1, webUrl: text }], waves: [1], owners: [text], reason: text },
          ...{ verdict: text, line: 3, quote: text, confidence: 0.9, disproof: text },
          suggestion: { decision: 'ask' as const, reason: text },
        },
      ],
      findings: [{ id: 1, at: at(16), kind: 'person-edit', subject: text, text }],
      ledger: { rows: 1, last: 'ab', problem: text },
    }),
  );
}

const tags = (html: string): string => (html.match(/<[a-zA-Z!/][^>]*>/g) ?? []).join('\n');

describe('hostile text', () => {
  // Broken on purpose by `raw(text)` in place of `text` in any cell of src/report/html.
  it('adds no tag and no attribute to the HTML', () => {
    const skeleton = (html: string): string =>
      tags(html).replaceAll(/(content|datetime|data-name|href|class|data-state)="[^"]*"/g, '$1');
    // The template without any markup in it, of the same shape: what remains must be equal, tag by tag.
    const harmless = skeleton(renderReport(reportWith('x'), 'html'));
    fc.assert(
      fc.property(hostile, (text) => {
        const html = renderReport(reportWith(`x${text}`), 'html');
        expect(skeleton(html)).toBe(harmless);
      }),
      { numRuns: 150 },
    );
  });

  it('runs only what the policy names by hash', () => {
    const html = renderReport(reportWith('<script>alert(1)</script>'), 'html');
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toMatch(
      /default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+'; base-uri 'none'/,
    );
    expect(html).not.toMatch(/\son\w+=|style="|unsafe-inline|https?:\/\/(?!gitlab\.example\.com)/);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'https://user:secret@gitlab.example.com/', 'not an address'])(
    'makes no link of %s',
    (webUrl) => {
      const [a, b] = [project(1, 'a/a'), project(2, 'a/b')];
      const report = buildReport(input({ failures: [failure(1, a, b, { webUrl, waveId: null })] }));
      expect(report.otherFailures[0]?.url).toBeNull();
      expect(renderReport(report, 'html')).not.toContain('<a href="j');
    },
  );

  it('stays inert in Markdown: no markup, no line of its own, no mention outside code', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = text.replaceAll(/[\r\n]/g, ' ');
        for (const made of [code(line), prose(line)]) {
          const outside = made.replaceAll(/<code>[^<]*<\/code>/g, '');
          expect(made.replaceAll(/<\/?code>/g, '')).not.toMatch(/[<>|`\\[\]*_]/);
          expect(outside.replaceAll(/&#\d+;/g, '')).not.toMatch(/[@#!~%$&^]/);
          // What GitLab would take for a mention stands in code, also when written as an entity.
          if (/[@#!~]\S/.test(line)) expect(outside).toBe('');
        }
      }),
    );
    const markdown = renderReport(reportWith('x\n/close\n@all'), 'markdown');
    expect(markdown).not.toMatch(/^\/close/m);
    expect(markdown.replaceAll(/<code>[^<]*<\/code>/g, '')).not.toMatch(/@all|&#64;all/);
  });

  it('never starts a formula in CSV, in any cell, also where a semicolon ends one', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const rows: string[][] = parse(renderReport(reportWith(text), 'csv'));
        expect(rows).toHaveLength(2);
        for (const cell of rows.flat()) {
          expect(cell).not.toMatch(/^\s*[=+\-@\t\r＝＋－＠]/);
          expect(cell).not.toMatch(/[;\t|]["'\s]*(?<!')[=+\-@]/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\rx', "'\rx"],
    [' =1', "' =1"],
    ['＝1', "'＝1"],
    ['a;=1', "a;'=1"],
    ['acme/libs-core', 'acme/libs-core'],
  ])('writes %j as %j', (text, safe) => expect(safeCell(text)).toBe(safe));

  it('drops marks that reorder text and control characters everywhere', () => {
    const json = renderReport(reportWith('a\u202eb\u001b[31mc\u0000d'), 'json');
    expect(json).toContain('abcd');
    expect(json).not.toMatch(/\\u202e|\\u001b|\\u0000|\u202e/);
  });
});
