import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/adapters/sqlite/index.ts';
import { playbookSchema, type Playbook } from '../../src/domain/playbook.ts';
import type { Engine } from '../../src/engine/context.ts';
import { rolloutState, startRollout, waveState } from '../../src/engine/drive/decide.ts';
import { takeLease } from '../../src/engine/drive/lease.ts';
import { approve, whatToApprove } from '../../src/engine/orders/approve.ts';
import { type OrderContext } from '../../src/engine/orders/order.ts';
import type { Forge, RolloutStore } from '../../src/engine/ports.ts';
import { chartsAgainst } from '../../src/engine/record/charts-against-ledger.ts';
import { readInventory } from '../../src/engine/inventory/inventory.ts';
import { tick, type TickResult } from '../../src/engine/drive/run.ts';
import { chartSettings } from '../../src/engine/drive/tasks.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeForge } from '../fakes/fake-forge.ts';
import { FakeWorld } from '../fakes/fake-world.ts';

const HOUR_MS = 3_600_000;

/** Approves everything that a log has seen, in waves of one after a pilot of one, and waits for nobody. */
export const QUICK = {
  observe: { window: '2h', every: '1h' },
  waves: { pilot: { size: 1 }, sizes: [1] },
  gates: { soak: '4h', sweepEvery: '2h', minJobs: 1, minExercised: 0.5 },
  decisions: { rules: [{ name: 'all', then: 'approve', reason: 'seen in the log' }] },
  approvals: { plan: false, waves: 'none' },
  organisation: { instanceSwitch: false },
  evidence: { surveys: { requests: 0 } },
};

export const playbookOf = (change: object = {}): Playbook => playbookSchema.parse({ ...QUICK, ...change });

/** Two libraries, two applications that use them. */
export function smallWorld(clock: FakeClock): FakeWorld {
  const world = new FakeWorld(clock);
  for (const path of ['acme/libs/core', 'acme/libs/tools', 'acme/apps/web', 'acme/apps/shop']) world.project(path);
  world.use('acme/apps/web', 'acme/libs/core');
  world.use('acme/apps/shop', 'acme/libs/core');
  world.use('acme/apps/web', 'acme/libs/tools');
  world.traffic();
  return world;
}

/** A rollout in a database of its own, driven against the fake forge. */
export class TestRollout {
  readonly clock: FakeClock;
  readonly world: FakeWorld;
  readonly forge: FakeForge;
  readonly file: string;
  readonly notes: string[] = [];
  playbook: Playbook;
  store: RolloutStore;
  /** Wraps what the engine sees, for tests that break it. */
  seen: { store: (store: RolloutStore) => RolloutStore; forge: (forge: Forge) => Forge } = {
    store: (store) => store,
    forge: (forge) => forge,
  };
  readonly #directory: string;

  private constructor(clock: FakeClock, world: FakeWorld, playbook: Playbook, directory: string, store: RolloutStore) {
    this.clock = clock;
    this.world = world;
    this.forge = new FakeForge(world);
    this.playbook = playbook;
    this.#directory = directory;
    this.file = join(directory, 'tidegate.db');
    this.store = store;
  }

  static async create(
    change: object = {},
    build: (clock: FakeClock) => FakeWorld = smallWorld,
    clock = new FakeClock(),
  ): Promise<TestRollout> {
    const directory = mkdtempSync(join(tmpdir(), 'tidegate-engine-'));
    const store = await openAt(join(directory, 'tidegate.db'), clock);
    const rollout = new TestRollout(clock, build(clock), playbookOf(change), directory, store);
    const step = startRollout(chartSettings(rollout.playbook));
    await store.createRollout({
      ...{ id: 'r-1', gitlabUrl: 'https://gitlab.example.com', playbookName: 'tidegate.yaml', playbookText: '' },
      ...{ createdAt: clock.now(), checkpoint: step.checkpoint, capabilities: null, identity: null },
    });
    await store.putTask({ key: '0/0', kind: 'readInventory', waveId: null, notBefore: null });
    return rollout;
  }

  /** The rollout as the disk holds it at this moment, with a world of its own: what a killed driver leaves behind. */
  async fork(): Promise<TestRollout> {
    const clock = new FakeClock();
    clock.time = this.clock.time;
    const directory = mkdtempSync(join(tmpdir(), 'tidegate-fork-'));
    for (const suffix of ['', '-wal']) copyFileSync(`${this.file}${suffix}`, join(directory, `tidegate.db${suffix}`));
    const store = await openAt(join(directory, 'tidegate.db'), clock);
    const fork = new TestRollout(clock, this.world.copy(clock), this.playbook, directory, store);
    fork.forge.writes.push(...this.forge.writes);
    return fork;
  }

  /**
   * Kills an inventory at one call to GitLab after another, each on a fork, takes it up again and hands what came of it
   * to `check`; ends with the first inventory that nothing killed.
   */
  async killInventories(step: number, check: (fork: TestRollout) => Promise<void>): Promise<void> {
    for (let calls = 1; calls < 60; calls += step) {
      const fork = await this.fork();
      let left = calls;
      fork.forge.before = () => {
        left -= 1;
        if (left < 0) throw new Error('killed');
      };
      const died = await readInventory(await fork.engine()).then(
        () => false,
        () => true,
      );
      fork.forge.before = () => undefined;
      await readInventory(await fork.engine());
      await check(fork);
      fork.close();
      if (!died) return;
    }
    throw new Error('no inventory came to its end');
  }

  /** One tick of a driver of its own, as a command would run it. */
  async tick(signal: AbortSignal = new AbortController().signal): Promise<TickResult> {
    const engine = await this.engine(signal);
    try {
      return await tick(engine);
    } finally {
      await engine.lease.release().catch(() => undefined);
    }
  }

  async engine(signal: AbortSignal = new AbortController().signal, holder = 'test'): Promise<Engine> {
    const store = this.seen.store(this.store);
    return {
      forge: this.seen.forge(this.forge),
      store,
      clock: this.clock,
      notify: {
        progress: () => undefined,
        note: (text) => this.notes.push(text),
        alert: (text) => this.notes.push(text),
      },
      playbook: this.playbook,
      lease: await takeLease(store, this.clock, holder, () => true),
      signal,
      gitlabUrl: 'https://gitlab.example.com',
      registryHost: null,
      secrets: [],
    };
  }

  get orders(): OrderContext {
    return { store: this.store, clock: this.clock, person: 'dana' };
  }

  /** Ticks until `enough` says so or nothing but a person can go on; time passes with traffic every hour. */
  async run(enough: (result: TickResult) => boolean | Promise<boolean> = () => false, limit = 60): Promise<TickResult> {
    for (let round = 0; round < limit; round += 1) {
      const result = await this.tick();
      if ((await enough(result)) || result.kind !== 'waiting-for-time') return await this.#borneOut(result);
      this.passUntil(result.until);
    }
    throw new Error(`still waiting after ${limit} ticks`);
  }

  /** Whatever a test does to a rollout, the charts of its waves follow from its ledger. */
  async #borneOut(result: TickResult): Promise<TickResult> {
    const problems = await chartsAgainst(this.store, await this.store.waves(), await this.store.ledger());
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return result;
  }

  passUntil(moment: number): void {
    while (this.clock.now() < moment) {
      this.clock.pass(Math.min(HOUR_MS, moment - this.clock.now()));
      this.world.traffic();
    }
  }

  /** Confirms whatever waits for it. */
  async approve(): Promise<void> {
    await approve(this.orders, await whatToApprove(this.orders), 'looked at');
  }

  async phase(): Promise<string> {
    return rolloutState((await this.store.rollout()).checkpoint).phase;
  }

  async wavePhases(): Promise<readonly string[]> {
    return (await this.store.waves()).map(({ checkpoint }) => waveState(checkpoint).phase);
  }

  /** Settings and entries of everybody, as a person would compare them. */
  lists(): Readonly<Record<string, { readonly on: boolean; readonly entries: readonly string[] }>> {
    return Object.fromEntries(
      [...this.world.projects.values()].map(({ path, stored, entries }) => [
        path,
        { on: stored, entries: entries.map((entry) => `${entry.kind} ${entry.path}`).sort() },
      ]),
    );
  }

  /** What a crash leaves: a new connection to the same file. */
  async reopen(): Promise<void> {
    this.store.close();
    this.store = await openAt(this.file, this.clock);
  }

  close(): void {
    this.store.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

const openAt = (file: string, clock: FakeClock): Promise<RolloutStore> =>
  openStore(file, { create: true, clock, actor: () => ({ osUser: 'dana', gitlabUser: null, ciJob: null }) });
