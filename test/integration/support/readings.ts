import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createForge } from '../../../src/adapters/gitlab/index.ts';
import { openStore } from '../../../src/adapters/sqlite/index.ts';
import { playbookSchema } from '../../../src/domain/playbook.ts';
import type { Engine } from '../../../src/engine/context.ts';
import { startRollout } from '../../../src/engine/drive/decide.ts';
import { takeLease } from '../../../src/engine/drive/lease.ts';
import { chartSettings } from '../../../src/engine/drive/tasks.ts';
import { readInventory, type InventoryResult } from '../../../src/engine/inventory/inventory.ts';
import { startSandbox, type RunningSandbox } from '../../../src/sandbox/index.ts';
import { knowledgeIn } from './knowledge.ts';

export interface World {
  readonly organisation: object;
  /** Rules of a fault file. */
  readonly faults?: readonly object[];
  /** GraphQL is switched off, or hidden by a proxy. */
  readonly restOnly?: boolean;
  readonly scope?: object;
  /** Whose token reads; the administrator's unless told. */
  readonly user?: string;
}

/** One rollout over a stand-in of its own, in this process, reading over HTTP. */
export class Reader {
  readonly notes: string[] = [];
  readonly sandbox: RunningSandbox;
  readonly #world: World;
  readonly #directory = mkdtempSync(join(tmpdir(), 'tidegate-reading-'));
  #token: string;

  private constructor(sandbox: RunningSandbox, world: World) {
    this.sandbox = sandbox;
    this.#world = world;
    this.#token = sandbox.token;
  }

  static async start(world: World): Promise<Reader> {
    const sandbox = await startSandbox({
      organisation: { kind: 'text', text: JSON.stringify(world.organisation) },
      faults: world.faults ? JSON.stringify({ seed: 3, rules: world.faults }) : null,
    });
    const reader = new Reader(sandbox, world);
    if (world.user !== undefined) await reader.useTokenOf(world.user);
    return reader;
  }

  async useTokenOf(user: string): Promise<void> {
    const { token } = await this.control<{ token: string }>('tokens', { user });
    this.#token = token;
  }

  async control<T>(path: string, body?: object): Promise<T> {
    const init = body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    };
    const response = await fetch(`${this.sandbox.url}/-/sandbox/${path}`, init ?? {});
    return (await response.json()) as T;
  }

  /** A forge as a new process has it. */
  forge(): ReturnType<typeof createForge> {
    const { restOnly } = this.#world;
    const send: typeof fetch = (input, init) =>
      restOnly && addressOf(input).endsWith('/api/graphql')
        ? Promise.resolve(new Response('Not here\n', { status: 404 }))
        : fetch(input, init);
    return createForge({
      ...{ url: this.sandbox.url, token: () => this.#token, maxRpm: null, concurrency: 4, fetch: send },
      notify: (text) => this.notes.push(text),
      timeoutMs: 2_000,
    });
  }

  /** One inventory by a driver of its own, which goes on where the last one ended. */
  async inventory(): Promise<InventoryResult> {
    const { forge, clock } = this.forge();
    const playbook = playbookSchema.parse({
      scope: this.#world.scope ?? {},
      evidence: { surveys: { requests: 10_000 } },
    });
    const file = join(this.#directory, 'tidegate.db');
    const store = await openStore(file, {
      ...{ create: true, clock, actor: () => ({ osUser: 'test', gitlabUser: null, ciJob: null }) },
    });
    try {
      if ((await store.inventoryCursor()) === null && (await store.inventories()).count === 0) {
        const { checkpoint } = startRollout(chartSettings(playbook));
        const names = { id: 'r-1', gitlabUrl: this.sandbox.url, playbookName: 'tidegate.yaml', playbookText: '' };
        await store
          .createRollout({ ...names, createdAt: clock.now(), checkpoint, capabilities: null, identity: null })
          .catch(() => undefined);
      }
      const lease = await takeLease(store, clock, 'test', () => true);
      const engine: Engine = {
        ...{ forge, store, clock, playbook, lease, signal: new AbortController().signal },
        notify: {
          progress: () => undefined,
          note: (text) => this.notes.push(text),
          alert: (text) => this.notes.push(text),
        },
        ...{ gitlabUrl: this.sandbox.url, registryHost: null, secrets: [this.#token] },
      };
      return await readInventory(engine);
    } finally {
      store.close();
    }
  }

  get knowledge(): Readonly<Record<string, readonly unknown[]>> {
    return knowledgeIn(join(this.#directory, 'tidegate.db'));
  }

  /** Everything that is on disk, byte by byte. */
  get bytes(): string {
    return readdirSync(this.#directory)
      .map((name) => readFileSync(join(this.#directory, name), 'latin1'))
      .join('');
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

const addressOf = (input: Parameters<typeof fetch>[0]): string =>
  input instanceof Request ? input.url : input.toString();
