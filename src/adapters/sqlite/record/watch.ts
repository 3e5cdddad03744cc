import { and, asc, eq, gte, inArray, isNull, sql } from 'drizzle-orm';
import type { FailureRecord } from '../../../domain/watch/denial.ts';
import type { FailureFilter, WatchStore, SweepRow } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { readJudged } from '../json/judgement.ts';
import { stringsSchema } from '../json/schemas.ts';
import { mustChange } from '../connection/must-change.ts';
import { failures, findings, jobHints, sweeps } from '../schema/index.ts';

const readStrings = jsonReader(stringsSchema);

const KNOWN = 'select job_id from failures where job_id in (select value from json_each(?))';

const ADD_HINT = `insert into job_hints (job_id, project, told_at, attempts) select ?, ?, ?, 0
  where not exists (select 1 from failures where job_id = ?) on conflict do nothing`;

const DROP_HINTS = 'delete from job_hints where job_id in (select value from json_each(?))';

function toSweep({ unread, judgement, ...row }: typeof sweeps.$inferSelect): SweepRow {
  const cell = { table: 'sweeps', row: row.id };
  return { ...row, unread: readStrings(unread, cell), judged: judgement === null ? null : readJudged(judgement, cell) };
}

const toFailure = ({ owners, ...row }: typeof failures.$inferSelect): FailureRecord => ({
  ...row,
  owners: readStrings(owners, { table: 'failures', row: row.jobId }),
});

function failuresWhere({ waveId, dispositions, before, since }: FailureFilter) {
  return and(
    waveId === undefined ? undefined : eq(failures.waveId, waveId),
    dispositions === undefined ? undefined : inArray(failures.disposition, [...dispositions]),
    before === undefined ? undefined : eq(failures.before, before),
    since === undefined ? undefined : gte(failures.finishedAt, since),
  );
}

/** What the watch saw: sweeps, failed jobs with what was made of them, and findings for a person. */
export function watchStore(connection: Connection): WatchStore {
  const { orm } = connection;
  return {
    putSweep: ({ unread, ...sweep }) =>
      connection.write(() =>
        Number(
          orm
            .insert(sweeps)
            .values({ ...sweep, unread: JSON.stringify(unread) })
            .run().lastInsertRowid,
        ),
      ),
    judgeSweep: (id, judged) =>
      connection.write(() => {
        const set = { judgement: JSON.stringify(judged) };
        mustChange(orm.update(sweeps).set(set).where(eq(sweeps.id, id)).run(), `sweep ${id}`);
      }),
    sweeps: (waveId) =>
      connection.read(() => {
        const where = waveId === null ? isNull(sweeps.waveId) : eq(sweeps.waveId, waveId);
        return orm.select().from(sweeps).where(where).orderBy(asc(sweeps.id)).all().map(toSweep);
      }),
    putFailures: (items) =>
      connection.write(() => {
        for (const { owners, ...failure } of items) {
          const row = { ...failure, owners: JSON.stringify(owners) };
          orm.insert(failures).values(row).onConflictDoNothing().run();
        }
      }),
    failures: (filter = {}) =>
      connection.read(() =>
        orm
          .select()
          .from(failures)
          .where(failuresWhere(filter))
          .orderBy(asc(failures.finishedAt), asc(failures.jobId))
          .all()
          .map(toFailure),
      ),
    knownFailures: (jobIds) =>
      connection.read(() => new Set(connection.statement<[string], number>(KNOWN).pluck().all(JSON.stringify(jobIds)))),
    settleFailure: (jobId, change) =>
      connection.write(() => {
        orm.update(failures).set(change).where(eq(failures.jobId, jobId)).run();
      }),
    putHints: (hints) =>
      connection.write(() =>
        hints.reduce(
          (added, { jobId, project, toldAt }) =>
            added + connection.statement(ADD_HINT).run(jobId, project, toldAt, jobId).changes,
          0,
        ),
      ),
    hints: (limit) =>
      connection.read(() =>
        orm.select().from(jobHints).orderBy(asc(jobHints.toldAt), asc(jobHints.jobId)).limit(limit).all(),
      ),
    dropHints: (jobIds) =>
      connection.write(() => {
        connection.statement(DROP_HINTS).run(JSON.stringify(jobIds));
      }),
    postponeHint: (jobId) =>
      connection.write(() => {
        const attempts = sql`${jobHints.attempts} + 1`;
        orm.update(jobHints).set({ attempts }).where(eq(jobHints.jobId, jobId)).run();
      }),
    putFinding: (finding) =>
      connection.write(() => {
        orm.insert(findings).values(finding).run();
      }),
    findings: () => connection.read(() => orm.select().from(findings).orderBy(asc(findings.id)).all()),
  };
}
