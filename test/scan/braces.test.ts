import { describe, expect, it } from 'vitest';
import { braceWords } from '../../src/scan/shell/braces.ts';

describe('words that braces make of one', () => {
  it.each([
    ['a', ['a']],
    ['{a,b}', ['a', 'b']],
    ['x/{a,b}.git', ['x/a.git', 'x/b.git']],
    ['{a,b}{c,d}', ['ac', 'ad', 'bc', 'bd']],
    ['g/{a,b}-{c,d}', ['g/a-c', 'g/a-d', 'g/b-c', 'g/b-d']],
    ['{x,y{1,2}}', ['x', 'y1', 'y2']],
    ['{01..03}', ['01', '02', '03']],
    ['{5..1..2}', ['5', '3', '1']],
    ['{a..c}', ['a', 'b', 'c']],
    ['{a,}', ['a', '']],
    ['{}', ['{}']],
    ['{a}', ['{a}']],
    ['${X,,}/{a,b}', ['${X,,}/a', '${X,,}/b']],
    ['"{a,b}"', ['"{a,b}"']],
    ["'{a,b}'{c,d}", ["'{a,b}'c", "'{a,b}'d"]],
    ['\\{a,b}', ['\\{a,b}']],
    ['{"a b",c}', ['"a b"', 'c']],
    ['$(echo {a,b})', ['$(echo {a,b})']],
  ] as const)('%j', (text, words) => {
    expect(braceWords(text)).toEqual(words);
  });

  it.each(['{', '{a,', '{a,b}', '${', '{{', '}{', '{1..9}', '$({'])('ends soon on many of %j', (piece) => {
    const start = process.cpuUsage();
    for (const count of [50, 600, 50_000]) expect(braceWords(piece.repeat(count)).length).toBeLessThanOrEqual(1_000);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });
});
