import type { FeatureAccess, SharedFeature } from './access/features.ts';
import type { EpochMs, ProjectId } from './values.ts';

/** Who may see a project; `unknown`: GitLab named one that this version does not know. */
export type Visibility = 'private' | 'internal' | 'public' | 'unknown';

/** Names one project: the id is identity, the path is what it was called when last read. */
export interface ProjectRef {
  readonly id: ProjectId;
  readonly path: string;
}

/** Who may be let in by one line of an allowlist. */
export interface EntryTarget {
  readonly kind: 'project' | 'group';
  /** GitLab's id of the project or group. */
  readonly id: number;
  readonly path: string;
}

/** What an entry lets its callers do: everything a job token may do, or the listed fine-grained policies alone. */
export interface EntryPermissions {
  readonly defaultPermissions: boolean;
  /** Names of `CiJobTokenScopePolicies`, sorted; empty with default permissions. */
  readonly policies: readonly string[];
}

/** One line of a callee's allowlist as GitLab holds it. */
export interface AllowlistEntry extends EntryTarget, EntryPermissions {
  readonly addedBy: string | null;
  readonly createdAt: EpochMs | null;
}

/** The job token scope of one callee, read at one moment. */
export interface AllowlistState {
  /** The project's own setting; null where only the effective one could be read. */
  readonly stored: boolean | null;
  /** What GitLab acts on: the stored setting, or true where the instance enforces. */
  readonly effective: boolean;
  readonly entries: readonly AllowlistEntry[];
}

/** What an inventory learns beside settings and entries. Null, and features that are left out, were not read. */
export interface ProjectFacts {
  /** Levels of the features that a public or internal project may share; private projects share none. */
  readonly features: Readonly<Partial<Record<SharedFeature, FeatureAccess>>>;
  /** Whether allowlisted projects may push here (19.x). */
  readonly crossProjectPush: boolean | null;
  /** When something last happened in its repository, as GitLab tells it: to the hour. */
  readonly lastActivityAt: EpochMs | null;
  /** Jobs of the pipelines that finished within the week before they were last counted; a lower bound. */
  readonly weeklyJobs: number | null;
  /** Where its CI configuration stands: a path, `file@project` or an address; null for `.gitlab-ci.yml`, or unread. */
  readonly ciConfigPath: string | null;
}

/** The facts of a project of which nothing was read. */
export const UNREAD_FACTS: ProjectFacts = {
  features: {},
  crossProjectPush: null,
  lastActivityAt: null,
  weeklyJobs: null,
  ciConfigPath: null,
};

/** A project as the inventory keeps it. */
export interface Project extends ProjectRef {
  readonly visibility: Visibility;
  readonly archived: boolean;
  /** True for a project in a personal namespace, which no group entry can admit. */
  readonly personal: boolean;
  /** The token's own access level there (40 maintainer); null when unknown. */
  readonly accessLevel: number | null;
  /** Part of this rollout as a callee; others are known as callers only. */
  readonly inScope: boolean;
  /** Null when it could not be read: `unread` then says why. Never to be taken for "open" or "no entries". */
  readonly allowlist: AllowlistState | null;
  /** Why settings, entries or log could not be read; null when all was read. */
  readonly unread: string | null;
  /** Log rows seen at the last reading and whether GitLab may have cut the list; null when the log was not readable. */
  readonly log: { readonly rows: number; readonly cut: boolean } | null;
  readonly readAt: EpochMs | null;
  /** Left out for a project known by name alone. */
  readonly facts?: ProjectFacts;
}

/** What there is to know of every project where lists are written: some hundred thousand of these are in memory at once. */
export type ProjectOutline = Pick<Project, 'id' | 'path' | 'visibility' | 'archived' | 'personal' | 'inScope'>;

/** The two settings that differ from "read": an unread project is neither open nor enforced. */
export const isEnforced = (project: Project): boolean | null => project.allowlist?.effective ?? null;

/** Do both entries name the same project or group? By id: paths change. */
export const sameTarget = (a: EntryTarget, b: EntryTarget): boolean => a.kind === b.kind && a.id === b.id;

/** A key that is unique within one allowlist: `project:12`, `group:7`. */
export const targetKey = (target: EntryTarget): string => `${target.kind}:${target.id}`;

/** Do both entries grant the same? The order of policies does not matter, nor do policies beside the default. */
export function samePermissions(a: EntryPermissions, b: EntryPermissions): boolean {
  if (a.defaultPermissions !== b.defaultPermissions) return false;
  if (a.defaultPermissions) return true;
  return a.policies.length === b.policies.length && a.policies.every((policy) => b.policies.includes(policy));
}
