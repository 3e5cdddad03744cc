import { expect, it } from 'vitest';
import { wouldDo } from '../../../src/cli/commands/rollback.ts';

const result = (change: Partial<Parameters<typeof wouldDo>[0]>): string =>
  wouldDo({ kind: 'wave', reopened: 0, removed: 0, restored: 0, kept: [], obstacles: [], ...change });

it.each([
  [{ reopened: 1, removed: 2 }, 'open 1 project again, remove 2 entries'],
  [{ removed: 1, restored: 2 }, 'remove 1 entry, put back 2'],
  [{ reopened: 3 }, 'open 3 projects again'],
  [{}, 'nothing'],
  [{ kind: 'organisation' as const, reopened: 1 }, 'turn the switch of the instance off'],
  [{ kind: 'organisation' as const }, 'nothing'],
])('says of %j what taking a wave back would do: %s', (change, words) => {
  expect(result(change)).toBe(words);
});
