import { describe, expect, it } from 'vitest';
import { toStoreError } from '../../../../src/adapters/sqlite/connection/sqlite-errors.ts';

describe('SQLite without its compiled part', () => {
  it.each([
    {
      how: 'an install that ran no scripts',
      error: new Error('Could not locate the bindings file. Tried:\n → /x/build/better_sqlite3.node'),
    },
    {
      how: 'another Node than it was made for',
      error: Object.assign(
        new Error("The module '/x/better_sqlite3.node' was compiled against a different Node.js version"),
        {
          code: 'ERR_DLOPEN_FAILED',
        },
      ),
    },
  ])('says after $how what to run', ({ error }) => {
    expect(toStoreError(error, 'tidegate.db')).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('better-sqlite3') as string,
      hint: expect.stringContaining('npm rebuild better-sqlite3') as string,
    });
  });
});
