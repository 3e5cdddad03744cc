import { KEPT_FACTS, type FactCounts, type KeptFact, type LookedUpFact } from '../../../domain/decisions/facts.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import type { FactStore, ProjectFactsReading } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';

const FACTS_OF = `
  select fact, count, problem, read_at as readAt, tried_at as triedAt from project_facts where project = ?`;
/** What could not be read leaves the count of an earlier look, with its day. */
const PUT_FACT = `
  insert into project_facts (project, fact, count, read_at, tried_at, problem) values (@project, @fact, @count, @readAt, @at, @problem)
  on conflict do update set count = coalesce(excluded.count, count), read_at = coalesce(excluded.read_at, read_at),
    tried_at = excluded.tried_at, problem = excluded.problem`;
const PUT_MAINTAINER = 'insert into maintainers (project, user) values (?, ?)';
/** Marks a project whose facts say more than an approval of its edges knew, so that they are judged anew. */
export const WORSENED = 'insert or replace into worsened (project) values (?)';

/** Facts that count, a column each: what was found, and where it is young enough that nothing was. A cut list is no whole one. */
const column = (fact: KeptFact): string =>
  `max(case when fact = '${fact}'${fact === 'maintainers' ? ' and problem is null' : ''}
    and (count > 0 or read_at >= @since) then count end) as ${fact}`;
const countsOf = (some: boolean): string => `
  select project, ${KEPT_FACTS.map(column).join(', ')} from project_facts
  where count is not null${some ? ' and project in (select value from json_each(@projects))' : ''} group by project`;

const TOUCHED = `
  select project from worsened union
  select e.callee from worsened w join edges e on e.caller = w.project where e.state = 'approved'`;

const OWNERS = 'select project, owner from schedules order by project';
const SCHEDULES_READ = `
  select project from surveys where kind = 'schedules' and problem is null and at >= ?`;
const MAINTAINERS = `
  select m.project, m.user from (select distinct owner from schedules where owner is not null) o
  join maintainers m on m.user = o.owner`;

type CountsRow = { readonly project: ProjectId } & Readonly<Record<KeptFact, number | null>>;

function toCounts(row: CountsRow): FactCounts {
  const counts: Partial<Record<KeptFact, number>> = {};
  for (const fact of KEPT_FACTS) if (row[fact] !== null) counts[fact] = row[fact];
  return counts;
}

function grouped<T>(rows: Iterable<readonly [ProjectId, T]>): ReadonlyMap<ProjectId, readonly T[]> {
  const groups = new Map<ProjectId, T[]>();
  for (const [project, item] of rows) {
    const group = groups.get(project);
    if (group) group.push(item);
    else groups.set(project, [item]);
  }
  return groups;
}

function putFacts(connection: Connection, { project, facts, maintainers }: ProjectFactsReading, at: EpochMs): void {
  const before = new Map(
    connection
      .statement<[ProjectId], LookedUpFact>(FACTS_OF)
      .all(project)
      .map(({ fact, count }) => [fact, count ?? 0]),
  );
  for (const { fact, count, problem } of facts) {
    const readAt = count === null ? null : at;
    connection.statement<[object]>(PUT_FACT).run({ project, fact, count, readAt, at, problem });
  }
  const added = maintainers === null ? false : putMaintainers(connection, project, maintainers);
  const worse = facts.some(({ fact, count }) => fact !== 'maintainers' && (count ?? 0) > (before.get(fact) ?? 0));
  if (worse || added) connection.statement(WORSENED).run(project);
}

/** @returns whether somebody is among them who was not before */
function putMaintainers(connection: Connection, project: ProjectId, users: readonly number[]): boolean {
  const known = new Set(
    connection.statement<[ProjectId], number>('select user from maintainers where project = ?').pluck().all(project),
  );
  connection.statement('delete from maintainers where project = ?').run(project);
  for (const user of new Set(users)) connection.statement(PUT_MAINTAINER).run(project, user);
  return users.some((user) => !known.has(user));
}

type Reads = Exclude<keyof FactStore, 'putFacts' | 'putAdministrators' | 'weighed' | 'putQuestions'>;

function reads(connection: Connection): Pick<FactStore, Reads> {
  const pairs = <T>(sql: string): ReadonlyMap<ProjectId, readonly T[]> =>
    grouped(connection.statement<[], [ProjectId, T]>(sql).raw().iterate());
  return {
    factsOf: (project) => connection.read(() => connection.statement<[ProjectId], LookedUpFact>(FACTS_OF).all(project)),
    factCounts: (since, projects) =>
      connection.read(() => {
        const rows = connection.statement<[object], CountsRow>(countsOf(projects !== undefined));
        const some = projects === undefined ? {} : { projects: JSON.stringify(projects) };
        const counts = new Map<ProjectId, FactCounts>();
        for (const row of rows.iterate({ since, ...some })) counts.set(row.project, toCounts(row));
        return counts;
      }),
    scheduleOwners: () => connection.read(() => pairs<number | null>(OWNERS)),
    schedulesReadSince: (since) =>
      connection.read(() => new Set(connection.statement<[EpochMs], ProjectId>(SCHEDULES_READ).pluck().iterate(since))),
    maintainersWithSchedules: () => connection.read(() => pairs<number>(MAINTAINERS)),
    administrators: () =>
      connection.read(() => new Set(connection.statement<[], number>('select user from administrators').pluck().all())),
    worsened: () =>
      connection.read(() => {
        const upTo = connection.statement<[], number | null>('select max(id) from worsened').pluck().get() ?? 0;
        const weighedWith = connection.statement<[], string | null>('select weighed_with from rollout').pluck().get();
        const callees = new Set(connection.statement<[], ProjectId>(TOUCHED).pluck().iterate());
        return { callees, upTo, weighedWith: weighedWith ?? null };
      }),
  };
}

/** Looked-up facts by numeric project id, and what they put into question. */
export function factStore(connection: Connection): FactStore {
  return {
    ...reads(connection),
    putFacts: (reading, at) => connection.write(() => putFacts(connection, reading, at)),
    putAdministrators: (users) =>
      connection.write(() => {
        const known = connection.statement<[], number>('select user from administrators').pluck().all();
        connection.statement('delete from administrators').run();
        for (const user of new Set(users))
          connection.statement('insert into administrators (user) values (?)').run(user);
        // Their schedules may be privileged now: of those alone anything gets worse.
        const added = users.filter((user) => !known.includes(user));
        connection
          .statement(
            `insert or replace into worsened (project) select distinct project from schedules
            where owner in (select value from json_each(?))`,
          )
          .run(JSON.stringify(added));
      }),
    weighed: (upTo, weighedWith) =>
      connection.write(() => {
        connection.statement('delete from worsened where id <= ?').run(upTo);
        connection.statement('update rollout set weighed_with = ?').run(weighedWith);
      }),
    putQuestions: (questions, at) =>
      connection.write(() => {
        const put = connection.statement(
          'insert or ignore into questions (decision, at, score, because) values (?, ?, ?, ?)',
        );
        for (const { decision, score, because } of questions) put.run(decision, at, score, because);
      }),
  };
}
