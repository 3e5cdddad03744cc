import { asc, eq, isNull, type SQL } from 'drizzle-orm';
import type { NewWriteIntent, WriteIntent } from '../../../domain/rollout/intent.ts';
import { projectId } from '../../../domain/values.ts';
import type { IntentStore, UnrecordedEntry } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { actionSchema, entriesSchema } from '../json/schemas.ts';
import { mustChange } from '../connection/must-change.ts';
import { intents } from '../schema/index.ts';

const readAction = jsonReader(actionSchema);

const ADD_INTENT = `
  insert into intents (wave_id, callee, kind, decision_id, action, created_at) values (?, ?, ?, ?, ?, ?)`;
const ADD_DECISION = 'insert into intent_decisions (intent_id, decision_id) values (?, ?)';
const SETTLE = `
  update intents set outcome = ?, detail = ?, settled_at = ? where id = ? and outcome is null`;
const IS_OPEN = 'select 1 from intents where id = ? and outcome is null';

/**
 * By joins of what was written with what is there, of which SQLite makes an index for itself: a rollout may have written
 * hundreds of thousands of entries. GitLab's clock is told in whole seconds, an entry's creation in milliseconds.
 */
const UNRECORDED = `
  with there as (
    select p.id, p.path, e.value as entry, e.value ->> '$.kind' as kind, e.value ->> '$.id' as target,
      e.value ->> '$.createdAt' as at
    from projects p, json_each(p.entries) e
    where p.in_scope = 1 and p.entries is not null and e.value ->> '$.addedBy' = ? and e.value ->> '$.createdAt' > ?
  ), written as materialized (
    select callee, action ->> '$.entry.kind' as kind, action ->> '$.entry.id' as target,
      max(coalesce(settled_at + 5000, 9e15)) as until
    from intents where kind in ('addEntry', 'restoreEntry') and outcome is not 'absent' and outcome is not 'refused'
    group by 1, 2, 3
  )
  select there.id, there.path, json_group_array(json(there.entry)) as entries from there
    left join written on written.callee = there.id and written.kind = there.kind and written.target = there.target
      and there.at <= written.until
  where written.callee is null group by there.id order by there.path`;

const readEntries = jsonReader(entriesSchema);

function unrecorded(connection: Connection, username: string, since: number): readonly UnrecordedEntry[] {
  return connection
    .statement<[string, number], { id: number; path: string; entries: string }>(UNRECORDED)
    .all(username, since)
    .flatMap(({ id, path, entries }) =>
      readEntries(entries, { table: 'projects', row: id }).map((entry) => ({
        callee: { id: projectId(id), path },
        entry,
      })),
    );
}

function putIntent(connection: Connection, intent: NewWriteIntent): WriteIntent {
  const { waveId, callee, action, createdAt } = intent;
  const decisions = action.kind === 'addEntry' ? action.decisions : [];
  const first = action.kind === 'addEntry' ? action.decisions[0] : null;
  const { lastInsertRowid } = connection
    .statement(ADD_INTENT)
    .run(waveId, callee, action.kind, first, JSON.stringify(action), createdAt);
  const id = Number(lastInsertRowid);
  for (const decision of new Set(decisions)) connection.statement(ADD_DECISION).run(id, decision);
  return { ...intent, id, outcome: null, detail: null, settledAt: null };
}

function toIntent({ kind: _kind, decisionId: _first, ...row }: typeof intents.$inferSelect): WriteIntent {
  return { ...row, action: readAction(row.action, { table: 'intents', row: row.id }) };
}

/** Writes to GitLab: written down before they are sent, settled once and then left as they are. */
export function intentStore(connection: Connection): IntentStore {
  const select = (where: SQL): readonly WriteIntent[] =>
    connection.orm.select().from(intents).where(where).orderBy(asc(intents.id)).all().map(toIntent);
  return {
    putIntents: (items) => connection.write(() => items.map((intent) => putIntent(connection, intent))),
    settleIntents: (ids, outcome, detail, at) =>
      connection.write(() =>
        ids.forEach((id) => mustChange(connection.statement(SETTLE).run(outcome, detail, at, id), `open intent ${id}`)),
      ),
    unrecordedEntries: (username, since) => connection.read(() => unrecorded(connection, username, since)),
    openIntents: () => connection.read(() => select(isNull(intents.outcome))),
    isOpenIntent: (id) => connection.read(() => connection.statement(IS_OPEN).get(id) !== undefined),
    intents: (waveId) =>
      connection.read(() => select(waveId === null ? isNull(intents.waveId) : eq(intents.waveId, waveId))),
  };
}
