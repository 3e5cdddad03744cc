import { accessSync, constants, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { RolloutError } from '../../domain/errors.ts';

/** Why this user cannot write a database, which takes the file and, for its journal, the directory; null when both can be. */
export function whyNotWritable(file: string): NodeJS.ErrnoException | null {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const reason = error as NodeJS.ErrnoException;
    return reason.code === 'ENOENT' ? null : reason;
  }
}

const TRIES = 10;

/**
 * A copy of a database in a place where SQLite may keep its journal, for a command that only looks: a backup on a read-only
 * disk, or the file of another user. Removed when the process ends.
 *
 * @throws RolloutError `STORE_UNAVAILABLE` when it cannot be read, there is no room for the copy, or it changes all the time
 */
export function copyToRead(file: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-look-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const copy = join(directory, basename(file));
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const before = stamp(file);
      copyFileSync(file, copy);
      if (isThere(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
      else rmSync(`${copy}-wal`, { force: true });
      if (stamp(file) === before) return copy;
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw unreadable(file, `cannot be read, or not be copied to ${directory} (${code})`, error);
  }
  throw unreadable(file, 'was written to while it was read, each time');
}

const unreadable = (file: string, what: string, cause?: unknown): RolloutError =>
  new RolloutError('STORE_UNAVAILABLE', `${file} ${what}`, 'Give this user the right to read it, and room in TMPDIR.', {
    cause,
  });

const isThere = (file: string): boolean => statSync(file, { throwIfNoEntry: false }) !== undefined;

/** Moves when the database is written to, its journal included. */
const stamp = (file: string): string =>
  [file, `${file}-wal`]
    .map((name) => statSync(name, { throwIfNoEntry: false, bigint: true }))
    .map((found) => (found ? `${found.size}/${found.mtimeNs}/${found.ino}` : ''))
    .join(' ');
