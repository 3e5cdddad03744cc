import { listEntries } from '../state/allowlists.ts';
import type { Changes } from './changes.ts';
import type { Clock } from '../clock.ts';
import type { Directory } from '../state/directory.ts';
import type { Entry } from '../entities.ts';
import { isLimited, type Instance } from '../access/instance.ts';
import type { Role } from '../vocabulary.ts';
import type { Change, ChangedPolicies, NewEntry, Outcome, ProjectUpdate } from '../state/writes.ts';

/** What people read and change: the allowlists, the instance's switch, projects themselves. */
export interface Settings {
  enforced(): boolean;
  effectiveInbound(projectId: number): boolean;
  /** Entries of a callee in the order they were added; entries of deleted targets are gone. */
  entries(projectId: number): readonly Entry[];
  setInbound(projectId: number, enabled: boolean): Outcome;
  setEnforced(enabled: boolean): Outcome;
  addEntry(projectId: number, entry: NewEntry): Outcome;
  removeEntry(projectId: number, kind: Entry['kind'], targetId: number): Outcome;
  updatePolicies(projectId: number, kind: Entry['kind'], targetId: number, value: ChangedPolicies): Outcome;
  updateProject(projectId: number, update: ProjectUpdate): Outcome;
  /** After a push: exactly these files from now on. */
  replaceFiles(projectId: number, files: Readonly<Record<string, string>>): Outcome;
  /** Moves or renames; missing groups on the way are made, the old path is remembered for redirects. */
  moveProject(projectId: number, newFullPath: string): Outcome;
  /** Its jobs stop, its rows and the entries that name it go. */
  deleteProject(projectId: number): Outcome;
  /** Gives somebody a role in a group or project from now on; null takes it away. What the groups above give stays. */
  setRole(userId: number, path: string, role: Role | null): Outcome;
  /** Called after each change of state, whoever made it. Returns the way to stop. */
  onChange(listener: (change: Change) => void): () => void;
}

export function settingsOf(directory: Directory, instance: Instance, changes: Changes, clock: Clock): Settings {
  return {
    enforced: () => instance.enforced,
    effectiveInbound: (projectId) => {
      const project = directory.project(projectId);
      return project !== null && isLimited(instance, project);
    },
    entries: (projectId) => {
      const project = directory.project(projectId);
      return project === null ? [] : listEntries(project.allowlist);
    },
    setInbound: (projectId, enabled) => changes.setInbound(projectId, enabled),
    setEnforced: (enabled) => changes.setEnforced(enabled),
    addEntry: (projectId, entry) => changes.addEntry(projectId, entry, clock.now()),
    removeEntry: (projectId, kind, targetId) => changes.removeEntry(projectId, kind, targetId),
    updatePolicies: (projectId, kind, targetId, value) =>
      changes.updatePolicies(projectId, kind, targetId, value, clock.now()),
    updateProject: (projectId, update) => changes.updateProject(projectId, update),
    replaceFiles: (projectId, files) => changes.replaceFiles(projectId, files),
    moveProject: (projectId, newFullPath) => changes.moveProject(projectId, newFullPath),
    deleteProject: (projectId) => changes.deleteProject(projectId),
    setRole: (userId, path, role) => changes.setRole(userId, path, role),
    onChange: (listener) => changes.onChange(listener),
  };
}
