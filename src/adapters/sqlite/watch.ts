import { asc, eq, isNull } from 'drizzle-orm';
import type { RolloutStore } from '../../engine/ports.ts';
import type { Connection } from './connection.ts';
import { jsonReader } from './json.ts';
import { stringsSchema } from './json-schemas.ts';
import { failures, findings, sweeps } from './schema.ts';

const readUnread = jsonReader(stringsSchema);

const KNOWN = 'select job_id from failures where job_id in (select value from json_each(?))';

const toSweep = (row: typeof sweeps.$inferSelect) => ({
  ...row,
  unread: readUnread(row.unread, { table: 'sweeps', row: row.id }),
});

type WatchPart = 'putSweep' | 'sweeps' | 'putFailures' | 'failures' | 'knownFailures' | 'putFinding' | 'findings';

/** What the watch saw: sweeps, failed jobs with what was made of them, and findings for a person. */
export function watchStore(connection: Connection): Pick<RolloutStore, WatchPart> {
  const { orm } = connection;
  return {
    putSweep: ({ unread, ...sweep }) =>
      connection.write(() => {
        orm
          .insert(sweeps)
          .values({ ...sweep, unread: JSON.stringify(unread) })
          .run();
      }),
    sweeps: (waveId) =>
      connection.read(() => {
        const where = waveId === null ? isNull(sweeps.waveId) : eq(sweeps.waveId, waveId);
        return orm.select().from(sweeps).where(where).orderBy(asc(sweeps.id)).all().map(toSweep);
      }),
    putFailures: (items) =>
      connection.write(() => {
        for (const failure of items) orm.insert(failures).values(failure).onConflictDoNothing().run();
      }),
    failures: (filter = {}) =>
      connection.read(() => {
        const where = filter.waveId === undefined ? undefined : eq(failures.waveId, filter.waveId);
        return orm.select().from(failures).where(where).orderBy(asc(failures.finishedAt), asc(failures.jobId)).all();
      }),
    knownFailures: (jobIds) =>
      connection.read(() => new Set(connection.statement<[string], number>(KNOWN).pluck().all(JSON.stringify(jobIds)))),
    putFinding: (finding) =>
      connection.write(() => {
        orm.insert(findings).values(finding).run();
      }),
    findings: () => connection.read(() => orm.select().from(findings).orderBy(asc(findings.id)).all()),
  };
}
