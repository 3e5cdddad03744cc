import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerMaintenance } from '../../../src/cli/commands/maintenance.ts';
import { Bench } from './edges-support.ts';

interface Verified {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly ledgerRows: number;
  readonly anchor: string;
}

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerMaintenance);
  await bench.store.putTask({ key: '0/0', kind: 'readInventory', waveId: null, notBefore: null });
});
afterEach(() => bench.close());

describe('backup', () => {
  it('copies a database in use; the copy verifies with the same anchor', async () => {
    const before = await bench.json<Verified>('verify');
    expect((await bench.run('backup', 'copy.db')).code).toBe(0);
    const copy = await bench.json<Verified>('verify', '--db', 'copy.db');
    expect(copy).toEqual({ ...before, problems: [], ok: true });
    expect(existsSync(join(bench.directory, 'copy.db.partial'))).toBe(false);
  });

  it('never overwrites a file', async () => {
    writeFileSync(join(bench.directory, 'copy.db'), 'mine');
    const { code, stderr } = await bench.run('backup', 'copy.db');
    expect(code).toBe(2);
    expect(stderr).toContain('is there already');
  });

  it('leaves nothing behind where it cannot write', async () => {
    const { code, stderr } = await bench.run('backup', 'no-such-directory/copy.db');
    expect(code).toBe(2);
    expect(stderr).toContain('no-such-directory');
  });
});

describe('verify', () => {
  it('says that a fresh database is whole', async () => {
    expect(await bench.json<Verified>('verify')).toMatchObject({ ok: true, problems: [], ledgerRows: 1 });
    expect((await bench.run('verify')).stdout).toContain('The database is whole; 1 ledger row, anchor ');
  });

  it('finds a rollout that has nothing to do and asks nobody for anything', async () => {
    await bench.store.settleTask('0/0');
    const { code, stdout } = await bench.run('verify');
    expect(code).toBe(1);
    expect(stdout).toContain('waits for nobody');
  });

  it('says what is wrong with a ledger whose last row cannot be read', async () => {
    const client = new Database(join(bench.directory, 'tidegate.db'));
    client.exec('drop trigger ledger_no_update');
    client.prepare("update ledger set body = '{'").run();
    client.close();
    const { code, stdout } = await bench.run('verify');
    expect(code).toBe(1);
    expect(stdout).toContain('row 1 cannot be read');
  });

  // Broken on purpose: without `statesAgainstRows` in engine/record/verify.ts this passes as whole.
  it('finds a saved state that names rows which are not there', async () => {
    const client = new Database(join(bench.directory, 'tidegate.db'));
    const { checkpoint } = client.prepare('select checkpoint from rollout').get() as { checkpoint: string };
    const saved = JSON.parse(checkpoint) as { context: object };
    const broken = { ...saved, context: { ...saved.context, planHash: 'feedbeef', waveId: 7 } };
    client.prepare('update rollout set checkpoint = ?').run(JSON.stringify(broken));
    client.close();
    const { code, stdout } = await bench.run('verify');
    expect(code).toBe(1);
    expect(stdout).toContain('plan feedbeef is not stored');
    expect(stdout).toContain('wave row 7 is not stored');
  });

  it('finds a checkpoint of a state that the chart does not have', async () => {
    const client = new Database(join(bench.directory, 'tidegate.db'));
    client.prepare(`update rollout set checkpoint = json_set(checkpoint, '$.value.phase', 'dreaming')`).run();
    client.close();
    const { code, stdout } = await bench.run('verify');
    expect(code).toBe(1);
    expect(stdout).toContain('dreaming');
  });
});
