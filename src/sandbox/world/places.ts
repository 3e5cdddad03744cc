import type { Directory } from './state/directory.ts';
import type { Found, Member, Namespace, Project, User } from './entities.ts';
import {
  accessLevel,
  canReadGroup,
  canReadProject,
  memberLevel,
  membersOf,
  namespaceLevel,
} from './state/membership.ts';
import type { StoredNamespace, StoredProject, StoredUser } from './state/records.ts';
import { ROLES } from './vocabulary.ts';

/** Projects, groups and people, and what each person may see. Lists are live, sorted by id and must not be changed. */
export interface Places {
  projects(): readonly Project[];
  projectById(id: number): Project | null;
  /** Full path in any case; old paths of moved projects are found too. */
  findProject(fullPath: string): Found | null;
  /** User namespaces included. */
  groups(): readonly Namespace[];
  groupById(id: number): Namespace | null;
  groupByPath(fullPath: string): Namespace | null;
  subgroups(groupId: number): readonly Namespace[];
  /** @param descendants - also the projects of all groups below */
  projectsIn(groupId: number, descendants: boolean): readonly Project[];

  users(): readonly User[];
  userById(id: number): User | null;
  userByName(username: string): User | null;
  /** Highest level of direct and inherited memberships, 0 for none; administrators count as 50. */
  accessLevel(userId: number, projectId: number): number;
  groupAccessLevel(userId: number, groupId: number): number;
  /** Whether the person (not a job) may see it at all. */
  canReadProject(userId: number, projectId: number): boolean;
  canReadGroup(userId: number, groupId: number): boolean;
  /** Members with inherited ones, by user id; administrators only where they are members. */
  members(projectId: number): readonly Member[];
  groupMembers(groupId: number): readonly Member[];
}

/** What may be asked of the groups, projects and people of one world; ids of nothing answer null or 0. */
export function placesOf(directory: Directory): Places {
  const forProject = <Answer>(
    userId: number,
    projectId: number,
    ask: (user: StoredUser, project: StoredProject) => Answer,
  ): Answer | null => {
    const [user, project] = [directory.user(userId), directory.project(projectId)];
    return user === null || project === null ? null : ask(user, project);
  };
  const forGroup = <Answer>(
    userId: number,
    groupId: number,
    ask: (user: StoredUser, group: StoredNamespace) => Answer,
  ): Answer | null => {
    const [user, group] = [directory.user(userId), directory.group(groupId)];
    return user === null || group === null ? null : ask(user, group);
  };
  return {
    projects: () => directory.projects(),
    projectById: (id) => directory.project(id),
    findProject: (fullPath) => directory.findProject(fullPath),
    groups: () => directory.groups(),
    groupById: (id) => directory.group(id),
    groupByPath: (fullPath) => directory.groupAt(fullPath),
    subgroups: (groupId) => directory.group(groupId)?.children ?? [],
    projectsIn: (groupId, descendants) => {
      const group = directory.group(groupId);
      if (group === null) return [];
      return descendants ? directory.projectsBelow(group) : group.projects;
    },
    users: () => directory.users(),
    userById: (id) => directory.user(id),
    userByName: (username) => directory.userNamed(username),
    accessLevel: (userId, projectId) => forProject(userId, projectId, accessLevel) ?? 0,
    groupAccessLevel: (userId, groupId) => forGroup(userId, groupId, groupLevel) ?? 0,
    canReadProject: (userId, projectId) => forProject(userId, projectId, canReadProject) ?? false,
    canReadGroup: (userId, groupId) => forGroup(userId, groupId, canReadGroup) ?? false,
    members: (projectId) => {
      const project = directory.project(projectId);
      return project === null ? [] : membersOf(directory.users(), (user) => memberLevel(user, project));
    },
    groupMembers: (groupId) => {
      const group = directory.group(groupId);
      return group === null ? [] : membersOf(directory.users(), (user) => namespaceLevel(user, group));
    },
  };
}

function groupLevel(user: StoredUser, group: StoredNamespace): number {
  return user.admin ? ROLES.owner : namespaceLevel(user, group);
}
