import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RolloutStore } from '../../../src/engine/ports.ts';
import { ACTOR, addEntry, approval, at, id, open, seeded, StillClock, temporaryDirectory } from './support.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let store: RolloutStore;
let raw: Database.Database;
let wave: number;
let decisions: readonly number[];

beforeEach(async () => {
  directory = temporaryDirectory();
  const file = `${directory.path}/rollout.db`;
  store = await open(file);
  wave = await seeded(store);
  decisions = await store.putDecisions([approval(2, 1), approval(2, 3), approval(4, 1, { verdict: 'rejected' })]);
  raw = new Database(file);
});
afterEach(() => {
  raw.close();
  store.close();
  directory.remove();
});

const settle = (intents: readonly { readonly id: number }[]) =>
  store.settleIntents(
    intents.map((intent) => intent.id),
    'done',
    null,
    at(5_000),
  );

/** Whoever tries, with our own code or with any SQLite shell: the database itself says no. */
describe('no entry without a decision', () => {
  it.each([
    { name: 'no decision at all', chosen: () => [], refusal: /intents_decided|needs a decision/ },
    { name: 'a decision that does not exist', chosen: () => [99], refusal: /needs a decision/ },
    { name: 'a decision on another callee', chosen: () => [decisions[1]!], refusal: /needs a decision/ },
    { name: 'a rejection', chosen: () => [decisions[2]!], refusal: /needs a decision/ },
    { name: 'a rejection among them', chosen: () => [decisions[0]!, decisions[2]!], refusal: /needs a decision/ },
  ])('refuses an intent with $name', async ({ chosen, refusal }) => {
    await expect(store.putIntents([addEntry(wave, 1, chosen())])).rejects.toThrow(refusal);
    expect(await store.openIntents()).toEqual([]);
  });

  it('holds without the triggers, by CHECK and foreign key', () => {
    raw.exec('drop trigger intents_need_approval');
    const insert = raw.prepare(
      `insert into intents (wave_id, callee, kind, decision_id, action, created_at) values (?, 1, 'addEntry', ?, '{}', 1)`,
    );
    expect(() => insert.run(wave, null)).toThrow('intents_decided');
    expect(() => insert.run(wave, 99)).toThrow('FOREIGN KEY');
  });

  it('lets an approved one through', async () => {
    await settle(await store.putIntents([addEntry(wave, 1, [decisions[0]!])]));
    expect(await store.intents(wave)).toMatchObject([{ outcome: 'done', action: { decisions: [decisions[0]] } }]);
  });
});

describe('what was recorded', () => {
  beforeEach(async () => {
    await settle(await store.putIntents([addEntry(wave, 1, [decisions[0]!])]));
    await store.appendLedger([{ kind: 'test', subject: 'wave 1', body: {} }], at(1));
  });

  it.each([
    `update decisions set reason = 'another'`,
    'delete from decisions',
    `replace into decisions select * from decisions`,
    `update ledger set subject = 'another'`,
    'delete from ledger',
    `insert into ledger select seq + 2, at, local_at, actor, kind, subject, body, hash, hash from ledger`,
    `insert into ledger select seq + 1, at, local_at, actor, kind, subject, body, previous, hash from ledger`,
    `update intents set outcome = 'absent'`,
    `update intents set outcome = null, settled_at = null`,
    `update intents set action = '{}'`,
    'delete from intents',
    'replace into intents select * from intents',
    `insert into intents (wave_id, callee, kind, action, created_at, outcome, settled_at)
      select wave_id, callee, 'enforce', '{}', 1, 'done', 1 from intents`,
    'update intent_decisions set decision_id = 2',
    'delete from intent_decisions',
    `update plans set header = '{}'`,
    'delete from plan_parts',
    `update plan_parts set body = '{}'`,
  ])('stays: %s', (statement) => {
    expect(() => raw.exec(statement)).toThrow(
      /append-only|stays as it is|not rewritten|bound to its hash|follows the one|before its outcome/,
    );
  });
});

describe('the ledger', () => {
  const entries = ['a', 'b', 'c'].map((subject) => ({ kind: 'edge-approved', subject, body: { z: 1, a: [subject] } }));
  beforeEach(() => store.appendLedger(entries, at(1_000)));

  it('is chained by hashes that anybody can recompute', async () => {
    const [first, second, third] = await store.ledger();
    expect(first).toMatchObject({ seq: 1, at: 1_000, localAt: new StillClock().time, actor: ACTOR, ...entries[0] });
    const content =
      `{"actor":{"ciJob":null,"gitlabUser":"dana.k","osUser":"dana"},"at":1000,"body":{"a":["b"],"z":1},` +
      `"kind":"edge-approved","localAt":1800000000000,"seq":2,"subject":"b"}`;
    const hash = createHash('sha256')
      .update(`${first?.hash ?? ''}${content}`)
      .digest('hex');
    expect(second).toMatchObject({ previous: first?.hash, hash });
    expect(await store.ledger({ after: 1, limit: 1 })).toEqual([second]);
    expect(await store.verifyLedger()).toEqual({ rows: 3, last: third?.hash, problem: null });
  });

  it.each([
    { statement: `update ledger set subject = 'x' where seq = 2`, problem: 'row 2 was altered' },
    { statement: `update ledger set local_at = 1 where seq = 3`, problem: 'row 3 was altered' },
    { statement: `update ledger set body = '{"a":' where seq = 1`, problem: 'row 1 cannot be read' },
    { statement: 'delete from ledger where seq = 2', problem: 'row 2 is missing' },
    { statement: `update ledger set previous = hash where seq = 3`, problem: 'row 3 does not name the row before it' },
  ])('tells, once its triggers are taken off: $statement', async ({ statement, problem }) => {
    raw.exec(`drop trigger ledger_no_update; drop trigger ledger_no_delete; ${statement}`);
    expect(await store.verifyLedger()).toMatchObject({ problem });
  });

  it('is empty and sound in the beginning', async () => {
    const fresh = await open(`${directory.path}/fresh.db`);
    expect(await fresh.verifyLedger()).toEqual({ rows: 0, last: '0'.repeat(64), problem: null });
    fresh.close();
  });
});

describe('corrupt JSON', () => {
  it.each([
    { statement: `update projects set entries = '[{"kind":"user"}]'`, table: 'projects', row: 1 },
    { statement: `update edges set sources = '["gossip"]'`, table: 'edges', row: '2 -> 1' },
    { statement: `update wave_callees set before = 'x' where callee = 1`, table: 'wave_callees', row: '1/1' },
  ])('in $table is named', async ({ statement, table, row }) => {
    raw.exec(statement);
    const reads = { projects: () => store.project(id(1)), edges: () => store.edges({ callee: id(1) }) };
    const read = table === 'wave_callees' ? () => store.waveCallees(wave) : reads[table as keyof typeof reads];
    await expect(read()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining(`${table}, row ${row}`),
    });
  });
});
