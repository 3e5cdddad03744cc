import { readdirSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOverview } from '../../../../src/adapters/sqlite/record/overview.ts';
import { SEEN } from '../../../fakes/soak.ts';
import {
  addEntry,
  approval,
  at,
  id,
  observation,
  open,
  PLAN,
  ROLLOUT,
  seeded,
  temporaryDirectory,
} from '../support.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;

beforeEach(() => {
  directory = temporaryDirectory();
  file = `${directory.path}/rollout.db`;
});
afterEach(() => directory.remove());

describe('the overview', () => {
  it('says what the store says', async () => {
    const store = await open(file);
    const wave = await seeded(store);
    await store.putEvidence([observation(2, 1), observation(4, 1)]);
    const [decision = 0] = await store.putDecisions([approval(2, 1, { expiresAt: at(50) })]);
    await store.putIntents([addEntry(wave, 1, [decision])]);
    await store.saveWaveCallee(wave, id(3), { step: 'enforced', hold: 'taken back by dana: incident' });
    await store.putTask({ key: '0/0', kind: 'sweepWave', waveId: wave, notBefore: at(77) });
    await store.putFinding({ at: at(5), kind: 'drift', subject: 'acme/p1', text: 'open again' });
    const judged = { verdict: 'pending' as const, reasons: [], seen: SEEN, waitsFor: [] };
    const sweep = { waveId: wave, since: at(6), until: at(7), projects: 1, callerJobs: 1, allJobs: 1 };
    await store.putSweep({ ...sweep, unread: [], whole: true });
    await store.judgeSweep(await store.putSweep({ ...sweep, unread: [], whole: true }), judged);
    expect(await readOverview(file, at(49))).toMatchObject({ expired: 0 });
    const rows = await readOverview(file, at(50));
    expect(rows).toEqual({
      ...{ refusals: false, expired: 1, held: [{ path: 'acme/p3', hold: 'taken back by dana: incident' }] },
      ...{ gitlabUrl: ROLLOUT.gitlabUrl, checkpoint: ROLLOUT.checkpoint, findings: await store.findings() },
      ...{ projects: await store.countProjects(), edges: await store.countEdges(), task: await store.openTask() },
      edgesOutside: 0,
      waves: (await store.waves()).map((row) => ({ ...row, steps: { enforced: 1, pending: 1 }, judged })),
    });
    expect(rows.waves).toMatchObject([{ planHash: PLAN.hash, kind: 'pilot' }]);
    store.close();
  });

  it('counts edges of callees outside of the scope by themselves', async () => {
    const store = await open(file);
    await seeded(store);
    await store.putCallers([{ id: id(60), path: 'other/tool' }]);
    await store.putEvidence([observation(2, 1), observation(2, 60), observation(4, 60)]);
    expect(await readOverview(file, at(1))).toMatchObject({ edges: { undecided: 1, approved: 0 }, edgesOutside: 2 });
    store.close();
  });

  it('does not wait for a driver that writes, and leaves nothing behind', async () => {
    const store = await open(file);
    await store.createRollout(ROLLOUT);
    await store.transaction(async () => {
      await store.putFinding({ at: at(5), kind: 'drift', subject: 'acme/p1', text: 'not committed yet' });
      expect(await readOverview(file, at(1))).toMatchObject({ findings: [] });
    });
    store.close();
    await readOverview(file, at(1));
    expect(readdirSync(directory.path)).toEqual(['rollout.db']);
  });

  it('is of a rollout that is there', async () => {
    (await open(file)).close();
    await expect(readOverview(file, at(1))).rejects.toMatchObject({ code: 'ORDER_REFUSED' });
    await expect(readOverview(`${file}.other`, at(1))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('names what was damaged by others', async () => {
    const store = await open(file);
    await store.createRollout(ROLLOUT);
    store.close();
    const raw = new Database(file);
    raw.exec(`update rollout set checkpoint = 'no json'`);
    raw.close();
    await expect(readOverview(file, at(1))).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  const JUDGED = { verdict: 'pending' as const, reasons: ['too few jobs'], seen: SEEN, waitsFor: [] };

  /** An overview whose one sweep holds that text where its judgement stands. */
  async function withJudgement(text: string): ReturnType<typeof readOverview> {
    const store = await open(file);
    const waveId = await seeded(store);
    const sweep = {
      waveId,
      since: at(6),
      until: at(7),
      projects: 1,
      callerJobs: 1,
      allJobs: 1,
      unread: [],
      whole: true,
    };
    await store.judgeSweep(await store.putSweep(sweep), JUDGED);
    store.close();
    const raw = new Database(file);
    raw.prepare('update sweeps set judgement = ?').run(text);
    raw.close();
    return readOverview(file, at(8));
  }

  it('counts what an earlier version did not count as none', async () => {
    const { newFailures: _, ...earlier } = SEEN;
    const rows = await withJudgement(JSON.stringify({ ...JUDGED, seen: earlier, waitsFor: undefined }));
    expect(rows.waves[0]?.judged).toEqual({ ...JUDGED, seen: { ...SEEN, newFailures: 0 } });
  });

  it.each(['no json', '{"verdict":"splendid"}', 'null'])('does not take %s for a judgement', async (text) => {
    await expect(withJudgement(text)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});
