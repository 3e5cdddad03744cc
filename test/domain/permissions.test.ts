import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACCESS_KINDS,
  describeObstacle,
  isAccessKind,
  isControllable,
  minimalPolicies,
  missingPolicies,
  narrowable,
  parsePolicy,
  policiesFor,
  type AccessUse,
  type Policy,
} from '../../src/domain/permissions.ts';

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

const use = (kind: AccessUse['kind'], ...policies: Policy[]): AccessUse => ({ kind, policies });

describe('access kinds', () => {
  it('are told apart from other words', () => {
    expect(ACCESS_KINDS.every((kind) => isAccessKind(kind))).toBe(true);
    expect(isAccessKind('trigger')).toBe(false);
    expect(isAccessKind('toString')).toBe(false);
    expect(new Set(ACCESS_KINDS).size).toBe(ACCESS_KINDS.length);
  });

  it.each([
    ['npm', ['READ_PACKAGES'], ['ADMIN_PACKAGES']],
    ['needs-project', ['READ_JOBS'], ['ADMIN_JOBS']],
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

describe('narrowable', () => {
  it('gives the union of what the uses need', () => {
    expect(
      narrowable([use('npm', 'READ_PACKAGES'), use('artifacts', 'READ_JOBS'), use('npm', 'ADMIN_PACKAGES')], ENUM),
    ).toEqual({ kind: 'policies', policies: ['ADMIN_PACKAGES', 'READ_JOBS'] });
  });

  it('keeps default permissions for one git clone among package downloads, and says why once', () => {
    expect(narrowable([use('npm', 'READ_PACKAGES'), use('git'), use('git')], ENUM)).toEqual({
      kind: 'default',
      obstacles: [{ why: 'not_controllable', kind: 'git' }],
    });
  });

  it('keeps default permissions where the feature, the evidence, the endpoint or the policy is missing', () => {
    expect(narrowable([use('npm', 'READ_PACKAGES')], null)).toEqual({
      kind: 'default',
      obstacles: [{ why: 'feature_missing' }],
    });
    expect(narrowable([], ENUM)).toEqual({ kind: 'default', obstacles: [{ why: 'no_observed_use' }] });
    expect(narrowable([{ kind: 'api', policies: null }], ENUM)).toEqual({
      kind: 'default',
      obstacles: [{ why: 'endpoint_unknown', kind: 'api' }],
    });
    expect(narrowable([use('git-push', 'ADMIN_REPOSITORIES')], ENUM)).toEqual({
      kind: 'default',
      obstacles: [{ why: 'policy_unavailable', kind: 'git-push', policy: 'ADMIN_REPOSITORIES' }],
    });
  });

  it('takes ADMIN_X where a release has no READ_X', () => {
    expect(narrowable([use('artifacts', 'READ_JOBS')], ['ADMIN_JOBS'])).toEqual({
      kind: 'policies',
      policies: ['ADMIN_JOBS'],
    });
  });

  it('never breaks a use: what it grants covers every need', () => {
    const uses = fc.array(
      fc
        .tuple(fc.constantFrom(...ACCESS_KINDS), fc.constantFrom('read' as const, 'write' as const))
        .map(([kind, mode]) => ({ kind, policies: policiesFor(kind, mode) })),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(uses, fc.subarray(ENUM), (observed, available) => {
        const narrowed = narrowable(observed, available);
        if (narrowed.kind === 'default') {
          expect(narrowed.obstacles.map(describeObstacle).every((text) => text.length > 0)).toBe(true);
          return;
        }
        expect(narrowed.policies.every((policy) => available.includes(policy))).toBe(true);
        for (const { policies } of observed) expect(missingPolicies(narrowed.policies, policies ?? [])).toEqual([]);
      }),
    );
  });
});
