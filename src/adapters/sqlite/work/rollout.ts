import { and, asc, eq, sql } from 'drizzle-orm';
import { RolloutError } from '../../../domain/errors.ts';
import type { Checkpoint, RolloutRow, RolloutRowStore, TaskStore } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { noRollout } from '../connection/database.ts';
import { jsonReader } from '../json/json.ts';
import { capabilitiesSchema, checkpointSchema, identitySchema } from '../json/schemas.ts';
import { mustChange } from '../connection/must-change.ts';
import { rollout, tasks } from '../schema/index.ts';

const readCheckpoint = jsonReader(checkpointSchema);
const readCapabilities = jsonReader(capabilitiesSchema);
const readIdentity = jsonReader(identitySchema);

const optional = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

function loadRollout(connection: Connection): RolloutRow {
  const row = connection.orm.select().from(rollout).get();
  if (!row) throw noRollout(connection.file);
  const cell = { table: 'rollout', row: row.id };
  const { name, gitlabUrl, playbookName, playbookText, createdAt, revision, decisionsRevision, learnedRpm } = row;
  return {
    ...{ id: name, gitlabUrl, playbookName, playbookText, createdAt, revision, decisionsRevision, learnedRpm },
    checkpoint: readCheckpoint(row.checkpoint, cell),
    capabilities: row.capabilities === null ? null : readCapabilities(row.capabilities, cell),
    identity: row.identity === null ? null : readIdentity(row.identity, cell),
  };
}

function createRollout(
  connection: Connection,
  row: Omit<RolloutRow, 'revision' | 'decisionsRevision' | 'learnedRpm'>,
): void {
  const { id: name, checkpoint, capabilities, identity, ...rest } = row;
  const known = connection.orm.select({ name: rollout.name }).from(rollout).get();
  if (known) {
    throw new RolloutError(
      'ORDER_REFUSED',
      `${connection.file} holds the rollout ${known.name} already.`,
      'Go on with that one, or name another file with --db.',
    );
  }
  const json = {
    checkpoint: JSON.stringify(checkpoint),
    capabilities: optional(capabilities),
    identity: optional(identity),
  };
  const values = { id: 1, name, ...rest, ...json, revision: 0, decisionsRevision: 0 };
  connection.orm.insert(rollout).values(values).run();
}

function saveRollout(connection: Connection, checkpoint: Checkpoint, read: number): number {
  const { changes } = connection.orm
    .update(rollout)
    .set({ checkpoint: JSON.stringify(checkpoint), revision: sql`${rollout.revision} + 1` })
    .where(and(eq(rollout.id, 1), eq(rollout.revision, read)))
    .run();
  if (changes > 0) return read + 1;
  throw new RolloutError(
    'STALE_REVISION',
    `The rollout has moved on since revision ${read} was read.`,
    'Run the command again; it starts from what is saved now.',
  );
}

/** The one rollout of this database. */
export function rolloutRowStore(connection: Connection): RolloutRowStore {
  const update = (set: Partial<typeof rollout.$inferInsert>) =>
    connection.write(() => mustChange(connection.orm.update(rollout).set(set).run(), 'rollout'));
  return {
    rollout: () => connection.read(() => loadRollout(connection)),
    createRollout: (row) => connection.write(() => createRollout(connection, row)),
    saveRollout: (checkpoint, read) => connection.write(() => saveRollout(connection, checkpoint, read)),
    savePlaybook: (playbookName, playbookText) => update({ playbookName, playbookText }),
    saveServer: (capabilities, identity) =>
      update({ capabilities: JSON.stringify(capabilities), identity: JSON.stringify(identity) }),
    saveLearnedRpm: (learnedRpm) => update({ learnedRpm }),
  };
}

/** What is to be done next. A task written down twice is one task; its latest wording counts until it is settled. */
export function taskStore(connection: Connection): TaskStore {
  const { orm } = connection;
  const { key, kind, waveId, notBefore, settled, position } = tasks;
  return {
    putTask: ({ key: wanted, ...task }) =>
      connection.write(() => {
        const insert = orm.insert(tasks).values({ key: wanted, ...task, settled: false });
        insert.onConflictDoUpdate({ target: key, set: task, setWhere: eq(settled, false) }).run();
      }),
    openTask: () =>
      connection.read(() => {
        const open = orm.select({ key, kind, waveId, notBefore }).from(tasks).where(eq(settled, false));
        return open.orderBy(asc(position)).get() ?? null;
      }),
    settleTask: (wanted) =>
      connection.write(() =>
        mustChange(orm.update(tasks).set({ settled: true }).where(eq(key, wanted)).run(), `task ${wanted}`),
      ),
  };
}
