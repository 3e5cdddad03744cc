import type { Entry, Namespace, Project, User } from '../entities.ts';

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** A project as the world keeps it. Other rooms get it as the read-only {@link Project}. */
export interface StoredProject extends Writable<Omit<Project, 'namespace'>> {
  namespace: StoredNamespace;
  deleted: boolean;
  readonly allowlist: Allowlist;
}

/** Entries in the order they were added; the maps are null while they are empty, which most are. */
export interface Allowlist {
  projects: Map<number, Entry> | null;
  groups: Map<number, Entry> | null;
}

/** A group or a personal namespace with what lies in it. */
export interface StoredNamespace extends Writable<Omit<Namespace, 'parent'>> {
  readonly parent: StoredNamespace | null;
  readonly children: StoredNamespace[];
  readonly projects: StoredProject[];
}

/** A user with the roles that are held directly. */
export interface StoredUser extends User {
  /** Direct memberships: access level by group id and by project id. */
  readonly groupLevels: Map<number, number>;
  readonly projectLevels: Map<number, number>;
}
