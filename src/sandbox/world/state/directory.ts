import type { StoredNamespace, StoredProject, StoredUser } from './records.ts';
import { VISIBILITIES } from '../vocabulary.ts';
import type { Visibility } from '../vocabulary.ts';
import type { EpochMs, Found } from '../entities.ts';

/** Who and what is there, and by which names: namespaces, projects and users, by id and by path in any case. */
export class Directory {
  private readonly projectsById = new Map<number, StoredProject>();
  private readonly projectsByPath = new Map<string, StoredProject>();
  /** Old paths of moved projects. GitLab drops one when another project takes the path. */
  private readonly redirects = new Map<string, StoredProject>();
  private readonly namespacesByPath = new Map<string, StoredNamespace>();
  private readonly groupsById = new Map<number, StoredNamespace>();
  private readonly usersById = new Map<number, StoredUser>();
  private readonly usersByName = new Map<string, StoredUser>();
  private sortedProjects: readonly StoredProject[] | null = null;
  private readonly descendants = new Map<number, readonly StoredProject[]>();
  private nextNamespaceId = 1;
  private readonly madeAt: EpochMs;

  /** @param madeAt - when everything in it came to be */
  constructor(madeAt: EpochMs) {
    this.madeAt = madeAt;
  }

  addUser(username: string, admin: boolean): StoredUser {
    const id = this.usersById.size + 1;
    const user: StoredUser = {
      id,
      username,
      admin,
      createdAt: this.madeAt,
      groupLevels: new Map(),
      projectLevels: new Map(),
    };
    this.usersById.set(user.id, user);
    this.usersByName.set(username.toLowerCase(), user);
    this.addNamespace('user', username, null);
    return user;
  }

  /** The group of that path, made with all its parents where it is missing; a user's namespace is found as well. */
  namespaceAt(fullPath: string): StoredNamespace {
    const found = this.namespacesByPath.get(fullPath.toLowerCase());
    if (found !== undefined) return found;
    const cut = fullPath.lastIndexOf('/');
    return this.addNamespace('group', fullPath, cut < 0 ? null : this.namespaceAt(fullPath.slice(0, cut)));
  }

  private addNamespace(
    kind: StoredNamespace['kind'],
    fullPath: string,
    parent: StoredNamespace | null,
  ): StoredNamespace {
    const namespace: StoredNamespace = {
      kind,
      id: this.nextNamespaceId++,
      path: lastSegment(fullPath),
      fullPath,
      parent,
      visibility: kind === 'user' ? 'public' : 'private',
      createdAt: this.madeAt,
      children: [],
      projects: [],
    };
    this.namespacesByPath.set(fullPath.toLowerCase(), namespace);
    if (kind === 'group') this.groupsById.set(namespace.id, namespace);
    parent?.children.push(namespace);
    return namespace;
  }

  addProject(project: StoredProject): void {
    this.projectsById.set(project.id, project);
    this.projectsByPath.set(project.fullPath.toLowerCase(), project);
    insertById(project.namespace.projects, project);
    this.showGroupsOf(project);
    this.forgetLists();
  }

  /** A group is at least as visible as what it holds. */
  showGroupsOf(project: StoredProject): void {
    for (let group: StoredNamespace | null = project.namespace; group !== null; group = group.parent) {
      if (isMoreVisible(project.visibility, group.visibility)) group.visibility = project.visibility;
    }
  }

  moveProject(project: StoredProject, newFullPath: string): void {
    this.takeOut(project);
    this.redirects.set(project.fullPath.toLowerCase(), project);
    this.redirects.delete(newFullPath.toLowerCase());
    project.fullPath = newFullPath;
    project.path = lastSegment(newFullPath);
    project.namespace = this.namespaceAt(newFullPath.slice(0, newFullPath.lastIndexOf('/')));
    this.addProject(project);
  }

  removeProject(project: StoredProject): void {
    this.takeOut(project);
    this.projectsById.delete(project.id);
    project.deleted = true;
  }

  private takeOut(project: StoredProject): void {
    this.projectsByPath.delete(project.fullPath.toLowerCase());
    const siblings = project.namespace.projects;
    siblings.splice(siblings.indexOf(project), 1);
    this.forgetLists();
  }

  private forgetLists(): void {
    this.sortedProjects = null;
    this.descendants.clear();
  }

  projects(): readonly StoredProject[] {
    this.sortedProjects ??= [...this.projectsById.values()].sort((left, right) => left.id - right.id);
    return this.sortedProjects;
  }

  projectsBelow(group: StoredNamespace): readonly StoredProject[] {
    const known = this.descendants.get(group.id);
    if (known !== undefined) return known;
    const found: StoredProject[] = [];
    const open = [group];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      found.push(...next.projects);
      open.push(...next.children);
    }
    found.sort((left, right) => left.id - right.id);
    this.descendants.set(group.id, found);
    return found;
  }

  project(id: number): StoredProject | null {
    return this.projectsById.get(id) ?? null;
  }

  findProject(fullPath: string): (Found & { readonly project: StoredProject }) | null {
    const path = fullPath.toLowerCase();
    const project = this.projectsByPath.get(path);
    if (project !== undefined) return { project, moved: false };
    const moved = this.redirects.get(path);
    return moved === undefined || moved.deleted ? null : { project: moved, moved: true };
  }

  isTaken(fullPath: string): boolean {
    return this.projectsByPath.has(fullPath.toLowerCase()) || this.namespacesByPath.has(fullPath.toLowerCase());
  }

  groups(): readonly StoredNamespace[] {
    return [...this.groupsById.values()];
  }

  group(id: number): StoredNamespace | null {
    return this.groupsById.get(id) ?? null;
  }

  /** Groups only; a user's personal namespace is left out. */
  groupAt(fullPath: string): StoredNamespace | null {
    const found = this.namespaceIfAny(fullPath);
    return found?.kind === 'group' ? found : null;
  }

  namespaceIfAny(fullPath: string): StoredNamespace | null {
    return this.namespacesByPath.get(fullPath.toLowerCase()) ?? null;
  }

  users(): readonly StoredUser[] {
    return [...this.usersById.values()];
  }

  user(id: number): StoredUser | null {
    return this.usersById.get(id) ?? null;
  }

  userNamed(username: string): StoredUser | null {
    return this.usersByName.get(username.toLowerCase()) ?? null;
  }
}

/** `core` of `acme/libs/core`. */
export function lastSegment(fullPath: string): string {
  return fullPath.slice(fullPath.lastIndexOf('/') + 1);
}

/** Whether the first lets more people see than the second. */
export function isMoreVisible(left: Visibility, right: Visibility): boolean {
  return VISIBILITIES.indexOf(left) > VISIBILITIES.indexOf(right);
}

function insertById(list: StoredProject[], project: StoredProject): void {
  // Projects mostly come in the order of their ids, some thousands into one group.
  if ((list.at(-1)?.id ?? 0) < project.id) {
    list.push(project);
    return;
  }
  list.splice(
    list.findIndex(({ id }) => id > project.id),
    0,
    project,
  );
}
