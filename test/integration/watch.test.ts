import { createInterface } from 'node:readline';
import type { ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, run, start, StandInProcess, Workplace } from './support/process.ts';
import { Rollout, type TickAnswer } from './support/rollout.ts';

const SECRET = 'only GitLab knows this one';

/** A library with a caller that the log knows, and one whose job has never run. */
const ORGANISATION = {
  ...{ version: '18.5.0', enforced: false, start: '2026-03-02T08:00:00Z', history: '7d' },
  groups: ['acme'],
  users: [
    { name: 'root', admin: true },
    { name: 'olga', memberships: { acme: 'owner' } },
    { name: 'bot', memberships: { acme: 'developer' } },
  ],
  projects: ['acme/core', 'acme/web', 'acme/reports'].map((path) => ({ path, inboundEnabled: false })),
  jobs: [
    { project: 'acme/web', name: 'build', every: '6h', user: 'bot', uses: [{ callee: 'acme/core', access: 'git' }] },
    {
      project: 'acme/reports',
      name: 'yearly',
      every: '300d',
      at: '200d',
      user: 'bot',
      uses: [{ callee: 'acme/core', access: 'git' }],
    },
  ],
};

const PLAYBOOK = `
observe: { window: 1d, every: 1d }
decisions: { rules: [{ name: seen, then: approve, reason: seen in the log }] }
waves: { pilot: { size: 10 }, sizes: ["100%"] }
gates: { soak: 7d, sweepEvery: 1d, minJobs: 1 }
approvals: { plan: false, waves: none }
organisation: { instanceSwitch: false }
`;

interface Findings {
  readonly denials: readonly { readonly caller: string; readonly callee: string; readonly owners: readonly string[] }[];
}

/** What an idle machine does in under 2 s (`npm run bench -- webhook`), one with other work on it may take longer for. */
const AT_ONCE_MS = 10_000;

let place: Workplace;
let standIn: StandInProcess;
let chat: Server;
let rollout: Rollout;
const notices: string[] = [];

// One wave soaks for all of them: its next sweep is a day away, so whatever is found was told of.
beforeAll(async () => {
  chat = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => notices.push(chunk.toString()));
    response.end('ok');
  });
  await new Promise<void>((done) => chat.listen(0, '127.0.0.1', done));
  place = new Workplace();
  standIn = await StandInProcess.start(['--org', place.write('org.json', JSON.stringify(ORGANISATION))], place.path);
  const notify = `http://127.0.0.1:${(chat.address() as AddressInfo).port}/`;
  rollout = new Rollout(standIn, place, { TIDEGATE_HOOK_SECRET: SECRET, TIDEGATE_NOTIFY_URL: notify });
  await rollout.init(PLAYBOOK);
  await soaking();
}, 60_000);

afterAll(async () => {
  chat.close();
  await standIn.stop();
  place.remove();
});

async function soaking(): Promise<void> {
  for (let ticks = 0; ticks < 10; ticks += 1) {
    const answer = JSON.parse((await rollout.command('tick', '--json')).stdout) as TickAnswer;
    if (answer.what.includes('failed jobs')) return;
    await standIn.advanceTo(answer.until ?? '');
  }
  throw new Error('no wave soaks');
}

async function until<T>(ask: () => Promise<T | null>, limitMs = AT_ONCE_MS): Promise<T> {
  for (const end = Date.now() + limitMs; Date.now() < end; await new Promise((wake) => setTimeout(wake, 100))) {
    const found = await ask();
    if (found !== null) return found;
  }
  throw new Error('it did not happen in time');
}

describe('a watch that cannot listen', () => {
  it.each([
    ['no secret', '', 'there is no secret'],
    ['a short one', 'short', 'less than 16 characters'],
  ])('says so with %s', async (_, secret, words) => {
    const { cwd, env } = rollout.shell;
    const shell = { cwd, env: { ...env, TIDEGATE_HOOK_SECRET: secret } };
    const { code, stderr } = await run(['watch', '--listen', '--port', '0'], shell);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(words) as string });
  });
});

describe('a watch that listens', () => {
  let watch: ChildProcess;
  let url: string;

  beforeAll(async () => {
    watch = start(['watch', '--listen', '--port', '0', '--json', '--poll', '300'], rollout.shell);
    watch.stderr?.resume();
    for await (const line of createInterface({ input: watch.stdout! })) {
      url = (JSON.parse(line) as { url: string }).url;
      return;
    }
    throw new Error('the watch did not start');
  }, 30_000);

  afterAll(async () => {
    const end = ended(watch);
    watch.kill('SIGINT');
    expect((await end).code).toBe(130);
  });

  it('believes nothing that an event says, and leaves to others what moves forward', { timeout: 60_000 }, async () => {
    const headers = { 'x-gitlab-token': SECRET, 'x-gitlab-event': 'Job Hook', 'content-type': 'application/json' };
    const lie = async (ids: object, token = SECRET): Promise<number> => {
      const body = JSON.stringify({ object_kind: 'build', build_status: 'failed', ...ids });
      return (await fetch(url, { method: 'POST', headers: { ...headers, 'x-gitlab-token': token }, body })).status;
    };
    const job = await standIn.control<{ id: number }>('jobs', { project: 'acme/web', name: 'build' });
    const { projects } = await standIn.control<{ projects: Record<string, { id: number }> }>('state');
    const web = projects['acme/web']?.id;
    expect(await lie({ build_id: job.id, project_id: web }, 'guessed at random')).toBe(401);
    expect(await lie({ build_id: job.id, project_id: web })).toBe(202);
    expect(await lie({ build_id: 4_711, project_id: web })).toBe(202);
    expect(await lie({ build_id: job.id, project_id: 999_999 })).toBe(202);
    // Each was looked up, and found to be nothing: that takes a tick or two.
    const asked = `/jobs/${job.id}`;
    await until(async () => {
      const calls = await standIn.control<readonly { path: string }[]>('requests?after=0');
      return calls.some(({ path }) => path.endsWith(asked)) ? true : null;
    });
    await new Promise((wake) => setTimeout(wake, 1_000));
    expect((await rollout.json<Findings>('findings', '--all')).denials).toEqual([]);
    expect((await rollout.status()).waves).toMatchObject([{ state: 'soaking' }]);
  });

  it('finds a denial as it happens, tells of it, and takes the wave back', { timeout: 60_000 }, async () => {
    await standIn.control('hooks', { url, token: SECRET });
    await standIn.control('jobs', { project: 'acme/reports', name: 'yearly' });
    const denials = await until(async () => {
      const found = (await rollout.json<Findings>('findings', '--all')).denials;
      return found.length > 0 ? found : null;
    });
    expect(denials).toMatchObject([{ caller: 'acme/reports', callee: 'acme/core', owners: ['olga'] }]);
    // The sweep is a day away: the verdict did not wait for it.
    await until(async () => ((await rollout.status()).waves[0]?.state === 'rolledBack' ? true : null));
    expect(await rollout.status()).toMatchObject({
      waves: [{ judged: { verdict: 'failed', seen: { undecidedDenials: 1 } } }],
    });
    const told = await until(() =>
      Promise.resolve(notices.some((text) => text.includes('rolled back')) ? notices.join() : null),
    );
    expect(told).toContain('Denied: acme/reports -> acme/core');
    expect(told).toContain('Wave 1: failed');
  });
});
