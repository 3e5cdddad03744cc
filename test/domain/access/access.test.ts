import { describe, expect, it } from 'vitest';
import {
  decideAccess,
  nearestEntry,
  needsEntry,
  type AccessEntry,
  type CalleeAccess,
  type CallerAccess,
} from '../../../src/domain/access/access.ts';
import { sharedFeatures } from '../../../src/domain/access/features.ts';
import { ACCESS_KINDS, policiesFor, type AccessUse, type Policy } from '../../../src/domain/access/permissions.ts';

const callee = (over: Partial<CalleeAccess> = {}): CalleeAccess => ({
  id: 1,
  effectiveInbound: true,
  visibility: 'private',
  policiesEnabled: false,
  entries: [],
  shared: sharedFeatures(null),
  features: {},
  crossProjectPush: false,
  ...over,
});

const caller = (over: Partial<CallerAccess> = {}): CallerAccess => ({
  id: 2,
  path: 'acme/apps/web/shop',
  personal: false,
  groups: null,
  externalUser: false,
  ...over,
});

const entry = (kind: 'project' | 'group', path: string, policies: Policy[] | null = null, id = 90): AccessEntry => ({
  kind,
  id: kind === 'project' && path === 'acme/apps/web/shop' ? 2 : id,
  path,
  defaultPermissions: policies === null,
  policies: policies ?? [],
});

const OPEN = {
  repository: 'enabled',
  builds: 'enabled',
  container_registry: 'enabled',
  package_registry: 'enabled',
  releases: 'enabled',
  environments: 'enabled',
} as const;

const use = (kind: AccessUse['kind'], ...policies: Policy[]): AccessUse => ({ kind, policies });
const NPM = use('npm', 'READ_PACKAGES');
const GIT = use('git');
const OWN = entry('project', 'acme/apps/web/shop');

describe('who gets in', () => {
  it('lets a project reach itself without an entry', () => {
    const self = callee({ id: 2, entries: null, effectiveInbound: null, visibility: 'unknown' });
    expect(decideAccess(self, caller(), GIT)).toEqual({ outcome: 'allowed', by: 'self' });
    expect(needsEntry(self, caller(), GIT)).toBe('no');
  });

  it('lets everyone into an open callee, and denies the unlisted once it is enforced', () => {
    expect(decideAccess(callee({ effectiveInbound: false }), caller(), GIT)).toEqual({
      outcome: 'allowed',
      by: 'open_setting',
    });
    expect(decideAccess(callee(), caller(), GIT)).toEqual({ outcome: 'denied', reason: 'not_listed' });
    expect(needsEntry(callee({ effectiveInbound: false }), caller(), GIT)).toBe('yes');
  });

  it.each([
    ['its project entry', [OWN], OWN],
    ['a root group entry', [entry('group', 'acme')], 'acme'],
    [
      'the closest of several groups',
      [entry('group', 'acme'), entry('group', 'acme/apps/web', null, 91)],
      'acme/apps/web',
    ],
    ['a path in another case', [entry('group', 'ACME/Apps')], 'ACME/Apps'],
    ['its project entry before any group', [entry('group', 'acme/apps/web'), OWN], OWN],
  ])('admits by %s', (_, entries, expected) => {
    const decided = decideAccess(callee({ entries }), caller(), GIT);
    expect(decided).toMatchObject({ outcome: 'allowed', by: 'entry' });
    const admitting = nearestEntry(entries, caller());
    expect(typeof expected === 'string' ? admitting?.path : admitting).toEqual(expected);
  });

  it.each([
    ['a group whose path is only a prefix', entry('group', 'acme/app')],
    ['a sibling group', entry('group', 'acme/libs')],
    ['a project entry of the same path but another id', { ...OWN, id: 77 }],
    ['a project entry that names its group', entry('project', 'acme/apps')],
  ])('does not admit by %s', (_, other) => {
    expect(decideAccess(callee({ entries: [other] }), caller(), GIT)).toEqual({
      outcome: 'denied',
      reason: 'not_listed',
    });
  });

  it('never admits a personal project by a group', () => {
    const tool = caller({ path: 'alice/tool', personal: true });
    expect(nearestEntry([entry('group', 'alice')], tool)).toBeNull();
  });

  it('follows group ids through a rename when they are known', () => {
    const moved = caller({
      groups: [
        { id: 5, path: 'acme' },
        { id: 6, path: 'acme/new-name' },
      ],
    });
    expect(nearestEntry([entry('group', 'acme/old-name', null, 6)], moved)?.id).toBe(6);
    expect(nearestEntry([entry('group', 'acme', null, 9)], moved)).toBeNull();
  });
});

describe('fine-grained entries', () => {
  const enabled = (entries: AccessEntry[]) => callee({ policiesEnabled: true, entries });

  it('asks the nearest entry alone: a narrow project entry overrides a wide group entry', () => {
    const narrow = entry('project', 'acme/apps/web/shop', ['READ_JOBS']);
    expect(decideAccess(enabled([entry('group', 'acme'), narrow]), caller(), NPM)).toEqual({
      outcome: 'denied',
      reason: 'policy_missing',
      entry: narrow,
      missing: ['READ_PACKAGES'],
    });
  });

  it('asks the closest group alone: a wide one closer by overrides a narrow one farther up', () => {
    const entries = [entry('group', 'acme', []), entry('group', 'acme/apps', ['ADMIN_PACKAGES'], 91)];
    expect(decideAccess(enabled(entries), caller(), NPM)).toMatchObject({ outcome: 'allowed', by: 'entry' });
  });

  it('ignores policies while the callee has them off', () => {
    const entries = [entry('project', 'acme/apps/web/shop', [])];
    expect(decideAccess(callee({ entries }), caller(), NPM).outcome).toBe('allowed');
  });

  it('does not guess how a use without a documented policy fares, but says what is likely', () => {
    const entries = [entry('project', 'acme/apps/web/shop', ['READ_PACKAGES'])];
    const likely = (one: AccessUse) => decideAccess(enabled(entries), caller(), one);
    expect(likely(GIT)).toEqual({ outcome: 'unknown', reason: 'policy_undocumented', likely: 'allowed' });
    expect(likely(use('nuget'))).toEqual({ outcome: 'unknown', reason: 'policy_undocumented', likely: 'denied' });
    expect(likely({ kind: 'api', policies: null })).toEqual({ outcome: 'unknown', reason: 'endpoint_unknown' });
    expect(decideAccess(enabled(entries), caller(), null)).toEqual({ outcome: 'unknown', reason: 'endpoint_unknown' });
  });
});

describe('public and internal callees', () => {
  const shared = (visibility: 'public' | 'internal') => callee({ visibility, features: OPEN });

  it('share six features and keep the rest behind the list', () => {
    const closed = ACCESS_KINDS.filter(
      (kind) =>
        kind !== 'api' &&
        needsEntry(shared('public'), caller(), { kind, policies: policiesFor(kind, 'read') }) !== 'no',
    );
    expect(closed.sort()).toEqual(['git-push', 'secure-files', 'terraform-state', 'trigger-api']);
  });

  it.each([
    ['16.5.0', []],
    ['16.11.10-ee', ['package_registry']],
    ['17.0.0', ['package_registry', 'repository']],
    [null, ['package_registry', 'repository']],
  ] as const)('share in %s without an entry: %j', (version, expected) => {
    const open = { ...shared('public'), shared: sharedFeatures(version) };
    const found = [NPM, GIT].filter((one) => needsEntry(open, caller(), one) === 'no');
    expect(found.map(({ kind }) => (kind === 'npm' ? 'package_registry' : 'repository'))).toEqual(expected);
  });

  it('keep writing behind the list', () => {
    const written = ACCESS_KINDS.filter(
      (kind) => policiesFor(kind, 'write')?.some((one) => one.startsWith('ADMIN_')) === true,
    );
    expect(written).toContain('npm');
    for (const kind of written) {
      expect(needsEntry(shared('public'), caller(), { kind, policies: policiesFor(kind, 'write') })).toBe('yes');
    }
  });

  it.each(['private', 'disabled'] as const)(
    'close a feature that is %s to the unlisted, and only that one',
    (level) => {
      const members = { ...shared('public'), features: { ...OPEN, repository: level } };
      expect(decideAccess(members, caller(), GIT)).toEqual({ outcome: 'denied', reason: 'not_listed' });
      expect(decideAccess(members, caller(), NPM)).toEqual({ outcome: 'allowed', by: 'public_feature' });
    },
  );

  it('treat an internal callee as private for an external user', () => {
    expect(needsEntry(shared('internal'), caller(), GIT)).toBe('no');
    expect(needsEntry(shared('internal'), caller({ externalUser: true }), GIT)).toBe('yes');
    expect(needsEntry(shared('public'), caller({ externalUser: true }), GIT)).toBe('no');
  });

  it('tell API reads apart by their policy', () => {
    expect(needsEntry(shared('public'), caller(), use('api', 'READ_RELEASES'))).toBe('no');
    expect(needsEntry(shared('public'), caller(), use('api', 'READ_SECURE_FILES'))).toBe('yes');
    expect(needsEntry(shared('public'), caller(), use('api'))).toBe('unknown');
    expect(needsEntry(shared('public'), caller(), null)).toBe('unknown');
    expect(needsEntry(callee(), caller(), null)).toBe('yes');
  });

  it('are uncertain for REST while the callee asks for policies, never for git', () => {
    const asking = { ...shared('public'), policiesEnabled: true };
    expect(decideAccess(asking, caller(), GIT)).toEqual({ outcome: 'allowed', by: 'public_feature' });
    expect(decideAccess(asking, caller(), NPM)).toMatchObject({ outcome: 'unknown', likely: 'allowed' });
  });
});

describe('unread facts', () => {
  it.each([
    ['setting', callee({ effectiveInbound: null })],
    ['entries', callee({ entries: null })],
    ['visibility', callee({ visibility: 'unknown' })],
    ['features', callee({ visibility: 'public' })],
    ['policies_enabled', callee({ policiesEnabled: null, entries: [entry('group', 'acme', [])] })],
  ])('%s: neither allowed nor denied', (fact, unread) => {
    expect(decideAccess(unread, caller(), NPM)).toEqual({ outcome: 'unknown', reason: 'unread', facts: [fact] });
  });

  it.each([
    ['setting', { effectiveInbound: null }],
    ['visibility', { visibility: 'unknown' as const }],
    ['features', { visibility: 'public' as const }],
    ['policies_enabled', { policiesEnabled: null }],
  ])('%s: no matter for a caller with an entry of default permissions', (_, over) => {
    expect(decideAccess(callee({ entries: [OWN], ...over }), caller(), NPM).outcome).toBe('allowed');
  });

  it('entries: no matter where the setting is off or the feature is shared', () => {
    expect(decideAccess(callee({ entries: null, effectiveInbound: false }), caller(), NPM).outcome).toBe('allowed');
    const open = callee({ entries: null, visibility: 'public', features: OPEN });
    expect(decideAccess(open, caller(), NPM).outcome).toBe('allowed');
  });
});

describe('pushing to another project', () => {
  const PUSH = use('git-push', 'ADMIN_REPOSITORIES');

  it.each([
    ['the switch is off', { crossProjectPush: false, entries: [OWN] }, 'push_closed'],
    ['the allowlist is off', { crossProjectPush: true, effectiveInbound: false }, 'push_closed'],
    [
      'the caller is not listed',
      { crossProjectPush: true, visibility: 'public' as const, features: OPEN },
      'not_listed',
    ],
    [
      'the entry may only read',
      {
        crossProjectPush: true,
        policiesEnabled: true,
        entries: [entry('project', 'acme/apps/web/shop', ['READ_JOBS'])],
      },
      'policy_missing',
    ],
  ])('is denied when %s', (_, over, reason) => {
    expect(decideAccess(callee(over), caller(), PUSH)).toMatchObject({ outcome: 'denied', reason });
  });

  it('is allowed with switch, list and entry, and unknown while the switch is unread', () => {
    const listed = callee({ crossProjectPush: true, entries: [OWN] });
    expect(decideAccess(listed, caller(), PUSH)).toMatchObject({ outcome: 'allowed', by: 'entry' });
    expect(decideAccess({ ...listed, crossProjectPush: null, effectiveInbound: null }, caller(), PUSH)).toEqual({
      outcome: 'unknown',
      reason: 'unread',
      facts: ['setting', 'push_setting'],
    });
    expect(needsEntry(callee({ effectiveInbound: false }), caller(), PUSH)).toBe('yes');
  });
});
