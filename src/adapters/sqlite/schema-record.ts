import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Disposition, FailureRecord, Finding } from '../../domain/denial.ts';
import { moment, oneRow, project } from './columns.ts';
import { waves } from './schema-work.ts';

/* What was seen and recorded on the way: sweeps, failed jobs, findings, the ledger; and who drives. */

/** What each sweep saw; `unread` is a JSON list of what could not be read. */
export const sweeps = sqliteTable(
  'sweeps',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    waveId: integer().references(() => waves.id),
    since: moment().notNull(),
    until: moment().notNull(),
    projects: integer().notNull(),
    callerJobs: integer().notNull(),
    allJobs: integer().notNull(),
    unread: text().notNull(),
  },
  (table) => [index('sweeps_wave').on(table.waveId)],
);

/** Failed jobs that were looked at. Paths are kept as they were: the record tells of that day. */
export const failures = sqliteTable(
  'failures',
  {
    jobId: integer().primaryKey(),
    jobName: text().notNull(),
    caller: project().notNull(),
    callerPath: text().notNull(),
    callee: project(),
    calleePath: text(),
    access: text(),
    finishedAt: moment().notNull(),
    disposition: text().$type<Disposition>().notNull(),
    edgeState: text().$type<NonNullable<FailureRecord['edgeState']>>(),
    quote: text(),
    reason: text().notNull(),
    waveId: integer().references(() => waves.id),
    webUrl: text(),
  },
  (table) => [index('failures_wave').on(table.waveId)],
);

/** What a person should look at. */
export const findings = sqliteTable('findings', {
  id: integer().primaryKey({ autoIncrement: true }),
  at: moment().notNull(),
  kind: text().$type<Finding['kind']>().notNull(),
  subject: text().notNull(),
  text: text().notNull(),
});

/** The audit record: append-only by trigger, each row's hash covers the one before. `actor` and `body` are canonical JSON. */
export const ledger = sqliteTable('ledger', {
  seq: integer().primaryKey(),
  at: moment().notNull(),
  localAt: moment().notNull(),
  actor: text().notNull(),
  kind: text().notNull(),
  subject: text().notNull(),
  body: text().notNull(),
  previous: text().notNull(),
  hash: text().notNull(),
});

/** Who drives: one row. The token grows with each taking; `holder` is null while nobody drives. */
export const lease = sqliteTable(
  'lease',
  {
    id: integer().primaryKey(),
    holder: text(),
    token: integer().notNull(),
    expiresAt: moment().notNull(),
  },
  () => [oneRow('lease')],
);
