import { expect, it } from 'vitest';
import { arrangeWaves, type Candidate } from '../../../src/domain/plan/waves.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import { projectId } from '../../../src/domain/values.ts';

/* Exactly how much a wave holds: its size goes on where earlier plans left off, and the bound on callers is one that is reached. */

const candidate = (id: number): Candidate => ({
  ...{ callers: [projectId(100 + id)], access: [] },
  callee: {
    ...{ id: projectId(id), path: `acme/p${id}`, before: { stored: false, effective: false, entries: [] }, add: [] },
    ...{ relyOn: [], remove: [], narrow: [], enforce: true, approvedCallers: 1, rejectedCallers: 0 },
    ...{ risk: id, why: '', placed: '' },
  },
});

const sizesOf = (waves: object, passed: number): readonly number[] =>
  arrangeWaves({
    policy: playbookSchema.parse({ waves: { pilot: { size: 1 }, ...waves } }).waves,
    callees: Array.from({ length: 9 }, (_, n) => candidate(n + 1)),
    ...{ total: 9, passed },
  }).waves.map(({ callees }) => callees.length);

it.each([
  ['after the pilot come the first sizes', { sizes: [1, 2, 4] }, 0, [1, 1, 2, 4, 1]],
  ['with the pilot passed, the first size is next', { sizes: [1, 2, 4] }, 1, [1, 2, 4, 2]],
  ['with one wave after it passed, the second', { sizes: [1, 2, 4] }, 2, [2, 4, 3]],
  ['with all sizes used, the last repeats', { sizes: [1, 2, 4] }, 9, [4, 4, 1]],
  ['a share is of all projects, rounded up', { sizes: ['34%'] }, 1, [4, 4, 1]],
  ['however small it is, one goes', { sizes: ['1%', '100%'] }, 1, [1, 8]],
  ['a wave exposes as many callers as it may', { sizes: [9], maxCallers: 4 }, 1, [4, 4, 1]],
])('%s', (_, waves, passed, expected) => {
  expect(sizesOf(waves, passed)).toEqual(expected);
});
