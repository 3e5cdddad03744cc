import type { Schedule, Survey, SurveyKind, UnresolvedAccess } from '../../../domain/edges/survey.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import type { SurveyStore, ImportRow } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { WORSENED } from './facts.ts';
import { projectsWhere } from './projects.ts';

const PUT_SURVEY = `
  insert into surveys (project, kind, at, mark, problem) values (?, ?, ?, ?, ?)
  on conflict do update set at = excluded.at, mark = excluded.mark, problem = excluded.problem`;
const SURVEYS = 'select project, kind, at, mark, problem from surveys';

/** Whom a look at facts is for: everyone with an edge; protected environments are of callees. */
const WITH_EDGES = `(p.in_scope = 1 or @kind = 'facts') and (exists (select 1 from edges e where e.callee = p.id)
  or (@kind = 'facts' and exists (select 1 from edges e where e.caller = p.id)))`;
const UNDECIDED = `exists (select 1 from edges e where e.callee = p.id and e.state = 'undecided')
  or exists (select 1 from edges e where e.caller = p.id and e.state = 'undecided')`;
/** Those that bear on what is to be decided come first; that the repository moved says nothing of them. */
const DUE_FOR_FACTS = `
  select p.id from projects p left join surveys s on s.project = p.id and s.kind = @kind
  where ${WITH_EDGES} and (s.at is null or s.at < @stale or (s.problem is not null and s.at < @retry))
  order by s.at is not null, not (${UNDECIDED}), s.at, p.id
  limit @limit`;
const COUNT_FACTS = `
  select count(*) as "all", count(s.at) as done, count(s.problem) as problems
  from projects p left join surveys s on s.project = p.id and s.kind = @kind where ${WITH_EDGES}`;
const ABOUT_FACTS: ReadonlySet<SurveyKind> = new Set(['facts', 'environments']);

/** Whom other looks are for: projects in scope, whose jobs are callers too, and callers of them from outside. */
const CANDIDATES = `p.archived = 0 and p.visibility <> 'unknown'
  and (p.in_scope = 1 or exists (select 1 from edges e join projects c on c.id = e.callee where e.caller = p.id and c.in_scope = 1))
  and (@kind <> 'schedules' or exists (select 1 from edges e where e.caller = p.id))`;
const DUE = `
  select p.id from projects p left join surveys s on s.project = p.id and s.kind = @kind
  where ${CANDIDATES} and (s.at is null or s.at < @stale or s.at < p.last_activity_at or (s.problem is not null and s.at < @retry))
  order by s.at is not null, coalesce(s.at >= p.last_activity_at, 0), s.at,
    exists (select 1 from edges e where e.caller = p.id) desc, p.id
  limit @limit`;
const COUNT = `
  select count(*) as "all", count(s.at) as done, count(s.problem) as problems
  from projects p left join surveys s on s.project = p.id and s.kind = @kind where ${CANDIDATES}`;

const PUT_SCHEDULE = `
  insert into schedules (project, id, cron, every, owner, last_run_at, next_run_at) values (?, ?, ?, ?, ?, ?, ?)`;
const OWNERS = 'select distinct owner from schedules where project = ? and owner is not null';
const SCHEDULES = `
  select project, id, cron, every as everyMs, owner, last_run_at as lastRunAt, next_run_at as nextRunAt
  from schedules where every >= ? order by project, id`;

const PUT_UNRESOLVED = `
  insert into unresolved (caller, source, place, expression, access, why, seen_at) values (?, ?, ?, ?, ?, ?, ?)
  on conflict do update set access = excluded.access, why = excluded.why, seen_at = excluded.seen_at`;
const UNRESOLVED = `
  select caller, source, place as "where", expression, access, why, seen_at as seenAt from unresolved`;

const OLDEST = `select min(first_seen) as at from evidence where source = 'auth-log'`;

const PUT_IMPORT = `
  insert or replace into imports (sha256, file, kind, at, lines, observations, skipped, unread, whole)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const IMPORTS =
  'select sha256, file, kind, at, lines, observations, skipped, unread, whole from imports order by at, file';

interface DueArguments {
  readonly kind: SurveyKind;
  readonly stale: EpochMs;
  readonly retry: EpochMs;
  readonly limit: number;
}

type Looks = 'survey' | 'surveys' | 'putSurvey' | 'dueForSurvey' | 'countSurveys';

function looks(connection: Connection): Pick<SurveyStore, Looks> {
  return {
    survey: (project, kind) =>
      connection.read(
        () =>
          connection
            .statement<[ProjectId, SurveyKind], Survey>(`${SURVEYS} where project = ? and kind = ?`)
            .get(project, kind) ?? null,
      ),
    surveys: (kind) =>
      connection.read(() =>
        connection
          .statement<unknown[], Survey>(
            `${SURVEYS}${kind === undefined ? '' : ' where kind = ?'} order by project, kind`,
          )
          .all(...(kind === undefined ? [] : [kind])),
      ),
    putSurvey: ({ project, kind, at, mark, problem }) =>
      connection.write(() => void connection.statement(PUT_SURVEY).run(project, kind, at, mark, problem)),
    dueForSurvey: (kind, { stale, retry }, limit) =>
      connection.read(() => {
        const sql = ABOUT_FACTS.has(kind) ? DUE_FOR_FACTS : DUE;
        const due = connection.statement<[DueArguments], { readonly id: ProjectId }>(sql);
        const ids = due.all({ kind, stale, retry, limit }).map(({ id }) => id);
        const known = new Map(projectsWhere(connection, ids).map((project) => [project.id, project]));
        return ids.flatMap((id) => known.get(id) ?? []);
      }),
    countSurveys: (kind) =>
      connection.read(
        () =>
          connection
            .statement<
              [{ readonly kind: SurveyKind }],
              { readonly all: number; readonly done: number; readonly problems: number }
            >(ABOUT_FACTS.has(kind) ? COUNT_FACTS : COUNT)
            .get({ kind }) ?? { all: 0, done: 0, problems: 0 },
      ),
  };
}

/** Looks beside settings and log: what was looked at, when, and what it left open. */
export function surveyStore(connection: Connection): SurveyStore {
  return {
    ...looks(connection),
    oldestLogRow: () =>
      connection.read(() => connection.statement<[], { readonly at: EpochMs | null }>(OLDEST).get()?.at ?? null),
    putSchedules: (project, schedules) =>
      connection.write(() => {
        const owners = new Set(connection.statement<[ProjectId], number>(OWNERS).pluck().all(project));
        connection.statement('delete from schedules where project = ?').run(project);
        for (const { id, cron, everyMs, owner, lastRunAt, nextRunAt } of schedules) {
          connection.statement(PUT_SCHEDULE).run(project, id, cron, everyMs, owner, lastRunAt, nextRunAt);
        }
        // Somebody else's schedule may be a privileged one.
        if (schedules.some(({ owner }) => owner !== null && !owners.has(owner)))
          connection.statement(WORSENED).run(project);
      }),
    schedules: (atLeastMs) =>
      connection.read(() =>
        connection.statement<[number], Schedule & { readonly project: ProjectId }>(SCHEDULES).all(atLeastMs),
      ),
    putUnresolved: (caller, source, items) =>
      connection.write(() => {
        connection.statement('delete from unresolved where caller = ? and source = ?').run(caller, source);
        for (const { where, expression, access, why, seenAt } of items) {
          connection.statement(PUT_UNRESOLVED).run(caller, source, where, expression, access, why, seenAt);
        }
      }),
    unresolved: (caller) =>
      connection.read(() =>
        connection
          .statement<unknown[], UnresolvedAccess>(
            `${UNRESOLVED}${caller === undefined ? '' : ' where caller = ?'} order by caller, source, place, expression`,
          )
          .all(...(caller === undefined ? [] : [caller])),
      ),
    putImport: ({ sha256, file, kind, at, lines, observations, skipped, unread, whole }) =>
      connection.write(
        () =>
          void connection
            .statement(PUT_IMPORT)
            .run(sha256, file, kind, at, lines, observations, skipped, unread, Number(whole)),
      ),
    imports: () =>
      connection.read(() =>
        connection
          .statement<[], Omit<ImportRow, 'whole'> & { readonly whole: number }>(IMPORTS)
          .all()
          .map((row) => ({ ...row, whole: row.whole === 1 })),
      ),
  };
}
