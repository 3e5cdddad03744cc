import Database from 'better-sqlite3';

const TABLES: Readonly<Record<string, string>> = {
  projects: `select id, path, visibility, in_scope, stored, effective, entries, unread, log_rows, seen, features, weekly_jobs
    from projects order by id`,
  // What is read from files and lists is seen when it is read.
  evidence: `select callee, caller, source, access, place, policies, times, certain,
    iif(source in ('auth-log', 'trace'), last_seen, null) as lastSeen from evidence order by callee, caller, source, access, place`,
  edges: 'select callee, caller, sources, access, needs, state from edges order by callee, caller',
  surveys: 'select project, kind, mark, problem from surveys order by project, kind',
  schedules: 'select * from schedules order by project, id',
  project_facts: 'select project, fact, count, problem from project_facts order by project, fact',
  maintainers: 'select project, user from maintainers order by project, user',
  unresolved: 'select caller, source, place, expression, access, why from unresolved order by caller, source, place',
  inventories: 'select seen from inventories',
  imports: 'select sha256, file, kind, lines, observations, skipped, unread, whole from imports',
};

/** Everything that an inventory or an import has learnt, without the moments of reading. */
export function knowledgeIn(file: string): Readonly<Record<string, readonly unknown[]>> {
  const database = new Database(file, { readonly: true });
  try {
    return Object.fromEntries(
      Object.entries(TABLES).map(([table, query]) => [table, database.prepare(query).all()] as const),
    );
  } finally {
    database.close();
  }
}
