import type { EvidenceStore } from '../../../engine/ports-evidence.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { summarySchema } from '../json/schemas.ts';
import { projectsWhere } from './projects.ts';

const PUT_FEATURES = 'update projects set features = ? where id = ?';
const PUT_WEEKLY_JOBS = 'update projects set weekly_jobs = ? where id = ?';

type FactPart =
  | 'projectsById'
  | 'putFeatures'
  | 'putWeeklyJobs'
  | 'clearWeeklyJobs'
  | 'inventoryPages'
  | 'putInventoryPages'
  | 'inventorySummary';

const SUMMARY = 'select summary from inventories where seen = (select max(seen) from inventories)';
const readSummary = jsonReader(summarySchema);

const PUT_PAGE = 'insert or replace into inventory_pages (seen, scope, position, cursor) values (?, ?, ?, ?)';
const PAGES = `
  select cursor from inventory_pages
  where scope = ? and seen = (select max(seen) from inventories) order by position limit ? offset ?`;

/** What inventories learn beside settings and entries, and where their pages began. */
export function factStore(connection: Connection): Pick<EvidenceStore, FactPart> {
  return {
    projectsById: (ids) => connection.read(() => projectsWhere(connection, ids)),
    putFeatures: (rows) =>
      connection.write(() => {
        for (const { id, features } of rows) connection.statement(PUT_FEATURES).run(JSON.stringify(features), id);
      }),
    putWeeklyJobs: (rows) =>
      connection.write(() => {
        for (const { id, jobs } of rows) connection.statement(PUT_WEEKLY_JOBS).run(jobs, id);
      }),
    clearWeeklyJobs: () =>
      connection.write(() => void connection.statement('update projects set weekly_jobs = 0 where in_scope = 1').run()),
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
  };
}
