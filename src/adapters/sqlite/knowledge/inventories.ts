import { lt, max, min } from 'drizzle-orm';
import type { InventoryStore, ScopeName } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { summarySchema } from '../json/schemas.ts';
import { inventories, inventoryCursor, inventoryPages } from '../schema/index.ts';

const SUMMARY = 'select summary from inventories where seen = (select max(seen) from inventories)';
const readSummary = jsonReader(summarySchema);

const PUT_PAGE = 'insert or replace into inventory_pages (seen, scope, position, cursor) values (?, ?, ?, ?)';
const PAGES = `
  select cursor from inventory_pages
  where scope = ? and seen = (select max(seen) from inventories) order by position limit ? offset ?`;

const PUT_NAME = 'insert or replace into scope_names (kind, name, id, path) values (?, ?, ?, ?)';
const NAMES = 'select kind, name, id, path from scope_names order by kind, name';

/** How far reading the organisation has come, how often it was done, and where its pages ended. */
export function inventoryStore(connection: Connection): InventoryStore {
  const { orm } = connection;
  return {
    inventoryCursor: () =>
      connection.read(() => {
        const row = orm.select().from(inventoryCursor).get();
        return row ? { seen: row.seen, cursor: row.cursor, done: row.done } : null;
      }),
    setInventoryCursor: (cursor) =>
      connection.write(() => {
        orm.delete(inventoryCursor).run();
        if (cursor) {
          const { seen, done } = cursor;
          orm.insert(inventoryCursor).values({ id: 1, seen, cursor: cursor.cursor, done }).run();
        }
      }),
    inventories: () =>
      connection.read(() => {
        const { seen, finishedAt } = inventories;
        const row = orm.select({ count: max(seen), firstAt: min(finishedAt), lastAt: max(finishedAt) });
        const found = row.from(inventories).get();
        return { count: found?.count ?? 0, firstAt: found?.firstAt ?? null, lastAt: found?.lastAt ?? null };
      }),
    finishInventory: (seen, at, summary) =>
      connection.write(() => {
        const row = { seen, finishedAt: at, summary: summary === undefined ? null : JSON.stringify(summary) };
        orm.insert(inventories).values(row).onConflictDoUpdate({ target: inventories.seen, set: row }).run();
        orm.delete(inventoryCursor).run();
        orm.delete(inventoryPages).where(lt(inventoryPages.seen, seen)).run();
      }),
    inventorySummary: () =>
      connection.read(() => {
        const text = connection.statement<[], { readonly summary: string | null }>(SUMMARY).get()?.summary ?? null;
        return text === null ? null : readSummary(text, { table: 'inventories', row: 'last' });
      }),
    inventoryPages: (scope, from, limit) =>
      connection.read(() =>
        connection
          .statement<[string, number, number], { readonly cursor: string }>(PAGES)
          .all(scope, limit, from)
          .map(({ cursor }) => cursor),
      ),
    putInventoryPages: (seen, scope, from, cursors) =>
      connection.write(() => {
        for (const [index, cursor] of cursors.entries()) {
          connection.statement(PUT_PAGE).run(seen, scope, from + index, cursor);
        }
      }),
    scopeNames: () => connection.read(() => connection.statement<[], ScopeName>(NAMES).all()),
    putScopeNames: (kind, names) =>
      connection.write(() => {
        connection.statement('delete from scope_names where kind = ?').run(kind);
        for (const { name, id, path } of names) connection.statement(PUT_NAME).run(kind, name, id, path);
      }),
  };
}
