import type { Engine } from '../../src/engine/context.ts';
import { takeLease } from '../../src/engine/drive/lease.ts';
import type { Forge, RolloutStore } from '../../src/engine/ports.ts';
import { CLOCK, PLAYBOOK } from './database.ts';

/** What planning asks of GitLab: the switch, and the id of each group that an entry may need. */
const FORGE = {
  instanceEnforced: () => Promise.resolve(false),
  group: (path: string | number) => Promise.resolve({ id: 1_000_000 + String(path).length, path: String(path) }),
  groupSize: () => Promise.resolve(null),
} as Partial<Forge> as Forge;

/** An engine that decides and plans, and cannot do anything else. */
export async function planningEngine(store: RolloutStore): Promise<Engine> {
  return {
    forge: FORGE,
    store,
    clock: CLOCK,
    lease: await takeLease(store, CLOCK, 'bench', () => true),
    playbook: PLAYBOOK,
    notify: { progress: () => undefined, note: () => undefined, alert: () => undefined },
    signal: new AbortController().signal,
    gitlabUrl: 'http://127.0.0.1',
    registryHost: null,
    secrets: [],
  };
}
