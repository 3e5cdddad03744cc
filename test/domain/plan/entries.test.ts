import { describe, expect, it } from 'vitest';
import { inForce, type Decision } from '../../../src/domain/decisions/decision.ts';
import { edgeKey, type Edge } from '../../../src/domain/edges/edge.ts';
import { calleeEntries, signOffOf, type EntryContext } from '../../../src/domain/plan/entries.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { AllowlistEntry, EntryPermissions } from '../../../src/domain/project.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import { approval, project } from '../../adapters/sqlite/support.ts';

const CALLEE = project(1);
const PACKAGES = { defaultPermissions: false, policies: ['READ_PACKAGES'] };
const JOBS = { defaultPermissions: false, policies: ['READ_JOBS'] };
const DEFAULT = { defaultPermissions: true, policies: [] };

const edge = (caller: number): Edge => ({
  ...{ caller: projectId(caller), callerPath: `acme/apps/p${caller}`, callee: CALLEE.id, calleePath: CALLEE.path },
  ...{ access: [], sources: ['auth-log'], needs: null, firstSeen: epochMs(0), lastSeen: epochMs(0) },
  ...{ state: 'approved', decisionId: caller },
});

const standing = (
  kind: 'project' | 'group',
  id: number,
  path: string,
  permissions: EntryPermissions,
): AllowlistEntry => ({
  ...{ kind, id, path, addedBy: 'pat', createdAt: null },
  ...permissions,
});

const decision = (caller: number, change: Partial<Decision>): Decision => ({
  ...{ ...approval(caller, 1), id: caller, question: null },
  ...change,
});

/** @param asked - the permissions that each caller was approved with; group: the one entry for all of them */
function entriesFor(live: readonly AllowlistEntry[], asked: readonly EntryPermissions[], group = false) {
  const approved = asked.map((_, n) => edge(n + 2));
  const context: EntryContext = {
    ...{ playbook: playbookSchema.parse({}), groupDecisions: new Map(), isPersonal: () => false },
    decisions: new Map(
      asked.map((permissions, n) => [edgeKey(projectId(n + 2), CALLEE.id), decision(n + 2, { permissions })]),
    ),
    fit: (_, callers) => ({
      ...{ kind: 'fits', projects: group ? [] : callers.map(({ caller }) => caller) },
      groups: group ? [{ id: 70, path: 'acme/apps', widening: 3 }] : [],
    }),
  };
  const state = { stored: false, effective: false, entries: live };
  const found = calleeEntries({ callee: CALLEE, live: state, approved, refused: [] }, context);
  if (found.kind === 'impossible') throw new Error(found.detail);
  return {
    add: found.add.map(({ kind, id, ...rest }) => [`${kind} ${id}`, rest.defaultPermissions, rest.policies]),
    relyOn: found.relyOn,
  };
}

describe('the entries that approved callers need', () => {
  it.each([
    ['none beside a wide entry of their group', standing('group', 70, 'acme/apps', DEFAULT), []],
    ['none beside a narrow one of their own', standing('project', 2, 'acme/apps/p2', JOBS), []],
    ['one of their own below a narrow entry of their group', standing('group', 70, 'acme/apps', JOBS), ['project 2']],
  ])('are %s', (_, entry, expected) => {
    const { add, relyOn } = entriesFor([entry], [DEFAULT]);
    expect(add.map(([target]) => target)).toEqual(expected);
    expect(relyOn.map(({ id }) => id)).toEqual(expected.length === 0 ? [entry.id] : []);
  });

  it.each([
    ['all that any of its callers was approved with', [PACKAGES, JOBS], false, ['READ_JOBS', 'READ_PACKAGES']],
    ['everything as soon as one of them may do everything', [PACKAGES, DEFAULT], true, []],
  ] as const)('grant, as one for a group, %s', (_, asked, wide, policies) => {
    expect(entriesFor([], asked, true).add).toEqual([['group 70', wide, policies]]);
  });
});

describe('a sign-off for a group entry', () => {
  const signed = (widening: number | null, verdict: Decision['verdict'] = 'approved') => {
    const subject = { kind: 'group-entry', callee: CALLEE.id, groupId: 70, groupPath: 'acme/apps', widening } as const;
    return new Map([['1:70', decision(2, { subject, verdict })]]);
  };

  it.each([
    ['covers as much as was signed', signed(3), true],
    ['covers less', signed(4), true],
    ['does not cover more', signed(2), false],
    ['covers nothing where it does not say how much', signed(null), false],
    ['covers nothing where it was refused', signed(3, 'rejected'), false],
  ])('%s', (_, decisions, covered) => {
    expect(signOffOf(CALLEE.id, { id: 70, widening: 3 }, decisions) !== null).toBe(covered);
  });
});

describe('a decision', () => {
  it.each([
    ['is in force without an end', null, true],
    ['is in force until its end', epochMs(101), true],
    ['is not in force at its end', epochMs(100), false],
  ])('%s', (_, expiresAt, expected) => {
    expect(inForce({ expiresAt, question: null }, epochMs(100))).toBe(expected);
    expect(inForce({ expiresAt, question: { at: epochMs(0), score: 60, because: 'x' } }, epochMs(100))).toBe(false);
  });
});
