import { isDeepStrictEqual } from 'node:util';
import { LOG_LIMIT } from '../../../domain/edges/gap.ts';
import { sameTarget, UNREAD_FACTS, type AllowlistEntry } from '../../../domain/project.ts';
import { epochMs, projectId } from '../../../domain/values.ts';
import type { LogRow, ProjectReading } from '../../../engine/ports.ts';
import type { z } from 'zod';
import type { Problem } from '../graphql/graphql.ts';
import type { EntryNode, LogNode, ProjectNode } from '../graphql/schema.ts';

/** One project while its inner lists are being completed. */
export interface RawReading {
  readonly node: ProjectNode;
  readonly entries: AllowlistEntry[] | null;
  /** Entries of those whom the token may not see. */
  readonly nameless: readonly Nameless[];
  readonly log: LogRow[] | null;
  /** Rows of the log whose caller is gone or hidden. */
  readonly hiddenRows: number;
  /** Why something could not be read; null when all was. */
  readonly unread: string | null;
}

/** GitLab shows such an entry with what it grants, and leaves out whom it admits. */
export type Nameless = Omit<AllowlistEntry, 'id' | 'path'>;

/** What of the project was asked for, so that a missing field can be told from one that was not asked for. */
export interface Asked {
  readonly entries: boolean;
  readonly log: boolean;
}

/** Puts a node and the errors that belong to it into our words. */
export function rawReading(node: ProjectNode, problems: readonly Problem[], asked: Asked): RawReading {
  const settings = node.ciCdSettings?.inboundJobTokenScopeEnabled ?? null;
  const listed = asked.entries ? entriesOf(node) : NO_ENTRIES;
  const log = asked.log ? logOf(node.ciJobTokenAuthLogs?.nodes ?? null) : null;
  const missing = [
    ...(settings === null ? ['the setting'] : []),
    ...(listed === null ? ['the allowlist entries'] : []),
    ...(asked.log && log === null ? ['the log'] : []),
  ];
  const unread = missing.length === 0 && problems.length === 0 ? null : reasonOf(node, missing, problems);
  const hiddenRows = hiddenRowsOf(node.ciJobTokenAuthLogs?.nodes ?? []);
  return { node, entries: listed?.entries ?? null, nameless: listed?.nameless ?? [], log, hiddenRows, unread };
}

function reasonOf(node: ProjectNode, missing: readonly string[], problems: readonly Problem[]): string {
  const words = [...new Set(problems.map(({ message }) => message))].join('; ');
  const what = missing.length === 0 ? 'a part of the project' : missing.join(' and ');
  const level = node.maxAccessLevel?.integerValue ?? null;
  const role = level !== null && level < 40 ? ` (the token has access level ${level}, Maintainer is 40)` : '';
  return `${what} could not be read${role}${words === '' ? '' : `: ${words}`}`;
}

/** Entries by what is known of them. */
interface Listed {
  readonly entries: AllowlistEntry[];
  readonly nameless: readonly Nameless[];
}

const NO_ENTRIES: Listed = { entries: [], nameless: [] };

function entriesOf(node: ProjectNode): Listed | null {
  const lists = node.ciJobTokenScopeAllowlist;
  const projects = lists?.projectsAllowlist?.nodes;
  const groups = lists?.groupsAllowlist?.nodes;
  if (!projects || !groups) return null;
  return toEntries(projects, groups);
}

type EntryRow = z.infer<typeof EntryNode> | null;

/** Null when one of the entries is not there at all: an incomplete list must not pass for the whole one. */
export function toEntries(projects: readonly EntryRow[], groups: readonly EntryRow[]): Listed | null {
  const listed: Listed & { nameless: Nameless[] } = { entries: [], nameless: [] };
  for (const [kind, rows] of [['project', projects] as const, ['group', groups] as const]) {
    for (const row of rows) {
      if (row === null) return null;
      const nameless = namelessOf(row, kind);
      if (row.target) listed.entries.push({ ...nameless, id: row.target.id, path: row.target.fullPath });
      else listed.nameless.push(nameless);
    }
  }
  return listed;
}

function namelessOf(entry: z.infer<typeof EntryNode>, kind: AllowlistEntry['kind']): Nameless {
  // Servers before 17.8 have default permissions only.
  const defaultPermissions = entry.defaultPermissions ?? (entry.jobTokenPolicies ?? []).length === 0;
  return {
    kind,
    defaultPermissions,
    policies: defaultPermissions ? [] : [...(entry.jobTokenPolicies ?? [])].sort(),
    addedBy: entry.addedBy?.username ?? null,
    createdAt: entry.createdAt ?? null,
  };
}

/**
 * Gives names to entries that GraphQL showed without, by the list of REST, which names everybody and tells no permissions.
 *
 * @returns null where it cannot be told which of them has which permissions, or the list has changed in between
 */
export function withNames(
  { entries, nameless }: Pick<RawReading, 'entries' | 'nameless'>,
  listed: readonly AllowlistEntry[],
): AllowlistEntry[] | null {
  const known = entries ?? [];
  const all = [...known];
  for (const kind of ['project', 'group'] as const) {
    const shown = nameless.filter((entry) => entry.kind === kind);
    const hidden = listed.filter((one) => one.kind === kind && !known.some((entry) => sameTarget(entry, one)));
    const [first] = shown;
    if (shown.length !== hidden.length) return null;
    if (first === undefined) continue;
    if (!shown.every((entry) => isDeepStrictEqual(grantOf(entry), grantOf(first)))) return null;
    const sure = shown.length === 1 ? first : { ...first, addedBy: null, createdAt: null };
    all.push(...hidden.map(({ id, path }) => ({ ...sure, id, path })));
  }
  return all;
}

const grantOf = ({ defaultPermissions, policies }: Nameless): object => ({ defaultPermissions, policies });

type LogRows = readonly (z.infer<typeof LogNode> | null)[];

/** How many rows name nobody, as their caller is gone or hidden. */
export const hiddenRowsOf = (nodes: LogRows): number => nodes.filter((row) => !row?.originProject).length;

/** Rows whose caller is gone or hidden name nobody; GitLab's own page hides them too. */
export function logOf(nodes: LogRows | null): LogRow[] | null {
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
  const { node, entries, log, hiddenRows } = raw;
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
      log: log === null ? null : { rows: log.length, cut: hiddenRows > 0 || log.length >= LOG_LIMIT },
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
export function inOrder(entries: readonly AllowlistEntry[]): readonly AllowlistEntry[] {
  return [...entries].sort((a, b) => (a.kind === b.kind ? a.id - b.id : a.kind < b.kind ? 1 : -1));
}
