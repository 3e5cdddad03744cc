import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/sqlite/index.ts';
import { chartsAgainst } from '../../../src/engine/record/charts-against-ledger.ts';
import { verify } from '../../../src/engine/record/verify.ts';
import { TestRollout } from '../rollout.ts';

/*
 * Whoever has the file takes its triggers off and changes rows behind the ledger's back. `verify` says so.
 */

let rollout: TestRollout;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-tampered-'));
  rollout = await TestRollout.create({
    approvals: { plan: true, waves: 'none' },
    ledger: { anchorIssue: 'acme/records' },
  });
  await rollout.run();
  await rollout.approve();
  await rollout.run();
});
afterAll(() => {
  rollout.close();
  rmSync(directory, { recursive: true, force: true });
});

async function problemsAfter(tampering: string): Promise<string> {
  const file = join(directory, 'copy.db');
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  for (const suffix of ['', '-wal']) copyFileSync(`${rollout.file}${suffix}`, `${file}${suffix}`);
  const raw = new Database(file);
  const triggers = raw.prepare<[], string>(`select name from sqlite_schema where type = 'trigger'`).pluck().all();
  for (const name of triggers) raw.exec(`drop trigger "${name}"`);
  raw.pragma('foreign_keys = off');
  raw.pragma('ignore_check_constraints = on');
  raw.exec(tampering);
  raw.close();
  const store = await openStore(file, {
    ...{ create: false, clock: rollout.clock },
    actor: () => ({ osUser: 'eve', gitlabUser: null, ciJob: null }),
  });
  try {
    return (await verify(store)).problems.join('\n');
  } finally {
    store.close();
  }
}

/** The hash of one row recomputed is what it takes to change the ledger; the chain is tested beside the store. */
const TAMPERINGS: readonly (readonly [what: string, sql: string, says: RegExp])[] = [
  [
    'an entry in an intent',
    `update intents set action = replace(action, 'acme/apps/web', 'evil/app') where kind = 'addEntry'`,
    /intent \d+ is not what the ledger recorded/,
  ],
  ['the wave of an intent', `update intents set wave_id = 2 where id = 1`, /intent 1 is not what the ledger recorded/],
  [
    'an outcome',
    `update intents set outcome = 'already' where kind = 'enforce'`,
    /ended otherwise than the ledger recorded/,
  ],
  [
    'an outcome taken away',
    `update intents set outcome = null, settled_at = null where id = 1`,
    /intent 1 ended otherwise/,
  ],
  ['an intent taken out', `delete from intents where id = 1`, /intent 1 is in the ledger and not stored/],
  [
    'an intent put in',
    `insert into intents (wave_id, callee, kind, action, created_at, outcome, settled_at)
    select wave_id, callee, 'enforce', '{"kind":"enforce"}', created_at, 'done', 1 from intents where callee is not null limit 1`,
    /is in no row of the ledger/,
  ],
  [
    'a note’s text',
    `update intents set action = replace(action, 'rows', 'lines') where kind = 'addNote'`,
    /is not what the ledger recorded/,
  ],
  [
    'a reason of a decision',
    `update decisions set reason = 'because' where id = 1`,
    /the decisions 1 to \d+ are not those/,
  ],
  [
    'a decision put in',
    `insert into decisions (kind, callee, caller, verdict, by_kind, by_name, reason, default_permissions, policies, evidence, decided_at)
    select kind, callee, caller, 'approved', 'person', 'dana', 'really', default_permissions, policies, evidence, decided_at from decisions limit 1`,
    /decision \d+ is in no row of the ledger/,
  ],
  [
    'the state of an edge',
    `update edges set state = 'rejected' where state = 'approved'`,
    /in a state that no decision gave it/,
  ],
  [
    'a callee of a plan',
    `update plan_parts set body = replace(body, '"enforce":true', '"enforce":false')`,
    /is not what its hash was made of/,
  ],
  [
    'who approved a plan',
    `update plans set approved_by = 'eve' where approved_by is not null`,
    /approved by eve, which the ledger does not say/,
  ],
  [
    'a plan that nobody approved',
    `delete from plan_parts where wave = 0 and position = 0`,
    /is not what its hash was made of/,
  ],
  [
    'what a rollback restores',
    `update wave_callees set before = replace(before, '"stored":false', '"stored":true')`,
    /its earlier state is not the one that was planned for/,
  ],
  ['the step of a callee', `update wave_callees set step = 'pending'`, /is pending, yet the wave is/],
  ['a wave taken out', `delete from waves where id = 1`, /not there|not stored/],
  ['a wave’s chart', `update waves set checkpoint = replace(checkpoint, 'passed', 'soaking')`, /soak|wave/],
  [
    'a wave’s chart, with all that goes with it',
    `update waves set checkpoint = json_set(checkpoint, '$.value', 'inconclusive') where id = 2`,
    /wave 2 is inconclusive, and passed by what the ledger recorded/,
  ],
  [
    'a wave’s verdict',
    `update waves set checkpoint = json_set(checkpoint, '$.context.verdict', 'failed') where id = 1`,
    /wave 1 was judged failed, and passed by what the ledger recorded/,
  ],
  [
    'the end of a soak',
    `update waves set checkpoint = json_set(checkpoint, '$.context.soakUntil', 1) where id = 1`,
    /wave 1 soaks until another time/,
  ],
  [
    'what a failed wave does',
    `update waves set checkpoint = json_set(checkpoint, '$.context.rollbackOnFailure', json('false')) where id = 1`,
    /wave 1 has another rollbackOnFailure than the ledger recorded/,
  ],
  [
    'from when on refusals count',
    `update waves set checkpoint = json_set(checkpoint, '$.context.resumedAt', 9e12) where id = 1`,
    /wave 1 went on at another time/,
  ],
  ['the plan of a wave', `update waves set kind = 'organisation' where id = 2`, /wave 2 is not the one/],
  [
    'the moment of enforcing',
    `update wave_callees set enforced_at = enforced_at + 3600000 where step = 'enforced'`,
    /is enforced from a moment at which nothing was written to it/,
  ],
  ['the moment of a write', `update intents set created_at = created_at + 1000 where id = 1`, /intent 1 is not what/],
  [
    'a wave put in',
    `insert into waves (number, plan_hash, kind, checkpoint) select 9, plan_hash, kind, checkpoint from waves limit 1`,
    /wave 9 is in no row of the ledger/,
  ],
  ['a ledger row', `update ledger set subject = 'x' where seq = 3`, /ledger: row 3 was altered/],
];

describe('a database that was written into', () => {
  it('is whole as it was left', async () => {
    expect(await problemsAfter('select 1')).toBe('');
  });

  it('is whole with rows of a version that told less of its waves', async () => {
    const waves = await rollout.store.waves();
    const rows = (await rollout.store.ledger()).map(({ body: { settings: _settings, at: _at, ...body }, ...row }) => ({
      ...{ ...row, body },
    }));
    expect(await chartsAgainst(rollout.store, waves, rows)).toEqual([]);
  });

  it.each(TAMPERINGS)('does not pass with %s changed', async (_, sql, says) => {
    expect(await problemsAfter(sql)).toMatch(says);
  });
});
