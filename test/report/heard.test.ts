import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/model/model.ts';
import { renderReport } from '../../src/report/render.ts';
import { story } from './story.ts';

const page = renderReport(buildReport(story()), 'html');

describe('the page as a screen reader tells it', () => {
  it('has a name for each table', () => {
    const tables = [...page.matchAll(/<table([^>]*)>\s*(<caption>)?/g)];
    expect(tables.length).toBeGreaterThan(5);
    expect(tables.filter(([, attributes, caption]) => !/aria-label="\S/.test(attributes ?? '') && !caption)).toEqual(
      [],
    );
  });

  it('has a word in each head of a column', () => {
    expect(page.match(/<th scope="col"[^>]*>\s*<\/th>/g)).toBeNull();
  });

  it('leaves out no level of its headings', () => {
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([]);
  });
});
