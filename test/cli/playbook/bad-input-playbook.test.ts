import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlaybook } from '../../../src/cli/playbook/file.ts';
import { Folder, run } from '../run-cli.ts';

const env = { TIDEGATE_GITLAB_URL: 'http://127.0.0.1:9', TIDEGATE_TOKEN: 'glpat-neversent' };

let folder: Folder;
beforeEach(async () => {
  folder = new Folder();
  expect(await run(['init'], { cwd: folder.path, env })).toMatchObject({ code: 0 });
});
afterEach(() => folder.remove());

/** What `tick` says of a playbook, line by line; it must not have come as far as GitLab, which is not there. */
async function problems(text: string | Uint8Array): Promise<readonly string[]> {
  writeFileSync(folder.file('tidegate.yaml'), text);
  const { code, stderr } = await run(['tick'], { cwd: folder.path, env });
  expect(code, stderr).toBe(2);
  const [head, ...rest] = stderr.trimEnd().split('\n');
  expect(head).toBe(`tidegate: the playbook ${folder.file('tidegate.yaml')} cannot be used:`);
  expect(rest.at(-1)).toBe('  Correct the file and run the command again; nothing was changed.');
  return rest.slice(0, -1).map((line) => line.trim());
}

describe('a playbook that cannot be used', () => {
  it.each([
    { text: 'gatez: {}', says: ['line 1: gatez: there is no such key; did you mean gates?'] },
    { text: 'xyzzyq: 1', says: ['line 1: xyzzyq: there is no such key'] },
    {
      text: 'waves:\n  pilot:\n    sise: 3',
      says: ['line 3: waves.pilot.sise: there is no such key; did you mean size?'],
    },
    { text: 'name: a\nscope:\n  groups: [a, b', says: [/^line 3: Flow sequence/] },
    { text: 'name: a\nname: b', says: ['line 2: Map keys must be unique'] },
    { text: `scope: { groups: ${'['.repeat(20_000)}${']'.repeat(20_000)} }`, says: [/: it is nested too deeply$/] },
    { text: '- a', says: ['line 1: the file: must be keys with values, not a list'] },
    { text: 'scope: { groups: acme }', says: ['line 1: scope.groups: must be a list, not "acme"'] },
    { text: 'waves: { concurrency: four }', says: ['line 1: waves.concurrency: must be a number, not "four"'] },
    { text: 'approvals: { plan: 1 }', says: ['line 1: approvals.plan: must be true or false, not 1'] },
    { text: 'gates: { minExercised: 2 }', says: ['line 1: gates.minExercised: must be 1 or less, not 2'] },
    { text: 'gates: { minJobs: -1 }', says: ['line 1: gates.minJobs: must be 0 or more, not -1'] },
    { text: 'observe: { window: soon }', says: [/^line 1: observe\.window: "soon" is no duration; .+ such as 14d$/] },
    {
      text: 'onFailed: rolback',
      says: ['line 1: onFailed: "rolback" is none of rollback, hold; did you mean rollback?'],
    },
    { text: 'waves: { sizes: ["0%"] }', says: [/^line 1: waves\.sizes\[0\]: "0%" is not a whole number of projects/] },
    { text: 'waves: { sizes: [] }', says: ['line 1: waves.sizes: needs at least one item'] },
    { text: 'freeze: { timeZone: Mars/Olympus }', says: [/^line 1: freeze\.timeZone: no such time zone/] },
    {
      text: 'freeze: { windows: [{ days: [fry] }] }',
      says: [/^line 1: freeze\.windows\[0\]\.days\[0\]: "fry" is none of .+; did you mean fri\?$/],
    },
    {
      text: 'freeze: { windows: [{ from: "2026-12-18", to: "2027-01-04T08:00" }] }',
      says: [/"2026-12-18" is not a local time such as/],
    },
    {
      text: 'decisions:\n  rules:\n    - name: r\n      then: approve',
      says: ['line 3: decisions.rules[0].reason: is missing; it must be text'],
    },
    {
      text: [
        'decisions:',
        '  rules:',
        '    - { name: same-team, then: approve, reason: one }',
        '    - { name: Same-Team, then: reject, reason: two }',
      ].join('\n'),
      says: [
        'line 4: decisions.rules[1].name: "Same-Team" is the name of decisions.rules[0] already; a decision has to name one rule',
      ],
    },
    { text: '', says: ['it is empty'] },
    { text: '# only a comment\n', says: ['it is empty'] },
    { text: 'a: &a [*b]', says: [/^Unresolved alias/] },
    { text: Uint8Array.of(0xff, 0xfe, 0, 1), says: ['it is no text in UTF-8'] },
    { text: `name: ${'x'.repeat(1_000_001)}`, says: ['it is longer than a megabyte'] },
  ])('is told what is wrong and where: $says', async ({ text, says }) => {
    const found = await problems(text);
    expect(found).toHaveLength(says.length);
    for (const [index, words] of says.entries()) {
      if (typeof words === 'string') expect(found[index]).toBe(words);
      else expect(found[index]).toMatch(words);
    }
  });

  it('has all of it told at once, in the order of the file', async () => {
    expect(await problems('gatez: 1\nobserve: { window: x }\nwaves: { order: sise }\nonFailed: 3\n')).toEqual([
      'line 1: gatez: there is no such key; did you mean gates?',
      expect.stringMatching(/^line 2: observe\.window/),
      expect.stringMatching(/^line 3: waves\.order: "sise" is none of risk, path/),
      'line 4: onFailed: 3 is none of rollback, hold',
    ]);
  });

  it('cannot steer the terminal', async () => {
    const [found] = await problems('"ga\u001b[2Jtes\\u202e": 1\n');
    expect(found).toBe('line 1: gates: there is no such key');
  });

  it('is no bomb of aliases', async () => {
    const levels = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`);
    expect(await problems(['a0: &a0 [x]', ...levels].join('\n'))).toEqual([expect.stringMatching(/alias/i)]);
  });

  it('is named when it is a directory', async () => {
    rmSync(folder.file('tidegate.yaml'));
    mkdirSync(folder.file('tidegate.yaml'));
    for (const command of ['tick', 'inventory', 'plan']) {
      const { code, stderr } = await run([command], { cwd: folder.path, env });
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('cannot be read (it is a directory)'),
      });
    }
  });

  it('is replaced by what the rollout keeps when it has gone', async () => {
    rmSync(folder.file('tidegate.yaml'));
    const { code, stderr } = await run(['tick'], { cwd: folder.path, env });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('going on with the playbook as the rollout keeps it'),
    });
  });
});

it('takes the defaults for what a playbook leaves out', () => {
  expect(readPlaybook('name: mine', 'x')).toMatchObject({
    name: 'mine',
    gates: { soak: 604_800_000, maxApprovedDenials: 0 },
  });
});
