import { AsyncLocalStorage } from 'node:async_hooks';
import type { Change, World } from '../../world/world.ts';

/** One API call as `GET /-/sandbox/requests` shows it. */
export interface JournalRow {
  /** Counts from 1. */
  readonly n: number;
  /** Simulated time, ISO 8601. */
  readonly at: string;
  readonly method: string;
  /** Path and query as sent, without the secret of a token. */
  readonly path: string;
  /** The matched route pattern, or null where no route matched. */
  readonly route: string | null;
  readonly user: string | null;
  /** 0 where the connection was dropped before an answer. */
  readonly status: number;
  /** What the call changed first; see `changes` for the rest. */
  readonly change: Change | null;
  /** All changes, present only where one call made more than one. */
  readonly changes?: readonly Change[];
}

interface OpenCall {
  readonly changes: Change[];
}

/** A call in progress: what is known of it when it ends. */
export interface CallEnd {
  readonly method: string;
  readonly path: string;
  readonly route: string | null;
  readonly user: string | null;
  readonly status: number;
}

/**
 * Every API call in order, with what it changed. Changes are attributed through the asynchronous context of the call, so
 * that calls in flight at the same time do not take each other's.
 */
export class Journal {
  readonly #rows: JournalRow[] = [];
  readonly #context = new AsyncLocalStorage<OpenCall>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    world.onChange((change) => this.#context.getStore()?.changes.push(change));
  }

  /** Runs one call and writes its row when it ends, however it ends. */
  async record(run: () => Promise<CallEnd>): Promise<void> {
    const open: OpenCall = { changes: [] };
    const end = await this.#context.run(open, run);
    const [first = null] = open.changes;
    this.#rows.push({
      n: this.#rows.length + 1,
      at: new Date(this.#world.now()).toISOString(),
      ...end,
      change: first,
      ...(open.changes.length > 1 ? { changes: open.changes } : {}),
    });
  }

  /** Runs something that is no part of the call in progress: a person's edit at the same moment. */
  aside<T>(run: () => T): T {
    return this.#context.exit(run);
  }

  get size(): number {
    return this.#rows.length;
  }

  /** Rows with `n` above `after`, at most `limit` of them. Rows are numbered without gaps, so this is a slice. */
  after(after: number, limit = Number.POSITIVE_INFINITY): readonly JournalRow[] {
    return this.#rows.slice(after, Math.min(this.#rows.length, after + limit));
  }
}
