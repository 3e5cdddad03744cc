import { describe, expect, it } from 'vitest';
import { turnsOf } from '../../../src/engine/survey/turns.ts';

/** `build-3`: run 3 of the job of that name. */
const jobs = (...names: readonly string[]) =>
  names.map((text) => ({ name: text.split('-')[0] ?? '', id: Number(text.split('-')[1]) }));

/** What is read by look after look, each of which sees these jobs. */
function read(looks: readonly (readonly string[])[], most = 1): readonly string[] {
  let mark: string | null = null;
  return looks.map((seen) => {
    const turns: ReturnType<typeof turnsOf<{ name: string; id: number }>> = turnsOf(jobs(...seen), mark, most);
    mark = turns.mark;
    return turns.jobs.map(({ name, id }) => `${name}-${id}`).join(' ');
  });
}

describe('whose log is read', () => {
  it.each([
    ['the newest at first', [['b-2', 'a-1']], ['b-2']],
    [
      'of each job once before any again',
      [
        ['b-2', 'a-1'],
        ['b-4', 'a-3'],
        ['b-6', 'a-5'],
      ],
      ['b-2', 'a-3', 'b-6'],
    ],
    [
      'nobody while nothing ran',
      [
        ['b-2', 'a-1'],
        ['b-2', 'a-1'],
        ['b-2', 'a-1'],
      ],
      ['b-2', 'a-1', ''],
    ],
    ['a new job before those known', [['a-1'], ['a-3', 'b-2']], ['a-1', 'b-2']],
    ['nobody where there is no job', [[], []], ['', '']],
  ])('is that of %s', (_, looks, expected) => {
    expect(read(looks)).toEqual(expected);
  });

  it('reads as many as asked for, and reads on behind a mark of an older form', () => {
    expect(read([['c-3', 'b-2', 'a-1']], 2)).toEqual(['c-3 b-2']);
    expect(turnsOf(jobs('a-1'), '17,18', 1).jobs).toHaveLength(1);
  });

  it('remembers a bounded number of jobs', () => {
    const many = Array.from({ length: 100 }, (_, n) => `job${n}-${n + 1}`);
    expect(turnsOf(jobs(...many), null, 100).mark.split(',')).toHaveLength(20);
  });
});
