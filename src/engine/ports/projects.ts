import type { AllowlistState, Project, ProjectOutline, ProjectRef } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { FeatureLevels } from './readings.ts';

/** Projects in scope by what they are now; `known`: callers from outside too. */
export interface ProjectCounts {
  readonly inScope: number;
  readonly enforced: number;
  readonly open: number;
  readonly unread: number;
  readonly known: number;
}

/** What an inventory found to be different from the one before. Counts are whole; renames are listed up to a hundred. */
export interface InventoryChanges {
  readonly added: number;
  readonly gone: number;
  readonly renamed: number;
  /** Projects whose setting, entries or visibility are no longer the same. */
  readonly switched: number;
  readonly entries: number;
  readonly visibility: number;
  readonly newEdges: number;
  readonly renames: readonly { readonly from: string; readonly to: string }[];
}

/** What is kept of a finished inventory. */
export interface InventorySummary {
  readonly changes: InventoryChanges;
  readonly requests: number;
  readonly jobsCountedAt: EpochMs | null;
  /** When single projects were last looked at. */
  readonly lookedAt: EpochMs | null;
}

/** What a name in the playbook's scope stands for: kept by GitLab's id from the first look on, so that renames are followed. */
export interface ScopeName {
  readonly kind: 'group' | 'project';
  /** As the playbook has it. */
  readonly name: string;
  readonly id: number;
  /** Its full path when it was last looked at. */
  readonly path: string;
}

/** Projects: settings, entries, features, and how busy they are. */
export interface ProjectStore {
  /** Inserts or updates by id; `seen` numbers the inventory that brought them. */
  putProjects(projects: readonly Project[], seen: number): Promise<void>;
  /** Makes sure that callers known by name alone have a row, without touching what is known of them. */
  putCallers(refs: readonly ProjectRef[]): Promise<void>;
  updateAllowlist(id: ProjectId, state: AllowlistState, readAt: EpochMs): Promise<void>;
  project(id: ProjectId): Promise<Project | null>;
  projectByPath(path: string): Promise<Project | null>;
  /** In order of path; `unread`: those alone that could not be read, or were. */
  projects(filter?: { readonly inScope?: boolean; readonly unread?: boolean }): Promise<readonly Project[]>;
  /** All of them, in order of path, without what takes room. */
  outlines(): Promise<readonly ProjectOutline[]>;
  /** Projects in scope by what they are now, without loading them. */
  countProjects(): Promise<ProjectCounts>;
  /** Projects in scope that the inventory `seen` has not brought so far, by rising id behind `after`. */
  unseen(seen: number, after: number, limit: number): Promise<readonly ProjectRef[]>;
  /** Projects in scope that the inventory `seen` did not bring: gone, moved away or hidden. */
  forgetUnseen(seen: number): Promise<readonly ProjectRef[]>;
  /** Those of these ids that are known, in no order. */
  projectsById(ids: readonly ProjectId[]): Promise<readonly Project[]>;
  putFeatures(rows: readonly { readonly id: ProjectId; readonly features: FeatureLevels }[]): Promise<void>;
  /** Before jobs are counted anew: projects without a pipeline are not in the list. */
  clearWeeklyJobs(): Promise<void>;
  putWeeklyJobs(rows: readonly { readonly id: ProjectId; readonly jobs: number }[]): Promise<void>;
}

/** Where an inventory stands, and what the finished ones found. */
export interface InventoryStore {
  /** Where a half-done inventory stands; null when none is under way. */
  inventoryCursor(): Promise<{ readonly seen: number; readonly cursor: string; readonly done: number } | null>;
  setInventoryCursor(
    cursor: { readonly seen: number; readonly cursor: string; readonly done: number } | null,
  ): Promise<void>;
  /** Number of the last finished inventory; 0 before the first. */
  inventories(): Promise<{ readonly count: number; readonly firstAt: EpochMs | null; readonly lastAt: EpochMs | null }>;
  finishInventory(seen: number, at: EpochMs, summary?: InventorySummary): Promise<void>;
  /** Of the last finished inventory; null before the first, and for those of earlier versions. */
  inventorySummary(): Promise<InventorySummary | null>;
  /** Where pages of the last finished inventory ended in this scope, in order; empty when there was none. */
  inventoryPages(scope: string, from: number, limit: number): Promise<readonly string[]>;
  putInventoryPages(seen: number, scope: string, from: number, cursors: readonly string[]): Promise<void>;
  scopeNames(): Promise<readonly ScopeName[]>;
  /** Takes the place of all names of that kind. */
  putScopeNames(kind: ScopeName['kind'], names: readonly ScopeName[]): Promise<void>;
}
