import { describe, expect, it } from 'vitest';
import { shadowServer } from '../../../src/domain/access/shadow.ts';
import { NOT_LOOKED } from '../../../src/domain/decisions/facts.ts';
import type { Edge, EdgeState } from '../../../src/domain/edges/edge.ts';
import { assemblePlan, planCallee, type Outcome } from '../../../src/domain/plan/planner.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { Project } from '../../../src/domain/project.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import { project } from '../../adapters/sqlite/support.ts';

const NOW = epochMs(1_900_000_000_000);
const OPEN = { stored: false, effective: false, entries: [] };

const edge = (caller: number, state: EdgeState): Edge => ({
  ...{ caller: projectId(caller), callerPath: `acme/p${caller}`, callee: projectId(1), calleePath: 'acme/p1' },
  ...{ sources: ['auth-log'], access: [], needs: null, firstSeen: NOW, lastSeen: NOW, state, decisionId: 1 },
});

const outcomeOf = (callee: Partial<Project>, states: readonly EdgeState[], waitingFor: string | null = null): Outcome =>
  planCallee(
    {
      callee: project(1, { allowlist: OPEN, ...callee }),
      edges: states.map((state, n) => edge(n + 2, state)),
      waitingFor,
    },
    {
      ...{
        playbook: playbookSchema.parse({}),
        decisions: new Map(),
        groupDecisions: new Map(),
        now: NOW,
        admin: false,
      },
      fit: (_, callers) => ({ kind: 'fits', projects: callers.map(({ caller }) => caller), groups: [] }),
      ...{ isPersonal: () => false, facts: () => NOT_LOOKED, server: shadowServer(null) },
    },
  );

describe('a callee', () => {
  it.each([
    ['is held for one edge that nobody decided', outcomeOf({}, ['approved', 'undecided']), 'undecided'],
    ['is held while a schedule is waited for', outcomeOf({}, ['approved'], 'a job a quarter'), 'not-ready'],
    ['is held where its list was not read', outcomeOf({ allowlist: null }, []), 'unread'],
    ['is held where the token is no Maintainer', outcomeOf({ accessLevel: 30 }, ['approved']), 'no-rights'],
  ])('%s', (_, outcome, reason) => {
    expect(outcome).toMatchObject({ kind: 'held', callee: { reason } });
  });

  it('that is enforced already and lacks nothing is settled, whoever else asks', () => {
    const enforced = { allowlist: { ...OPEN, stored: true, effective: true } };
    expect(outcomeOf(enforced, ['undecided', 'rejected'])).toEqual({ kind: 'settled' });
  });
});

describe('the switch of the instance', () => {
  const held = outcomeOf({}, ['undecided']);
  const change = outcomeOf({}, ['approved']);
  const frame = { playbook: playbookSchema.parse({}), admin: true, instanceEnforced: false, passedWaves: 0 } as const;

  it.each([
    ['is set where every project is enforced', [change], frame, null],
    ['waits for one project that is held back', [change, held], frame, '1 project is held back'],
    ['is set already', [change], { ...frame, instanceEnforced: true }, 'the instance enforces already'],
    ['is an administrator’s', [change], { ...frame, admin: false }, 'the token is not an administrator’s'],
    [
      'is left alone where it was not read',
      [change],
      { ...frame, instanceEnforced: null },
      'the token is not an administrator’s',
    ],
  ] as const)('%s', (_, outcomes, given, because) => {
    const plan = assemblePlan(outcomes, given);
    expect(plan.noSwitchBecause).toBe(because);
    expect(plan.waves.some(({ instanceSwitch }) => instanceSwitch)).toBe(because === null);
  });
});
