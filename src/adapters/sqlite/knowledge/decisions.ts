import { and, asc, eq, inArray, lte, max, or, sql, type SQL } from 'drizzle-orm';
import type { Decision, DecisionSubject, NewDecision } from '../../../domain/decisions/decision.ts';
import type { ProjectId } from '../../../domain/values.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { decisionDigest } from './decision-digest.ts';
import { jsonReader } from '../json/json.ts';
import { stringsSchema } from '../json/schemas.ts';
import { decisions, edges, rollout } from '../schema/index.ts';

type DecisionRecord = typeof decisions.$inferSelect;

const readPolicies = jsonReader(stringsSchema);

const ADD_DECISION = `
  insert into decisions (kind, callee, caller, group_id, group_path, verdict, replaced_by, by_kind, by_name, owner,
    reason, default_permissions, policies, evidence, decided_at, expires_at, widening)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const DECIDE_EDGE = 'update edges set state = ?, decision_id = ? where callee = ? and caller = ?';

/** A decision may come before any observation: the edge then has no sources, and the time of the decision. */
const ADD_DECIDED_EDGE = `
  insert into edges (callee, caller, sources, access, first_seen, last_seen, state, decision_id)
  values (?, ?, '[]', '[]', ?, ?, ?, ?)`;

/** Asked of each decision, so that the many that do not deviate are never looked up among the edges. */
const IS_LATEST = sql`exists (select 1 from ${edges} where ${edges.callee} = ${decisions.callee}
  and ${edges.caller} = ${decisions.caller} and ${edges.decisionId} = ${decisions.id})`;

function subjectOf({ id, kind, callee, caller, groupId, groupPath, widening }: DecisionRecord): DecisionSubject {
  if (kind === 'edge' && caller !== null) return { kind, callee, caller };
  if (kind === 'group-entry' && groupId !== null && groupPath !== null)
    return { kind, callee, groupId, groupPath, widening };
  throw new Error(`decision ${id} has no subject`); // a CHECK of the table rules this out
}

function toDecision(row: DecisionRecord): Decision {
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
  };
}

function putDecision(connection: Connection, decision: NewDecision): number {
  const { subject, verdict, by, permissions, decidedAt } = decision;
  const { callee } = subject;
  const onEdge = subject.kind === 'edge';
  const { lastInsertRowid } = connection
    .statement(ADD_DECISION)
    .run(
      subject.kind,
      callee,
      onEdge ? subject.caller : null,
      onEdge ? null : subject.groupId,
      onEdge ? null : subject.groupPath,
      verdict,
      decision.replacedBy,
      by.kind,
      by.name,
      decision.owner,
      decision.reason,
      Number(permissions.defaultPermissions),
      JSON.stringify(permissions.policies),
      decision.evidence,
      decidedAt,
      decision.expiresAt,
      onEdge ? null : subject.widening,
    );
  const id = Number(lastInsertRowid);
  if (onEdge && subject.caller !== callee) {
    const { changes } = connection.statement(DECIDE_EDGE).run(verdict, id, callee, subject.caller);
    if (changes === 0) {
      connection.statement(ADD_DECIDED_EDGE).run(callee, subject.caller, decidedAt, decidedAt, verdict, id);
    }
  }
  return id;
}

type DecisionPart =
  | 'putDecisions'
  | 'decision'
  | 'decisionsOn'
  | 'groupEntryDecisions'
  | 'edgeDecisions'
  | 'deviatingDecisions'
  | 'decisionDigest';

/** The append-only history of decisions, and which of them are in force. */
export function decisionStore(connection: Connection): Pick<RolloutStore, DecisionPart> {
  const { orm } = connection;
  const select = (where: SQL | undefined): readonly Decision[] =>
    orm.select().from(decisions).where(where).orderBy(asc(decisions.id)).all().map(toDecision);
  const latestOnGroups = (callee: ProjectId | undefined) =>
    orm
      .select({ id: max(decisions.id) })
      .from(decisions)
      .where(and(eq(decisions.kind, 'group-entry'), callee === undefined ? undefined : eq(decisions.callee, callee)))
      .groupBy(decisions.callee, decisions.groupId);
  const latestOnEdges = (callee: ProjectId | undefined) =>
    orm
      .select({ id: sql<number>`${edges.decisionId}` })
      .from(edges)
      .where(and(sql`${edges.decisionId} is not null`, callee === undefined ? undefined : eq(edges.callee, callee)));
  return {
    putDecisions: (items) =>
      connection.write(() => {
        const ids = items.map((decision) => putDecision(connection, decision));
        const decisionsRevision = sql`${rollout.decisionsRevision} + 1`;
        if (ids.length > 0) orm.update(rollout).set({ decisionsRevision }).run();
        return ids;
      }),
    decision: (id) => connection.read(() => select(eq(decisions.id, id))[0] ?? null),
    decisionsOn: (caller, callee) =>
      connection.read(() => select(and(eq(decisions.callee, callee), eq(decisions.caller, caller)))),
    groupEntryDecisions: (callee) => connection.read(() => select(inArray(decisions.id, latestOnGroups(callee)))),
    edgeDecisions: (callee) => connection.read(() => select(inArray(decisions.id, latestOnEdges(callee)))),
    deviatingDecisions: (now, callees) =>
      connection.read(() => {
        const deviating = or(eq(decisions.defaultPermissions, false), lte(decisions.expiresAt, now));
        if (!callees) return select(and(deviating, IS_LATEST));
        const latest = sql`select ${edges.decisionId} from ${edges}
          where ${edges.callee} in (select value from json_each(${JSON.stringify(callees)}))`;
        return select(and(sql`${decisions.id} in (${latest})`, deviating));
      }),
    decisionDigest: (first, count) => connection.read(() => decisionDigest(connection, first, count)),
  };
}
