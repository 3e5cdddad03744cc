import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { lineFinder, readYaml } from '../../src/sandbox/lines.ts';

const YAML = `version: "18.5.0"
users:
  - name: dev
    memberships:
      acme.io: developer
      acme.io/typo: developer
projects:
  - path: acme.io/core
  - path: acme.io/web
    visibility: secret
jobs:
  - { project: acme.io/web, name: a, uses: [{ callee: acme.io/core, access: git }, { callee: x/y, access: git }] }
`;

describe('the line of a field', () => {
  const line = lineFinder(YAML);
  it.each([
    ['version', 1],
    ['users[0].memberships.acme.io/typo', 6],
    ['users[0].memberships.acme.io', 5],
    ['projects[1].visibility', 10],
    ['jobs[0].uses[1].callee', 12],
    // What is missing is looked for around.
    ['projects[1].id', 9],
    ['projects[7].path', 7],
  ])('%s', (path, expected) => {
    expect(line(path)).toBe(expected);
  });

  it('is found in JSON, and is nowhere for the file as a whole', () => {
    expect(lineFinder('{\n "a": [\n  {"b": 1},\n  {"b": 2}\n ]\n}')('a[1].b')).toBe(4);
    expect(line('')).toBeNull();
  });

  it('leads each problem of an organisation file', async () => {
    const start = (text: string): Promise<unknown> => startSandbox({ organisation: { kind: 'text', text } });
    await expect(start(YAML)).rejects.toMatchObject({
      problems: [expect.stringMatching(/^line 10: projects\[1\]\.visibility: /)],
    });
    await expect(start(YAML.replace('secret', 'public'))).rejects.toMatchObject({
      problems: [
        expect.stringMatching(/^line 6: users\[0\]\.memberships\.acme\.io\/typo: no group or project/),
        expect.stringMatching(/^line 12: jobs\[0\]\.uses\[1\]\.callee: no project "x\/y"/),
      ],
    });
    await expect(start('a: [1\nb: 2')).rejects.toMatchObject({
      problems: [expect.stringMatching(/at line 2, column 1/)],
    });
  });
});

describe('a file nested deeper than a parser can go', () => {
  it.each([
    ['lists', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['lists that never end', `a: ${'['.repeat(20_000)}`],
    ['mappings', '{a: '.repeat(20_000)],
    ['marks of lists in one line', `${'- '.repeat(20_000)}a`],
    ['marks of keys in one line', `${'? '.repeat(20_000)}a`],
  ])('is refused in words, not by the end of the process: %s', (_, text) => {
    expect(() => readYaml(text)).toThrow('nested too deeply');
  });

  it('is not one with many brackets beside each other', () => {
    const text = `- [${'[], {}, '.repeat(5_000)}]`;
    expect(readYaml(text)).toHaveLength(1);
  });
});
