import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { KeptFact } from '../../../domain/decisions/facts.ts';
import { moment, oneOf, project } from './columns.ts';
import { decisions, projects } from './knowledge.ts';

/* What bears on the risk of edges and is looked up project by project, and what that did to decisions of rules. */

/**
 * One fact of one project. `count` and `read_at` are of the last look that could read it, null where none could; `tried_at` and
 * `problem` are of the last one.
 */
export const projectFacts = sqliteTable(
  'project_facts',
  {
    project: project()
      .notNull()
      .references(() => projects.id),
    fact: text().$type<KeptFact>().notNull(),
    count: integer(),
    readAt: moment(),
    triedAt: moment().notNull(),
    problem: text(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.fact] }),
    oneOf('project_facts', 'fact', [
      ...['protectedEnvironments', 'packages', 'terraformStates', 'pushers', 'forks', 'maintainers'],
    ]),
    check('project_facts_read', sql.raw('(count is null) = (read_at is null)')),
    check('project_facts_count', sql.raw('count >= 0')),
  ],
);

/** Users who may change a project's list, by user id: a schedule that runs as one of them is privileged there. */
export const maintainers = sqliteTable(
  'maintainers',
  {
    project: project()
      .notNull()
      .references(() => projects.id),
    user: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.user] }), index('maintainers_user').on(table.user)],
);

/** Administrators of the instance by user id, as far as the token was told. */
export const administrators = sqliteTable('administrators', { user: integer().primaryKey() });

/**
 * Projects of which a look found more against their edges than the rules have weighed, each once. `id` grows with each
 * finding, so that those who weigh can tell what came while they did.
 */
export const worsened = sqliteTable('worsened', {
  id: integer().primaryKey({ autoIncrement: true }),
  project: project()
    .notNull()
    .unique()
    .references(() => projects.id),
});

/** Approvals of rules that facts found later, or a stricter playbook, put above the bar: they count for nothing until somebody decides anew. */
export const questions = sqliteTable(
  'questions',
  {
    decision: integer()
      .primaryKey()
      .references(() => decisions.id),
    at: moment().notNull(),
    score: integer().notNull(),
    because: text().notNull(),
  },
  () => [check('questions_score', sql.raw('score between 0 and 100'))],
);
