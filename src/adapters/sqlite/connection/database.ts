import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { RolloutError } from '../../../domain/errors.ts';
import type { EpochMs } from '../../../domain/values.ts';
import { isBehind, migrate } from './migrate.ts';
import { toStoreError } from './sqlite-errors.ts';

const BUSY_TIMEOUT_MS = 5_000;
const WAL_TRIES = 50;
const WAL_PAUSE_MS = 20;

/** How a database is opened. */
export interface OpenOptions {
  /** Make the file when it is missing; otherwise a missing file is an error. */
  readonly create: boolean;
  /** For readers: nothing is written, not even a migration. */
  readonly readonly: boolean;
  readonly now: EpochMs;
}

const INIT_FIRST = 'Run "tidegate init" first, or name the database with --db.';

function checkPlace(file: string, create: boolean): void {
  if (existsSync(file)) {
    if (statSync(file).isFile()) return;
    throw new RolloutError('STORE_UNAVAILABLE', `${file} is not a file.`, 'Name a file with --db.');
  }
  if (!create) throw new RolloutError('STORE_UNAVAILABLE', `There is no database ${file}.`, INIT_FIRST);
  if (existsSync(dirname(file))) return;
  throw new RolloutError(
    'STORE_UNAVAILABLE',
    `There is no directory ${dirname(file)} to keep ${file} in.`,
    'Make the directory, or name another file with --db.',
  );
}

/** The change to WAL needs the file for itself and does not wait for the busy timeout, so it is tried again for a second. */
async function useWal(client: Database.Database): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      client.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (tries === WAL_TRIES || !(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) {
        throw error;
      }
      await sleep(WAL_PAUSE_MS);
    }
  }
}

async function prepare(client: Database.Database, file: string, options: OpenOptions): Promise<void> {
  if (options.readonly) {
    if (!isBehind(client, file)) return;
    throw new RolloutError('STORE_UNAVAILABLE', `${file} is not up to date with this version.`, INIT_FIRST);
  }
  if (!options.create && statSync(file).size === 0) {
    throw new RolloutError('STORE_UNAVAILABLE', `${file} is empty.`, INIT_FIRST);
  }
  migrate(client, file, options.now);
  await useWal(client);
  // WAL would fall back to NORMAL, which may lose the last commits in a power cut: an intent must survive what it starts.
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  // In KiB. What is written comes in the order of the tables: four times as much made an inventory of 100,000 projects and the
  // plan for 1,000,000 edges no faster, and both larger by it.
  client.pragma('cache_size = -16384');
  client.pragma('wal_autocheckpoint = 10000');
}

/**
 * Opens the database of one rollout and brings its schema up to date.
 *
 * @throws RolloutError `STORE_UNAVAILABLE` (missing, not writable), `STORE_BLOCKED` (locked, disk full), `STORE_FOREIGN` (no database of
 *   ours), `STORE_NEWER` (of a later version), `STORE_CORRUPT`; each names the file
 */
export async function openDatabase(file: string, options: OpenOptions): Promise<Database.Database> {
  checkPlace(file, options.create && !options.readonly);
  let client: Database.Database | null = null;
  try {
    client = new Database(file, { timeout: BUSY_TIMEOUT_MS, readonly: options.readonly });
    await prepare(client, file, options);
    return client;
  } catch (error) {
    client?.close();
    throw toStoreError(error, file);
  }
}

/**
 * Opens the database for one look: nothing is written and no writer is waited for. Only a file that an older version left
 * is brought up to date first. Same errors as `openDatabase`.
 */
export async function openToLook(file: string, now: EpochMs): Promise<Database.Database> {
  checkPlace(file, false);
  let client: Database.Database | null = null;
  try {
    // Not opened read-only: such a connection would leave SQLite's journal files behind.
    client = new Database(file, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true });
    client.pragma('query_only = ON');
    if (!isBehind(client, file)) return client;
  } catch (error) {
    client?.close();
    throw toStoreError(error, file);
  }
  client.close();
  return openDatabase(file, { create: false, readonly: false, now });
}

/** The file is ours and empty. */
export const noRollout = (file: string): RolloutError =>
  new RolloutError('ORDER_REFUSED', `${file} holds no rollout yet.`, 'Run "tidegate init".');
