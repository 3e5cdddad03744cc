import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cell, middle } from '../../../src/cli/commands/edges/text.ts';
import { breakLine } from '../../../src/cli/terminal/wrap.ts';
import { beginning, ending, filled, widthOf } from '../../../src/cli/terminal/width.ts';

describe('columns on a terminal', () => {
  it.each([
    ['acme/libs/core', 14],
    ['größe', 5],
    ['gro\u0308ße', 5],
    ['図書館/中核', 11],
    ['ﾃﾞｰﾀ', 4],
    ['라이브러리', 10],
    ['📦/core', 7],
    ['👨‍👩‍👧‍👦', 2],
    ['🇩🇪', 2],
    ['ספרייה', 6],
    ['\u001b[31mred\u001b[39m', 3],
  ])('%s takes %i', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  it('cuts between letters, at either end', () => {
    expect(beginning('図書館/core', 5)).toBe('図書');
    expect(ending('core/図書館', 5)).toBe('書館');
    expect(ending('e\u0301', 1)).toBe('e\u0301');
    expect(beginning('👨‍👩‍👧‍👦x', 1)).toBe('');
  });

  it('a cell is as wide as its column, whatever stands in it', () => {
    const names = fc.string({ unit: fc.constantFrom('a', '/', '図', '📦', 'e\u0301', '라', 'ß', 'ס'), maxLength: 40 });
    fc.assert(
      fc.property(names, fc.integer({ min: 2, max: 50 }), (name, columns) => {
        expect(widthOf(cell(name, columns))).toBe(columns);
        expect(filled(name, columns).startsWith(name)).toBe(true);
      }),
    );
  });

  it('a name that is cut keeps both its ends', () => {
    expect(middle('図書館/applications/中核', 14)).toBe('図書館…ns/中核');
  });

  it('breaks lines where they end on the screen', () => {
    expect(breakLine('図書館 図書館 core', 13, 2)).toEqual(['図書館 図書館', '  core']);
  });
});
