import { createHash } from 'node:crypto';
import type { Connection } from '../connection/connection.ts';

/**
 * The columns of a decision in the order in which they are hashed. Only ever add to the end: a column that is null is
 * left out, so that digests of before a column was there stay what they are.
 */
const COLUMNS = [
  ...['id', 'kind', 'callee', 'caller', 'group_id', 'group_path', 'verdict', 'by_kind', 'by_name', 'reason'],
  ...['default_permissions', 'policies', 'evidence', 'decided_at', 'expires_at', 'replaced_by', 'owner'],
  'widening',
] as const;

const RANGE = `select ${COLUMNS.join(', ')} from decisions where id >= ? and id < ? order by id`;

/** SHA-256 over one line of JSON per decision, as it is stored now. */
export function decisionDigest(connection: Connection, first: number, count: number): string {
  const hash = createHash('sha256');
  const rows = connection.statement<[number, number], readonly unknown[]>(RANGE).raw();
  // A million decisions are hashed here: a line is put together from its cells, without an object in between.
  for (const row of rows.iterate(first, first + count)) hash.update(lineOf(row));
  return hash.digest('hex');
}

function lineOf(row: readonly unknown[]): string {
  let line = '';
  for (const [index, column] of COLUMNS.entries()) {
    const cell = row[index];
    if (cell !== null) line += `${line === '' ? '{' : ','}"${column}":${JSON.stringify(cell)}`;
  }
  return `${line}}\n`;
}
