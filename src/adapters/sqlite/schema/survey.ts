import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { sql } from 'drizzle-orm';
import type { SurveyKind } from '../../../domain/edges/survey.ts';
import { flag, moment, oneOf, project } from './columns.ts';
import { projects } from './knowledge.ts';

/* What was looked at beside settings and logs, and what could not be made out. Nothing of a file or a trace is kept. */

/**
 * The last look at one project for one kind of evidence. `mark` says what it found there (a commit, a job), so that the
 * next look is due only when that moved; `problem` says why it is incomplete, null when it was whole.
 */
export const surveys = sqliteTable(
  'surveys',
  {
    project: project()
      .notNull()
      .references(() => projects.id),
    kind: text().$type<SurveyKind>().notNull(),
    at: moment().notNull(),
    mark: text(),
    problem: text(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.kind] }),
    index('surveys_kind').on(table.kind, table.at),
    oneOf('surveys', 'kind', ['facts', 'environments', 'schedules', 'scan', 'traces']),
  ],
);

/** Pipeline schedules that are active. `every` is the longest pause between two runs, in milliseconds. */
export const schedules = sqliteTable(
  'schedules',
  {
    project: project()
      .notNull()
      .references(() => projects.id),
    id: integer().notNull(),
    cron: text().notNull(),
    every: integer().notNull(),
    /** User id of the one it runs as; null where GitLab named nobody, or nobody kept it. */
    owner: integer(),
    lastRunAt: moment(),
    nextRunAt: moment(),
  },
  (table) => [primaryKey({ columns: [table.project, table.id] }), index('schedules_every').on(table.every)],
);

/** Accesses whose callee could not be named, each with its place; `expression` is redacted. */
export const unresolved = sqliteTable(
  'unresolved',
  {
    caller: project()
      .notNull()
      .references(() => projects.id),
    source: text().$type<'scan' | 'trace' | 'import'>().notNull(),
    place: text().notNull(),
    expression: text().notNull(),
    access: text().notNull(),
    why: text().notNull(),
    seenAt: moment().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.caller, table.source, table.place, table.expression] }),
    oneOf('unresolved', 'source', ['scan', 'trace', 'import']),
  ],
);

/** Files of evidence that were taken in, by their content. */
export const imports = sqliteTable(
  'imports',
  {
    sha256: text().primaryKey(),
    file: text().notNull(),
    kind: text().notNull(),
    at: moment().notNull(),
    lines: integer().notNull(),
    observations: integer().notNull(),
    /** Lines that named a project which is not known. */
    skipped: integer().notNull(),
    /** Lines that may hold evidence and were not taken in. */
    unread: integer().notNull().default(0),
    whole: flag().notNull(),
  },
  () => [check('imports_lines', sql.raw('skipped <= lines'))],
);
