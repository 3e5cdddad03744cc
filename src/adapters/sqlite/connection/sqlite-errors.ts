import { RolloutError, type ErrorCode } from '../../../domain/errors.ts';

interface Translation {
  readonly prefix: string;
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
}

/** By the beginning of the result code: https://www.sqlite.org/rescode.html. The first that fits counts. */
const TRANSLATIONS: readonly Translation[] = [
  {
    prefix: 'SQLITE_NOTADB',
    code: 'STORE_FOREIGN',
    what: 'is not a SQLite database',
    hint: 'Name the database of the rollout with --db, or another file for a new one.',
  },
  {
    prefix: 'SQLITE_CORRUPT',
    code: 'STORE_CORRUPT',
    what: 'is damaged',
    hint: 'Restore the file from a backup; GitLab holds the live settings, so nothing there is lost.',
  },
  {
    prefix: 'SQLITE_FULL',
    code: 'STORE_BLOCKED',
    what: 'cannot grow: the disk is full',
    hint: 'Free some space and run the command again; nothing was half saved.',
  },
  {
    prefix: 'SQLITE_READONLY',
    code: 'STORE_UNAVAILABLE',
    what: 'cannot be written',
    hint: 'Make the file and its directory writable for this user; SQLite keeps its journal beside the file.',
  },
  {
    prefix: 'SQLITE_PERM',
    code: 'STORE_UNAVAILABLE',
    what: 'may not be opened',
    hint: 'Give this user the right to read and write the file and its directory.',
  },
  {
    prefix: 'SQLITE_CANTOPEN',
    code: 'STORE_UNAVAILABLE',
    what: 'cannot be opened',
    hint: 'Give this user the right to read and write the file and its directory.',
  },
  {
    prefix: 'SQLITE_BUSY',
    code: 'STORE_BLOCKED',
    what: 'is locked by another process',
    hint: 'Wait for the other command to end, then run this one again.',
  },
  {
    prefix: 'SQLITE_LOCKED',
    code: 'STORE_BLOCKED',
    what: 'is locked',
    hint: 'Wait for the other command to end, then run this one again.',
  },
  {
    // SQLite lays out its shared memory beside the file before anything else.
    prefix: 'SQLITE_IOERR_SHMSIZE',
    code: 'STORE_BLOCKED',
    what: 'has no room for its journal: the disk is full, or nearly',
    hint: 'Free some space and run the command again; nothing was half saved.',
  },
  {
    prefix: 'SQLITE_IOERR',
    code: 'STORE_BLOCKED',
    what: 'cannot be read or written',
    hint: 'Look at the disk that holds the file, then run the command again.',
  },
];

/** SQLite's own result code; drizzle wraps the error that carries it. */
function sqliteCode(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && at.code.startsWith('SQLITE_')) return at.code;
  }
  return null;
}

/** SQLite's compiled part is missing (an install that runs no scripts) or was made for another Node. */
const isUncompiled = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && error.code === 'ERR_DLOPEN_FAILED') ||
    error.message.startsWith('Could not locate the bindings'));

/**
 * What a failure of SQLite means to the caller, in the only place that decides it. Failures that are not expected of a
 * file (a broken constraint, a defect of ours) come back unchanged and keep their stack.
 */
export function toStoreError(error: unknown, file: string): unknown {
  if (error instanceof RolloutError) return error;
  if (isUncompiled(error)) return uncompiled(error);
  const code = sqliteCode(error);
  const known = code === null ? undefined : TRANSLATIONS.find(({ prefix }) => code.startsWith(prefix));
  if (!known) return error;
  return new RolloutError(known.code, `${file} ${known.what} (${code ?? ''}).`, known.hint, { cause: error });
}

const uncompiled = (cause: unknown): RolloutError =>
  new RolloutError(
    'STORE_UNAVAILABLE',
    `The compiled part of better-sqlite3 is missing or was made for another Node than ${process.version}.`,
    'Run `npm rebuild better-sqlite3` where tidegate is installed; an install with --ignore-scripts leaves it out.',
    { cause },
  );
