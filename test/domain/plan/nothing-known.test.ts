import { NOT_LOOKED } from '../../../src/domain/decisions/facts.ts';
import { expect, it } from 'vitest';
import { shadowServer } from '../../../src/domain/access/shadow.ts';
import type { Edge } from '../../../src/domain/edges/edge.ts';
import { planCallee } from '../../../src/domain/plan/planner.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import { project } from '../../adapters/sqlite/support.ts';

/* No known edge proves nothing where no log could have shown one. */

const NOW = epochMs(1_900_000_000_000);
const EDGE: Edge = {
  ...{ caller: projectId(2), callerPath: 'acme/p2', callee: projectId(1), calleePath: 'acme/p1', sources: ['scan'] },
  ...{ access: [], needs: null, firstSeen: NOW, lastSeen: NOW, state: 'rejected', decisionId: 1 },
};
const UNATTENDED = { plan: false, waves: 'first' };

it.each([
  { approvals: UNATTENDED, log: null, edges: [], is: 'held' },
  { approvals: { plan: false, waves: 'none' }, log: null, edges: [], is: 'held' },
  { approvals: { plan: false, waves: 'each' }, log: null, edges: [], is: 'change' },
  { approvals: { plan: true, waves: 'none' }, log: null, edges: [], is: 'change' },
  { approvals: UNATTENDED, log: { rows: 0, cut: false }, edges: [], is: 'change' },
  { approvals: UNATTENDED, log: null, edges: [EDGE], is: 'change' },
])('with $approvals, the log $log and edges $edges.length a callee is $is', ({ approvals, log, edges, is }) => {
  const outcome = planCallee(
    {
      callee: project(1, { allowlist: { stored: false, effective: false, entries: [] }, log }),
      edges,
      waitingFor: null,
    },
    {
      ...{ playbook: playbookSchema.parse({ approvals }), decisions: new Map(), groupDecisions: new Map() },
      ...{ isPersonal: () => false, fit: () => ({ kind: 'fits', projects: [], groups: [] }), now: NOW, admin: true },
      facts: () => NOT_LOOKED,
      server: shadowServer({ version: '16.11.0', policies: [] }),
    },
  );
  expect(outcome).toMatchObject({
    kind: is,
    ...(is === 'held'
      ? { callee: { reason: 'not-ready', detail: expect.stringContaining('approvals.plan') as string } }
      : {}),
  });
});
