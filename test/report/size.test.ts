import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/model/model.ts';
import { renderReport } from '../../src/report/render.ts';
import { manyProjects } from './many.ts';
import { stopwatch } from '../processor-time.ts';

describe('5,000 projects and 20,000 edges', () => {
  const watch = stopwatch();
  const report = buildReport(manyProjects(5_000, 20_000));
  const html = renderReport(report, 'html');
  const elapsed = watch();

  it('are rendered within seconds, in a file that a browser opens', () => {
    expect(report.edges).toHaveLength(20_000);
    expect(elapsed).toBeLessThan(10_000);
    expect(html.length).toBeLessThan(16_500_000);
  });

  it('are all there, folded and in blocks', () => {
    expect(html.match(/<tr data-state/g)).toHaveLength(25_000);
    expect(html).toContain('class="chunk"');
    expect(html).not.toMatch(/<details data-name="[^"]*" open/);
  });

  // Printing all of it took minutes and made a PDF of 114 MB.
  it('are printed as they were unfolded, and the paper says so', () => {
    expect(html).toMatch(/<body class="vast"/);
    expect(html).toContain('the CSV form of this report holds every edge');
    const small = renderReport(buildReport(manyProjects(100, 200)), 'html');
    expect(small).not.toMatch(/<body class="vast"|Printed as it was unfolded/);
  });

  it('fit into a GitLab issue as Markdown, saying what was left out', () => {
    const markdown = renderReport(report, 'markdown');
    expect(markdown.length).toBeLessThan(1_048_576);
    expect(markdown).toContain('… and 19800 more in the HTML report.');
  });

  it('make one CSV line per edge', () => {
    expect(renderReport(report, 'csv').split('\r\n')).toHaveLength(20_002);
  });
});
