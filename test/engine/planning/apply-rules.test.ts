import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import { applyRules } from '../../../src/engine/planning/apply-rules.ts';
import type { Engine } from '../../../src/engine/context.ts';
import { takeLease } from '../../../src/engine/drive/lease.ts';
import type { RolloutStore } from '../../../src/engine/ports.ts';
import {
  approval,
  at,
  id,
  observation,
  open,
  project,
  ROLLOUT,
  StillClock,
  temporaryDirectory,
} from '../../adapters/sqlite/support.ts';

const PLAYBOOK = playbookSchema.parse({
  evidence: { maxAge: '9000w' },
  decisions: {
    rules: [
      { name: 'lab', when: { callers: 'acme/p9' }, then: 'reject', reason: 'the lab has no business there' },
      { name: 'ours', when: { callers: 'acme/**' }, then: 'approve', reason: 'ours' },
    ],
  },
});

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;
let store: RolloutStore;

beforeEach(async () => {
  directory = temporaryDirectory();
  file = `${directory.path}/rollout.db`;
  store = await open(file);
  await store.createRollout(ROLLOUT);
  const numbers = Array.from({ length: 9 }, (_, n) => n + 1);
  await store.putProjects(
    numbers.map((n) => project(n)),
    1,
  );
});
afterEach(() => {
  store.close();
  directory.remove();
});

async function decideByRules() {
  const clock = new StillClock();
  const lease = await takeLease(store, clock, 'test', () => true);
  const engine = { store, clock, playbook: PLAYBOOK, lease } as Pick<
    Engine,
    'store' | 'clock' | 'playbook' | 'lease'
  > as Engine;
  const result = await applyRules(engine);
  await lease.release();
  return result;
}

function tamper(statement: string): void {
  const raw = new Database(file);
  raw.exec(`drop trigger decisions_no_update; drop trigger decisions_no_delete; ${statement}`);
  raw.close();
}

describe('rules', () => {
  it('decide what nobody has decided, and write one ledger row that names every edge', async () => {
    await store.putEvidence([observation(2, 1), observation(9, 1), observation(3, 2), observation(4, 2)]);
    await store.putDecisions([approval(4, 2, { verdict: 'rejected' })]);
    expect(await decideByRules()).toEqual({ decided: 3, undecided: 0, expired: [] });
    expect(await store.ledger()).toMatchObject([
      {
        kind: 'decisions',
        subject: '3 edges',
        body: {
          ...{ first: 2, count: 3, rules: { ours: 2, lab: 1 } },
          ...{ approved: ['acme/p2 -> acme/p1', 'acme/p3 -> acme/p2'], rejected: ['acme/p9 -> acme/p1'] },
        },
      },
    ]);
    expect(await store.edge(id(4), id(2))).toMatchObject({ state: 'rejected', decisionId: 1 });
    expect(await store.countEdges()).toMatchObject({ approved: 2, rejected: 2, undecided: 0 });
    expect(await decideByRules()).toEqual({ decided: 0, undecided: 0, expired: [] });
    expect(await store.ledger()).toHaveLength(1);
  });

  it('decide again what a rule approved until a day', async () => {
    await store.putEvidence([observation(2, 1)]);
    await store.putDecisions([approval(2, 1, { expiresAt: at(4_000), by: { kind: 'rule', name: 'earlier' } })]);
    expect(await decideByRules()).toEqual({ decided: 1, undecided: 0, expired: [] });
    expect(await store.edge(id(2), id(1))).toMatchObject({ state: 'approved', decisionId: 2 });
  });

  it('leave to a person what a person approved until a day, and name it', async () => {
    await store.putEvidence([observation(2, 1)]);
    await store.putDecisions([approval(2, 1, { expiresAt: at(4_000) })]);
    expect(await decideByRules()).toMatchObject({
      decided: 0,
      undecided: 1,
      expired: [{ subject: 'acme/p2 -> acme/p1', decision: { by: { kind: 'person', name: 'dana' } } }],
    });
    expect(await store.edge(id(2), id(1))).toMatchObject({ decisionId: 1 });
  });

  it.each([
    ['altered', `update decisions set reason = 'because' where id = 2`],
    ['widened', `update decisions set expires_at = 9 where id = 2`],
    ['removed', 'pragma foreign_keys = off; delete from decisions where id = 2'],
    ['given an owner', `update decisions set owner = 'mallory' where id = 1`],
  ])('are bound by the ledger: one that was %s is found', async (_, statement) => {
    await store.putEvidence([observation(2, 1), observation(3, 1), observation(4, 1)]);
    await decideByRules();
    expect(await store.verifyLedger()).toMatchObject({ rows: 1, problem: null });
    tamper(statement);
    expect(await store.verifyLedger()).toMatchObject({ rows: 0, problem: expect.stringContaining('decisions 1 to 3') });
  });

  it('keep their digests when a column is added later', async () => {
    await store.putEvidence([observation(2, 1)]);
    await decideByRules();
    const before = await store.decisionDigest(1, 1);
    tamper('alter table decisions add column mood text');
    expect(await store.decisionDigest(1, 1)).toBe(before);
    expect((await store.verifyLedger()).problem).toBeNull();
  });
});
