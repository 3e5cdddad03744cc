import { afterEach, describe, expect, it } from 'vitest';
import { publishAnchor } from '../../../src/engine/record/anchor.ts';
import { approve, whatToApprove } from '../../../src/engine/orders/approve.ts';
import { pause, resume } from '../../../src/engine/orders/resume.ts';
import { ME, unavailable } from '../../fakes/fake-forge.ts';
import { TestRollout } from '../rollout.ts';

let rollout: TestRollout;
afterEach(() => rollout.close());

const KEPT = { ledger: { anchorIssue: 'acme/records' } };
const numbers = (): readonly number[] => rollout.forge.notes.map((note) => Number(/^\d+/.exec(note)?.[0]));

describe('the anchor of the ledger', () => {
  it('is kept after what was done to GitLab, and proves later that nothing was cut off', async () => {
    rollout = await TestRollout.create(KEPT);
    await rollout.run();
    expect(rollout.forge.notes.length).toBeGreaterThan(2);
    for (const note of rollout.forge.notes) {
      const hash = /anchor ([0-9a-f]{64})$/.exec(note)?.[1];
      expect((await rollout.store.verifyLedger(hash)).problem).toBeNull();
    }
    // Fails when `verify` in sqlite/ledger.ts does not look for the anchor.
    expect((await rollout.store.verifyLedger('f'.repeat(64))).problem).toMatch(/cut off the end/);
  });

  it('is left alone where the playbook names no issue', async () => {
    rollout = await TestRollout.create();
    await rollout.run();
    expect(rollout.forge.notes).toEqual([]);
  });

  it('is kept after an order that was given between two ticks, and once only', async () => {
    rollout = await TestRollout.create({ ...KEPT, approvals: { plan: true, waves: 'none' } });
    await rollout.run();
    expect(rollout.forge.notes).toEqual([]);
    await pause(rollout.orders, 'lunch');
    await rollout.tick();
    await rollout.tick();
    expect(numbers()).toHaveLength(1);
    await resume(rollout.orders, 'back');
    await approve(rollout.orders, await whatToApprove(rollout.orders), 'looked at');
    await rollout.tick();
    expect(numbers()).toHaveLength(2);
  });

  it('does not hold up the rollout where the issue cannot be written, and is kept by a later tick', async () => {
    rollout = await TestRollout.create(KEPT);
    rollout.forge.before = ({ name }) => {
      if (name === 'addNote') throw unavailable();
    };
    await rollout.run();
    expect(await rollout.phase()).toBe('guarding');
    expect(rollout.notes.join('\n')).toContain('could not be kept');
    rollout.forge.before = () => undefined;
    await rollout.tick();
    expect(numbers()).toHaveLength(1);
  });

  it('is no news itself: asked again, it adds neither a note nor a row', async () => {
    rollout = await TestRollout.create();
    await rollout.run();
    const engine = await rollout.engine();
    const first = await publishAnchor(engine, 'acme/records');
    expect(await publishAnchor(engine, 'acme/records')).toEqual(first);
    expect(numbers()).toEqual([first.rows]);
  });

  // Fails when `latestNotes` is asked for the notes of everybody.
  it('is not to be shaken by notes of others', async () => {
    rollout = await TestRollout.create(KEPT);
    await rollout.run();
    const { notes, authors } = rollout.forge;
    const forged = `999999 rows, anchor ${'e'.repeat(64)}`;
    notes.push(forged);
    authors.set(forged, 'eve');
    await rollout.tick();
    const told = async () => (await rollout.store.findings()).filter(({ subject }) => subject === 'the ledger');
    expect(await told()).toEqual([]);
    authors.set(forged, ME);
    await rollout.tick();
    expect(await told()).toHaveLength(1);
  });

  it('shows at the next tick that the database is an older one, once, and holds up nobody', async () => {
    rollout = await TestRollout.create(KEPT);
    await rollout.run(() => rollout.forge.notes.length > 0);
    const older = await rollout.fork();
    await rollout.run();
    // What a backup was put back over: GitLab is as the newer one left it.
    older.forge.notes.push(...rollout.forge.notes);
    older.forge.issues.push(...rollout.forge.issues);
    const told = async () => (await older.store.findings()).filter(({ subject }) => subject === 'the ledger');
    await older.tick();
    expect(await told()).toMatchObject([{ kind: 'drift', text: expect.stringContaining('older than what was done') }]);
    expect(older.notes.filter((note) => note.startsWith('The ledger: '))).toHaveLength(1);
    await older.run();
    expect(await told()).toHaveLength(1);
    older.close();
    // The newer one has it all.
    await rollout.tick();
    expect((await rollout.store.findings()).filter(({ subject }) => subject === 'the ledger')).toEqual([]);
  });
});
