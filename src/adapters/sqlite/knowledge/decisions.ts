import { and, asc, eq, inArray, lte, max, or, sql, type Placeholder, type SQL } from 'drizzle-orm';
import type { Decision, DecisionSubject, NewDecision } from '../../../domain/decisions/decision.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import type { DecisionStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { decisionDigest } from './decision-digest.ts';
import { jsonReader } from '../json/json.ts';
import { stringsSchema } from '../json/schemas.ts';
import { decisions, edges, questions, rollout } from '../schema/index.ts';

type DecisionRecord = typeof decisions.$inferSelect;
type QuestionRecord = typeof questions.$inferSelect;

const readPolicies = jsonReader(stringsSchema);

const ADD_COLUMNS = `kind, callee, caller, group_id, group_path, verdict, replaced_by, by_kind, by_name, owner, reason,
  default_permissions, policies, evidence, decided_at, expires_at, widening`;
const PLACES = `(${ADD_COLUMNS.replaceAll(/[a-z_]+/g, '?')})`;

/**
 * Rows that one statement adds. Within a transaction SQLite keeps a copy of each page that a statement changes, so a row
 * at a time costs twice as much; from some ten rows on nothing more is won.
 */
const ROWS_AT_ONCE = 50;

const addDecisions = (rows: number): string =>
  `insert into decisions (${ADD_COLUMNS}) values ${Array<string>(rows).fill(PLACES).join(', ')}`;

/**
 * What the latest of these decisions says is the state of its edge. One may come before any observation: that edge then has
 * no sources, and the time of the decision. A project's use of itself is no edge.
 */
const DECIDE_EDGES = `
  insert into edges (callee, caller, sources, access, first_seen, last_seen, state, decision_id)
  select callee, caller, '[]', '[]', decided_at, decided_at, verdict, id from decisions
  where id between ? and ? and kind = 'edge' and caller <> callee order by id
  on conflict do update set state = excluded.state, decision_id = excluded.decision_id`;

/** Asked of each decision, so that the many that do not deviate are never looked up among the edges. */
const IS_LATEST = sql`exists (select 1 from ${edges} where ${edges.callee} = ${decisions.callee}
  and ${edges.caller} = ${decisions.caller} and ${edges.decisionId} = ${decisions.id})`;

function subjectOf({ id, kind, callee, caller, groupId, groupPath, widening }: DecisionRecord): DecisionSubject {
  if (kind === 'edge' && caller !== null) return { kind, callee, caller };
  if (kind === 'group-entry' && groupId !== null && groupPath !== null)
    return { kind, callee, groupId, groupPath, widening };
  throw new Error(`decision ${id} has no subject`); // a CHECK of the table rules this out
}

function toDecision(row: DecisionRecord, question: QuestionRecord | null): Decision {
  const { id, verdict, reason, evidence, decidedAt, expiresAt, defaultPermissions } = row;
  const policies = readPolicies(row.policies, { table: 'decisions', row: id });
  return {
    id,
    subject: subjectOf(row),
    verdict,
    replacedBy: row.replacedBy,
    by: { kind: row.byKind, name: row.byName },
    owner: row.owner,
    reason,
    permissions: { defaultPermissions, policies },
    evidence,
    decidedAt,
    expiresAt,
    question: question && { at: question.at, score: question.score, because: question.because },
  };
}

interface JoinedRecord {
  readonly decisions: DecisionRecord;
  readonly questions: QuestionRecord | null;
}

const joined = (row: JoinedRecord): Decision => toDecision(row.decisions, row.questions);

function valuesOf({ subject, permissions, ...decision }: NewDecision): readonly unknown[] {
  const subjectValues =
    subject.kind === 'edge'
      ? [subject.kind, subject.callee, subject.caller, null, null]
      : [subject.kind, subject.callee, null, subject.groupId, subject.groupPath];
  return [
    ...subjectValues,
    ...[decision.verdict, decision.replacedBy, decision.by.kind, decision.by.name, decision.owner, decision.reason],
    ...[Number(permissions.defaultPermissions), JSON.stringify(permissions.policies), decision.evidence],
    ...[decision.decidedAt, decision.expiresAt, subject.kind === 'edge' ? null : subject.widening],
  ];
}

/** Ids in the order given: within one transaction they follow each other. */
function putDecisions(connection: Connection, items: readonly NewDecision[]): readonly number[] {
  let last = 0;
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) {
    const rows = items.slice(start, start + ROWS_AT_ONCE);
    const added = connection.statement<unknown[]>(addDecisions(rows.length)).run(...rows.flatMap(valuesOf));
    last = Number(added.lastInsertRowid);
  }
  const first = last - items.length + 1;
  connection.statement<[number, number]>(DECIDE_EDGES).run(first, last);
  return items.map((_, index) => first + index);
}

const isDeviating = (now: EpochMs | Placeholder): SQL | undefined =>
  or(
    eq(decisions.defaultPermissions, false),
    lte(decisions.expiresAt, now),
    sql`exists (select 1 from ${questions} where ${questions.decision} = ${decisions.id})`,
  );

/** Decisions with what puts them into question, in the order in which they were made. */
const decisionsWhere = ({ orm }: Connection, where: SQL | undefined) =>
  orm
    .select()
    .from(decisions)
    .leftJoin(questions, eq(questions.decision, decisions.id))
    .where(where)
    .orderBy(asc(decisions.id));

/**
 * The decisions in force on the edges of some callees. Prepared once: whoever walks a million edges asks thousands of times,
 * and what is made to prepare a statement stays in memory until the collector looks at everything.
 */
function decisionsByCallee(connection: Connection) {
  const onEdges = sql`${decisions.id} in (select ${edges.decisionId} from ${edges} where ${edges.decisionId} is not null
    and ${edges.callee} in (select value from json_each(${sql.placeholder('callees')})))`;
  const prepare = (where: SQL | undefined) => decisionsWhere(connection, where).prepare();
  let ofCallees: ReturnType<typeof prepare> | null = null;
  let deviatingOf: ReturnType<typeof prepare> | null = null;
  return {
    of: (callees: readonly ProjectId[]): readonly Decision[] => {
      ofCallees ??= prepare(onEdges);
      return ofCallees.all({ callees: JSON.stringify(callees) }).map(joined);
    },
    deviating: (now: EpochMs, callees: readonly ProjectId[]): readonly Decision[] => {
      deviatingOf ??= prepare(and(onEdges, isDeviating(sql.placeholder('now'))));
      return deviatingOf.all({ callees: JSON.stringify(callees), now }).map(joined);
    },
  };
}

/** The append-only history of decisions, and which of them are in force. */
export function decisionStore(connection: Connection): DecisionStore {
  const { orm } = connection;
  const select = (where: SQL | undefined): readonly Decision[] => decisionsWhere(connection, where).all().map(joined);
  const latestOnGroups = (callee: ProjectId | undefined) =>
    orm
      .select({ id: max(decisions.id) })
      .from(decisions)
      .where(and(eq(decisions.kind, 'group-entry'), callee === undefined ? undefined : eq(decisions.callee, callee)))
      .groupBy(decisions.callee, decisions.groupId);
  const latestOnEdges = () =>
    orm
      .select({ id: sql<number>`${edges.decisionId}` })
      .from(edges)
      .where(sql`${edges.decisionId} is not null`);
  const { of, deviating } = decisionsByCallee(connection);
  let ofId: ReturnType<typeof prepareOfId> | null = null;
  const prepareOfId = () => decisionsWhere(connection, eq(decisions.id, sql.placeholder('id'))).prepare();
  const byId = (id: number): Decision | null => {
    // Whoever holds a million decisions against the ledger asks for each.
    ofId ??= prepareOfId();
    return ofId.all({ id }).map(joined)[0] ?? null;
  };
  return {
    putDecisions: (items) =>
      connection.write(() => {
        if (items.length === 0) return [];
        const ids = putDecisions(connection, items);
        orm
          .update(rollout)
          .set({ decisionsRevision: sql`${rollout.decisionsRevision} + 1` })
          .run();
        return ids;
      }),
    decision: (id) => connection.read(() => byId(id)),
    decisionsOn: (caller, callee) =>
      connection.read(() => select(and(eq(decisions.callee, callee), eq(decisions.caller, caller)))),
    groupEntryDecisions: (callee) => connection.read(() => select(inArray(decisions.id, latestOnGroups(callee)))),
    edgeDecisions: (callees) =>
      connection.read(() =>
        callees === undefined ? select(inArray(decisions.id, latestOnEdges())) : of([callees].flat()),
      ),
    deviatingDecisions: (now, callees) =>
      connection.read(() => (callees ? deviating(now, callees) : select(and(isDeviating(now), IS_LATEST)))),
    decisionDigest: (first, count) => connection.read(() => decisionDigest(connection, first, count)),
  };
}
