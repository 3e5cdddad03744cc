import { describe, expect, it } from 'vitest';
import { Output } from '../../../src/cli/terminal/output.ts';
import { breakLines } from '../../../src/cli/terminal/wrap.ts';

describe('breakLines', () => {
  it('breaks at spaces and sets in what follows', () => {
    expect(breakLines('Denied: a/b -> c/d, job "x"\n  Next: tidegate findings', 20)).toBe(
      'Denied: a/b -> c/d,\n  job "x"\n  Next: tidegate\n    findings',
    );
  });

  it('breaks no command in backquotes, and loses no lone one', () => {
    expect(breakLines('decide, then (`tidegate resume`) again', 20)).toBe(
      'decide, then\n  (`tidegate resume`)\n  again',
    );
    expect(breakLines('a ` b c d e f g h i j k', 12)).toBe('a ` b c d e\n  f g h i j\n  k');
  });

  it('keeps a first column of two words apart', () => {
    const broken = breakLines('  not seen   one two three four', 22).split('\n');
    expect(broken[0]).toBe('  not seen   one two');
  });

  it('counts no columns for colours', () => {
    expect(breakLines('\u001b[31mred\u001b[39m word', 8)).toBe('\u001b[31mred\u001b[39m word');
  });

  it('leaves a pipe its lines', () => {
    expect(breakLines('a long line for grep', null)).toBe('a long line for grep');
  });
});

describe('the width of what is written', () => {
  it.each([
    [40, 'one two three four five six seven eight\n  nine ten\n'],
    [undefined, 'one two three four five six seven eight nine ten\n'],
  ])('breaks a result on a terminal of %s columns', (columns, expected) => {
    let written = '';
    const stdout = { isTTY: columns !== undefined, ...(columns === undefined ? {} : { columns }) };
    const out = new Output({ write: (text) => ((written += String(text)), true), ...stdout }, { write: () => true });
    out.result({}, () => 'one two three four five six seven eight nine ten');
    expect(written).toBe(expected);
  });

  const widths = (stdout: { readonly isTTY?: boolean; readonly columns?: number }) => {
    const { textColumns, tableColumns } = new Output({ write: () => true, ...stdout }, { write: () => true });
    return [textColumns, tableColumns];
  };

  it.each([
    ['a narrow terminal breaks text further than a table can shrink', { isTTY: true, columns: 45 }, [45, 60]],
    ['neither gets narrower than can be read', { isTTY: true, columns: 10 }, [40, 60]],
    ['nor wider', { isTTY: true, columns: 400 }, [160, 160]],
    ['a pipe gets whole lines', { columns: 80 }, [null, null]],
  ])('%s', (_, stdout, expected) => {
    expect(widths(stdout)).toEqual(expected);
  });
});
