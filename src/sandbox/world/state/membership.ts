import type { StoredNamespace, StoredProject, StoredUser } from './records.ts';
import { ROLES } from '../vocabulary.ts';
import type { Member } from '../entities.ts';

/** Highest level of direct and inherited memberships; the owner of a personal namespace owns its projects. */
export function memberLevel(user: StoredUser, project: StoredProject): number {
  return Math.max(user.projectLevels.get(project.id) ?? 0, namespaceLevel(user, project.namespace));
}

/** A person's level in a namespace, of the groups above it too: the highest counts, 0 for none. */
export function namespaceLevel(user: StoredUser, namespace: StoredNamespace): number {
  if (namespace.kind === 'user') return namespace.fullPath === user.username ? ROLES.owner : 0;
  let level = 0;
  for (let group: StoredNamespace | null = namespace; group !== null; group = group.parent) {
    level = Math.max(level, user.groupLevels.get(group.id) ?? 0);
  }
  return level;
}

/** What a person may do: administrators count as owners everywhere. */
export function accessLevel(user: StoredUser, project: StoredProject): number {
  return user.admin ? ROLES.owner : memberLevel(user, project);
}

/** Whether the person may see the project at all. */
export function canReadProject(user: StoredUser, project: StoredProject): boolean {
  return project.visibility !== 'private' || accessLevel(user, project) > 0;
}

/** Also where the person is a member of something inside the group. */
export function canReadGroup(user: StoredUser, group: StoredNamespace): boolean {
  if (user.admin || group.visibility !== 'private' || namespaceLevel(user, group) > 0) return true;
  return isMemberBelow(user, group);
}

function isMemberBelow(user: StoredUser, group: StoredNamespace): boolean {
  if (user.groupLevels.size === 0 && user.projectLevels.size === 0) return false;
  return (
    group.projects.some(({ id }) => user.projectLevels.has(id)) ||
    group.children.some((child) => user.groupLevels.has(child.id) || isMemberBelow(user, child))
  );
}

/** Those whose level is above none, with it. */
export function membersOf(users: readonly StoredUser[], levelOf: (user: StoredUser) => number): readonly Member[] {
  return users.flatMap((user) => {
    const level = levelOf(user);
    return level === 0 ? [] : [{ user, accessLevel: level }];
  });
}
