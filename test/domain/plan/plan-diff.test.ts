import { describe, expect, it } from 'vitest';
import {
  requestsFor,
  type PlannedCallee,
  type PlannedEntry,
  type TightenedEntry,
} from '../../../src/domain/plan/plan.ts';
import { calleeDifferences, heldDifferences } from '../../../src/domain/plan/plan-diff.ts';
import { projectId } from '../../../src/domain/values.ts';

const entry = (id: number, policies: readonly string[] | null = null): PlannedEntry => ({
  ...{ kind: 'project', id: projectId(id), path: `acme/p${id}`, widening: 0, callers: [] },
  ...{ defaultPermissions: policies === null, policies: policies ?? [] },
});
const going = (id: number, policies: readonly string[] = []): TightenedEntry => ({
  ...{ kind: 'project', id: projectId(id), path: `acme/p${id}`, defaultPermissions: false, policies, why: 'unused' },
});
const CORE: PlannedCallee = {
  ...{ id: projectId(1), path: 'acme/core', before: { stored: false, effective: false, entries: [] }, enforce: true },
  ...{ add: [entry(2)], relyOn: [], remove: [], narrow: [], approvedCallers: 1, rejectedCallers: 0 },
  ...{ risk: 0, why: '', placed: '' },
};

describe('what differs in what two plans do to a callee', () => {
  it.each<[string, Partial<PlannedCallee>, readonly string[]]>([
    ['nothing', {}, []],
    ['one entry more', { add: [entry(2), entry(3)] }, ['+ project acme/p3']],
    ['one entry less', { add: [] }, ['- project acme/p2']],
    ['fewer permissions', { add: [entry(2, ['READ_JOBS'])] }, ['other permissions for project acme/p2']],
    ['the setting', { enforce: false }, ['is enforced already']],
    ['what goes', { remove: [going(4)] }, ['remove project acme/p4']],
    ['what is narrowed', { narrow: [going(4, ['READ_JOBS'])] }, ['narrow project acme/p4 to READ_JOBS']],
  ])('%s', (_, change, lines) => {
    const later = { callee: { ...CORE, ...change }, wave: 1 };
    expect(calleeDifferences({ callee: CORE, wave: 1 }, later)).toEqual(lines.map((line) => `~ acme/core: ${line}`));
  });

  it('the other way round, and in another wave', () => {
    const was = { callee: { ...CORE, enforce: false, remove: [going(4)] }, wave: 1 };
    expect(calleeDifferences(was, { callee: CORE, wave: 3 })).toEqual([
      '~ acme/core: wave 1 -> 3',
      '~ acme/core: is to be enforced',
      '~ acme/core: no longer remove project acme/p4',
    ]);
  });
});

it('tells who is held back now, or for another reason', () => {
  const held = (id: number, reason: 'unread' | 'undecided') => ({
    id: projectId(id),
    path: `acme/p${id}`,
    reason,
    detail: '',
  });
  const before = [held(1, 'unread'), held(2, 'unread'), held(3, 'unread')];
  expect(heldDifferences(before, [held(1, 'unread'), held(2, 'undecided'), held(4, 'unread')])).toEqual([
    '~ acme/p2: held back (undecided)',
    '~ acme/p4: held back (unread)',
  ]);
});

it('counts one request for each change, and three to look', () => {
  expect(requestsFor({ add: [], remove: [], narrow: [], enforce: false })).toBe(3);
  const some = { add: [entry(2), entry(3)], remove: [going(4)], narrow: [going(5), going(6)], enforce: true };
  expect(requestsFor(some)).toBe(9);
});
