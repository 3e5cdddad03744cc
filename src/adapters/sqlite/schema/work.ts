import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { IntentOutcome, TaskKind, WriteAction } from '../../../domain/rollout/intent.ts';
import type { CalleeStep, WaveRow } from '../../../engine/ports.ts';
import { flag, moment, oneOf, oneRow, project } from './columns.ts';
import { projects, decisions } from './knowledge.ts';

/* What is being done: the rollout, its tasks, plans, waves and the writes to GitLab. */

/** The rollout itself, a single row: playbook, saved machine, and what the server said of itself and of the token. */
export const rollout = sqliteTable(
  'rollout',
  {
    id: integer().primaryKey(),
    name: text().notNull(),
    gitlabUrl: text().notNull(),
    playbookName: text().notNull(),
    playbookText: text().notNull(),
    createdAt: moment().notNull(),
    revision: integer().notNull(),
    checkpoint: text().notNull(),
    decisionsRevision: integer().notNull(),
    capabilities: text(),
    identity: text(),
    /** Requests per minute that refusals taught; null where none had to. */
    learnedRpm: integer(),
    /** What the approvals of rules were last weighed with: bar, weights, age. Null where they never were. */
    weighedWith: text(),
  },
  () => [oneRow('rollout')],
);

/** What the machines want to happen next; the key is `revision/position`. */
export const tasks = sqliteTable('tasks', {
  position: integer().primaryKey({ autoIncrement: true }),
  key: text().notNull().unique(),
  kind: text().$type<TaskKind>().notNull(),
  waveId: integer().references(() => waves.id),
  notBefore: moment(),
  settled: flag().notNull(),
});

/** Plans by hash; `header` is JSON: everything but the callees and the held projects. */
export const plans = sqliteTable('plans', {
  id: integer().primaryKey({ autoIncrement: true }),
  hash: text().notNull().unique(),
  createdAt: moment().notNull(),
  approvedBy: text(),
  header: text().notNull(),
});

/** What a plan says of one project, as JSON. `wave` counts from 0 in the plan's order; -1 holds the projects held back. */
export const planParts = sqliteTable(
  'plan_parts',
  {
    planId: integer()
      .notNull()
      .references(() => plans.id),
    wave: integer().notNull(),
    position: integer().notNull(),
    body: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.planId, table.wave, table.position] })],
);

/** Waves in order of creation, each with its saved machine. */
export const waves = sqliteTable(
  'waves',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    number: integer().notNull(),
    planHash: text()
      .notNull()
      .references(() => plans.hash),
    kind: text().$type<WaveRow['kind']>().notNull(),
    checkpoint: text().notNull(),
    startedAt: moment(),
    endedAt: moment(),
    ownersToldAt: moment(),
    noticesEndedAt: moment(),
  },
  () => [oneOf('waves', 'kind', ['pilot', 'wave', 'organisation'])],
);

/**
 * Progress of one callee within one wave. `before` is JSON, the live state that rollback restores; `hold` says who took
 * the project back by itself, and keeps it from being planned until a person lifts it.
 */
export const waveCallees = sqliteTable(
  'wave_callees',
  {
    waveId: integer()
      .notNull()
      .references(() => waves.id),
    callee: project()
      .notNull()
      .references(() => projects.id),
    position: integer().notNull(),
    step: text().$type<CalleeStep>().notNull(),
    before: text(),
    enforcedAt: moment(),
    problem: text(),
    hold: text(),
  },
  (table) => [
    primaryKey({ columns: [table.waveId, table.callee] }),
    // For counting: the table itself holds each callee's earlier state.
    index('wave_callees_step').on(table.waveId, table.step),
    index('wave_callees_hold').on(table.callee).where(sql.raw('hold is not null')),
    oneOf('wave_callees', 'step', ['pending', 'seeded', 'enforced', 'failed', 'rolled-back', 'kept']),
  ],
);

/**
 * Writes to GitLab, written down before they are sent; those that keep the ledger's anchor are of no wave. An `addEntry` names its first decision in the row itself, so that
 * CHECK and foreign key refuse one without; triggers ask that the decision approves and is on that callee, and keep a
 * settled row as it is. `action` is JSON.
 */
export const intents = sqliteTable(
  'intents',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    waveId: integer().references(() => waves.id),
    callee: project().references(() => projects.id),
    kind: text().$type<WriteAction['kind']>().notNull(),
    decisionId: integer().references(() => decisions.id),
    action: text().notNull(),
    createdAt: moment().notNull(),
    outcome: text().$type<IntentOutcome>(),
    detail: text(),
    settledAt: moment(),
  },
  (table) => [
    index('intents_wave').on(table.waveId),
    index('intents_open').on(table.id).where(sql.raw('outcome is null')),
    oneOf('intents', 'kind', [
      ...['addEntry', 'removeEntry', 'setPermissions', 'restoreEntry', 'enforce', 'reopen', 'setInstance'],
      ...['openIssue', 'addNote'],
    ]),
    oneOf('intents', 'outcome', ['done', 'already', 'absent', 'refused']),
    check('intents_decided', sql.raw(`(kind = 'addEntry') = (decision_id is not null)`)),
    check('intents_of_wave', sql.raw(`(kind in ('openIssue', 'addNote')) = (wave_id is null)`)),
    check('intents_callee', sql.raw(`(kind in ('setInstance', 'openIssue', 'addNote')) = (callee is null)`)),
    check('intents_settled', sql.raw('(outcome is null) = (settled_at is null)')),
  ],
);

/** All decisions that allow an `addEntry` intent, the one of its row included. */
export const intentDecisions = sqliteTable(
  'intent_decisions',
  {
    intentId: integer()
      .notNull()
      .references(() => intents.id),
    decisionId: integer()
      .notNull()
      .references(() => decisions.id),
  },
  (table) => [primaryKey({ columns: [table.intentId, table.decisionId] })],
);
