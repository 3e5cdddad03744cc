import { ROLES } from '../../../world/vocabulary.ts';

/** A level as GitLab's `AccessLevel` tells it. */
export function accessLevel(level: number): Record<string, unknown> {
  const role = Object.entries(ROLES).find(([, value]) => value === level)?.[0];
  if (role === undefined) return { integerValue: level, stringValue: 'NO_ACCESS', humanAccess: 'None' };
  const humanAccess = `${role.charAt(0).toUpperCase()}${role.slice(1)}`;
  // PLANNER came with 17.7; an older server knows that level under no name.
  return { integerValue: level, stringValue: role.toUpperCase(), humanAccess };
}
