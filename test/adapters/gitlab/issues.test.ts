import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createForge } from '../../../src/adapters/gitlab/index.ts';
import { RolloutError } from '../../../src/domain/errors.ts';
import { StandIn } from '../../sandbox/http/stand-in.ts';
import { freely } from './stub.ts';

const NOTE = { project: 'acme/apps/web', marker: 'tidegate-ledger-1', title: 'Anchors', description: 'What it is.' };

interface Listed {
  readonly iid: number;
  readonly description: string;
}

describe('the note that is there once', () => {
  let gitlab: StandIn;
  /** Loses the answer to the n-th write from now on. */
  let lose = 0;
  beforeAll(async () => {
    gitlab = await StandIn.start();
  });
  afterAll(() => gitlab.close());

  const add = async (note: string, marker = NOTE.marker): Promise<unknown> => {
    const { url, token } = gitlab.running;
    const { forge } = createForge({
      ...{ url, token: () => token, maxRpm: null, concurrency: 1 },
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (init?.method === 'POST' && lose > 0) {
          lose -= 1;
          if (lose === 0) throw new TypeError('fetch failed');
        }
        return response;
      },
    });
    return forge
      .addNoteOnce({ ...NOTE, marker, note }, freely)
      .catch((error: unknown) => (error instanceof RolloutError ? error.code : error));
  };
  const read = async <T>(path: string): Promise<readonly T[]> => {
    const { url, token } = gitlab.running;
    const response = await fetch(`${url}/api/v4/projects/103/issues${path}`, { headers: { 'private-token': token } });
    return (await response.json()) as readonly T[];
  };

  it('opens one issue per marker and adds each note once, whichever answer is lost', async () => {
    expect(await add('row 1')).toMatch(/\/acme\/apps\/web\/-\/issues\/1$/);
    await add('row 1');
    await add('row 2');
    for (lose = 1; (await add('row 3', 'tidegate-ledger-2')) === 'FORGE_UNAVAILABLE';) lose = 0;
    lose = 1;
    expect(await add('row 4')).toBe('FORGE_UNAVAILABLE');
    await add('row 4');
    const issues = await read<Listed>('');
    // Fails when `findIssue` or `hasNote` in issues.ts finds nothing.
    expect(issues.map(({ description }) => description.split('\n').at(-1)).sort()).toEqual([
      'tidegate-ledger-1',
      'tidegate-ledger-2',
    ]);
    const first = issues.find(({ description }) => description.includes('tidegate-ledger-1'))!;
    const notes = await read<{ readonly body: string }>(`/${first.iid}/notes`);
    expect(notes.map(({ body }) => body).sort()).toEqual(['row 1', 'row 2', 'row 4']);
  });
});
