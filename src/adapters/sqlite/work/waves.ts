import { and, asc, eq, isNotNull, sql, type SQL } from 'drizzle-orm';
import type { AllowlistState } from '../../../domain/project.ts';
import type { WaveStore, WaveCallee, WaveRow } from '../../../engine/ports.ts';
import type { Connection } from '../connection/connection.ts';
import { jsonReader } from '../json/json.ts';
import { allowlistSchema, checkpointSchema } from '../json/schemas.ts';
import { mustChange } from '../connection/must-change.ts';
import { projects, waveCallees, waves } from '../schema/index.ts';

const readCheckpoint = jsonReader(checkpointSchema);
const readAllowlist = jsonReader(allowlistSchema);

const ADD_CALLEE = `insert into wave_callees (wave_id, callee, position, step) values (?, ?, ?, 'pending')`;

const toWave = (row: typeof waves.$inferSelect): WaveRow => ({
  ...row,
  checkpoint: readCheckpoint(row.checkpoint, { table: 'waves', row: row.id }),
});

function toCallee({ before, ...row }: Omit<WaveCallee, 'before'> & { readonly before: string | null }): WaveCallee {
  const cell = { table: 'wave_callees', row: `${row.waveId}/${row.callee}` };
  return { ...row, before: before === null ? null : readAllowlist(before, cell) };
}

/** Leaves out what is not to change. */
function changesOf<T extends object>(change: T): T {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as T;
}

const beforeText = (before: AllowlistState | null | undefined): string | null | undefined =>
  before ? JSON.stringify(before) : before;

/** Waves with their saved machines, and how far each of their callees has come. */
export function waveStore(connection: Connection): WaveStore {
  const { orm } = connection;
  const { waveId, callee, step, before, enforcedAt, problem, hold, position } = waveCallees;
  const select = (where: SQL): readonly WaveCallee[] =>
    orm
      .select({ waveId, callee, path: projects.path, step, before, enforcedAt, problem, hold })
      .from(waveCallees)
      .innerJoin(projects, eq(projects.id, callee))
      .where(where)
      .orderBy(asc(waveId), asc(position))
      .all()
      .map(toCallee);
  return {
    createWave: ({ checkpoint, ...wave }, callees) =>
      connection.write(() => {
        const row = { ...wave, checkpoint: JSON.stringify(checkpoint) };
        const id = Number(orm.insert(waves).values(row).run().lastInsertRowid);
        callees.forEach((ref, at) => connection.statement(ADD_CALLEE).run(id, ref.id, at));
        return id;
      }),
    saveWave: (id, { checkpoint, ...times }) =>
      connection.write(() => {
        const set = changesOf({ ...times, checkpoint: checkpoint && JSON.stringify(checkpoint) });
        if (Object.keys(set).length === 0) return;
        mustChange(orm.update(waves).set(set).where(eq(waves.id, id)).run(), `wave ${id}`);
      }),
    waves: () => connection.read(() => orm.select().from(waves).orderBy(asc(waves.id)).all().map(toWave)),
    waveCallees: (wave) => connection.read(() => select(eq(waveId, wave))),
    heldCallees: () => connection.read(() => select(isNotNull(hold))),
    openAgain: () =>
      connection.read(() =>
        select(
          sql`${step} = 'enforced' and ${projects.inScope} = 1 and coalesce(${projects.stored}, ${projects.effective}) = 0`,
        ),
      ),
    saveWaveCallee: (wave, project, change) =>
      connection.write(() => {
        const set = changesOf({ ...change, before: beforeText(change.before) });
        if (Object.keys(set).length === 0) return;
        const where = and(eq(waveId, wave), eq(callee, project));
        mustChange(orm.update(waveCallees).set(set).where(where).run(), `callee ${project} in wave ${wave}`);
      }),
  };
}
