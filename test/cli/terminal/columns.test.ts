import { describe, expect, it } from 'vitest';
import { roomFor } from '../../../src/cli/terminal/columns.ts';

const WIDTHS = { risk: 4, since: 10 };
const LAYOUTS = [['risk', 'since'], ['risk'], []] as const;

describe('roomFor', () => {
  it.each([
    ['a pipe, where nothing is cut', 90, null, ['risk', 'since'], 90],
    ['a terminal with room for all', 20, 80, ['risk', 'since'], 62],
    ['one with room for a part of them', 40, 50, ['risk'], 44],
    ['a path that fits nowhere has forty columns at least', 200, 62, ['risk', 'since'], 44],
    ['and what there is where it is narrower', 200, 42, [], 42],
  ])('%s', (_, longest, columns, layout, room) => {
    expect(roomFor(longest, columns, 0, LAYOUTS, WIDTHS)).toEqual({ layout, room });
  });
});
