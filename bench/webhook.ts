/**
 * Time from a refused job to its finding by webhook: `npx tsx bench/webhook.ts [CALLERS [DENIALS [EDGES]]]`, by default 1,000, 10 and
 * 200,000. A wave with all callees soaks, `tidegate watch --listen` runs beside it, and jobs that ask where nobody lets them are run
 * one by one. The database holds so many EDGES besides, of projects that the stand-in does not have: what a look loads is what is measured.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { RolloutStore } from '../src/engine/ports.ts';
import { projectId } from '../src/domain/values.ts';
import { batches, open } from './support/database.ts';
import { organisation as large } from './support/organisation.ts';
import { PLANTED_PLAYBOOK } from './support/planted.ts';
import { builtProgram } from './support/program.ts';
import { driveToSoak, Rollout } from './support/soak.ts';
import { startStandIn } from './support/stand-in.ts';
import { milliseconds, printTable } from './support/table.ts';

const CALLERS = Math.min(50_000, Math.max(50, Number(process.argv[2] ?? 1_000)));
const DENIALS = Math.min(CALLERS, Math.max(1, Number(process.argv[3] ?? 10)));
const EDGES = Math.max(0, Number(process.argv[4] ?? 200_000));
const EDGES_PER_PROJECT = 10;
const CALLERS_PER_CALLEE = 50;
const SECRET = 'only the stand-in knows this one';
/** How often the database is asked: a small part of what is measured. */
const EVERY_MS = 10;
const GIVE_UP_MS = 60_000;

/** Every caller builds with its library; some have a job that has not run yet and asks the library of others. */
function organisation(): object {
  const libs = Array.from({ length: Math.ceil(CALLERS / CALLERS_PER_CALLEE) + 1 }, (_, n) => `acme/libs/lib-${n}`);
  const apps = Array.from({ length: CALLERS }, (_, n) => `acme/apps/app-${n}`);
  const job = (n: number, name: string, every: object, callee: number): object => ({
    ...{ project: apps[n], name, user: 'bot', flaky: 0, uses: [{ callee: libs[callee], access: 'git' }] },
    ...every,
  });
  const own = (n: number): number => Math.floor(n / CALLERS_PER_CALLEE);
  return {
    ...{ version: '18.5.0', enforced: false, start: '2026-03-02T08:00:00Z', history: '7d' },
    groups: ['acme', 'acme/libs', 'acme/apps'],
    users: [
      { name: 'root', admin: true },
      { name: 'bot', memberships: { acme: 'developer' } },
    ],
    projects: [...libs, ...apps].map((path) => ({ path, visibility: 'private', inboundEnabled: false })),
    jobs: [
      ...apps.map((_, n) => job(n, 'build', { every: '6h' }, own(n))),
      ...apps.slice(0, DENIALS).map((_, n) => job(n, 'rare', { every: '300d', at: '200d' }, own(n) + 1)),
    ],
  };
}

/** Above every id of the stand-in's. */
const ELSEWHERE = 1_000_000;
const elsewhere = (id: number): ReturnType<typeof projectId> => projectId(ELSEWHERE + id);

/** Projects and edges of a large organisation that this wave has nothing to do with. */
async function fill(file: string): Promise<void> {
  const store = await open(file);
  const at = (await store.inventories()).lastAt;
  if (at === null) throw new Error('no inventory was taken');
  const { projects, evidence } = large(EDGES / EDGES_PER_PROJECT, EDGES, at);
  for (const part of batches(projects, 1_000))
    await store.putProjects(
      part.map((project) => ({ ...project, id: elsewhere(project.id), path: `elsewhere/${project.path}` })),
      1,
    );
  for (const part of batches(evidence(), 1_000))
    await store.putEvidence(
      part.map((seen) => ({ ...seen, caller: elsewhere(seen.caller), callee: elsewhere(seen.callee) })),
    );
  store.close();
}

/** The watch as an operator runs it, and the processor time that it has used. */
class Watch {
  readonly #child: ChildProcess;

  constructor(program: string, { cwd, env }: Rollout['options']) {
    const args = [program, 'watch', '--listen', '--port', '0', '--json', '--quiet', '--poll', '300'];
    this.#child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env, TIDEGATE_HOOK_SECRET: SECRET },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.once('exit', () => this.#child.kill('SIGKILL'));
  }

  async url(): Promise<string> {
    for await (const line of createInterface({ input: this.#child.stdout! }))
      return (JSON.parse(line) as { url: string }).url;
    throw new Error('the watch ended before it listened');
  }

  /** Milliseconds so far, from Linux alone; null elsewhere. */
  cpuMs(): number | null {
    try {
      const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      return null;
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** Milliseconds until the database holds so many denials. */
async function untilDenied(store: RolloutStore, count: number): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < GIVE_UP_MS) {
    if ((await store.failures({ dispositions: ['denied'] })).length >= count) return performance.now() - began;
    await pause(EVERY_MS);
  }
  throw new Error(`denial ${count} was not found within ${GIVE_UP_MS} ms`);
}

const program = builtProgram();
const directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
writeFileSync(join(directory, 'organisation.json'), JSON.stringify(organisation()));
// A day between sweeps, by a clock that stands still: what is found was told of.
writeFileSync(join(directory, 'tidegate.yaml'), PLANTED_PLAYBOOK('1d', CALLERS * 2));
const standIn = await startStandIn(program, ['--org', join(directory, 'organisation.json')]);
let watch: Watch | null = null;
try {
  const rollout = new Rollout(program, directory, standIn);
  await rollout.run('init');
  await driveToSoak(rollout, standIn);
  if (EDGES > 0) await fill(join(directory, 'tidegate.db'));
  watch = new Watch(program, rollout.options);
  await standIn.hook(await watch.url(), SECRET);
  const store = await open(join(directory, 'tidegate.db'));
  const times: number[] = [];
  const requests = await standIn.lastRequest();
  const cpu = watch.cpuMs();
  for (let n = 0; n < DENIALS; n += 1) {
    const found = untilDenied(store, n + 1);
    await standIn.runJob(`acme/apps/app-${n}`, 'rare');
    times.push(await found);
    // The look that found it ends, so that each denial is met by a watch that waits.
    await pause(500);
  }
  const asked = ((await standIn.lastRequest()) - requests) / DENIALS;
  const used = cpu === null ? null : ((watch.cpuMs() ?? cpu) - cpu) / DENIALS;
  store.close();
  const sorted = times.toSorted((a, b) => a - b);
  printTable(
    `${CALLERS} callers beside ${EDGES} other edges, ${DENIALS} denials one after another: from the end of the job to the denial in the database`,
    ['', 'median', 'worst', 'processor each', 'requests each'],
    [
      [
        'by webhook (goal: 2 s)',
        milliseconds(sorted[Math.floor(sorted.length / 2)] ?? 0),
        milliseconds(sorted.at(-1) ?? 0),
        used === null ? 'unknown' : milliseconds(used),
        asked.toFixed(1),
      ],
    ],
  );
} finally {
  await watch?.stop();
  await standIn.stop();
  rmSync(directory, { recursive: true, force: true });
}
