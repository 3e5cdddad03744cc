import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/adapters/sqlite/connection/migrate.ts';
import type { DecisionVerdict } from '../../../src/domain/decisions/decision.ts';
import type { AllowlistState } from '../../../src/domain/project.ts';
import type { RolloutStore } from '../../../src/engine/ports.ts';
import { approval, at, id, observation, open, project, ROLLOUT, temporaryDirectory } from './support.ts';

/*
 * The counts are kept by triggers, so whatever is written, in whatever order, they must equal a count anew.
 * Breaking any one of the six triggers of migrations/0001_counts.sql makes this fail.
 */

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;

beforeEach(() => {
  directory = temporaryDirectory();
  file = `${directory.path}/rollout.db`;
});
afterEach(() => directory.remove());

const PROJECTS = 5;
const number = fc.integer({ min: 1, max: PROJECTS });
const setting = fc.constantFrom(true, false, null);
const allowlist = fc.option(
  fc.record({ stored: setting, effective: fc.boolean() }).map((state): AllowlistState => ({ ...state, entries: [] })),
);
const pair = fc.tuple(number, number).filter(([caller, callee]) => caller !== callee);

type Write = (store: RolloutStore, step: number) => Promise<unknown>;

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.tuple(number, allowlist, fc.boolean()).map(
    ([n, state, inScope]): Write =>
      (store, step) =>
        store.putProjects([project(n, { allowlist: state, inScope })], step),
  ),
  number.map(
    (n): Write =>
      (store) =>
        store.putCallers([{ id: id(n + PROJECTS), path: `acme/p${n + PROJECTS}` }]),
  ),
  fc.tuple(number, allowlist).map(
    ([n, state]): Write =>
      (store) =>
        state ? store.updateAllowlist(id(n), state, at(7)) : Promise.resolve(),
  ),
  fc.constant<Write>((store, step) => store.forgetUnseen(step)),
  pair.map(
    ([caller, callee]): Write =>
      (store) =>
        store.putEvidence([observation(caller, callee)]),
  ),
  fc.tuple(pair, fc.constantFrom<DecisionVerdict>('approved', 'rejected', 'replaced')).map(
    ([[caller, callee], verdict]): Write =>
      (store) =>
        store.putDecisions([
          approval(caller, callee, { verdict, replacedBy: verdict === 'replaced' ? 'deploy-token' : null }),
        ]),
  ),
);

describe('the counts of projects and edges', () => {
  it('equal a count anew after any writes', async () => {
    const store = await open(file);
    await store.createRollout(ROLLOUT);
    await store.putProjects(
      Array.from({ length: PROJECTS }, (_, n) => project(n + 1)),
      1,
    );
    let step = 1;
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 8 }), async (writes) => {
        for (const one of writes) await one(store, (step += 1));
        expect({ ...(await store.countProjects()) }).toEqual(await projectsAnew(store));
        expect({ ...(await store.countEdges()) }).toEqual(await edgesAnew(store));
      }),
      { numRuns: 150 },
    );
    expect(await store.checkIntegrity()).toEqual([]);
    store.close();
  });

  it('are taken over from a database that had none', async () => {
    const store = await open(file);
    await store.createRollout(ROLLOUT);
    await store.putProjects([project(1), project(2, { allowlist: null }), project(3, { inScope: false })], 1);
    await store.putEvidence([observation(2, 1), observation(3, 1)]);
    await store.putDecisions([approval(2, 1)]);
    store.close();
    undoCounts();
    const again = await open(file, undefined, false);
    expect({ ...(await again.countProjects()) }).toEqual(await projectsAnew(again));
    expect({ ...(await again.countEdges()) }).toEqual({ undecided: 1, approved: 1, rejected: 0, replaced: 0 });
    again.close();
  });

  it('are looked at when the file is checked', async () => {
    const store = await open(file);
    await store.putProjects([project(1)], 1);
    store.close();
    const raw = new Database(file);
    raw.exec('update counts set open = 7');
    raw.close();
    const damaged = await open(file, undefined, false);
    expect(await damaged.checkIntegrity()).toEqual([expect.stringContaining('counts')]);
    damaged.close();
  });
});

async function projectsAnew(store: RolloutStore): Promise<object> {
  const known = await store.projects();
  const scope = known.filter(({ inScope }) => inScope);
  const settings = scope.map((one) => one.allowlist && (one.allowlist.stored ?? one.allowlist.effective));
  return {
    known: known.length,
    inScope: scope.length,
    enforced: settings.filter((on) => on === true).length,
    open: settings.filter((on) => on === false).length,
    unread: settings.filter((on) => on === null).length,
  };
}

async function edgesAnew(store: RolloutStore): Promise<object> {
  const edges = await store.edges();
  const count = (state: string) => edges.filter((edge) => edge.state === state).length;
  return {
    undecided: count('undecided'),
    approved: count('approved'),
    rejected: count('rejected'),
    replaced: count('replaced'),
  };
}

/** The file as the version before the counts would have left it: its schema, and the same rows. */
function undoCounts(): void {
  const folder = `${directory.path}/migrations`;
  cpSync(fileURLToPath(new URL('../../../migrations', import.meta.url)), folder, { recursive: true });
  const journal = JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8')) as { entries: object[] };
  writeFileSync(`${folder}/meta/_journal.json`, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }));
  const newer = `${file}.newer`;
  renameSync(file, newer);
  const raw = new Database(file);
  migrate(raw, file, at(1), folder);
  raw.pragma('foreign_keys = off');
  raw.prepare('attach ? as newer').run(newer);
  const tables = raw.prepare<[], string>(`select name from main.sqlite_schema where type = 'table'`).pluck().all();
  for (const table of tables.filter((name) => name !== 'migrations' && !name.startsWith('sqlite_'))) {
    const columns = raw.prepare<[], string>(`select name from pragma_table_info('${table}')`).pluck().all().join(', ');
    raw.exec(`insert into main.${table} (${columns}) select ${columns} from newer.${table}`);
  }
  raw.close();
}
