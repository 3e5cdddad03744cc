import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createForge } from '../../../src/adapters/gitlab/index.ts';
import { RolloutError } from '../../../src/domain/errors.ts';
import type { IntentOutcome } from '../../../src/domain/rollout/intent.ts';
import { addNoteOnce, settleOpenNotes } from '../../../src/engine/record/notes.ts';
import type { Writer } from '../../../src/engine/apply/intents.ts';
import { StandIn } from '../../sandbox/http/stand-in.ts';
import { TestRollout } from '../rollout.ts';

const ISSUE = { project: 'acme/apps/web', title: 'Anchors', description: 'What it is.' };

/** What becomes of the n-th request that writes: it never arrives, its answer is lost, or the process dies there. */
type Fate = 'unsent' | 'answer lost' | 'killed before' | 'killed after';

class Killed extends Error {}

describe('a note in an issue', () => {
  let gitlab: StandIn;
  let rollout: TestRollout;
  beforeEach(async () => {
    gitlab = await StandIn.start();
    rollout = await TestRollout.create();
  });
  afterEach(async () => {
    rollout.close();
    await gitlab.close();
  });

  /** The engine against the stand-in over HTTP, with one write spoilt. */
  async function engine(nth = 0, fate: Fate = 'unsent'): Promise<Writer> {
    const { url, token } = gitlab.running;
    let writes = 0;
    // Nothing waits in a process that is gone, so nothing waits to try again.
    const life = new AbortController();
    const { forge } = createForge({
      ...{ url, token: () => token, maxRpm: null, concurrency: 1, signal: life.signal },
      fetch: async (input, init) => {
        if (life.signal.aborted) throw new Killed();
        const spoilt = init?.method === 'POST' && (writes += 1) === nth;
        if (!spoilt) return fetch(input, init);
        if (fate === 'answer lost' || fate === 'killed after') await fetch(input, init);
        if (!fate.startsWith('killed')) throw new TypeError('fetch failed');
        life.abort();
        throw new Killed();
      },
    });
    return { ...(await rollout.engine()), forge };
  }

  const add = async (writer: Writer, note: string, marker = 'tidegate-ledger-1'): Promise<string | null> =>
    addNoteOnce(writer, { ...ISSUE, marker }, note).catch((error: unknown) => {
      if (error instanceof RolloutError) return error.code;
      return 'killed';
    });

  const read = async <T>(path: string): Promise<readonly T[]> => {
    const { url, token } = gitlab.running;
    const response = await fetch(`${url}/api/v4/projects/103/issues${path}`, { headers: { 'private-token': token } });
    return (await response.json()) as readonly T[];
  };

  const notes = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const { iid } of await read<{ readonly iid: number }>('')) {
      found.push(...(await read<{ readonly body: string }>(`/${iid}/notes`)).map(({ body }) => `${iid} ${body}`));
    }
    return found.sort();
  };

  /** Kinds and outcomes of all intents, from the ledger. */
  async function written(): Promise<readonly (readonly [string, IntentOutcome | undefined])[]> {
    const rows = await rollout.store.ledger();
    const outcomes = new Map(
      rows.flatMap(({ kind, body }) => (kind === 'outcome' ? [[body['id'], body['outcome'] as IntentOutcome]] : [])),
    );
    return rows.flatMap(({ kind, body }) =>
      kind === 'intent' ? [[(body['action'] as { kind: string }).kind, outcomes.get(body['id'])] as const] : [],
    );
  }

  it('stands once in the one issue of its marker, and each write has an intent with its outcome', async () => {
    expect(await add(await engine(), 'row 1')).toMatch(/\/acme\/apps\/web\/-\/issues\/1$/);
    await add(await engine(), 'row 1');
    await add(await engine(), 'row 2');
    await add(await engine(), 'row 3', 'tidegate-ledger-2');
    expect(await notes()).toEqual(['1 row 1', '1 row 2', '2 row 3']);
    expect(await written()).toEqual([
      ['openIssue', 'done'],
      ['addNote', 'done'],
      ['addNote', 'done'],
      ['openIssue', 'done'],
      ['addNote', 'done'],
    ]);
  });

  // Fails when `settleOpenNotes` in notes.ts settles nothing, or `addNoteOnce` writes without looking.
  it.each(
    [1, 2].flatMap((nth) =>
      (['unsent', 'answer lost', 'killed before', 'killed after'] as const).map((fate) => [nth, fate] as const),
    ),
  )('stands once when the write %i of two is %s, and no intent stays open', async (nth, fate) => {
    await add(await engine(nth, fate), 'row 1');
    expect(await rollout.store.openIntents()).toHaveLength(fate.startsWith('killed') ? 1 : 0);
    await add(await engine(), 'row 1');
    expect(await notes()).toEqual(['1 row 1']);
    expect(await rollout.store.openIntents()).toEqual([]);
    const outcomes = (await written()).map(([, outcome]) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome !== 'done')).toEqual(
      fate === 'unsent' || fate === 'killed before' ? ['absent'] : [],
    );
  });

  it('of another user is not among ours', async () => {
    const writer = await engine();
    await add(writer, 'row 1');
    const { url } = gitlab.running;
    const headers = { 'private-token': gitlab.token('ci-bot'), 'content-type': 'application/json' };
    const body = JSON.stringify({ body: '9 rows, from elsewhere' });
    const answer = await fetch(`${url}/api/v4/projects/103/issues/1/notes`, { method: 'POST', headers, body });
    expect(answer.status).toBe(201);
    const issue = { iid: 1, url: null };
    const by = (name: string) => writer.forge.latestNotes(ISSUE.project, issue, new Set([name]));
    expect([await by('root'), await by('ci-bot'), await by('nobody')]).toEqual([
      ['row 1'],
      ['9 rows, from elsewhere'],
      [],
    ]);
  });

  it('that a killed run left open is settled by looking, also where it is wanted no longer', async () => {
    await add(await engine(2, 'killed after'), 'row 1');
    await settleOpenNotes(await engine());
    expect(await rollout.store.openIntents()).toEqual([]);
    expect(await notes()).toEqual(['1 row 1']);
  });
});
