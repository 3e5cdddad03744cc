import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Disposition, EarlierRuns, FailureRecord, Finding } from '../../../domain/watch/denial.ts';
import { flag, moment, oneRow, project } from './columns.ts';
import { waves } from './work.ts';

/* What was seen and recorded on the way: sweeps, failed jobs, findings, the ledger; and who drives. */

/**
 * What each sweep saw. `unread` is a JSON list of what could not be read; `judgement` is JSON, what the wave was judged as
 * afterwards with every number that it rests on. `whole`: every project in scope was asked, not the known callers alone.
 */
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
    whole: flag().notNull().default(true),
    judgement: text(),
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
    verdict: text(),
    signature: text(),
    line: integer(),
    quote: text(),
    reason: text().notNull(),
    confidence: real().notNull().default(0),
    disproof: text(),
    before: text().$type<EarlierRuns>(),
    owners: text().notNull().default('[]'),
    waveId: integer().references(() => waves.id),
    webUrl: text(),
  },
  (table) => [
    index('failures_wave').on(table.waveId),
    index('failures_job').on(table.caller, table.jobName),
    index('failures_disposition').on(table.disposition),
  ],
);

/** Failed jobs that GitLab told of and nobody has looked at yet; `attempts` counts looks that came too early. */
export const jobHints = sqliteTable('job_hints', {
  jobId: integer().primaryKey(),
  project: project().notNull(),
  toldAt: moment().notNull(),
  attempts: integer().notNull(),
});

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
