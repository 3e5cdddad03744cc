import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerEvidence } from '../../../src/cli/commands/evidence/index.ts';
import { readJsonLines } from '../../../src/cli/commands/evidence/json-lines.ts';
import { Tally } from '../../../src/cli/commands/evidence/rows.ts';
import type { Evidence } from '../../../src/domain/edges/evidence.ts';
import { projectId } from '../../../src/domain/values.ts';
import { Bench, daysAgo } from './edges-support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerEvidence);
});
afterEach(() => bench.close());

const importing = (name: string, content: string | Uint8Array, ...args: string[]) => {
  writeFileSync(join(bench.directory, name), content);
  return bench.run('evidence', 'import', name, '--json', ...args);
};
const seen = async (caller: number, callee: number): Promise<readonly Evidence[]> =>
  (await bench.store.edge(projectId(caller), projectId(callee)))?.evidence ?? [];
const snapshot = async () => JSON.stringify([await bench.store.edges(), await bench.store.imports()]);

describe('evidence import', () => {
  it.each([
    ['edges.csv', 'caller,callee,access,seen\nacme/lab/toy,acme/images,git,2026-01-02T03:04:05Z\n'],
    ['edges.csv', 'callee;caller;seen;access\nacme/images;acme/lab/toy;2026-01-02 03:04:05 UTC;git\n'],
    ['edges.json', '[{"caller":4,"callee":"acme/images","access":"git","seen":"2026-01-02T03:04:05Z"}]'],
    ['edges.yml', 'edges:\n  - { caller: acme/lab/toy, callee: "6", access: git, seen: 2026-01-02T03:04:05Z }\n'],
  ])('takes a list of edges from elsewhere: %s', async (name, text) => {
    expect(await importing(name, text)).toMatchObject({ code: 0 });
    expect(await seen(4, 6)).toMatchObject([
      { source: 'import', access: 'git', firstSeen: Date.parse('2026-01-02T03:04:05Z'), certainty: 'likely' },
    ]);
  });

  it('says which columns it did not use, and takes a moment under each of its names', async () => {
    const table = 'caller,callee,lastSeen,last-used\nacme/lab/toy,acme/images,2026-01-02T03:04:05Z,x\n';
    const { stdout } = await importing('edges.csv', table);
    expect(JSON.parse(stdout)).toMatchObject({ observations: 1, unused: ['last-used'] });
    expect(await seen(4, 6)).toMatchObject([{ lastSeen: Date.parse('2026-01-02T03:04:05Z') }]);
    const told = await bench.run('evidence', 'import', 'edges.csv', '--dry-run');
    expect(told.stdout).toContain('Not used: last-used; what counts is caller, callee, access and seen.');
  });

  it("takes GitLab's export of a log, whose name says whose it is", async () => {
    const text = 'Origin Project Path,Last Authorized At (UTC)\nacme/lab/toy,2026-01-02 03:04:05 UTC\n';
    expect((await importing('job-token-authorizations-6-2026.csv', text, '--kind', 'auth-log')).code).toBe(0);
    expect(await seen(4, 6)).toMatchObject([{ source: 'auth-log', access: null, certainty: 'certain' }]);
    expect(await importing('log.csv', text, '--kind', 'auth-log')).toMatchObject({ code: 2 });
    expect((await importing('log.csv', text, '--kind', 'auth-log', '--callee', 'acme/libs/old')).code).toBe(0);
    expect(await seen(4, 5)).toHaveLength(1);
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffcaller,callee\r\nacme/lab/toy,acme/images\r\n', 'utf16le')],
    ['gzip', gzipSync('caller,callee\nacme/lab/toy,acme/images\n')],
  ])('reads a table in %s', async (_, bytes) => {
    expect((await importing('edges.csv', bytes)).code).toBe(0);
    expect(await seen(4, 6)).toHaveLength(1);
  });

  it('reads structured logs that are packed, and lines without an end in little memory', async () => {
    const line = JSON.stringify({ job_project_id: 4, status: 200, path: '/api/v4/projects/6/packages/npm/x' });
    const long = `{"job_project_id":4,"x":"${'y'.repeat(3_000_000)}"}`;
    const { stdout } = await importing('api_json.log.1.gz', gzipSync(`${long}\n${line}\r\n`), '--kind', 'logs');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ lines: 2, ignored: 0, observations: 1, unread: 1 },
      notRead: [{ why: 'longer than 200000 characters', lines: 1, first: 1 }],
    });
  });

  it.each([
    ['a column twice', 'caller,Caller,callee\n', /edges\.csv:1: the column caller is there twice/],
    ['JSON lines as a table', '{"job_project_id":4}\n', /edges\.csv:1: this is JSON and no table: .*--kind logs/],
    ['Latin-1', Buffer.from('caller,callee\nacme/w\xe4b,acme/images\n', 'latin1'), /no text in UTF-8 or UTF-16/],
    ['bytes', Buffer.from([1, 0, 2, 0]), /no text in UTF-8 or UTF-16/],
    ['half a gzip file', gzipSync('caller,callee\n').subarray(0, 12), /gzip file that is broken or cut off/],
  ])('refuses %s', async (_, bytes, words) => {
    const before = await snapshot();
    const { code, stderr } = await importing('edges.csv', bytes);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(await snapshot()).toBe(before);
  });

  it('takes structured logs, one row per access with its latest time', async () => {
    const line = (body: object) => JSON.stringify({ job_project_id: 4, status: 200, ...body });
    const text = [
      line({ path: '/api/v4/projects/6/packages/npm/x', time: '2026-01-02T00:00:00.000Z' }),
      line({ path: '/api/v4/projects/acme%2Fimages/packages/npm/x', time: '2026-01-03T00:00:00.000Z' }),
      line({ path: '/api/v4/projects/2/releases', status: 403 }),
      line({ 'meta.project': 'acme/libs/old', path: '/api/v4/job', time: '2026-01-02T00:00:00.000Z' }),
      '{"path":"/api/v4/projects/1"}',
      '{ cut off job_project_id',
    ].join('\n');
    const { stdout } = await importing('api_json.log', text, '--kind', 'logs');
    expect(JSON.parse(stdout)).toMatchObject({ lines: 6, ignored: 2, skipped: 0 });
    const npm = await seen(4, 6);
    expect(npm.map(({ access }) => access)).toEqual(['npm']);
    expect(npm[0]).toMatchObject({ lastSeen: Date.parse('2026-01-03T00:00:00Z'), certainty: 'certain' });
    expect(await seen(4, 5)).toMatchObject([{ access: null }]);
    expect((await seen(4, 2)).map(({ source }) => source)).toEqual(['denial']);
  });

  it('says which lines of structured logs it could not read, and counts them as what the evidence could not see', async () => {
    const line = (path: string) => JSON.stringify({ job_project_id: 4, status: 200, path });
    const text = [
      line('/api/v4/projects/6/packages/npm/x'),
      '{"job_project_id":4,"status":200,"path":"/api/v4/proj',
      '{"path":"/api/v4/version","sta',
      '{"path":"/api/v4/version","status":200}',
      line('/api/v4/groups/9/-/packages/npm/@acme%2Fui'),
      line('/api/v4/packages/npm/@acme%2Fui'),
      line('/api/v4/job'),
      '',
    ].join('\n');
    const { code, stdout } = await importing('api_json.log', text, '--kind', 'logs');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ lines: 7, ignored: 2, observations: 1, skipped: 0, unread: 4 },
      notRead: [
        { why: 'no JSON: cut off or broken', lines: 2, first: 2 },
        { why: expect.stringContaining('names no project') as string, lines: 2, first: 5 },
      ],
    });
    expect(await bench.store.imports()).toMatchObject([{ unread: 4, whole: false }]);
    const { stdout: shown } = await bench.run('evidence', 'show', '--json');
    expect(JSON.parse(shown)).toMatchObject({
      imports: [{ unread: 4 }],
      unseen: expect.arrayContaining(['4 lines of imported files could not be read or named no project']) as string[],
    });
  });

  it('says how many accesses of structured logs were more than it takes in at once', async () => {
    const lines = async function* () {
      for (const id of [1, 2, 3, 1])
        yield await Promise.resolve(JSON.stringify({ job_project_id: id, path: '/api/v4/projects/6/releases' }));
    };
    const tally = new Tally();
    const rows = await readJsonLines(lines(), 'https://gitlab.example.com', tally, 2);
    expect([...rows].map(({ caller }) => caller)).toEqual([1, 2]);
    expect(tally.unread).toMatchObject([{ lines: 1, first: 3 }]);
  });

  it('names rows of projects that are not known, takes the others, and keeps that it was partial', async () => {
    const { code, stdout } = await importing('edges.csv', 'caller,callee\nacme/lab/toy,acme/images\nx/y,acme/images\n');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      observations: 1,
      skipped: 1,
      unknown: [{ line: 3, projects: ['x/y'] }],
    });
    expect(await bench.store.imports()).toMatchObject([{ file: 'edges.csv', skipped: 1, whole: false }]);
    expect(JSON.parse((await bench.run('evidence', 'show', '--json')).stdout)).toMatchObject({
      imports: [{ file: 'edges.csv', skipped: 1 }],
    });
  });

  it('does not print what looks like a token in a row that names nothing known', async () => {
    const path = 'x/glpat-AbCd1234EfGh5678IjKl';
    const rows = `caller,callee\nacme/lab/toy,acme/images\n${path},acme/images\n`;
    for (const more of [[], ['--json']]) {
      const { stdout } = await importing('edges.csv', rows, ...more);
      expect(stdout).toContain('x/[REDACTED]');
      expect(stdout).not.toContain('AbCd1234');
    }
  });

  it.each([
    ['edges.csv', 'caller,callee\nacme/lab/toy,acme/images\n../etc,acme/images\n', 'edges.csv:3: caller:'],
    ['edges.csv', 'caller,callee,access\nacme/lab/toy,acme/images,telnet\n', 'edges.csv:2: access:'],
    ['edges.csv', 'caller,callee,seen\nacme/lab/toy,acme/images,yesterday\n', 'edges.csv:2: seen:'],
    ['edges.csv', 'from,to\na/b,c/d\n', 'the column caller and callee is missing'],
    ['edges.csv', '', 'the file is empty'],
    ['edges.json', '{"caller": 1}', 'there is no list of edges'],
    ['edges.json', '[{"caller":', 'edges.json:1'],
  ])('refuses all of a file with a bad line: %s %j', async (name, text, message) => {
    const before = await snapshot();
    const { code, stderr } = await importing(name, text);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(await snapshot()).toBe(before);
  });

  it('changes nothing on a dry run, and nothing but its row when repeated', async () => {
    const text = 'caller,callee\nacme/lab/toy,acme/images\n';
    const before = await snapshot();
    expect((await importing('edges.csv', text, '--dry-run')).code).toBe(0);
    expect(await snapshot()).toBe(before);
    await importing('edges.csv', text);
    await importing('edges.csv', text);
    expect(await seen(4, 6)).toHaveLength(1);
    expect(await bench.store.imports()).toHaveLength(1);
  });

  it('takes nothing for seen in the future', async () => {
    await importing('edges.csv', 'caller,callee,seen\nacme/lab/toy,acme/images,2999-01-01\n');
    expect((await seen(4, 6))[0]?.lastSeen).toBeLessThanOrEqual(daysAgo(-1));
  });
});
