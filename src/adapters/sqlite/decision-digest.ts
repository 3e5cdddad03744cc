import { createHash } from 'node:crypto';
import type { Connection } from './connection.ts';

/**
 * The columns of a decision in the order in which they are hashed. Only ever add to the end: a column that is null is
 * left out, so that digests of before a column was there stay what they are.
 */
const COLUMNS = [
  ...['id', 'kind', 'callee', 'caller', 'group_id', 'group_path', 'verdict', 'by_kind', 'by_name', 'reason'],
  ...['default_permissions', 'policies', 'evidence', 'decided_at', 'expires_at', 'replaced_by', 'owner'],
] as const;

const RANGE = `select ${COLUMNS.join(', ')} from decisions where id >= ? and id < ? order by id`;

/** SHA-256 over one line of JSON per decision, as it is stored now. */
export function decisionDigest(connection: Connection, first: number, count: number): string {
  const hash = createHash('sha256');
  const rows = connection.statement<[number, number], Readonly<Record<string, unknown>>>(RANGE);
  for (const row of rows.iterate(first, first + count)) hash.update(`${lineOf(row)}\n`);
  return hash.digest('hex');
}

function lineOf(row: Readonly<Record<string, unknown>>): string {
  const kept: Record<string, unknown> = {};
  for (const column of COLUMNS) if (row[column] !== null) kept[column] = row[column];
  return JSON.stringify(kept);
}
