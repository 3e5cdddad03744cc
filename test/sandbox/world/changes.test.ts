import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/sandbox/world/index.ts';
import { CORE, SHOP_API, smallWorld, WEB } from './small-organisation.ts';

const callers = Array.from({ length: 201 }, (_, index) => ({
  path: `acme/many/caller-${String(index)}`,
  id: 1000 + index,
}));
const groups = Array.from({ length: 201 }, (_, index) => `acme/g-${String(index)}`);

function project(targetId: number): { kind: 'project'; targetId: number; addedBy: null } {
  return { kind: 'project', targetId, addedBy: null };
}

describe('writes', () => {
  it('tell what they changed, and nothing where nothing changed', () => {
    const world = smallWorld();
    const seen: Change[] = [];
    const stop = world.onChange((change) => seen.push(change));
    expect(world.setInbound(CORE, true)).toMatchObject({
      ok: true,
      change: { kind: 'setting', project: 'acme/libs/core', value: true },
    });
    expect(world.setInbound(CORE, true)).toEqual({ ok: true, change: null });
    world.addEntry(CORE, project(WEB));
    world.removeEntry(CORE, 'project', WEB);
    world.setEnforced(true);
    stop();
    world.setEnforced(false);
    expect(seen.map(({ kind, entry }) => [kind, entry])).toEqual([
      ['setting', null],
      ['entry_added', 'acme/apps/web'],
      ['entry_removed', 'acme/apps/web'],
      ['instance', null],
    ]);
  });

  it('count 200 project and 200 group entries apart, and refuse the 201st', () => {
    const world = smallWorld({ projects: [{ path: 'acme/hub', id: 1 }, ...callers], groups, jobs: [] });
    const results = callers.map(({ id }) => world.addEntry(1, project(id)).ok);
    expect(results.filter(Boolean)).toHaveLength(200);
    expect(world.addEntry(1, project(callers[200]?.id ?? 0))).toEqual({ ok: false, refusal: 'project_limit' });
    const groupIds = groups.map((path) => world.groupByPath(path)?.id ?? 0);
    const groupResults = groupIds.map((targetId) => world.addEntry(1, { kind: 'group', targetId, addedBy: null }));
    expect(groupResults.filter(({ ok }) => ok)).toHaveLength(200);
    expect(groupResults[200]).toEqual({ ok: false, refusal: 'group_limit' });
    expect(world.entries(1)).toHaveLength(400);
    // A full list says "already" of what is on it, as GitLab does.
    expect(world.addEntry(1, project(1000))).toEqual({ ok: false, refusal: 'already_listed' });
  });

  it('refuse what GitLab refuses', () => {
    const world = smallWorld();
    expect(world.addEntry(999, project(WEB))).toEqual({ ok: false, refusal: 'project_not_found' });
    expect(world.addEntry(CORE, project(999))).toEqual({ ok: false, refusal: 'target_not_found' });
    expect(world.addEntry(CORE, { kind: 'group', targetId: 999, addedBy: null })).toEqual({
      ok: false,
      refusal: 'target_not_found',
    });
    expect(world.removeEntry(CORE, 'project', WEB)).toEqual({ ok: false, refusal: 'not_listed' });
    expect(world.addEntry(CORE, project(CORE)).ok).toBe(true);
    expect(smallWorld({ version: '17.5.0' }).addEntry(CORE, project(CORE))).toEqual({
      ok: false,
      refusal: 'self_entry',
    });
  });

  it('cannot switch the setting off while the instance enforces it, but can store it on', () => {
    const world = smallWorld({ enforced: true });
    expect(world.setInbound(CORE, false)).toEqual({ ok: false, refusal: 'enforced_by_instance' });
    expect(world.projectById(CORE)?.inboundEnabled).toBe(false);
    expect(world.effectiveInbound(CORE)).toBe(true);
    expect(world.setInbound(CORE, true).ok).toBe(true);
    world.setEnforced(false);
    expect(world.effectiveInbound(CORE)).toBe(true);
  });

  it('store fine-grained permissions only where the callee has them on', () => {
    const world = smallWorld();
    const narrow = { defaultPermissions: false, policies: ['READ_PACKAGES'] };
    world.addEntry(CORE, { ...project(WEB), ...narrow });
    expect(world.entries(CORE)).toMatchObject([{ defaultPermissions: true, policies: [] }]);
    expect(world.updatePolicies(CORE, 'project', WEB, narrow)).toEqual({ ok: false, refusal: 'policies_off' });
    world.updateProject(CORE, { policiesEnabled: true });
    expect(world.updatePolicies(CORE, 'project', SHOP_API, narrow)).toEqual({ ok: false, refusal: 'not_listed' });
    expect(world.updatePolicies(CORE, 'project', WEB, { ...narrow, policies: ['READ_MINDS'] })).toEqual({
      ok: false,
      refusal: 'unknown_policy',
    });
    expect(world.updatePolicies(CORE, 'project', WEB, narrow)).toMatchObject({
      ok: true,
      change: { kind: 'policies', value: narrow },
    });
    expect(world.updatePolicies(CORE, 'project', WEB, narrow)).toEqual({ ok: true, change: null });
    expect(world.entries(CORE)).toMatchObject([narrow]);
  });

  it('remember the old path of a moved project until another takes it', () => {
    const world = smallWorld();
    expect(world.moveProject(WEB, 'acme/libs/core')).toEqual({ ok: false, refusal: 'path_taken' });
    expect(world.moveProject(WEB, 'acme/sites/main/web').ok).toBe(true);
    expect(world.findProject('acme/apps/web')).toMatchObject({
      moved: true,
      project: { id: WEB, fullPath: 'acme/sites/main/web' },
    });
    expect(world.projectsIn(world.groupByPath('acme/sites')?.id ?? 0, true).map(({ id }) => id)).toEqual([WEB]);
    world.moveProject(SHOP_API, 'acme/apps/web');
    expect(world.findProject('acme/apps/web')).toMatchObject({ moved: false, project: { id: SHOP_API } });
  });

  it('drop a deleted project from every list', () => {
    const world = smallWorld();
    world.addEntry(CORE, project(WEB));
    world.deleteProject(WEB);
    expect(world.entries(CORE)).toEqual([]);
    expect(world.findProject('acme/apps/web')).toBeNull();
    expect(world.projects().map(({ id }) => id)).not.toContain(WEB);
  });
});

describe('people', () => {
  it('have the highest role that reaches a project', () => {
    const world = smallWorld({
      jobs: [],
      users: [
        { name: 'ann', memberships: { acme: 'guest', 'acme/apps': 'maintainer', 'acme/libs/core': 'reporter' } },
        { name: 'outsider' },
      ],
    });
    const ann = world.userByName('ann')?.id ?? 0;
    const outsider = world.userByName('outsider')?.id ?? 0;
    const root = world.userByName('root')?.id ?? 0;
    expect([WEB, SHOP_API, CORE, 301].map((id) => world.accessLevel(ann, id))).toEqual([40, 40, 20, 0]);
    expect(world.accessLevel(outsider, 301)).toBe(50);
    expect(world.accessLevel(root, 301)).toBe(50);
    expect(world.canReadProject(outsider, CORE)).toBe(false);
    expect(world.canReadGroup(outsider, world.groupByPath('acme')?.id ?? 0)).toBe(false);
    expect(world.members(CORE)).toMatchObject([{ user: { username: 'ann' }, accessLevel: 20 }]);
  });
});
