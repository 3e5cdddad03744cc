import { AsyncLocalStorage } from 'node:async_hooks';
import type Database from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import pLimit from 'p-limit';
import { toStoreError } from './sqlite-errors.ts';

/** An open transaction; a nested one that failed keeps the outer one from being committed. */
interface Running {
  open: boolean;
  failure: { readonly error: unknown } | null;
}

/**
 * The one connection to the file. Transactions may have an asynchronous body, which better-sqlite3's own cannot: they take
 * turns, calls made inside a body belong to it, and calls made elsewhere meanwhile wait, as they would otherwise slip in.
 */
export class Connection {
  readonly file: string;
  readonly client: Database.Database;
  readonly orm: BetterSQLite3Database;
  readonly #turn = pLimit(1);
  readonly #running = new AsyncLocalStorage<Running>();
  readonly #statements = new Map<string, Database.Statement>();

  constructor(client: Database.Database, file: string) {
    this.client = client;
    this.file = file;
    this.orm = drizzle(client, { casing: 'snake_case' });
  }

  /** The prepared statement of this text; made once. `R` is one row as SQLite gives it. */
  statement<P extends unknown[], R = unknown>(text: string): Database.Statement<P, R> {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.client.prepare(text);
      this.#statements.set(text, statement);
    }
    // The text decides what the parameters and rows are; its author names them.
    return statement as unknown as Database.Statement<P, R>;
  }

  /** Reads that see one state of the database. */
  read<T>(work: () => T): Promise<T> {
    return this.#call(() => (this.client.inTransaction ? work() : this.client.transaction(work)()));
  }

  /** Writes that take effect together or not at all, also when the body that makes them catches the failure. */
  write<T>(work: () => T): Promise<T> {
    return this.#call(() => this.client.transaction(work).immediate());
  }

  /** Runs an asynchronous body as one transaction; joins the one it is called in. `check` runs first, inside it. */
  async transaction<T>(work: () => Promise<T>, check: () => void): Promise<T> {
    const outer = this.#current();
    return outer ? this.#join(outer, work, check) : this.#turn(() => this.#begin(work, check));
  }

  close(): void {
    this.client.close();
  }

  #current(): Running | null {
    const running = this.#running.getStore();
    return running?.open === true ? running : null;
  }

  async #call<T>(work: () => T): Promise<T> {
    const running = this.#current();
    return running ? this.#inside(running, work) : this.#turn(() => this.#translate(work));
  }

  #translate<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toStoreError(error, this.file);
    }
  }

  #inside<T>(running: Running, work: () => T): T {
    // A full disk makes SQLite roll back by itself; what came after would be committed alone.
    if (running.failure && !this.client.inTransaction) throw running.failure.error;
    try {
      return this.#translate(work);
    } catch (error) {
      if (!this.client.inTransaction) running.failure = { error };
      throw error;
    }
  }

  async #join<T>(outer: Running, work: () => Promise<T>, check: () => void): Promise<T> {
    try {
      this.#inside(outer, check);
      return await work();
    } catch (error) {
      outer.failure ??= { error };
      throw error;
    }
  }

  async #begin<T>(work: () => Promise<T>, check: () => void): Promise<T> {
    const running: Running = { open: true, failure: null };
    try {
      this.#translate(() => this.statement('BEGIN IMMEDIATE').run());
      this.#translate(check);
      const result = await this.#running.run(running, work);
      if (running.failure) throw running.failure.error;
      this.#translate(() => this.statement('COMMIT').run());
      return result;
    } catch (error) {
      if (this.client.inTransaction) this.statement('ROLLBACK').run();
      throw error;
    } finally {
      running.open = false;
    }
  }
}
