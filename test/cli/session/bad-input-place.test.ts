import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder, run, spawned, type Run } from '../run-cli.ts';

const NOBODY = 65_534;
const asRoot = process.getuid?.() === 0;
/** Root may write everywhere, so as root the program is run as somebody else. */
const uid = asRoot ? NOBODY : undefined;
const env = { TIDEGATE_GITLAB_URL: 'http://127.0.0.1:9', TIDEGATE_TOKEN: 'glpat-neversent' };

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const cli = (...args: string[]) => run(args, { cwd: folder.path, env });

/** Refused with what happened and what to do, and every file as it was. */
function expectRefused(result: Run, code: number, before: object, ...says: (string | RegExp)[]): void {
  expect(result, result.stderr).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toMatch(/^tidegate: .+\n {2}\S.+\n$/s);
  expect(result.stderr).not.toMatch(/defect|\n {4}at /);
  for (const words of says) expect(result.stderr).toMatch(words);
  expect(folder.state()).toEqual(before);
}

async function refused(args: readonly string[], ...says: (string | RegExp)[]): Promise<void> {
  const before = folder.state();
  expectRefused(await cli(...args), 2, before, ...says);
}

/** Nothing is wrong with the call: it goes on once there is room. */
async function outOfRoom(...says: (string | RegExp)[]): Promise<void> {
  const before = folder.state();
  expectRefused(await cli('init'), 1, before, ...says);
}

function sql(file: string, statement: string): void {
  const raw = new Database(folder.file(file));
  raw.exec(statement);
  raw.close();
}

describe('the database', () => {
  const readers = [['status'], ['tick'], ['report'], ['ledger', 'verify'], ['edges', 'list']];

  it.each(readers)('has to be there for %s', async (...args) => {
    await refused(args, 'there is no rollout at', 'tidegate init');
  });

  it('must be a file, and one of SQLite', async () => {
    mkdirSync(folder.file('folder.db'));
    writeFileSync(folder.file('text.db'), 'hello '.repeat(200));
    writeFileSync(folder.file('empty.db'), '');
    for (const command of ['status', 'tick', 'init']) {
      await refused([command, '--db', 'folder.db'], 'is not a file');
      await refused([command, '--db', 'text.db'], 'is not a SQLite database');
    }
    await refused(['status', '--db', 'empty.db'], /is empty/, 'init');
    await refused(['init', '--db', 'no/such/folder.db'], 'There is no directory');
  });

  it('must be ours, and not of a later version', async () => {
    await cli('init');
    await cli('init', '--db', 'later.db');
    sql('notes.db', 'create table notes (id integer)');
    sql('later.db', `insert into migrations values (99, 'later', 1)`);
    for (const command of ['status', 'tick', 'init']) {
      await refused([command, '--db', 'notes.db'], 'is a database of another program');
      await refused([command, '--db', 'later.db'], 'was written by a newer tidegate', 'Upgrade tidegate');
    }
    await refused(['init'], 'holds a rollout of http://127.0.0.1:9 already', 'name another file with --db');
  });
});

describe('a place without the right to write', () => {
  // Where another user cannot even read the program, nothing is shown; a visible skip says so.
  const usable = !asRoot || spawned(['--version'], { cwd: '/', uid }).code === 0;

  it.skipIf(!usable)('keeps init from leaving half of it', () => {
    chmodSync(folder.path, 0o555);
    const before = folder.state();
    expectRefused(
      spawned(['init'], { cwd: folder.path, env, uid }),
      2,
      before,
      /tidegate\.db cannot be opened/,
      'right to',
    );
  });

  it.skipIf(!usable)('keeps init from making a database without its playbook', () => {
    chmodSync(folder.path, 0o555);
    mkdirSync(folder.file('mine'));
    if (asRoot) chownSync(folder.file('mine'), NOBODY, NOBODY);
    const before = folder.state();
    const result = spawned(['init', '--db', 'mine/new.db'], { cwd: folder.path, env, uid });
    expectRefused(result, 2, before, /tidegate\.yaml cannot be written \(EACCES\)/, 'nothing was left behind');
  });

  it.skipIf(!usable).each([
    { what: 'a directory', path: '.', mode: 0o555, says: 'cannot be written' },
    { what: 'a file', path: 'tidegate.db', mode: 0o444, says: 'cannot be written by this user' },
    {
      what: 'a file that may not even be read',
      path: 'tidegate.db',
      mode: 0o000,
      says: 'cannot be written by this user',
    },
  ])('is named when it is $what', async ({ path, mode, says }) => {
    await cli('init');
    chmodSync(folder.path, 0o777);
    if (asRoot && path === '.') chownSync(folder.file('tidegate.db'), NOBODY, NOBODY);
    chmodSync(folder.file(path), mode);
    const before = folder.state();
    const result = spawned(['pause'], { cwd: folder.path, env, uid });
    expectRefused(result, 2, before, says, 'tidegate.db', /(?:writable|right to)/);
  });

  it.skipIf(!usable)('is named when the playbook may not be read', async () => {
    await cli('init');
    chmodSync(folder.path, 0o777);
    chmodSync(folder.file('tidegate.db'), 0o666);
    chmodSync(folder.file('tidegate.yaml'), 0o000);
    const before = folder.state();
    const result = spawned(['tick'], { cwd: folder.path, env, uid });
    expectRefused(result, 2, before, /the playbook .+tidegate\.yaml cannot be read \(EACCES\)/);
  });
});

/** A file system of 200 kB, where this user may make one. */
function smallDisk(path: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', path]).status === 0;
}

const probe = new Folder();
const mountable = process.platform === 'linux' && smallDisk(probe.path);
if (mountable) spawnSync('umount', [probe.path]);
probe.remove();

describe.skipIf(!mountable)('a full disk (needs the right to mount)', () => {
  beforeEach(() => {
    expect(smallDisk(folder.path)).toBe(true);
  });
  afterEach(() => {
    spawnSync('umount', [folder.path]);
  });

  it.each([{ kB: 10 }, { kB: 60 }, { kB: 150 }, { kB: 198 }])(
    'at init with $kB kB taken leaves nothing behind',
    async ({ kB }) => {
      writeFileSync(folder.file('other'), Buffer.alloc(kB * 1_024));
      await outOfRoom(/the disk is full|cannot be written \(ENOSPC\)/, 'Free some space');
    },
  );

  it('does not keep a later init from working', async () => {
    writeFileSync(folder.file('other'), Buffer.alloc(150 * 1_024));
    await outOfRoom('the disk is full');
    spawnSync('umount', [folder.path]);
    expect(await cli('init')).toMatchObject({ code: 0 });
  });
});

it.skipIf(process.platform === 'win32')('is told of when a write fails, and goes on where it was', async () => {
  await cli('init');
  const before = (await cli('status', '--json')).stdout;
  // A limit on the size of files fails writes as a broken disk does; the signal that comes with it is ignored.
  const limited = spawned(['pause'], { cwd: folder.path, env, shell: `trap '' XFSZ; ulimit -f 20; exec "$@"` });
  expect(limited).toMatchObject({
    // Where SQLite cannot even open it, that is the place's fault.
    code: limited.stderr.includes('cannot be opened') ? 2 : 1,
    stderr: expect.stringMatching(/tidegate\.db (?:cannot be (?:read or written|opened)|has no room for its journal)/),
  });
  expect((await cli('status', '--json')).stdout).toBe(before);
  expect(await cli('pause')).toMatchObject({ code: 0 });
});
