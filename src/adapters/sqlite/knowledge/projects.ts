import { and, asc, desc, eq, gt, isNotNull, isNull, lt, or, sql, type SQL } from 'drizzle-orm';
import {
  UNREAD_FACTS,
  type AllowlistState,
  type Project,
  type ProjectFacts,
  type ProjectOutline,
} from '../../../domain/project.ts';
import { projectId, type ProjectId } from '../../../domain/values.ts';
import type { ProjectCounts, ProjectStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { entriesSchema, featuresSchema } from '../json/schemas.ts';
import { mustChange } from '../connection/must-change.ts';
import { projects } from '../schema/index.ts';

type ProjectRecord = typeof projects.$inferSelect;

const readEntries = jsonReader(entriesSchema);
const readFeatures = jsonReader(featuresSchema);
const bit = (value: boolean | null | undefined): number | null => (value == null ? null : Number(value));

const PUT_FEATURES = 'update projects set features = ? where id = ?';
const PUT_WEEKLY_JOBS = 'update projects set weekly_jobs = ? where id = ?';
const PUT_PROJECT = `
  insert into projects (id, path, visibility, archived, personal, access_level, in_scope, stored, effective, entries,
    unread, log_rows, log_cut, read_at, seen, features, cross_push, last_activity_at, ci_config_path)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (id) do update set path = excluded.path, visibility = excluded.visibility, archived = excluded.archived,
    personal = excluded.personal, access_level = excluded.access_level, in_scope = excluded.in_scope,
    stored = excluded.stored, effective = excluded.effective, entries = excluded.entries, unread = excluded.unread,
    log_rows = excluded.log_rows, log_cut = excluded.log_cut, read_at = excluded.read_at, seen = excluded.seen,
    features = coalesce(excluded.features, features), cross_push = coalesce(excluded.cross_push, cross_push),
    last_activity_at = coalesce(excluded.last_activity_at, last_activity_at), ci_config_path = excluded.ci_config_path`;

/** A name is all that is known of such a caller, so the latest one is kept; a project that was read keeps what was read. */
const PUT_CALLER = `
  insert into projects (id, path, visibility, archived, personal, in_scope) values (?, ?, 'unknown', 0, 0, 0)
  on conflict (id) do update set path = excluded.path where seen is null and path <> excluded.path`;

/**
 * Kept by triggers (migrations/0001_counts.sql). The stored setting counts where it is known: only it survives when the
 * instance stops enforcing.
 */
const COUNT = 'select known, in_scope as inScope, enforced, open, unread from counts';

function allowlistOf(row: ProjectRecord): AllowlistState | null {
  if (row.effective === null || row.entries === null) return null;
  const entries = readEntries(row.entries, { table: 'projects', row: row.id });
  return { stored: row.stored, effective: row.effective, entries };
}

/** Undefined where none of them was ever read. */
function factsOf(row: ProjectRecord): ProjectFacts | undefined {
  const { features, crossPush, lastActivityAt, weeklyJobs, ciConfigPath } = row;
  const facts = [features, crossPush, lastActivityAt, weeklyJobs, ciConfigPath];
  if (facts.every((fact) => fact === null)) return undefined;
  return {
    features: features === null ? UNREAD_FACTS.features : readFeatures(features, { table: 'projects', row: row.id }),
    ...{ crossProjectPush: crossPush, lastActivityAt, weeklyJobs, ciConfigPath },
  };
}

function toProject(row: ProjectRecord): Project {
  const { id, path, visibility, archived, personal, accessLevel, inScope, unread, logRows, logCut, readAt } = row;
  const log = logRows === null || logCut === null ? null : { rows: logRows, cut: logCut };
  const known = { id, path, visibility, archived, personal, accessLevel, inScope };
  const facts = factsOf(row);
  return { ...known, allowlist: allowlistOf(row), unread, log, readAt, ...(facts ? { facts } : {}) };
}

/** Those of these ids that are known, in no order. As one value, as SQLite takes some thousand of them at most. */
export function projectsWhere({ orm }: Connection, ids: readonly ProjectId[]): readonly Project[] {
  if (ids.length === 0) return [];
  const wanted = sql`${projects.id} in (select value from json_each(${JSON.stringify(ids)}))`;
  return orm.select().from(projects).where(wanted).all().map(toProject);
}

/** Rows read at once: as GitLab gives a hundred thousand, whole tables of records would weigh more than the projects made of them. */
const PAGE = 1_000;

/** In order of path. */
function allProjects({ orm }: Connection, where: SQL | undefined): readonly Project[] {
  const found: Project[] = [];
  let after: SQL | undefined;
  for (;;) {
    const rows = orm
      .select()
      .from(projects)
      .where(and(where, after))
      .orderBy(asc(projects.path), asc(projects.id))
      .limit(PAGE)
      .all();
    for (const row of rows) found.push(toProject(row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return found;
    after = sql`(${projects.path}, ${projects.id}) > (${last.path}, ${last.id})`;
  }
}

const OUTLINES = 'select id, path, visibility, archived, personal, in_scope from projects order by path, id';
type OutlineRow = [
  ProjectId,
  string,
  ProjectOutline['visibility'],
  archived: number,
  personal: number,
  inScope: number,
];

function outlines(connection: Connection): readonly ProjectOutline[] {
  const found: ProjectOutline[] = [];
  const rows = connection.statement<[], OutlineRow>(OUTLINES).raw().iterate();
  for (const [id, path, visibility, archived, personal, inScope] of rows)
    found.push({ id, path, visibility, archived: archived === 1, personal: personal === 1, inScope: inScope === 1 });
  return found;
}

function putProject(connection: Connection, project: Project, seen: number): void {
  const { allowlist, log, facts = UNREAD_FACTS } = project;
  connection
    .statement(PUT_PROJECT)
    .run(
      project.id,
      project.path,
      project.visibility,
      bit(project.archived),
      bit(project.personal),
      project.accessLevel,
      bit(project.inScope),
      bit(allowlist?.stored),
      bit(allowlist?.effective),
      allowlist ? JSON.stringify(allowlist.entries) : null,
      project.unread,
      log?.rows ?? null,
      bit(log?.cut),
      project.readAt,
      seen,
      Object.keys(facts.features).length === 0 ? null : JSON.stringify(facts.features),
      bit(facts.crossProjectPush),
      facts.lastActivityAt,
      facts.ciConfigPath,
    );
}

const unseenBy = (seen: number): SQL | undefined =>
  and(eq(projects.inScope, true), or(isNull(projects.seen), lt(projects.seen, seen)));

/** Projects by GitLab's id. Two may carry the same path for a while, when one moved away and was not read since. */
export function projectStore(connection: Connection): ProjectStore {
  const { orm } = connection;
  const one = (where: SQL): Project | null => {
    const row = orm.select().from(projects).where(where).orderBy(desc(projects.seen), desc(projects.readAt)).get();
    return row ? toProject(row) : null;
  };
  return {
    putProjects: (items, seen) =>
      connection.write(() => items.forEach((project) => putProject(connection, project, seen))),
    putCallers: (refs) =>
      connection.write(() => refs.forEach(({ id, path }) => connection.statement(PUT_CALLER).run(id, path))),
    updateAllowlist: (id, { stored, effective, entries }, readAt) =>
      connection.write(() => {
        const change = { stored, effective, entries: JSON.stringify(entries), readAt };
        mustChange(orm.update(projects).set(change).where(eq(projects.id, id)).run(), `project ${id}`);
      }),
    project: (id) => connection.read(() => one(eq(projects.id, id))),
    projectByPath: (path) => connection.read(() => one(sql`lower(${projects.path}) = lower(${path})`)),
    projectsById: (ids) => connection.read(() => projectsWhere(connection, ids)),
    projects: (filter = {}) =>
      connection.read(() => {
        const where = and(
          filter.inScope === undefined ? undefined : eq(projects.inScope, filter.inScope),
          filter.unread === undefined ? undefined : (filter.unread ? isNotNull : isNull)(projects.unread),
        );
        return allProjects(connection, where);
      }),
    outlines: () => connection.read(() => outlines(connection)),
    countProjects: () =>
      connection.read(
        () =>
          connection.statement<[], ProjectCounts>(COUNT).get() ?? {
            known: 0,
            inScope: 0,
            enforced: 0,
            open: 0,
            unread: 0,
          },
      ),
    unseen: (seen, after, limit) =>
      connection.read(() =>
        orm
          .select({ id: projects.id, path: projects.path })
          .from(projects)
          .where(and(unseenBy(seen), gt(projects.id, projectId(after))))
          .orderBy(asc(projects.id))
          .limit(limit)
          .all(),
      ),
    // They leave the scope, so that none of them counts as open or enforced; what is known of them stays.
    forgetUnseen: (seen) =>
      connection.write(() => {
        const unseen = unseenBy(seen);
        const columns = { id: projects.id, path: projects.path };
        const gone = orm.select(columns).from(projects).where(unseen).orderBy(asc(projects.path)).all();
        orm.update(projects).set({ inScope: false }).where(unseen).run();
        return gone;
      }),
    putFeatures: (rows) =>
      connection.write(() => {
        for (const { id, features } of rows) connection.statement(PUT_FEATURES).run(JSON.stringify(features), id);
      }),
    putWeeklyJobs: (rows) =>
      connection.write(() => {
        for (const { id, jobs } of rows) connection.statement(PUT_WEEKLY_JOBS).run(jobs, id);
      }),
    clearWeeklyJobs: () =>
      connection.write(() => void connection.statement('update projects set weekly_jobs = 0 where in_scope = 1').run()),
  };
}
