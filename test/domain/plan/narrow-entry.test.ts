import { NOT_LOOKED } from '../../../src/domain/decisions/facts.ts';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/domain/decisions/decision.ts';
import { edgeKey, type Edge } from '../../../src/domain/edges/edge.ts';
import { planCallee } from '../../../src/domain/plan/planner.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { AllowlistState } from '../../../src/domain/project.ts';
import { shadowServer } from '../../../src/domain/access/shadow.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import { approval, observation, project } from '../../adapters/sqlite/support.ts';

/* A standing entry that grants less than its caller was approved with: enforcing its callee would refuse that caller. */

const NOW = epochMs(1_900_000_000_000);
const CALLEE = projectId(1);

interface Case {
  /** What the entry of `acme/p2` grants; null: default permissions. */
  readonly grants: readonly string[] | null;
  readonly access: readonly string[];
  readonly sources?: Edge['sources'];
  readonly approvedWith?: readonly string[];
  /** The instance has no fine-grained permissions. */
  readonly old?: boolean;
  readonly live?: Partial<AllowlistState>;
  readonly visibility?: 'public';
}

function held({ grants, access, sources = ['scan'], approvedWith, old = false, live = {}, visibility }: Case) {
  const edge: Edge = {
    ...{ caller: projectId(2), callerPath: 'acme/p2', callee: CALLEE, calleePath: 'acme/p1', sources, access },
    ...{ needs: null, firstSeen: NOW, lastSeen: observation(2, 1).lastSeen, state: 'approved', decisionId: 1 },
  };
  const entry = {
    ...({ kind: 'project', id: 2, path: 'acme/p2', addedBy: 'pat', createdAt: NOW } as const),
    ...{ defaultPermissions: grants === null, policies: grants ?? [] },
  };
  const permissions = { defaultPermissions: approvedWith === undefined, policies: approvedWith ?? [] };
  const decision: Decision = { ...approval(2, 1, { permissions }), id: 1, question: null };
  const outcome = planCallee(
    {
      callee: project(1, {
        allowlist: { stored: false, effective: false, entries: [entry], ...live },
        ...(visibility ? { visibility, facts: { features: { repository: 'enabled' } } } : {}),
      } as Parameters<typeof project>[1]),
      edges: [edge],
      waitingFor: null,
    },
    {
      playbook: playbookSchema.parse({}),
      decisions: new Map([[edgeKey(edge.caller, CALLEE), decision]]),
      groupDecisions: new Map(),
      isPersonal: () => false,
      fit: (_, callers) => ({ kind: 'fits', projects: callers.map(({ caller }) => caller), groups: [] }),
      now: NOW,
      admin: true,
      facts: () => NOT_LOOKED,
      server: shadowServer({
        version: '18.5.0',
        policies: old ? [] : ['READ_JOBS', 'READ_PACKAGES', 'ADMIN_PACKAGES'],
      }),
    },
  );
  return outcome.kind === 'held' ? `${outcome.callee.reason}: ${outcome.callee.detail}` : outcome.kind;
}

describe('a callee whose approved caller has a narrow entry already', () => {
  it.each<[string, Case, RegExp | string]>([
    ['goes on where the entry has default permissions', { grants: null, access: ['npm'] }, 'change'],
    ['goes on where it grants what was seen', { grants: ['ADMIN_PACKAGES'], access: ['npm'] }, 'change'],
    [
      'is held back where it does not grant what was seen',
      { grants: ['READ_JOBS'], access: ['npm'] },
      /^narrow-entry: the entry for acme\/p2 grants READ_JOBS, and what was seen of it needs READ_PACKAGES: widen or remove it in GitLab, or approve the edge with --permissions READ_JOBS if/,
    ],
    [
      'goes on where reading is granted, though the job may write for all that is known',
      { grants: ['READ_PACKAGES'], access: ['npm'] },
      'change',
    ],
    [
      'goes on where nobody knows what the caller does: the entry is somebody’s decision',
      { grants: ['READ_JOBS'], access: [], sources: ['auth-log'] },
      'change',
    ],
    [
      'is told only to widen an entry that grants nothing',
      { grants: [], access: ['npm'] },
      /grants nothing, .*: widen or remove it in GitLab$/,
    ],
    [
      'goes on where it was approved with no more than that',
      { grants: ['ADMIN_JOBS'], access: ['npm'], approvedWith: ['READ_JOBS'] },
      'change',
    ],
    [
      'is held back where it was approved with more than that',
      { grants: ['READ_JOBS'], access: ['npm'], approvedWith: ['ADMIN_PACKAGES'] },
      /^narrow-entry/,
    ],
    ['goes on where the instance knows no narrow entries', { grants: [], access: ['npm'], old: true }, 'change'],
    [
      'goes on where what is used is open to everyone',
      { grants: ['READ_JOBS'], access: ['git'], visibility: 'public' },
      'change',
    ],
    [
      'goes on where the list is in force already',
      { grants: ['READ_JOBS'], access: ['npm'], live: { effective: true } },
      'change',
    ],
  ])('%s', (_, one, expected) => {
    if (typeof expected === 'string') expect(held(one)).toBe(expected);
    else expect(held(one)).toMatch(expected);
  });
});
