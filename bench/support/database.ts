import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/adapters/sqlite/index.ts';
import { playbookSchema, type Playbook } from '../../src/domain/playbook.ts';
import { epochMs, type EpochMs } from '../../src/domain/values.ts';
import { startRollout } from '../../src/engine/drive/decide.ts';
import { chartSettings } from '../../src/engine/drive/tasks.ts';
import type { Clock, RolloutStore } from '../../src/engine/ports.ts';
import { facts } from './facts.ts';
import { organisation } from './organisation.ts';
import { CACHE } from './program.ts';

export const PROJECTS = 100_000;
export const EDGES = 1_000_000;
/** The moment at which the generated organisation is looked at. */
export const NOW: EpochMs = epochMs(Date.UTC(2026, 2, 2, 8));
export const CLOCK: Clock = { now: () => NOW, local: () => NOW };

/** Rules that decide every edge, so that planning has all of them to plan for. */
export const PLAYBOOK: Playbook = playbookSchema.parse({
  name: 'bench',
  decisions: {
    rules: [
      { name: 'same-team', when: { sameGroup: 2, seenWithin: '90d' }, then: 'approve', reason: 'one team' },
      { name: 'in-use', when: { seenWithin: '90d' }, then: 'approve', expires: '365d', reason: 'in use' },
    ],
  },
  // Whatever is looked up of them.
  risk: { maxForRules: 100 },
});

export const open = (file: string, create = false): Promise<RolloutStore> =>
  openStore(file, { create, clock: CLOCK, actor: () => ({ osUser: 'bench', gitlabUser: null, ciJob: null }) });

/**
 * The database of a large organisation that has been observed; made once and kept, as filling it takes longer than what
 * is measured with it. Remove the directory for a new one.
 */
export async function preparedDatabase(
  name: string,
  fill: (store: RolloutStore) => Promise<void>,
  from: string | null = null,
): Promise<string> {
  const file = join(CACHE, `${name}.db`);
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${file}.draft`;
  removeDatabase(draft);
  if (from !== null) copyFileSync(from, draft);
  const store = await open(draft, true);
  await fill(store);
  store.close();
  renameSync(draft, file);
  return file;
}

export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}

/** The database of an organisation that has been observed and of which nothing has been decided. */
export const observed = (projects = PROJECTS, edges = EDGES): Promise<string> =>
  preparedDatabase(`observed-${projects}-${edges}`, (store) => fillObserved(store, projects, edges));

/** Fills a new database as inventories do: projects and callers, then observations, by the page. */
async function fillObserved(store: RolloutStore, size: number, edges: number): Promise<void> {
  const { projects, evidence } = organisation(size, edges, NOW);
  await store.createRollout({
    id: 'bench',
    gitlabUrl: 'http://127.0.0.1',
    playbookName: 'tidegate.yaml',
    playbookText: 'name: bench\n',
    createdAt: NOW,
    checkpoint: startRollout(chartSettings(PLAYBOOK)).checkpoint,
    capabilities: null,
    identity: null,
  });
  for (const part of batches(projects, 1_000)) await store.putProjects(part, 1);
  for (const part of batches(evidence(), 1_000)) await store.putEvidence(part);
  const { lookUp } = facts();
  for (const part of batches(projects, 1_000)) {
    await store.transaction(async () => {
      for (const { id } of part) await lookUp(store, id, NOW);
    });
  }
  await store.finishInventory(1, NOW);
}

export function* batches<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
