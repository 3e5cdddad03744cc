import { DEFAULT_PERMISSIONS, type Decision } from '../decisions/decision.ts';
import type { Edge } from './edge.ts';
import type { NarrowingFacts } from '../access/permissions.ts';
import type { EntryPermissions } from '../project.ts';
import { evidenceLine, observedPermissions } from '../decisions/rules.ts';
import { isoTime } from '../values.ts';

/** Columns of an exported table of edges, in order. `revision` is the id of the decision it was exported with, 0 for none. */
export const TABLE_COLUMNS = [
  'caller',
  'callee',
  'state',
  'replacement',
  'access',
  'permissions',
  'owner',
  'reason',
  'expires',
  'evidence',
  'revision',
] as const;

/** A column of the table, by its heading. */
export type TableColumn = (typeof TABLE_COLUMNS)[number];
/** Columns without which a row says nothing, or could overwrite a decision unseen. */
export const REQUIRED_COLUMNS: readonly TableColumn[] = ['caller', 'callee', 'state', 'reason', 'revision'];

/** One row as text, a cell for each column; empty where it says nothing. */
export type TableRow = Readonly<Record<TableColumn, string>>;

/** `default`, or the policies with spaces between them; what `parsePermissions` of an import reads. */
export const permissionsCell = ({ defaultPermissions, policies }: EntryPermissions): string =>
  defaultPermissions ? 'default' : policies.length === 0 ? 'none' : policies.join(' ');

/**
 * Reads permissions as a person writes them: `default`, `observed`, `none`, or names of policies with spaces or commas
 * between them.
 *
 * @returns what they are for an edge, null for a pair that was never seen; or what is wrong
 */
export function readPermissions(
  text: string,
  narrowing: NarrowingFacts,
): ((edge: Edge | null) => EntryPermissions) | string {
  const { policies } = narrowing;
  const word = text.trim().toLowerCase();
  if (word === '' || word === 'default') return () => DEFAULT_PERMISSIONS;
  if (word === 'observed') return (edge) => (edge ? observedPermissions(edge, narrowing) : DEFAULT_PERMISSIONS);
  if (word === 'none') return () => ({ defaultPermissions: false, policies: [] });
  const names = [
    ...new Set(
      text
        .trim()
        .toUpperCase()
        .split(/[\s,]+/),
    ),
  ].sort();
  const strange = names.find((name) => !policies.includes(name));
  if (strange === undefined) return () => ({ defaultPermissions: false, policies: names });
  return `"${strange}": this GitLab has no ${policies.length === 0 ? 'fine-grained permissions' : 'such policy'}`;
}

/**
 * One edge as a line of the table. An undecided edge has no reason, also when an approval of it has expired: whoever
 * decides it again has to say why.
 */
export function tableRow(edge: Edge, decision: Decision | null): TableRow {
  const stands = edge.state === 'undecided' ? null : decision;
  const approval = edge.state === 'approved' ? stands : null;
  return {
    caller: edge.callerPath,
    callee: edge.calleePath,
    state: edge.state,
    replacement: stands?.replacedBy ?? '',
    access: edge.access.join(' '),
    permissions: approval ? permissionsCell(approval.permissions) : '',
    owner: stands?.owner ?? '',
    reason: stands?.reason ?? '',
    expires: approval?.expiresAt == null ? '' : isoTime(approval.expiresAt),
    evidence: edge.sources.length === 0 ? '' : evidenceLine(edge),
    revision: String(edge.decisionId ?? 0),
  };
}
