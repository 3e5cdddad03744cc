import { describe, expect, it } from 'vitest';
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

  it('counts no columns for colours', () => {
    expect(breakLines('\u001b[31mred\u001b[39m word', 8)).toBe('\u001b[31mred\u001b[39m word');
  });

  it('leaves a pipe its lines', () => {
    expect(breakLines('a long line for grep', null)).toBe('a long line for grep');
  });
});
