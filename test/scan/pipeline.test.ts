import { describe, expect, it } from 'vitest';
import { CLONE, edgesOf, scanFiles } from './helpers.ts';

const pipeline = (text: string, more: Readonly<Record<string, string>> = {}) =>
  edgesOf(scanFiles({ '.gitlab-ci.yml': text, ...more }));

describe('pipeline configuration', () => {
  it('lets an extending job override the variable of its template', () => {
    const text = `
.fetch: { variables: { REPO: shop/old }, script: ['${CLONE}$REPO.git'] }
a: { extends: .fetch, variables: { REPO: shop/new } }
b: { extends: .fetch, variables: { REPO: shop/other } }`;
    expect(pipeline(text)).toEqual(['shop/new git', 'shop/other git']);
  });

  it('ends at an extends circle', () => {
    expect(pipeline(`a: { extends: b, script: ['${CLONE}shop/a.git'] }\nb: { extends: a }`)).toContain('shop/a git');
  });

  it('resolves references inside of scripts and anchors', () => {
    const text = `
.x: { auth: ['${CLONE}shop/auth.git'] }
.y: &y ['${CLONE}shop/anchor.git']
a: { script: [!reference [.x, auth], *y] }`;
    expect(pipeline(text)).toEqual(['shop/anchor git', 'shop/auth git']);
  });

  it('names an entry that YAML reads as a map, and the rest of the script', () => {
    const { edges, unresolved } = scanFiles({
      '.gitlab-ci.yml': `a:\n  script:\n    - echo Fetching: now\n    - ${CLONE}shop/a.git`,
    });
    expect(edges).toMatchObject([{ callee: 'shop/a' }]);
    expect(unresolved).toMatchObject([{ file: '.gitlab-ci.yml', line: 3, why: expect.stringContaining('quote it') }]);
  });

  it.each([
    { rule: '{ when: never }', runs: false },
    { rule: `{ if: '$CI_COMMIT_TAG && $CI_COMMIT_BRANCH' }`, runs: false },
    { rule: `{ if: '$CI_COMMIT_BRANCH == "x" && $CI_COMMIT_BRANCH != "x"' }`, runs: false },
    { rule: `{ if: '$CI_PIPELINE_SOURCE == "schedule"', when: manual }`, runs: true },
    { rule: `{ if: '$CI_COMMIT_BRANCH =~ /^release/' }`, runs: true },
    { rule: `{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }`, runs: true },
    { rule: `{ if: '$NIGHTLY' }`, runs: true },
  ])('decides whether $rule can run', ({ rule, runs }) => {
    expect(pipeline(`a: { rules: [${rule}], script: ['${CLONE}shop/x.git'] }`)).toEqual(runs ? ['shop/x git'] : []);
  });

  it('is not certain of a job that only a replaced default starts', () => {
    const text = `
variables: { DEPLOY: "no" }
a: { rules: [{ if: '$DEPLOY == "yes"' }], script: ['${CLONE}shop/x.git'] }`;
    expect(scanFiles({ '.gitlab-ci.yml': text }).edges).toMatchObject([{ callee: 'shop/x', certainty: 'likely' }]);
  });

  it('takes the combinations of a matrix and no others', () => {
    const text = `
a:
  parallel: { matrix: [{ T: one, S: [p, q] }, { T: two, S: r }] }
  script: ['${CLONE}$T/$S.git']`;
    expect(pipeline(text)).toEqual(['one/p git', 'one/q git', 'two/r git']);
  });

  it('reads local includes by glob and jobs of a child pipeline', () => {
    const text = `
include: [{ local: '/ci/*.yml' }]
child: { variables: { WHICH: shop/forwarded }, trigger: { include: child/pipeline.yml } }`;
    const found = pipeline(text, {
      'ci/a.yml': `a: { script: ['${CLONE}shop/a.git'] }`,
      'other/b.yml': `b: { script: ['${CLONE}shop/b.git'] }`,
      'child/pipeline.yml': `c: { script: ['${CLONE}$WHICH.git'] }`,
    });
    expect(found).toEqual(['shop/a git', 'shop/forwarded git']);
  });

  it('fills the inputs of a component', () => {
    const text = `
include:
  - component: $CI_SERVER_FQDN/shop/parts/fetch@1.2
    inputs: { repo: shop/given }`;
    const included = {
      'shop/parts:/templates/fetch.yml': `
spec: { inputs: { repo: {}, extra: { default: shop/fallback } } }
---
fetch: { script: ['${CLONE}$[[ inputs.repo ]].git', '${CLONE}$[[ inputs.extra ]].git'] }`,
    };
    expect(edgesOf(scanFiles({ '.gitlab-ci.yml': text }, { included }))).toEqual([
      'shop/fallback git',
      'shop/given git',
    ]);
  });

  it('names configuration it was not given, and an include circle', () => {
    const text = 'include: [{ project: shop/ci, file: /x.yml }, { remote: "https://ci.example.org/a.yml" }, a.yml]';
    const { unresolved } = scanFiles({ '.gitlab-ci.yml': text, 'a.yml': 'include: a.yml' });
    expect(unresolved.map(({ access, file }) => `${access} ${file}`)).toEqual([
      'include .gitlab-ci.yml',
      'include .gitlab-ci.yml',
      'include a.yml',
    ]);
  });

  it('counts needs:project only where something is downloaded', () => {
    const text = `
a:
  needs: [{ project: shop/x, job: j, ref: main, artifacts: false }, { project: shop/y, job: j, ref: main }]
  script: make`;
    expect(pipeline(text)).toEqual(['shop/y needs-project READ_JOBS']);
  });

  it('lets variables of the project win over the YAML', () => {
    const text = `a: { variables: { REPO: shop/yaml }, script: ['${CLONE}$REPO.git'] }`;
    expect(edgesOf(scanFiles({ '.gitlab-ci.yml': text }, { variables: { REPO: 'shop/setting' } }))).toEqual([
      'shop/setting git',
    ]);
  });
});

describe('the runner', () => {
  const modules = `[submodule "x"]\n\tpath = x\n\turl = ../../lib/x.git\n[submodule "s"]\n\tpath = s\n\turl = git@gitlab.example.com:lib/s.git\n`;
  it.each([
    { variables: '{}', found: [] },
    { variables: '{ GIT_SUBMODULE_STRATEGY: normal }', found: ['shop/lib/x submodule'] },
    { variables: '{ GIT_SUBMODULE_STRATEGY: normal, GIT_STRATEGY: none }', found: [] },
    { variables: '{ GIT_SUBMODULE_STRATEGY: normal, GIT_SUBMODULE_PATHS: s }', found: [] },
    {
      variables: '{ GIT_SUBMODULE_STRATEGY: recursive, GIT_SUBMODULE_FORCE_HTTPS: "true" }',
      found: ['lib/s submodule', 'shop/lib/x submodule'],
    },
  ])('fetches submodules as $variables says', ({ variables, found }) => {
    expect(pipeline(`a: { variables: ${variables}, script: make }`, { '.gitmodules': modules })).toEqual(found);
  });

  it('pulls job images with the token unless another login is stored', () => {
    const text = 'a: { image: registry.example.com/base/img/python:3, script: make }';
    const context = { projectIds: { 7: 'base/img' }, variables: { CI_REGISTRY: 'registry.example.com' } };
    expect(edgesOf(scanFiles({ '.gitlab-ci.yml': text }, context))).toEqual(['base/img container-registry']);
    const stored = { ...context, variables: { ...context.variables, DOCKER_AUTH_CONFIG: '[masked]' } };
    expect(edgesOf(scanFiles({ '.gitlab-ci.yml': text }, stored))).toEqual([]);
  });
});
