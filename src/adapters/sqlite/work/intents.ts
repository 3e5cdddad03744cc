import { asc, eq, isNull, type SQL } from 'drizzle-orm';
import type { NewWriteIntent, WriteIntent } from '../../../domain/rollout/intent.ts';
import type { IntentStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { actionSchema } from '../json/schemas.ts';
import { mustChange } from '../connection/must-change.ts';
import { intents } from '../schema/index.ts';

const readAction = jsonReader(actionSchema);

const ADD_INTENT = `
  insert into intents (wave_id, callee, kind, decision_id, action, created_at) values (?, ?, ?, ?, ?, ?)`;
const ADD_DECISION = 'insert into intent_decisions (intent_id, decision_id) values (?, ?)';
const SETTLE = `
  update intents set outcome = ?, detail = ?, settled_at = ? where id = ? and outcome is null`;
const IS_OPEN = 'select 1 from intents where id = ? and outcome is null';

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
    openIntents: () => connection.read(() => select(isNull(intents.outcome))),
    isOpenIntent: (id) => connection.read(() => connection.statement(IS_OPEN).get(id) !== undefined),
    intents: (waveId) =>
      connection.read(() => select(waveId === null ? isNull(intents.waveId) : eq(intents.waveId, waveId))),
  };
}
