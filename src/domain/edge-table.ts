import type { Decision } from './decision.ts';
import type { Edge } from './edge.ts';
import type { EntryPermissions } from './project.ts';
import { evidenceLine } from './rules.ts';
import { isoTime } from './values.ts';

/** What a caller may use in place of its job token, once its edge is replaced. */
export const REPLACEMENTS = ['deploy-token', 'project-access-token', 'service-account', 'public-read'] as const;
export type Replacement = (typeof REPLACEMENTS)[number];

export const isReplacement = (text: string): text is Replacement => (REPLACEMENTS as readonly string[]).includes(text);

/** A replaced edge says by what at the beginning of its reason: `deploy-token: pushes images`. */
export const replacementReason = (by: Replacement, reason: string): string => `${by}: ${reason}`;

/** The credential that a reason begins with; null when it names none. */
export function replacementOf(reason: string): Replacement | null {
  const word = /^([a-z-]+): ?\S/.exec(reason)?.[1] ?? '';
  return isReplacement(word) ? word : null;
}

/** Columns of an exported table of edges, in order. `revision` is the id of the decision it was exported with, 0 for none. */
export const TABLE_COLUMNS = [
  'caller',
  'callee',
  'state',
  'access',
  'permissions',
  'reason',
  'expires',
  'evidence',
  'revision',
] as const;
export type TableColumn = (typeof TABLE_COLUMNS)[number];
/** Columns without which a row says nothing, or could overwrite a decision unseen. */
export const REQUIRED_COLUMNS: readonly TableColumn[] = ['caller', 'callee', 'state', 'reason', 'revision'];

export type TableRow = Readonly<Record<TableColumn, string>>;

/** `default`, or the policies with spaces between them; what `parsePermissions` of an import reads. */
export const permissionsCell = ({ defaultPermissions, policies }: EntryPermissions): string =>
  defaultPermissions ? 'default' : policies.length === 0 ? 'none' : policies.join(' ');

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
    access: edge.access.join(' '),
    permissions: approval ? permissionsCell(approval.permissions) : '',
    reason: stands?.reason ?? '',
    expires: approval?.expiresAt == null ? '' : isoTime(approval.expiresAt),
    evidence: edge.sources.length === 0 ? '' : evidenceLine(edge),
    revision: String(edge.decisionId ?? 0),
  };
}
