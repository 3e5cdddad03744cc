import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf } from '../../../../src/cli/exit-codes.ts';
import type { RolloutError } from '../../../../src/domain/errors.ts';
import { toStoreError } from '../../../../src/adapters/sqlite/connection/sqlite-errors.ts';

describe('the exit code of a command whose database fails', () => {
  it.each([
    ['SQLITE_FULL', EXIT.failed],
    ['SQLITE_BUSY_SNAPSHOT', EXIT.failed],
    ['SQLITE_LOCKED', EXIT.failed],
    ['SQLITE_IOERR_WRITE', EXIT.failed],
    ['SQLITE_IOERR_SHMSIZE', EXIT.failed],
    ['SQLITE_READONLY', EXIT.usage],
    ['SQLITE_CANTOPEN', EXIT.usage],
    ['SQLITE_NOTADB', EXIT.usage],
  ])('by %s is %i: the machine may be mended, the place is to be corrected', (code, exit) => {
    const error = toStoreError(Object.assign(new Error(code), { code }), 'tidegate.db') as RolloutError;
    expect(exitCodeOf(error.code)).toBe(exit);
  });
});

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
