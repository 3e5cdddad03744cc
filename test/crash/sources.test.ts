import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { random } from './process-support.ts';
import { knowledgeIn } from '../integration/support/knowledge.ts';
import { SERVERS, SourceRun, type Server } from './sources-support.ts';

/** Every call of every server takes minutes. */
const SOAK = process.env['TIDEGATE_SOAK'] === '1';
const REST_PAGE = 20;
/** Lists of each of the projects of a REST page; looks at single projects that are under way at once are fewer. */
const LISTS = 2;
/** Pipelines of each, of three days at eight hours: the jobs of each are a list of their own. */
const PIPELINES = 9;

const open: SourceRun[] = [];
afterEach(async () => {
  for (const run of open.splice(0)) await run.close();
});

async function startRun(server: Server): Promise<SourceRun> {
  const run = await SourceRun.start(server);
  open.push(run);
  return run;
}

/** What a new process asks before it goes on, whatever has been read. */
const AT_START = /\/api\/(?:graphql|v4\/(?:user|metadata|version|personal_access_tokens\/self|application\/settings)$)/;

/** What one inventory asks, undisturbed. */
async function undisturbed(server: Server) {
  const run = await startRun(server);
  const result = await run.inventory(null);
  expect(result.code, result.stderr).toBe(0);
  return { paths: run.paths, knowledge: run.knowledge };
}

describe.each(SERVERS)('an inventory that gets SIGKILL again and again: $name', (server) => {
  it('knows the same in the end, and asks again only for what was in hand', { timeout: 600_000 }, async ({ skip }) => {
    skip(!SOAK && server.version.startsWith('16.'), 'set TIDEGATE_SOAK=1 to run it');
    const calm = await undisturbed(server);
    const run = await startRun(server);
    const draw = random(SOAK ? 2 : 1);
    // A page that is in hand has to come to its end within the life of one process, or nothing would ever move on.
    const [least, spread] = [0.42, SOAK ? 0.05 : 0.2].map((share) => share * calm.paths.length) as [number, number];
    let kills = 0;
    for (let done = false; !done;) {
      const result = await run.inventory(Math.ceil(least + draw() * spread));
      done = result.code === 0;
      if (result.signal === 'SIGKILL') kills += 1;
      else expect(result.code, result.stderr).toBe(0);
      expect(kills).toBeLessThan(20);
    }
    expect(kills).toBeGreaterThan(1);
    expect(run.knowledge).toEqual(calm.knowledge);
    // A page of REST and the looks under way are read anew after a kill, and nothing else.
    for (const [kind, times] of againIn(run.paths, calm.paths)) {
      const each = kind.includes('/pipelines/') ? PIPELINES : LISTS;
      expect(times, `${kind} again after ${kills} kills`).toBeLessThanOrEqual(REST_PAGE * each * kills);
    }
  });
});

/** How often calls of each kind were made more than by the other, leaving out what every process asks in the beginning. */
function againIn(paths: readonly string[], calm: readonly string[]): ReadonlyMap<string, number> {
  const timesIn = (list: readonly string[]): ReadonlyMap<string, number> =>
    list.reduce((times, path) => times.set(path, (times.get(path) ?? 0) + 1), new Map<string, number>());
  const calmly = timesIn(calm);
  const again = new Map<string, number>();
  for (const [path, times] of timesIn(paths)) {
    if (AT_START.test(path)) continue;
    const kind = path.replaceAll(/\d+/g, 'N').replace(/\?.*/, '');
    again.set(kind, (again.get(kind) ?? 0) + Math.max(0, times - (calmly.get(path) ?? 0)));
  }
  return again;
}

describe('an inventory that gets SIGKILL once', () => {
  it.for(SERVERS)(
    'at any of its calls knows the same in the end: $name',
    { timeout: 3_600_000 },
    async (server, { skip }) => {
      skip(!SOAK, 'set TIDEGATE_SOAK=1 to run it');
      const calm = await undisturbed(server);
      const wrong: string[] = [];
      for (let n = 1; n <= calm.paths.length; n += 1) {
        const words = await wordsOf(server, n, calm.knowledge);
        if (words !== null) wrong.push(`call ${n}: ${words}`);
      }
      console.log(`${server.name}: killed at each of ${calm.paths.length} calls, ${wrong.length} wrong`);
      expect(wrong).toEqual([]);
    },
  );
});

/** What is wrong after a kill at the n-th call; null: nothing. A run of an hour goes on after one. */
async function wordsOf(server: Server, n: number, knowledge: object): Promise<string | null> {
  const run = await SourceRun.start(server);
  try {
    const killed = await run.inventory(n);
    if (killed.signal !== 'SIGKILL') return `ended before it was killed: ${killed.code} ${killed.stderr}`;
    const { code, stderr } = await run.inventory(null);
    if (code !== 0) return `the next one ended with ${code}: ${stderr}`;
    return isDeepStrictEqual(run.knowledge, knowledge) ? null : 'knows something else in the end';
  } finally {
    await run.close();
  }
}

describe('a file of evidence whose import gets SIGKILL', () => {
  const EDGES = 3_000;

  it(
    'at its commit is taken in whole or not at all, and the same after it is imported again',
    { timeout: 600_000 },
    async () => {
      const [server] = SERVERS;
      const run = await startRun(server as Server);
      await run.inventory(null);
      const { place, database } = run.rollout;
      const rows = Array.from(
        { length: EDGES },
        (_, n) => `acme/apps/app-${n % 10},acme/libs/lib-${n % 4},git,2026-02-${10 + (n % 18)}`,
      );
      place.write('edges.csv', `caller,callee,access,seen\n${rows.join('\n')}\n`);
      const before = knowledgeIn(database);
      const counter = place.write('commits', '');
      const hook = new URL('./kill-at-commit.mjs', import.meta.url).href;
      const killed = (when: string, n: number) => ({
        NODE_OPTIONS: `--import ${hook}`,
        ...{ KILL_COUNTER: counter, KILL_WHEN: when, KILL_AT: `${n}` },
      });
      const seen: string[] = [];
      for (const [when, n] of [
        ['before', 1],
        ['after', 2],
      ] as const) {
        const result = await run.rollout.commandIn(killed(when, n), 'evidence', 'import', 'edges.csv');
        expect(result.signal).toBe('SIGKILL');
        const now = knowledgeIn(database);
        seen.push(JSON.stringify(now['evidence']) === JSON.stringify(before['evidence']) ? 'nothing' : 'whole');
        expect(now['imports']).toHaveLength(seen.at(-1) === 'whole' ? 1 : 0);
      }
      expect(seen).toEqual(['nothing', 'whole']);
      const whole = knowledgeIn(database);
      await run.rollout.must('evidence', 'import', 'edges.csv');
      expect(knowledgeIn(database)).toEqual(whole);
    },
  );
});
