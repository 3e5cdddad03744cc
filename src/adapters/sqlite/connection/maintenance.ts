import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { RolloutError } from '../../../domain/errors.ts';
import type { MaintenanceStore } from '../../../engine/ports.ts';
import type { Connection } from './connection.ts';
import { toStoreError } from './sqlite-errors.ts';

const MOST_PROBLEMS = 20;

/** The counts that triggers keep, held against a count anew; one row where they differ. */
const MISCOUNTED = `
  select id from counts where (known, in_scope, enforced, open, unread) is not (
    select count(*), coalesce(sum(in_scope), 0), coalesce(sum(in_scope and coalesce(stored, effective) is 1), 0),
      coalesce(sum(in_scope and coalesce(stored, effective) is 0), 0), coalesce(sum(in_scope and effective is null), 0)
    from projects
  ) or (undecided, approved, rejected, replaced) is not (
    select count(*) filter (where state = 'undecided'), count(*) filter (where state = 'approved'),
      count(*) filter (where state = 'rejected'), count(*) filter (where state = 'replaced')
    from edges
  )`;

/** Edges whose state is not what the decision said that they name. */
const UNDECIDED_STATES = `
  select e.caller, e.callee from edges as e left join decisions as d on d.id = e.decision_id
  where e.state <> 'undecided'
    and (d.id is null or d.verdict is not e.state or d.callee is not e.callee or d.caller is not e.caller) limit ?`;

/** Copying the file while it is in use, and looking whether it is whole. */
export function maintenanceStore(connection: Connection): MaintenanceStore {
  return {
    backup: (file) => backup(connection, file),
    checkIntegrity: () =>
      connection.read(() => {
        const damage = connection.client.pragma(`integrity_check(${MOST_PROBLEMS})`) as { integrity_check: string }[];
        const orphans = connection.client.pragma('foreign_key_check') as { table: string; rowid: number }[];
        return [
          ...damage.map((row) => row.integrity_check).filter((text) => text !== 'ok'),
          ...orphans
            .slice(0, MOST_PROBLEMS)
            .map(({ table, rowid }) => `${table}, row ${rowid}: names a row that is not there`),
          ...connection
            .statement(MISCOUNTED)
            .all()
            .map(() => 'the counts of projects and edges are not those of the rows'),
          ...connection
            .statement<[number], { readonly caller: number; readonly callee: number }>(UNDECIDED_STATES)
            .all(MOST_PROBLEMS)
            .map(({ caller, callee }) => `the edge from ${caller} to ${callee} is in a state that no decision gave it`),
        ];
      }),
  };
}

/** Written beside its place and moved there when it is whole: a backup that was cut off is never taken for one. */
async function backup(connection: Connection, file: string): Promise<void> {
  if (existsSync(file)) {
    throw new RolloutError('USAGE', `${file} is there already`, 'Name another file; a backup never overwrites one.');
  }
  if (!existsSync(dirname(file))) {
    throw new RolloutError('USAGE', `there is no directory ${dirname(file)}`, 'Make it first, or name another file.');
  }
  const partial = `${file}.partial`;
  try {
    await connection.client.backup(partial);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw toStoreError(error, file);
  }
}
