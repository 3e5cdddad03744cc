import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { DecidedBy, DecisionSubject, DecisionVerdict, Replacement } from '../../../domain/decisions/decision.ts';
import type { EdgeState } from '../../../domain/edges/edge.ts';
import type { EvidenceSource } from '../../../domain/edges/evidence.ts';
import type { Visibility } from '../../../domain/project.ts';
import { flag, moment, oneOf, oneRow, project } from './columns.ts';

/* What was read and what was decided: projects, inventories, decisions, edges and the evidence behind them. */

/**
 * Every project met, in scope or known as a caller alone; the only table that says what a project is called today.
 * `effective` is null where settings and entries are unread; `seen` is the inventory that brought it last, null for a
 * caller known by name alone. `entries` and `features` are JSON.
 */
export const projects = sqliteTable(
  'projects',
  {
    id: project().primaryKey(),
    path: text().notNull(),
    visibility: text().$type<Visibility>().notNull(),
    archived: flag().notNull(),
    personal: flag().notNull(),
    accessLevel: integer(),
    inScope: flag().notNull(),
    stored: flag(),
    effective: flag(),
    entries: text(),
    unread: text(),
    logRows: integer(),
    logCut: flag(),
    readAt: moment(),
    seen: integer(),
    features: text(),
    crossPush: flag(),
    lastActivityAt: moment(),
    weeklyJobs: integer(),
    ciConfigPath: text(),
  },
  (table) => [
    index('projects_path').on(table.path),
    // GitLab compares paths without case.
    index('projects_lower_path').on(sql`lower(path)`),
    oneOf('projects', 'visibility', ['private', 'internal', 'public', 'unknown']),
    check('projects_allowlist', sql.raw('(effective is null) = (entries is null)')),
    check('projects_log', sql.raw('(log_rows is null) = (log_cut is null)')),
  ],
);

/** What the names in the playbook's scope stand for, by GitLab's id. `name` is the playbook's, `path` that of the last look. */
export const scopeNames = sqliteTable(
  'scope_names',
  {
    kind: text().$type<'group' | 'project'>().notNull(),
    name: text().notNull(),
    id: integer().notNull(),
    path: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name] }), oneOf('scope_names', 'kind', ['group', 'project'])],
);

/** Inventories that came to their end, by number. */
export const inventories = sqliteTable('inventories', {
  seen: integer().primaryKey(),
  finishedAt: moment().notNull(),
  /** JSON: what had changed since the one before, and what it cost; null for those of earlier versions. */
  summary: text(),
});

/** Where the pages of a finished inventory began, so that the next one can ask for several at once. `cursor` is GitLab's. */
export const inventoryPages = sqliteTable(
  'inventory_pages',
  {
    seen: integer().notNull(),
    scope: text().notNull(),
    position: integer().notNull(),
    cursor: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.seen, table.scope, table.position] })],
);

/** Where a half-done inventory stands: one row, or none. */
export const inventoryCursor = sqliteTable(
  'inventory_cursor',
  {
    id: integer().primaryKey(),
    seen: integer().notNull(),
    cursor: text().notNull(),
    done: integer().notNull(),
  },
  () => [oneRow('inventory_cursor')],
);

/** What a person or a rule said of an edge or of a group entry. Append-only by trigger; the newest on a subject counts. */
export const decisions = sqliteTable(
  'decisions',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    kind: text().$type<DecisionSubject['kind']>().notNull(),
    callee: project()
      .notNull()
      .references(() => projects.id),
    caller: project().references(() => projects.id),
    groupId: integer(),
    groupPath: text(),
    verdict: text().$type<DecisionVerdict>().notNull(),
    replacedBy: text().$type<Replacement>(),
    byKind: text().$type<DecidedBy['kind']>().notNull(),
    byName: text().notNull(),
    owner: text(),
    reason: text().notNull(),
    defaultPermissions: flag().notNull(),
    policies: text().notNull(),
    evidence: text().notNull(),
    decidedAt: moment().notNull(),
    expiresAt: moment(),
    /** Projects that a group entry admitted beyond its callers when it was decided on. */
    widening: integer(),
  },
  (table) => [
    index('decisions_subject').on(table.callee, table.caller, table.groupId),
    // So that counting what has expired looks at nothing else.
    index('decisions_expiry')
      .on(table.expiresAt)
      .where(sql`${table.expiresAt} is not null`),
    oneOf('decisions', 'verdict', ['approved', 'rejected', 'replaced']),
    oneOf('decisions', 'by_kind', ['person', 'rule']),
    check(
      'decisions_subject',
      sql.raw(
        `(kind = 'edge' and caller is not null and group_id is null and group_path is null) or ` +
          `(kind = 'group-entry' and caller is null and group_id is not null and group_path is not null)`,
      ),
    ),
    check('decisions_reason', sql.raw(`trim(reason) <> ''`)),
  ],
);

/**
 * One caller/callee pair: what evidence adds up to, and the decision in force. `sources`, `access` and `needs` are JSON
 * lists; `needs` is null where an observation does not tell.
 */
export const edges = sqliteTable(
  'edges',
  {
    callee: project()
      .notNull()
      .references(() => projects.id),
    caller: project()
      .notNull()
      .references(() => projects.id),
    sources: text().notNull(),
    access: text().notNull(),
    needs: text(),
    firstSeen: moment().notNull(),
    lastSeen: moment().notNull(),
    state: text().$type<EdgeState>().notNull(),
    decisionId: integer().references(() => decisions.id),
  },
  (table) => [
    primaryKey({ columns: [table.callee, table.caller] }),
    index('edges_caller').on(table.caller),
    oneOf('edges', 'state', ['undecided', 'approved', 'rejected', 'replaced']),
    check('edges_decision', sql.raw(`(state = 'undecided') = (decision_id is null)`)),
  ],
);

/** Single observations; the same one again widens `first_seen` and `last_seen`, and counts when it happened anew. `access` is '' and `policies` null where the source is silent. */
export const evidence = sqliteTable(
  'evidence',
  {
    callee: project().notNull(),
    caller: project().notNull(),
    source: text().$type<EvidenceSource>().notNull(),
    access: text().notNull(),
    place: text().notNull(),
    policies: text(),
    firstSeen: moment().notNull(),
    lastSeen: moment().notNull(),
    times: integer().notNull().default(1),
    certain: flag().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.callee, table.caller, table.source, table.access, table.place] }),
    foreignKey({ columns: [table.callee, table.caller], foreignColumns: [edges.callee, edges.caller] }),
    oneOf('evidence', 'source', ['auth-log', 'scan', 'trace', 'import', 'denial']),
  ],
);

/**
 * How many projects and edges there are of each sort, kept by triggers: one row. Counting a million edges anew for each
 * `status` would take longer than everything else it does.
 */
export const counts = sqliteTable(
  'counts',
  {
    id: integer().primaryKey(),
    known: integer().notNull(),
    inScope: integer().notNull(),
    enforced: integer().notNull(),
    open: integer().notNull(),
    unread: integer().notNull(),
    undecided: integer().notNull(),
    approved: integer().notNull(),
    rejected: integer().notNull(),
    replaced: integer().notNull(),
  },
  () => [oneRow('counts')],
);
