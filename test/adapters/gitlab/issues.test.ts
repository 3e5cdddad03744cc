import { afterEach, describe, expect, it } from 'vitest';
import { connect, startStub, type Stub } from './stub.ts';

const PROJECT = 'acme/ledger';
const ISSUE = { iid: 7, url: null };

let stub: Stub;
afterEach(() => stub.close());

/** Answers every list with these rows, on one page. */
async function serve(rows: readonly object[]): Promise<void> {
  stub = await startStub(() => ({ body: rows }));
}

describe('the issue that carries a marker', () => {
  it('is the oldest of those that have it as it is, also where it was closed', async () => {
    await serve([
      { iid: 9, description: 'words\n\n<!-- tidegate:r-1 -->', web_url: 'https://g/9' },
      { iid: 4, description: 'tidegate r-1, and words that are alike' },
      { iid: 5, description: '<!-- tidegate:r-1 -->', web_url: 'https://g/5' },
      { iid: 3, description: null },
    ]);
    const { forge } = connect(stub.url);
    expect(await forge.findIssue(PROJECT, '<!-- tidegate:r-1 -->')).toEqual({ iid: 5, url: 'https://g/5' });
    expect(await forge.findIssue(PROJECT, '<!-- tidegate:r-2 -->')).toBeNull();
    expect(stub.seen[0]?.path).toContain('state=all');
  });
});

describe('a note', () => {
  // Fails when notes that hold more, or less, count: the note would be written a second time, or never.
  it('is there where one says just that, but for space around it', async () => {
    await serve([{ body: 'other' }, { body: ' 12 rows, anchor abc \n' }]);
    const { forge } = connect(stub.url);
    expect(await forge.hasNote(PROJECT, ISSUE, '12 rows, anchor abc')).toBe(true);
    expect(await forge.hasNote(PROJECT, ISSUE, '2 rows, anchor abc')).toBe(false);
    expect(await forge.hasNote(PROJECT, ISSUE, '12 rows, anchor abcd')).toBe(false);
  });

  it('is not there where there is none', async () => {
    await serve([]);
    expect(await connect(stub.url).forge.hasNote(PROJECT, ISSUE, 'x')).toBe(false);
  });

  it('of another is none of ours', async () => {
    const by = (body: string, username: string | null) => ({ body, author: username === null ? null : { username } });
    await serve([by('third', 'bot'), by('forged', 'eve'), by('nobody’s', null), by('first', 'bot')]);
    expect(await connect(stub.url).forge.latestNotes(PROJECT, ISSUE, new Set(['bot']))).toEqual(['third', 'first']);
  });
});
