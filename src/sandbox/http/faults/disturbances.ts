import type { World } from '../../world/world.ts';
import type { Stand } from '../env.ts';
import type { FaultRule } from './schema.ts';

/**
 * What other people do while a client works: edits of an allowlist, other roles, moves and deletions. They are not the call's own
 * doing, so the journal does not put them down to it. What does not apply (an unknown path) has no effect.
 */
export function disturbWorld(stand: Stand, rule: FaultRule): void {
  switch (rule.what) {
    case 'person_adds_entry':
    case 'person_removes_entry':
      editEntry(stand, rule.project, rule.entry, rule.what === 'person_adds_entry');
      return;
    case 'role_changed': {
      const user = stand.world.userByName(rule.user);
      if (user !== null) stand.world.setRole(user.id, rule.place, rule.role);
      return;
    }
    case 'project_moved': {
      const found = stand.world.findProject(rule.project);
      if (found !== null) stand.journal.aside(() => stand.world.moveProject(found.project.id, rule.to));
      return;
    }
    case 'project_deleted': {
      const found = stand.world.findProject(rule.project);
      if (found !== null) stand.journal.aside(() => stand.world.deleteProject(found.project.id));
      return;
    }
    case 'rate_limited':
    case 'status':
    case 'reset_before':
    case 'reset_after':
    case 'slow':
    case 'truncated':
    case 'html_200':
    case 'expired_token':
  }
}

function editEntry(stand: Stand, projectPath: string, entryPath: string, add: boolean): void {
  const { world } = stand;
  const callee = world.findProject(projectPath)?.project;
  const target = targetOf(world, entryPath);
  if (callee === undefined || target === null) return;
  stand.journal.aside(() =>
    add
      ? world.addEntry(callee.id, { ...target, addedBy: null })
      : world.removeEntry(callee.id, target.kind, target.targetId),
  );
}

/** Group first, then project: GitLab looks them up in this order. */
export function targetOf(world: World, path: string): { kind: 'project' | 'group'; targetId: number } | null {
  const group = world.groupByPath(path);
  if (group?.kind === 'group') return { kind: 'group', targetId: group.id };
  const project = world.findProject(path)?.project;
  return project === undefined ? null : { kind: 'project', targetId: project.id };
}
