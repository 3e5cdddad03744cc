import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { RolloutError } from '../../../domain/errors.ts';
import type { EpochMs } from '../../../domain/values.ts';

/** `TIDE` in ASCII: marks a file as ours (https://www.sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x54494445;
const MIGRATIONS = fileURLToPath(new URL('../../../../migrations', import.meta.url));

interface Applied {
  readonly number: number;
  readonly hash: string;
}

const isOurs = (client: Database.Database): boolean =>
  client.pragma('application_id', { simple: true }) === APPLICATION_ID;

/** No table, no mark: a file that was just made, also by an `init` that died at once. */
function isBlank(client: Database.Database): boolean {
  const objects = client.prepare<[], number>('select count(*) from sqlite_schema').pluck().get();
  return objects === 0 && client.pragma('application_id', { simple: true }) === 0;
}

function refuseForeign(client: Database.Database, file: string): void {
  if (isOurs(client) || isBlank(client)) return;
  throw new RolloutError(
    'STORE_FOREIGN',
    `${file} is a database of another program.`,
    'Name the database of the rollout with --db, or another file for a new one.',
  );
}

/** Compares what the file has had with what this version knows; they share a beginning or the file is not for us. */
function refuseUnknown(applied: readonly Applied[], known: readonly { readonly hash: string }[], file: string): void {
  if (applied.length > known.length) {
    throw new RolloutError(
      'STORE_NEWER',
      `${file} was written by a newer tidegate (schema ${applied.length}, this one knows ${known.length}).`,
      'Upgrade tidegate and run the command again.',
    );
  }
  if (applied.every(({ hash, number }) => known[number - 1]?.hash === hash)) return;
  throw new RolloutError(
    'STORE_FOREIGN',
    `${file} was written by a different build of tidegate.`,
    'Use the build that made it, or start a new database with --db.',
  );
}

function appliedTo(client: Database.Database): readonly Applied[] {
  if (!isOurs(client)) return [];
  return client.prepare<[], Applied>('select number, hash from migrations order by number').all();
}

function applyPending(client: Database.Database, file: string, now: EpochMs, folder: string): void {
  refuseForeign(client, file);
  const known = readMigrationFiles({ migrationsFolder: folder });
  const applied = appliedTo(client);
  refuseUnknown(applied, known, file);
  if (applied.length === known.length) return;
  client.pragma(`application_id = ${APPLICATION_ID}`);
  client.exec(
    'create table if not exists migrations (number integer primary key, hash text not null, applied_at integer not null) strict',
  );
  const record = client.prepare('insert into migrations (number, hash, applied_at) values (?, ?, ?)');
  for (const [index, migration] of known.entries()) {
    if (index < applied.length) continue;
    for (const statement of migration.sql) client.exec(statement);
    record.run(index + 1, migration.hash, now);
  }
  const broken = client.pragma('foreign_key_check');
  if (Array.isArray(broken) && broken.length > 0)
    throw new Error(`migration left ${broken.length} dangling references`);
}

/**
 * Brings the schema up to date: all pending migrations or none. Several processes may do this at once; one wins and the
 * others find nothing left to do.
 *
 * @param folder - where drizzle-kit keeps the migrations; the package's own unless a test brings another
 * @throws RolloutError `STORE_FOREIGN` for a file of another program or build, `STORE_NEWER` for one of a later version
 */
export function migrate(client: Database.Database, file: string, now: EpochMs, folder = MIGRATIONS): void {
  // Ignored inside a transaction; left on, a migration that rebuilds a table could not drop the old one.
  client.pragma('foreign_keys = OFF');
  client.transaction(() => applyPending(client, file, now, folder)).exclusive();
  client.pragma('foreign_keys = ON');
}

/** Whether a writer has something to bring up to date first. Same errors as `migrate`; changes nothing. */
export function isBehind(client: Database.Database, file: string, folder = MIGRATIONS): boolean {
  refuseForeign(client, file);
  const known = readMigrationFiles({ migrationsFolder: folder });
  const applied = appliedTo(client);
  refuseUnknown(applied, known, file);
  return applied.length < known.length;
}
