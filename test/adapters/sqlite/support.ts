import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../../src/adapters/sqlite/index.ts';
import type { NewDecision } from '../../../src/domain/decisions/decision.ts';
import type { Evidence } from '../../../src/domain/edges/evidence.ts';
import type { NewWriteIntent } from '../../../src/domain/rollout/intent.ts';
import type { Plan, PlannedCallee } from '../../../src/domain/plan/plan.ts';
import type { AllowlistState, Project } from '../../../src/domain/project.ts';
import { epochMs, projectId } from '../../../src/domain/values.ts';
import type { Actor, Clock, Lease, RolloutRow, RolloutStore } from '../../../src/engine/ports.ts';

/** A clock that stands until it is moved. */
export class StillClock implements Clock {
  time = epochMs(1_800_000_000_000);
  now() {
    return this.time;
  }
  local() {
    return this.time;
  }
  pass(ms: number) {
    this.time = epochMs(this.time + ms);
  }
}

export const ACTOR: Actor = { osUser: 'dana', gitlabUser: 'dana.k', ciJob: null };
export const at = epochMs;
export const id = projectId;

export function temporaryDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-sqlite-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const open = (file: string, clock: Clock = new StillClock(), create = true): Promise<RolloutStore> =>
  openStore(file, { create, clock, actor: () => ACTOR });

export const OPEN_LIST: AllowlistState = { stored: false, effective: false, entries: [] };

export const LIST: AllowlistState = {
  stored: true,
  effective: true,
  entries: [
    {
      ...{ kind: 'group', id: 7, path: 'acme/apps', defaultPermissions: false, policies: ['READ_JOBS'] },
      ...{ addedBy: 'dana', createdAt: at(5) },
    },
  ],
};

export function project(number: number, change: Partial<Project> = {}): Project {
  return {
    id: id(number),
    path: `acme/p${number}`,
    visibility: 'private',
    archived: false,
    personal: false,
    accessLevel: 40,
    inScope: true,
    allowlist: OPEN_LIST,
    unread: null,
    log: { rows: 3, cut: false },
    readAt: at(100),
    ...change,
  };
}

export function observation(caller: number, callee: number, change: Partial<Evidence> = {}): Evidence {
  return {
    caller: id(caller),
    callee: id(callee),
    source: 'auth-log',
    access: null,
    policies: null,
    where: 'auth log',
    firstSeen: at(1_000),
    lastSeen: at(2_000),
    certainty: 'certain',
    ...change,
  };
}

export function approval(caller: number, callee: number, change: Partial<NewDecision> = {}): NewDecision {
  return {
    subject: { kind: 'edge', caller: id(caller), callee: id(callee) },
    verdict: 'approved',
    replacedBy: null,
    by: { kind: 'person', name: 'dana' },
    owner: null,
    reason: 'builds need it',
    permissions: { defaultPermissions: true, policies: [] },
    evidence: 'auth log, last seen 2026-03-01',
    decidedAt: at(3_000),
    expiresAt: null,
    ...change,
  };
}

export const ROLLOUT: Omit<RolloutRow, 'revision' | 'decisionsRevision' | 'learnedRpm'> = {
  id: 'r-1',
  gitlabUrl: 'https://gitlab.example.com',
  playbookName: 'standard',
  playbookText: 'name: standard\n',
  createdAt: at(1),
  checkpoint: { version: 1, value: 'idle', context: { wave: 0 } },
  capabilities: null,
  identity: null,
};

export function plannedCallee(number: number): PlannedCallee {
  const target = { kind: 'project' as const, id: 2, path: 'acme/p2' };
  return {
    id: id(number),
    path: `acme/p${number}`,
    before: LIST,
    add: [
      {
        ...target,
        defaultPermissions: true,
        policies: [],
        callers: [{ id: id(2), path: 'acme/p2' }],
        widening: 0,
      },
    ],
    relyOn: [target],
    remove: [],
    narrow: [],
    enforce: true,
    approvedCallers: 1,
    rejectedCallers: 0,
    risk: 0.25,
    why: 'few callers',
    placed: 'number 1 by risk',
  };
}

export const PLAN: Plan = {
  hash: 'a'.repeat(64),
  createdAt: at(500),
  waves: [
    { number: 1, kind: 'pilot', callees: [plannedCallee(3), plannedCallee(1)], instanceSwitch: false },
    { number: 2, kind: 'organisation', callees: [], instanceSwitch: true },
  ],
  held: [{ id: id(4), path: 'acme/p4', reason: 'unread', detail: '503' }],
  widening: 2,
  noSwitchBecause: null,
  requests: 12,
};

export function addEntry(waveId: number, callee: number, decisions: readonly number[]): NewWriteIntent {
  const entry = { kind: 'project' as const, id: 2, path: 'acme/p2', defaultPermissions: true, policies: [] };
  const action = { kind: 'addEntry' as const, entry, decisions: decisions as readonly [number, ...number[]] };
  return { waveId, callee: id(callee), action, createdAt: at(4_000) };
}

/** A rollout with four projects, a plan and one wave over projects 1 and 3. */
export async function seeded(store: RolloutStore): Promise<number> {
  await store.createRollout(ROLLOUT);
  await store.putProjects(
    [1, 2, 3, 4].map((number) => project(number)),
    1,
  );
  await store.savePlan(PLAN);
  const checkpoint = { version: 1, value: 'waiting', context: {} };
  const wave = { number: 1, planHash: PLAN.hash, kind: 'pilot' as const, checkpoint, startedAt: null, endedAt: null };
  return store.createWave(wave, [
    { id: id(3), path: 'acme/p3' },
    { id: id(1), path: 'acme/p1' },
  ]);
}

export const forged = (lease: Lease, change: Partial<Lease>): Lease => ({ ...lease, ...change });
