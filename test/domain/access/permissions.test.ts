import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACCESS_KINDS,
  describeObstacle,
  isAccessKind,
  isControllable,
  minimalPolicies,
  missingPolicies,
  narrowingOf,
  needsOf,
  parsePolicy,
  policiesFor,
  type Policy,
} from '../../../src/domain/access/permissions.ts';

/** The enum of an 18.3 server: the documented permissions, nothing of 19.x. */
const ENUM_18_3 = [
  'DEPLOYMENTS',
  'ENVIRONMENTS',
  'PACKAGES',
  'PIPELINES',
  'RELEASES',
  'SECURE_FILES',
  'TERRAFORM_STATE',
].flatMap((resource) => [`READ_${resource}`, `ADMIN_${resource}`]);
const ENUM = [...ENUM_18_3, 'READ_JOBS'];

describe('access kinds', () => {
  it('are told apart from other words', () => {
    expect(ACCESS_KINDS.every((kind) => isAccessKind(kind))).toBe(true);
    expect(isAccessKind('trigger')).toBe(false);
    expect(isAccessKind('toString')).toBe(false);
    expect(new Set(ACCESS_KINDS).size).toBe(ACCESS_KINDS.length);
  });

  it.each([
    ['npm', ['READ_PACKAGES'], ['ADMIN_PACKAGES']],
    ['needs-project', ['READ_JOBS'], ['READ_JOBS']],
    ['release', ['READ_RELEASES'], ['ADMIN_RELEASES']],
    ['terraform-state', ['READ_TERRAFORM_STATE'], ['ADMIN_TERRAFORM_STATE']],
    ['deployments', ['READ_DEPLOYMENTS'], ['ADMIN_DEPLOYMENTS', 'ADMIN_ENVIRONMENTS']],
    ['git-push', ['ADMIN_REPOSITORIES'], ['ADMIN_REPOSITORIES']],
    ['git', [], []],
    ['container-registry', [], []],
    ['trigger-api', [], []],
    ['api', null, null],
  ] as const)('%s asks for %j to read and %j to write', (kind, read, write) => {
    expect(policiesFor(kind, 'read')).toEqual(read);
    expect(policiesFor(kind, 'write')).toEqual(write);
  });

  it('marks what GitLab cannot narrow', () => {
    expect(ACCESS_KINDS.filter((kind) => !isControllable(kind)).sort()).toEqual([
      'container-registry',
      'debian',
      'git',
      'helm',
      'lfs',
      'nuget',
      'rubygems',
      'submodule',
      'terraform-module',
      'trigger-api',
    ]);
  });
});

describe('policies', () => {
  it.each([
    ['read_jobs', 'READ_JOBS'],
    [' ADMIN_TERRAFORM_STATE ', 'ADMIN_TERRAFORM_STATE'],
    ['WRITE_JOBS', null],
    ['READ_', null],
    ['READ_JOBS; DROP', null],
  ])('reads %j as %j', (text, policy) => expect(parsePolicy(text)).toBe(policy));

  it('lets ADMIN_X stand in for READ_X and not the other way round', () => {
    expect(missingPolicies(['ADMIN_JOBS'], ['READ_JOBS'])).toEqual([]);
    expect(missingPolicies(['READ_JOBS'], ['ADMIN_JOBS', 'READ_JOBS'])).toEqual(['ADMIN_JOBS']);
    expect(missingPolicies(['ADMIN_JOBS'], ['READ_PACKAGES', 'READ_PACKAGES'])).toEqual(['READ_PACKAGES']);
  });

  const policy = fc
    .tuple(fc.constantFrom('READ_', 'ADMIN_'), fc.constantFrom('JOBS', 'PACKAGES', 'RELEASES', 'PIPELINES'))
    .map(([mode, resource]) => `${mode}${resource}` as Policy);

  it('keeps what is granted when it drops the redundant, and drops all of it', () => {
    fc.assert(
      fc.property(fc.array(policy), (all) => {
        const minimal = minimalPolicies(all);
        expect(missingPolicies(minimal, all)).toEqual([]);
        for (const one of minimal) {
          const others = minimal.filter((other) => other !== one);
          expect(missingPolicies(others, all)).not.toEqual([]);
        }
      }),
    );
  });
});

/** What the store makes of observations: one set of needs, or none as soon as one of them does not tell. */
function observed(
  observations: readonly (readonly [access: string | null, policies: readonly string[] | null])[],
  sources: readonly string[] = ['scan'],
): { access: readonly string[]; sources: readonly string[]; needs: readonly string[] | null } {
  const needs = observations.map(([access, policies]) => needsOf({ access, policies }));
  const access = [...new Set(observations.flatMap(([kind]) => kind ?? []))];
  return { access, sources, needs: needs.every((one) => one !== null) ? [...new Set(needs.flat())] : null };
}

describe('what one observation needs', () => {
  it.each([
    ['npm', ['READ_PACKAGES'], ['READ_PACKAGES']],
    ['npm', null, ['ADMIN_PACKAGES']],
    ['artifacts', null, ['READ_JOBS']],
    ['deployments', null, ['ADMIN_DEPLOYMENTS', 'ADMIN_ENVIRONMENTS']],
    ['api', ['READ_RELEASES'], ['READ_RELEASES']],
    ['api', null, null],
    ['git', [], null],
    ['git', null, null],
    [null, null, null],
    ['no such kind', null, null],
  ])('%s with policies %j: %j', (access, policies, needs) => {
    expect(needsOf({ access, policies })).toEqual(needs);
  });
});

describe('the narrowest permissions', () => {
  it('are the union of what the uses need', () => {
    const uses = observed([
      ['npm', ['READ_PACKAGES']],
      ['artifacts', null],
      ['npm', ['ADMIN_PACKAGES']],
    ]);
    expect(narrowingOf(uses, ENUM)).toEqual({ kind: 'policies', policies: ['ADMIN_PACKAGES', 'READ_JOBS'] });
  });

  it('are the default ones for one git clone among package downloads, and the reason says so', () => {
    const uses = observed([
      ['npm', ['READ_PACKAGES']],
      ['git', []],
    ]);
    const obstacles = [{ why: 'not_controllable', kind: 'git' }];
    expect(narrowingOf(uses, ENUM)).toEqual({ kind: 'default', obstacles, seen: [] });
  });

  it('are the default ones where the log names the caller, with what would be enough for the rest', () => {
    const uses = observed([['pypi', ['READ_PACKAGES']]], ['auth-log', 'scan']);
    expect(narrowingOf({ ...uses, needs: null }, ENUM)).toEqual({
      kind: 'default',
      obstacles: [{ why: 'log_silent' }],
      seen: ['ADMIN_PACKAGES'],
    });
  });

  it('are those of the files where they were followed to their ends, also where the log names the caller', () => {
    const uses = observed([['pypi', ['READ_PACKAGES']]], ['auth-log', 'scan']);
    expect(narrowingOf(uses, ENUM, true)).toEqual({ kind: 'policies', policies: ['READ_PACKAGES'] });
    const unexplained = { ...uses, sources: ['auth-log', 'trace'] };
    expect(narrowingOf(unexplained, ENUM, true)).toMatchObject({ obstacles: [{ why: 'log_silent' }] });
    const cloned = observed([['git', []]], ['auth-log', 'scan']);
    expect(narrowingOf(cloned, ENUM, true)).toMatchObject({ obstacles: [{ why: 'not_controllable' }] });
  });

  it.each([
    ['the feature', observed([['npm', null]]), [], [{ why: 'feature_missing' }]],
    ['the evidence', observed([[null, null]]), ENUM, [{ why: 'no_observed_use' }]],
    ['the endpoint', observed([['api', null]]), ENUM, [{ why: 'endpoint_unknown', kind: 'api' }]],
    [
      'the kind of one use',
      observed([
        ['npm', null],
        [null, null],
      ]),
      ENUM,
      [{ why: 'endpoint_unknown', kind: 'one of its uses' }],
    ],
    [
      'the policy',
      observed([['git-push', ['ADMIN_REPOSITORIES']]]),
      ENUM,
      [{ why: 'policy_unavailable', policy: 'ADMIN_REPOSITORIES' }],
    ],
  ])('are the default ones where %s is missing', (_, uses, available, obstacles) => {
    const found = narrowingOf(uses, available);
    expect(found).toMatchObject({ kind: 'default', obstacles });
    if (found.kind === 'default') expect(found.obstacles.map(describeObstacle).every((text) => text !== '')).toBe(true);
  });

  it('take ADMIN_X where a release has no READ_X', () => {
    expect(narrowingOf(observed([['artifacts', null]]), ['ADMIN_JOBS'])).toEqual({
      kind: 'policies',
      policies: ['ADMIN_JOBS'],
    });
  });

  it('never break a use: what they grant covers reading and writing, whatever the evidence names', () => {
    const one = fc.constantFrom(...ACCESS_KINDS).chain((kind) =>
      fc.record({
        kind: fc.constant(kind),
        mode: fc.constantFrom('read' as const, 'write' as const),
        told: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), fc.subarray(ENUM), (uses, available) => {
        const needs = ({ kind, mode }: (typeof uses)[number]): readonly Policy[] | null => policiesFor(kind, mode);
        const narrowed = narrowingOf(observed(uses.map((use) => [use.kind, use.told ? needs(use) : null])), available);
        if (narrowed.kind === 'default') {
          expect(narrowed.obstacles).not.toEqual([]);
          return;
        }
        expect(narrowed.policies.every((policy) => available.includes(policy))).toBe(true);
        for (const use of uses) {
          expect(needs(use)).not.toEqual([]);
          expect(missingPolicies(narrowed.policies, needs(use) ?? [])).toEqual([]);
        }
      }),
    );
  });
});
