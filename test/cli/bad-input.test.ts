import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StandIn } from '../sandbox/http/stand-in.ts';
import { Folder, run, spawned, type Run } from './run-cli.ts';

let gitlab: StandIn;
let folder: Folder;

beforeAll(async () => {
  gitlab = await StandIn.start();
});
afterAll(() => gitlab.close());
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const url = () => gitlab.running.url;
const env = (more: Record<string, string> = {}) => ({ TIDEGATE_TOKEN: gitlab.running.token, ...more });
const cli = (args: readonly string[], vars: Record<string, string> = env()) =>
  run(args, { cwd: folder.path, env: vars });

async function begin(...more: string[]): Promise<void> {
  expect(await cli(['init', '--gitlab', url(), ...more])).toMatchObject({ code: 0 });
}

async function writes(): Promise<number> {
  const { body } = await gitlab.call('GET', '/-/sandbox/requests?after=0');
  return (body as { change: object | null }[]).filter(({ change }) => change !== null).length;
}

/** Refused: the code, what happened and what to do; neither the folder, the rollout nor GitLab has changed. */
async function refused(action: () => Promise<Run>, code: number, ...says: (string | RegExp)[]): Promise<Run> {
  const before = { files: names(), status: await standing(), writes: await writes() };
  const result = await action();
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toMatch(/^tidegate: .+\n {2}\S.+\n$/s);
  expect(result.stderr).not.toMatch(/defect|\n {4}at /);
  for (const words of says) expect(result.stderr).toMatch(words);
  expect({ files: names(), status: await standing(), writes: await writes() }).toEqual(before);
  return result;
}

/** SQLite writes down who held the lease, so of the database itself only what it says counts. */
const names = () => Object.entries(folder.state()).filter(([name]) => !name.endsWith('.db'));
const standing = async () => (await cli(['status', '--json'])).stdout;

describe('a device that never ends, named as a file', () => {
  const scan = ['scan', '.', '--caller', 'a/b', '--gitlab', 'https://gitlab.example.com', '--context'];
  const trace = ['diagnose', 'job.log', '--caller', 'a/b', '--gitlab', 'https://gitlab.example.com', '--ids'];
  it.each([
    [
      'a token',
      ['doctor', '--token-file', '/dev/zero'],
      'the token file /dev/zero cannot be read \\(it is too large\\)',
    ],
    ['a table', ['edges', 'import', '/dev/zero', '--format', 'csv'], '/dev/zero is larger than \\d+ MB'],
    ['what a scan knows', [...scan, '/dev/zero'], '--context: /dev/zero cannot be read \\(it is too large\\)'],
    ['ids', [...trace, '/dev/zero'], '--ids /dev/zero: cannot be read \\(it is too large\\)'],
    ['an organisation', ['sandbox', '--org', '/dev/zero'], '/dev/zero: cannot be read \\(it is too large\\)'],
  ])('is refused as %s', async (_, args, says) => {
    await begin();
    writeFileSync(folder.file('job.log'), 'done\n');
    const { code, stderr } = await cli(args);
    expect(stderr).toMatch(new RegExp(says));
    expect(code).toBe(2);
  });
});

describe('the command line', () => {
  it.each([
    { args: ['stauts'], says: /unknown command 'stauts'\n {2}\(Did you mean status\?\)/ },
    { args: ['--bogus'], says: "unknown option '--bogus'" },
    { args: ['status', '--jsn'], says: /unknown option '--jsn'\n {2}\(Did you mean --json\?\)/ },
    { args: ['tick', '--max-rpm', 'many'], says: /'many' is invalid\. Write a whole number, 1 or more/ },
    { args: ['rollback'], says: 'say what to roll back' },
    { args: ['rollback', 'two'], says: '"two" is no wave' },
    { args: ['report', '--format', 'pdf'], says: /'pdf' is invalid\. Allowed choices are html/ },
    { args: ['init', 'extra'], says: "too many arguments for 'init'" },
    { args: ['--db'], says: "option '--db <file>' argument missing" },
  ])('is refused: $args', async ({ args, says }) => {
    await refused(() => cli(args), 2, says);
  });

  it('shows nothing of a hostile argument that could steer a terminal', async () => {
    const hostile = 'x\u001b[2J\u001b]0;owned\u0007\u202e';
    for (const args of [
      [hostile],
      ['status', `--${hostile}`],
      ['rollback', hostile],
      ['--db', hostile, 'status'],
      ['--gitlab', hostile, 'init'],
    ]) {
      const { stderr } = await refused(() => cli(args), 2);
      // eslint-disable-next-line no-control-regex
      expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });
});

describe('the address of GitLab', () => {
  it.each([
    { address: 'gitlab', says: '"gitlab" is no address of a GitLab' },
    { address: 'ftp://gitlab.example.com', says: 'is no address of a GitLab' },
    { address: 'https://me:secret@gitlab.example.com', says: 'holds a user or password' },
    { address: 'https://gitlab.example.com/api/v4', says: 'Leave out /api/v4: https://gitlab.example.com' },
    { address: '', says: 'no address of a GitLab is given' },
  ])('is refused before anything is made: "$address"', async ({ address, says }) => {
    const { stderr } = await refused(() => cli(['init', '--gitlab', address]), 2, says);
    expect(stderr).not.toContain('secret');
    expect(folder.state()).toEqual({});
  });

  it('has to be given', async () => {
    await refused(() => cli(['init']), 2, /--gitlab URL or set TIDEGATE_GITLAB_URL/);
  });

  it('must answer', async () => {
    const closed = 'http://127.0.0.1:9';
    await cli(['init', '--gitlab', closed]);
    await refused(() => cli(['tick']), 1, `${closed} cannot be used`, /Run the command again|Check the URL/);
  });

  it('must be known to the name service', async () => {
    await cli(['init', '--gitlab', 'http://no-such-host.invalid']);
    await refused(
      () => cli(['tick']),
      1,
      /no-such-host\.invalid cannot be (?:used|reached)/,
      'Check the URL given with --gitlab',
    );
  });

  it('must be that of the instance, not of a page', async () => {
    await cli(['init', '--gitlab', `${url()}/groups/acme`]);
    await refused(
      () => cli(['tick']),
      1,
      '/groups/acme cannot be used: HTTP 404',
      'Check that --gitlab names a GitLab',
    );
  });

  it('must be the one the rollout was made for', async () => {
    await begin();
    await refused(
      () => cli(['tick', '--gitlab', 'https://other.example.com']),
      2,
      /holds a rollout of http.+, not of https:\/\/other/,
    );
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!openssl)('a certificate that nobody signed (needs openssl)', () => {
  it('is told apart from a server that is down', async () => {
    const make = 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout key.pem -out cert.pem';
    execFileSync('openssl', make.split(' '), { cwd: folder.path, stdio: 'ignore' });
    const server = createServer(
      { key: readFileSync(folder.file('key.pem')), cert: readFileSync(folder.file('cert.pem')) },
      (_, response) => response.end('{}'),
    );
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    await cli(['init', '--gitlab', `https://127.0.0.1:${port}`]);
    await refused(
      () => cli(['tick']),
      1,
      /the secure connection .+ failed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
      'NODE_EXTRA_CA_CERTS',
    );
    server.close();
  });
});

describe('the access token', () => {
  beforeEach(() => begin());

  it.each([
    { what: 'missing', vars: {}, says: 'there is no access token' },
    { what: 'empty', vars: { TIDEGATE_TOKEN: ' ' }, says: 'the access token in TIDEGATE_TOKEN is empty' },
    { what: 'of two lines', vars: { GITLAB_TOKEN: 'glpat-a\nglpat-b' }, says: /GITLAB_TOKEN holds more than one/ },
  ])('is refused when it is $what', async ({ vars, says }) => {
    const { stderr } = await refused(() => cli(['tick'], vars), 2, says);
    expect(stderr).not.toContain('glpat');
  });

  it('is read from a file that must be one', async () => {
    await refused(
      () => cli(['tick', '--token-file', 'nowhere'], {}),
      2,
      /token file .+nowhere cannot be read \(ENOENT\)/,
    );
    await refused(() => cli(['tick', '--token-file', '.'], {}), 2, /cannot be read \(it is a directory\)/);
  });

  it('is refused by GitLab when it is unknown, and never shown', async () => {
    const { stderr } = await refused(
      () => cli(['tick'], { TIDEGATE_TOKEN: 'glpat-notknownhere' }),
      2,
      /cannot be used: HTTP 401/,
      'Check that the access token is valid',
    );
    expect(stderr).not.toContain('notknownhere');
  });

  it('must be able to read the settings of something in scope', async () => {
    const low = { TIDEGATE_TOKEN: gitlab.token('gus') };
    await refused(() => cli(['tick'], low), 2, /can read the job token settings of none/, 'Maintainer');
    await refused(() => cli(['inventory'], low), 2, /can read the job token settings of none/);
    const doctor = await cli(['doctor'], low);
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining('can read the settings of none') });
  });

  it('may watch with read_api, but not change anything', async () => {
    await cli(['init', '--gitlab', url(), '--db', 'quick.db']);
    writeFileSync(folder.file('tidegate.yaml'), QUICK);
    const reader = { TIDEGATE_TOKEN: gitlab.token('root', 'read_api') };
    const watched = await cli(['tick', '--db', 'quick.db'], reader);
    expect(watched, watched.stderr).toMatchObject({ code: 4 });
    await cli(['approve', '--yes', '--db', 'quick.db'], reader);
    await refused(
      () => cli(['tick', '--db', 'quick.db'], reader),
      2,
      /scope read_api, and what comes next changes allowlists/,
    );
    expect(await writes()).toBe(0);
  });

  it('names the groups it cannot see', async () => {
    await cli(['init', '--gitlab', url(), '--db', 'other.db']);
    writeFileSync(folder.file('tidegate.yaml'), 'scope: { groups: [acme, nosuch, acme/none] }\n');
    await refused(() => cli(['tick']), 2, 'that the token cannot see: nosuch, acme/none');
  });

  it('is no use when the playbook selects nothing', async () => {
    writeFileSync(folder.file('tidegate.yaml'), 'scope: { exclude: ["**"] }\n');
    await refused(() => cli(['tick']), 2, 'the playbook selects no project', 'Check `scope`');
  });
});

/** No watching, one rule for everything: the first tick ends at the approval of the plan. */
const QUICK = `
observe: { window: 0s }
decisions: { rules: [{ name: all, when: {}, then: approve, reason: test }] }
`;

describe('an order that does not fit', () => {
  beforeEach(() => begin());

  it.each([
    { args: ['approve', '--yes'], says: 'nothing waits for approval' },
    { args: ['resume', '--yes'], says: 'there is nothing to resume' },
    { args: ['rollback', '1', '--yes'], says: 'there is no wave 1' },
    { args: ['plan'], says: 'there is no inventory yet' },
  ])('is refused: $args', async ({ args, says }) => {
    await refused(() => cli(args), 1, says);
  });

  it('is refused when nobody can be asked', async () => {
    await refused(() => cli(['abort']), 2, 'Add --yes to answer yes');
  });

  it('tells which plan is not there', async () => {
    await refused(() => cli(['plan', 'show', 'feedbeef']), 2, 'there is no plan feedbeef');
  });
});

it.skipIf(process.platform !== 'linux')('tells a full standard output from a defect', () => {
  const result = spawned(['--help'], { cwd: folder.path, shell: 'exec "$@" > /dev/full' });
  expect(result).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/cannot be written to standard output \(ENOSPC\)/),
  });
});
