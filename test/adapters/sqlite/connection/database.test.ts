import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../../src/adapters/sqlite/connection/database.ts';
import { openStore } from '../../../../src/adapters/sqlite/index.ts';
import { migrate } from '../../../../src/adapters/sqlite/connection/migrate.ts';
import { ACTOR, at, open, project, StillClock, temporaryDirectory } from '../support.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;

beforeEach(() => {
  directory = temporaryDirectory();
  file = `${directory.path}/rollout.db`;
});
afterEach(() => {
  chmodSync(directory.path, 0o755);
  directory.remove();
});

const helper = fileURLToPath(new URL('opened.ts', import.meta.url));
const arguments_ = (...rest: string[]) => ['--import', 'tsx', helper, file, ...rest];
const make = async () => (await open(file)).close();
const refused = (code: string) =>
  expect(open(file)).rejects.toMatchObject({ code, message: expect.stringContaining(file), hint: expect.any(String) });

/** The migrations of this version in a folder of the test's own, and their list. */
function migrationsCopied(): { readonly folder: string; readonly journal: { readonly entries: readonly object[] } } {
  const folder = `${directory.path}/migrations`;
  cpSync(fileURLToPath(new URL('../../../../migrations', import.meta.url)), folder, { recursive: true });
  return { folder, journal: JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8')) as { entries: object[] } };
}

function changed(statement: string): void {
  const raw = new Database(file);
  raw.exec(statement);
  raw.close();
}

describe('the schema', () => {
  it('is strict in every table', async () => {
    await make();
    const raw = new Database(file);
    const tables = raw.pragma('table_list') as { name: string; strict: number; wr: number }[];
    const ours = tables.filter(({ name }) => !name.startsWith('sqlite_'));
    expect(ours.length).toBeGreaterThan(15);
    expect(ours.filter(({ strict }) => strict !== 1)).toEqual([]);
    const withoutRowid = ours.filter(({ wr }) => wr === 1).map(({ name }) => name);
    expect(withoutRowid.sort()).toEqual([
      ...['administrators', 'edges', 'evidence', 'imports', 'intent_decisions', 'inventory_pages', 'maintainers'],
      ...['plan_parts', 'project_facts', 'questions', 'schedules', 'scope_names', 'surveys', 'unresolved'],
      'wave_callees',
    ]);
    raw.close();
  });

  it('is opened for a journal that survives a power cut', async () => {
    const client = await openDatabase(file, { create: true, readonly: false, now: at(1) });
    client.exec(`insert into inventories (seen, finished_at) values (1, 1)`);
    expect(client.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(client.pragma('synchronous', { simple: true })).toBe(2);
    expect(client.pragma('foreign_keys', { simple: true })).toBe(1);
    client.close();
  });

  it('is made once when several processes open the file at once', async () => {
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, arguments_('write'), { stdio: 'inherit' }),
    );
    const exits = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    expect(exits).toEqual([0, 0, 0, 0]);
    const store = await open(file);
    expect(await store.projects()).toHaveLength(4);
    store.close();
  });

  it('keeps the word of who took a project back, which stood among the problems before', () => {
    const { folder, journal } = migrationsCopied();
    const older = { ...journal, entries: journal.entries.slice(0, 9) };
    writeFileSync(`${folder}/meta/_journal.json`, JSON.stringify(older));
    const client = new Database(file);
    migrate(client, file, at(1), folder);
    client.exec(`
      insert into projects (id, path, visibility, archived, personal, in_scope) values
        (1, 'acme/p1', 'private', 0, 0, 1), (2, 'acme/p2', 'private', 0, 0, 1), (3, 'acme/p3', 'private', 0, 0, 1);
      insert into plans (hash, created_at, header) values ('h', 1, '{}');
      insert into waves (id, number, plan_hash, kind, checkpoint) values (1, 1, 'h', 'pilot', '{}');
      insert into wave_callees (wave_id, callee, position, step, problem) values
        (1, 1, 0, 'rolled-back', 'taken back by dana: incident'), (1, 2, 1, 'kept', 'refused'), (1, 3, 2, 'rolled-back', null);`);
    migrate(client, file, at(2));
    expect(client.prepare('select problem, hold from wave_callees order by callee').raw().all()).toEqual([
      [null, 'taken back by dana: incident'],
      ['refused', null],
      [null, null],
    ]);
    client.close();
  });

  it('stays as it was when a migration fails half-way', async () => {
    await make();
    const { folder, journal } = migrationsCopied();
    const known = journal.entries.length;
    writeFileSync(`${folder}/9999_bad.sql`, 'create table half (id integer) strict;--> statement-breakpoint\nnonsense');
    const bad = { idx: known, version: '6', when: known, tag: '9999_bad', breakpoints: true };
    writeFileSync(`${folder}/meta/_journal.json`, JSON.stringify({ ...journal, entries: [...journal.entries, bad] }));
    const client = new Database(file);
    expect(() => migrate(client, file, at(1), folder)).toThrow('nonsense');
    expect(client.prepare('select count(*) from migrations').pluck().get()).toBe(known);
    expect(client.prepare(`select count(*) from sqlite_schema where name = 'half'`).pluck().get()).toBe(0);
    client.close();
  });
});

describe('a file that is not for us', () => {
  it('is refused when it is no database', async () => {
    writeFileSync(file, 'not a database, '.repeat(100));
    await refused('STORE_FOREIGN');
    expect(readFileSync(file, 'utf8')).toBe('not a database, '.repeat(100));
  });

  it.each(['create table notes (id integer)', 'pragma application_id = 7'])(
    'is refused when it is of another program: %s',
    async (statement) => {
      changed(statement);
      const before = readFileSync(file);
      await refused('STORE_FOREIGN');
      expect(readFileSync(file).equals(before)).toBe(true);
    },
  );

  it('is refused when a newer version wrote it', async () => {
    await make();
    changed(`insert into migrations values (1000, 'later', 1)`);
    await refused('STORE_NEWER');
    const reader = openStore(file, { create: false, clock: new StillClock(), actor: () => ACTOR, readonly: true });
    await expect(reader).rejects.toMatchObject({ code: 'STORE_NEWER' });
  });

  it('is refused when another build made it', async () => {
    await make();
    changed(`update migrations set hash = 'other'`);
    await refused('STORE_FOREIGN');
  });

  it('is named when it is damaged', async () => {
    await make();
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 100, 4_096);
    writeFileSync(file, bytes);
    await refused('STORE_CORRUPT');
  });
});

describe('a place that does not work', () => {
  it('is not made up: only init makes files', async () => {
    const missing = open(file, new StillClock(), false);
    await expect(missing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', hint: expect.stringContaining('init') });
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, '');
    await expect(open(file, new StillClock(), false)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await make(); // what an init that died at once leaves behind
  });

  it('is named when it is a directory, or in none', async () => {
    await expect(open(directory.path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(open(`${directory.path}/a/b.db`)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('is named when another process holds the file', async () => {
    await make();
    const other = new Database(file);
    other.exec('begin immediate');
    const store = await openStore(file, { create: false, clock: new StillClock(), actor: () => ACTOR, readonly: true });
    expect(await store.projects()).toEqual([]);
    store.close();
    await refused('STORE_BLOCKED');
    other.close();
  });

  const readOnly = [
    { what: 'a file', path: () => file, mode: 0o444 },
    { what: 'a directory', path: () => directory.path, mode: 0o555 },
  ];
  // Root may write everywhere; as root the helper gives up its rights first.
  it.each(readOnly)('is named when $what is read-only', async ({ path, mode }) => {
    await make();
    chmodSync(path(), mode);
    const { stdout } = spawnSync(process.execPath, arguments_('drop'), { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(file) });
  });
});

describe('a reader', () => {
  it('sees everything and changes nothing', async () => {
    const writer = await open(file);
    await writer.putProjects([project(1)], 1);
    const reader = await openStore(file, {
      create: false,
      clock: new StillClock(),
      actor: () => ACTOR,
      readonly: true,
    });
    expect(await reader.projects()).toEqual([project(1)]);
    await expect(reader.putProjects([project(2)], 1)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    reader.close();
    writer.close();
  });
});
