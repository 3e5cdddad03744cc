import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { lineFinder } from '../../src/sandbox/lines.ts';

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
