import { UNREAD_FACTS, type AllowlistEntry } from '../../../domain/project.ts';
import { epochMs, projectId } from '../../../domain/values.ts';
import type { LogRow, ProjectReading } from '../../../engine/ports.ts';
import type { z } from 'zod';
import type { Problem } from '../graphql/graphql.ts';
import type { EntryNode, LogNode, ProjectNode } from '../graphql/schema.ts';

/** Newer servers read at most so many log rows per callee, in no order, and say nothing of the rest (FACTS e). */
const LOG_CUT = 1_000;

/** One project while its inner lists are being completed. */
export interface RawReading {
  readonly node: ProjectNode;
  readonly entries: AllowlistEntry[] | null;
  readonly log: LogRow[] | null;
  /** Why something could not be read; null when all was. */
  readonly unread: string | null;
}

/** What of the project was asked for, so that a missing field can be told from one that was not asked for. */
export interface Asked {
  readonly entries: boolean;
  readonly log: boolean;
}

/** Puts a node and the errors that belong to it into our words. */
export function rawReading(node: ProjectNode, problems: readonly Problem[], asked: Asked): RawReading {
  const settings = node.ciCdSettings?.inboundJobTokenScopeEnabled ?? null;
  const entries = asked.entries ? entriesOf(node) : [];
  const log = asked.log ? logOf(node.ciJobTokenAuthLogs?.nodes ?? null) : null;
  const missing = [
    ...(settings === null ? ['the setting'] : []),
    ...(entries === null ? ['the allowlist entries'] : []),
    ...(asked.log && log === null ? ['the log'] : []),
  ];
  const unread = missing.length === 0 && problems.length === 0 ? null : reasonOf(node, missing, problems);
  return { node, entries, log, unread };
}

function reasonOf(node: ProjectNode, missing: readonly string[], problems: readonly Problem[]): string {
  const words = [...new Set(problems.map(({ message }) => message))].join('; ');
  const what = missing.length === 0 ? 'a part of the project' : missing.join(' and ');
  const level = node.maxAccessLevel?.integerValue ?? null;
  const role = level !== null && level < 40 ? ` (the token has access level ${level}, Maintainer is 40)` : '';
  return `${what} could not be read${role}${words === '' ? '' : `: ${words}`}`;
}

function entriesOf(node: ProjectNode): AllowlistEntry[] | null {
  const lists = node.ciJobTokenScopeAllowlist;
  const projects = lists?.projectsAllowlist?.nodes;
  const groups = lists?.groupsAllowlist?.nodes;
  if (!projects || !groups) return null;
  return toEntries(projects, groups);
}

type EntryRow = z.infer<typeof EntryNode> | null;

/** Null when one of the entries names nobody: an incomplete list must not pass for the whole one. */
export function toEntries(projects: readonly EntryRow[], groups: readonly EntryRow[]): AllowlistEntry[] | null {
  const entries = [
    ...projects.map((entry) => (entry === null ? null : toEntry(entry, 'project'))),
    ...groups.map((entry) => (entry === null ? null : toEntry(entry, 'group'))),
  ];
  return entries.every((entry) => entry !== null) ? entries : null;
}

function toEntry(entry: z.infer<typeof EntryNode>, kind: AllowlistEntry['kind']): AllowlistEntry | null {
  const { target } = entry;
  if (!target) return null;
  // Servers before 17.8 have default permissions only.
  const defaultPermissions = entry.defaultPermissions ?? (entry.jobTokenPolicies ?? []).length === 0;
  return {
    kind,
    id: target.id,
    path: target.fullPath,
    defaultPermissions,
    policies: defaultPermissions ? [] : [...(entry.jobTokenPolicies ?? [])].sort(),
    addedBy: entry.addedBy?.username ?? null,
    createdAt: entry.createdAt ?? null,
  };
}

/** Rows whose caller is gone or hidden name nobody; GitLab's own page hides them too. */
export function logOf(nodes: readonly (z.infer<typeof LogNode> | null)[] | null): LogRow[] | null {
  if (nodes === null) return null;
  return nodes.flatMap((row) =>
    row?.originProject
      ? [
          {
            caller: { id: projectId(row.originProject.id), path: row.originProject.fullPath },
            lastAuthorizedAt: row.lastAuthorizedAt,
          },
        ]
      : [],
  );
}

/** @param enforced - whether the instance enforces; null where that could not be told */
export function toReading(raw: RawReading, enforced: boolean | null, readAt: number): ProjectReading {
  const { node, entries, log } = raw;
  const stored = node.ciCdSettings?.inboundJobTokenScopeEnabled ?? null;
  const effective = stored === true ? true : enforced;
  const unread =
    raw.unread ??
    (effective === null
      ? 'whether the instance enforces allowlists could not be read, so the effective setting is unknown'
      : null);
  const whole = unread === null && entries !== null && effective !== null;
  return {
    project: {
      id: projectId(node.id),
      path: node.fullPath,
      visibility: node.visibility,
      archived: node.archived ?? false,
      personal: !node.group,
      accessLevel: node.maxAccessLevel?.integerValue ?? null,
      allowlist: whole ? { stored, effective, entries: inOrder(entries) } : null,
      unread,
      log: log === null ? null : { rows: log.length, cut: log.length >= LOG_CUT },
      readAt: epochMs(readAt),
      facts: {
        ...UNREAD_FACTS,
        crossProjectPush: node.ciCdSettings?.crossProjectPushForJobTokenAllowed ?? null,
        lastActivityAt: node.lastActivityAt ?? null,
        ciConfigPath: ciConfigPathOf(node.ciConfigPathOrDefault),
      },
    },
    log: log ?? [],
  };
}

/** Null for the usual place. */
export const ciConfigPathOf = (path: string | null | undefined): string | null =>
  path == null || path === '' || path === '.gitlab-ci.yml' ? null : path;

/** GitLab promises no order; one of our own makes two readings comparable. */
function inOrder(entries: readonly AllowlistEntry[]): readonly AllowlistEntry[] {
  return [...entries].sort((a, b) => (a.kind === b.kind ? a.id - b.id : a.kind < b.kind ? 1 : -1));
}
