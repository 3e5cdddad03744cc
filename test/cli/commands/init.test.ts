import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlaybook } from '../../../src/cli/playbook/file.ts';
import { withSchemaSeenFrom } from '../../../src/cli/playbook/shipped.ts';
import { Folder, run } from '../run-cli.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const init = (...args: string[]) =>
  run(['init', '--gitlab', 'https://gitlab.example.com/', ...args], { cwd: folder.path });
const playbook = () => readFileSync(folder.file('tidegate.yaml'), 'utf8');
const shipped = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../playbooks/${name}.yaml`, import.meta.url)), 'utf8');
const body = (text: string) => text.split('\n').slice(1).join('\n');

describe('tidegate init', () => {
  it('writes the standard playbook and a database, and says what is next', async () => {
    const { code, stdout } = await init();
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        `Wrote ${folder.file('tidegate.yaml')}`,
        `Created ${folder.file('tidegate.db')} for https://gitlab.example.com`,
        'Next: look through tidegate.yaml, then `tidegate doctor` and `tidegate tick`.\n',
      ].join('\n'),
    );
    expect(playbook()).toBe(body(shipped('standard')));
    expect(Object.keys(folder.state())).toEqual(['tidegate.db', 'tidegate.yaml']);
  });

  it('sets groups and changes nothing else, comments included', async () => {
    await init('--playbook', 'cautious', '--group', 'acme/apps', 'acme/libs', '--group', 'other');
    const [groups, ...rest] = playbook()
      .split('\n')
      .filter((line) => !shipped('cautious').split('\n').includes(line));
    expect(groups).toBe('  groups: ["acme/apps", "acme/libs", "other"]');
    expect(rest).toEqual([]);
    expect(readPlaybook(playbook(), 'x').scope.groups).toEqual(['acme/apps', 'acme/libs', 'other']);
  });

  it.each([
    'scope:\n  groups: # all of these\n    - old # the old one\n    - older\n  archived: exclude # no need\n',
    'name: mine # a name\n',
    'scope: { archived: exclude }\n',
    'scope:\n  groups:\nname: mine\n',
  ])('sets groups in a playbook of its user: %j', async (text) => {
    writeFileSync(folder.file('mine.yaml'), text);
    expect(await init('--playbook', 'mine.yaml', '--group', 'a/b', 'c')).toMatchObject({ code: 0, stderr: '' });
    const before = readPlaybook(text.replace(/groups:[^]*?(?=\n {2}a|\nn|$)/, 'groups: []'), 'x');
    expect(readPlaybook(playbook(), 'x')).toEqual({ ...before, scope: { ...before.scope, groups: ['a/b', 'c'] } });
  });

  it.each([
    '',
    ' ',
    'a b',
    '/acme',
    'acme/',
    'a//b',
    '..',
    'a/../b',
    'x.git',
    'https://gitlab.example.com/acme',
    'a"b',
    'acme/**',
    'a\nb',
    '-x',
  ])('refuses %j as a group', async (group) => {
    const { code, stderr } = await init(`--group=${group}`);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(group === '' ? /is no path of a group|argument missing/ : 'is no path of a group');
    expect(folder.state()).toEqual({});
  });

  it('refuses a playbook that is not there, or is a directory', async () => {
    mkdirSync(folder.file('dir'));
    expect(await init('--playbook', 'fats')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('standard, cautious, fast'),
    });
    expect(await init('--playbook', 'dir')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it is a directory'),
    });
    expect(Object.keys(folder.state())).toEqual(['dir']);
  });

  it('uses a playbook that is there, and drops nothing that was asked for without a word', async () => {
    const mine = 'name: mine\n';
    writeFileSync(folder.file('tidegate.yaml'), mine);
    expect(await init('--group', 'acme')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('says something else'),
    });
    expect(Object.keys(folder.state())).toEqual(['tidegate.yaml']);
    expect(await init()).toMatchObject({ code: 0, stdout: expect.stringContaining('Kept') });
    expect(playbook()).toBe(mine);
  });

  it('goes on where one stopped that was killed', async () => {
    await init('--group', 'acme');
    rmSync(folder.file('tidegate.db'));
    writeFileSync(folder.file('tidegate.db'), '');
    expect(await init('--group', 'acme')).toMatchObject({ code: 0 });
    expect(await run(['status'], { cwd: folder.path })).toMatchObject({ code: 0 });
  });

  it('makes one rollout when it is called twice at once', async () => {
    const codes = (await Promise.all([init(), init()])).map(({ code }) => code).sort();
    expect(codes).toEqual([0, expect.any(Number)]);
    expect(await run(['status'], { cwd: folder.path })).toMatchObject({ code: 0 });
    expect(Object.keys(folder.state())).toEqual(['tidegate.db', 'tidegate.yaml']);
  });

  it('leads editors to the schema where the package is installed below the folder, and nowhere else', () => {
    const text = '# yaml-language-server: $schema=./playbook.schema.json\nname: x\n';
    const below = withSchemaSeenFrom('/home/me', text, '/home/me/node_modules/tidegate/playbooks/');
    expect(below).toBe(
      '# yaml-language-server: $schema=./node_modules/tidegate/playbooks/playbook.schema.json\nname: x\n',
    );
    expect(withSchemaSeenFrom('/home/me', text, '/usr/lib/node_modules/tidegate/playbooks/')).toBe('name: x\n');
  });
});
