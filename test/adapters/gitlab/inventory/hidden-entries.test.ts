import { describe, expect, it } from 'vitest';
import { withNames, type Nameless } from '../../../../src/adapters/gitlab/inventory/readings.ts';
import type { AllowlistEntry } from '../../../../src/domain/project.ts';

const NARROW = { defaultPermissions: false, policies: ['READ_JOBS'], addedBy: 'ann', createdAt: null };
const WIDE = { defaultPermissions: true, policies: [], addedBy: 'bob', createdAt: null };
const LISTED = { defaultPermissions: true, policies: [], addedBy: null, createdAt: null };

const hidden = (kind: 'project' | 'group', grant: typeof NARROW | typeof WIDE): Nameless => ({ kind, ...grant });
const listed = (kind: 'project' | 'group', id: number): AllowlistEntry => ({ kind, id, path: `p/${id}`, ...LISTED });
const known: AllowlistEntry = { ...listed('project', 1), ...NARROW };

interface Case {
  readonly what: string;
  readonly nameless: readonly Nameless[];
  readonly listed: readonly AllowlistEntry[];
  readonly expected: readonly AllowlistEntry[] | null;
}

const CASES: readonly Case[] = [
  {
    what: 'takes the one that is left over for the one without a name, with what it grants and who made it',
    nameless: [hidden('project', NARROW)],
    listed: [listed('project', 1), listed('project', 2)],
    expected: [known, { ...listed('project', 2), ...NARROW }],
  },
  {
    what: 'tells projects from groups of the same id',
    nameless: [hidden('group', NARROW)],
    listed: [listed('project', 1), listed('group', 1)],
    expected: [known, { ...listed('group', 1), ...NARROW }],
  },
  {
    what: 'names several that grant the same, without saying who made which',
    nameless: [hidden('project', WIDE), hidden('project', { ...WIDE, addedBy: 'ann' })],
    listed: [listed('project', 1), listed('project', 2), listed('project', 3)],
    expected: [known, listed('project', 2), listed('project', 3)],
  },
  {
    what: 'names none where they grant different things',
    nameless: [hidden('project', WIDE), hidden('project', NARROW)],
    listed: [listed('project', 1), listed('project', 2), listed('project', 3)],
    expected: null,
  },
  {
    what: 'names none where the list has another length by now',
    nameless: [hidden('project', WIDE)],
    listed: [listed('project', 1), listed('project', 2), listed('project', 3)],
    expected: null,
  },
  {
    what: 'names none where a known one has company of another kind',
    nameless: [hidden('project', WIDE)],
    listed: [listed('project', 1), listed('project', 2), listed('group', 9)],
    expected: null,
  },
];

describe('entries of those whom the token may not see', () => {
  it.each(CASES)('$what', ({ nameless, listed, expected }) => {
    expect(withNames({ entries: [known], nameless }, listed)).toEqual(expected);
  });
});
