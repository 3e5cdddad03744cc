import { describe, expect, it } from 'vitest';
import { CLONE, edgesOf, job, scanFiles } from './helpers.ts';

const API = '$CI_API_V4_URL/projects';
const TOKEN = '-H "JOB-TOKEN: $CI_JOB_TOKEN"';

describe('shell', () => {
  it.each([
    {
      what: 'loops over words',
      script: [`for p in a b; do ${CLONE}lib/$p.git; done`],
      found: ['lib/a git', 'lib/b git'],
    },
    { what: 'functions with arguments', script: [`get() { ${CLONE}"$1".git; }`, 'get lib/f'], found: ['lib/f git'] },
    {
      what: 'both branches of an open condition',
      script: [`if curl -s x.example; then R=lib/a; else R=lib/b; fi; ${CLONE}$R.git`],
      found: ['lib/a git', 'lib/b git'],
    },
    {
      what: 'only the branch that a known condition takes',
      script: [`X=1; if [ "$X" = 2 ]; then ${CLONE}lib/no.git; else ${CLONE}lib/yes.git; fi`],
      found: ['lib/yes git'],
    },
    { what: 'case', script: [`K=a; case $K in a) R=lib/a;; *) R=lib/z;; esac; ${CLONE}$R.git`], found: ['lib/a git'] },
    { what: 'command substitution', script: [`R=$(echo lib_x | tr _ /); ${CLONE}$R.git`], found: ['lib/x git'] },
    {
      what: 'pattern operations',
      script: ['git clone "${CI_REPOSITORY_URL%/*/*}/lib/p.git"'],
      found: ['shop/lib/p git'],
    },
    {
      what: 'xargs',
      script: [`printf 'lib/a\\nlib/b\\n' | xargs -I{} ${CLONE}{}.git`],
      found: ['lib/a git', 'lib/b git'],
    },
    {
      what: 'here-documents',
      script: [`while read p; do ${CLONE}$p.git; done <<EOF\nlib/a\nlib/b\nEOF`],
      found: ['lib/a git', 'lib/b git'],
    },
    {
      what: 'arrays',
      script: [`L=(lib/a lib/b); for p in "\${L[@]}"; do ${CLONE}$p.git; done`],
      found: ['lib/a git', 'lib/b git'],
    },
    {
      what: 'eval and sh -c',
      script: [`eval "${CLONE}lib/e.git"`, `sh -c "${CLONE}lib/c.git"`],
      found: ['lib/c git', 'lib/e git'],
    },
    {
      what: 'nothing that is only printed',
      script: [`echo "${CLONE}lib/x.git"`, `cat <<EOF\n${CLONE}lib/y.git\nEOF`],
      found: [],
    },
    { what: 'nothing after exit', script: ['exit 0', `${CLONE}lib/x.git`], found: [] },
    {
      what: 'own project and other hosts',
      script: [
        `${CLONE}$CI_PROJECT_PATH.git`,
        'git clone https://x:$CI_JOB_TOKEN@gitlab.example.com.evil.example/lib/x.git',
      ],
      found: [],
    },
  ])('follows $what', ({ script, found }) => {
    expect(edgesOf(scanFiles(job(...script)))).toEqual(found);
  });

  it('runs scripts of the checkout with exported variables and arguments', () => {
    const files = {
      ...job('export WHERE=lib', './get.sh core'),
      'get.sh': `#!/bin/sh\n${CLONE}$WHERE/$1.git\n`,
      'unused.sh': `${CLONE}lib/unused.git`,
    };
    expect(scanFiles(files).edges).toMatchObject([
      { callee: 'lib/core', file: 'get.sh', line: 2, certainty: 'certain' },
    ]);
  });

  it('takes a default as likely and a missing value as unresolved', () => {
    const result = scanFiles(job(`${CLONE}\${REPO:-lib/default}.git`, `${CLONE}$SOMETHING.git`));
    expect(result.edges).toMatchObject([{ callee: 'lib/default', certainty: 'likely' }]);
    expect(result.unresolved).toMatchObject([{ access: 'git', file: '.gitlab-ci.yml' }]);
  });
});

describe('credentials of git', () => {
  const url = 'https://gitlab.example.com/lib/x.git';
  it.each([
    { what: 'none', setup: 'true', token: false },
    {
      what: 'insteadOf',
      setup:
        'git config --global url."https://t:$CI_JOB_TOKEN@gitlab.example.com/".insteadOf https://gitlab.example.com/',
      token: true,
    },
    {
      what: '.netrc',
      setup: 'echo "machine gitlab.example.com login t password $CI_JOB_TOKEN" > ~/.netrc',
      token: true,
    },
    {
      what: 'a .netrc with another password',
      setup: 'echo "machine gitlab.example.com login t password $PAT" > ~/.netrc',
      token: false,
    },
    {
      what: 'a .netrc for another host',
      setup: 'echo "machine other.example login t password $CI_JOB_TOKEN" > ~/.netrc',
      token: false,
    },
    {
      what: 'a credential store',
      setup:
        'git config --global credential.helper store; echo "https://t:$CI_JOB_TOKEN@gitlab.example.com" > ~/.git-credentials',
      token: true,
    },
    {
      what: 'a header',
      setup: 'git config --global http.extraHeader "Authorization: Bearer $CI_JOB_TOKEN"',
      token: true,
    },
  ])('come from $what', ({ setup, token }) => {
    expect(edgesOf(scanFiles(job(setup, `git clone ${url}`)))).toEqual(token ? ['lib/x git'] : []);
  });
});

describe('REST', () => {
  const context = { projectIds: { 5: 'lib/five', 9: 'shop/web/cart' } };
  it.each([
    { call: `curl ${TOKEN} ${API}/5/packages/generic/a/1/a.tgz`, found: ['lib/five generic READ_PACKAGES'] },
    { call: `curl ${TOKEN} -T a.tgz ${API}/5/packages/generic/a/1/a.tgz`, found: ['lib/five generic ADMIN_PACKAGES'] },
    {
      call: `curl ${TOKEN} ${API}/lib%2fother/jobs/artifacts/main/download?job=b`,
      found: ['lib/other artifacts READ_JOBS'],
    },
    { call: `wget --header="JOB-TOKEN: $CI_JOB_TOKEN" ${API}/5/releases`, found: ['lib/five release READ_RELEASES'] },
    {
      call: `curl -X POST ${TOKEN} -d x=1 ${API}/5/deployments`,
      found: ['lib/five deployments ADMIN_DEPLOYMENTS ADMIN_ENVIRONMENTS'],
    },
    {
      call: `curl -X POST -F token=$CI_JOB_TOKEN -F ref=main ${API}/5/trigger/pipeline`,
      found: ['lib/five trigger-api'],
    },
    { call: `curl -X POST -F token=$OTHER -F ref=main ${API}/5/trigger/pipeline`, found: [] },
    { call: `curl ${TOKEN} ${API}/5`, found: [] },
    { call: `curl ${TOKEN} ${API}/5/variables`, found: [] },
    { call: `curl ${TOKEN} ${API}/9/releases`, found: [] },
    { call: `curl -H "PRIVATE-TOKEN: $PAT" ${API}/5/releases`, found: [] },
    { call: `curl ${API}/5/releases`, found: [] },
  ])('$call', ({ call, found }) => {
    expect(edgesOf(scanFiles(job(call), context))).toEqual(found);
  });

  it('does not name the project of a group endpoint or an unknown id', () => {
    const result = scanFiles(
      job(`curl ${TOKEN} $CI_API_V4_URL/groups/3/-/packages/maven/x`, `curl ${TOKEN} ${API}/404/releases`),
    );
    expect(result.edges).toEqual([]);
    expect(result.unresolved.map(({ access }) => access)).toEqual(['maven', 'release']);
  });

  it.each([
    { what: 'a test for a file that is not there', test: '[ -f absent.txt ] &&', certainty: 'likely' },
    { what: 'a variable that nothing sets', test: 'if [ -n "$EXTRA" ]; then', end: '; fi', certainty: 'likely' },
    { what: 'a program that may be installed', test: 'command -v apk &&', certainty: 'likely' },
    { what: 'what GitLab sets in some pipelines', test: '[ -n "$CI_COMMIT_TAG" ] &&', certainty: 'certain' },
    { what: 'a program that has to work first', test: 'make prepare &&', certainty: 'certain' },
    { what: 'a value of the files', test: 'A=1; [ "$A" = 1 ] &&', certainty: 'certain' },
  ])('calls a clone behind $what $certainty', ({ test, end = '', certainty }) => {
    const { edges } = scanFiles(job(`${test} ${CLONE}lib/x.git${end}`));
    expect(edges.map((edge) => edge.certainty)).toEqual([certainty]);
  });

  it('compares port and relative root of the instance', () => {
    const script = job(
      'git clone https://t:$CI_JOB_TOKEN@git.example.org:8443/code/lib/x.git',
      'git clone https://t:$CI_JOB_TOKEN@git.example.org/code/lib/y.git',
    );
    expect(edgesOf(scanFiles(script, {}, 'https://git.example.org:8443/code'))).toEqual(['lib/x git']);
  });
});

describe('loops that wait', () => {
  const AFTER = `${CLONE}lib/after.git`;

  it.each([
    ['a counter', 'i=0; until [ "$i" -ge 60 ]; do s=$(curl -s x.example/$i); [ "$s" = ok ] && break; i=$((i+1)); done'],
    ['seq', 'for i in $(seq 1 60); do s=$(curl -s x.example/$i); if [ "$s" = ok ]; then break; fi; sleep 5; done'],
    ['a brace', 'for i in {1..100}; do curl -sf x.example/$i && break; sleep 1; done'],
  ])('are followed to their end: %s', (_, loop) => {
    const result = scanFiles(job(loop, AFTER));
    expect(edgesOf(result)).toEqual(['lib/after git']);
    expect(result.unresolved).toEqual([]);
  });

  it('are told from loops in which each round reaches another project', () => {
    const ids = Array.from({ length: 12 }, (_, index) => index + 1);
    const loop = `for i in $(seq 1 12); do ${CLONE}lib/p$i.git && break; done`;
    expect(edgesOf(scanFiles(job(loop)))).toEqual(ids.map((id) => `lib/p${id} git`).sort());
  });
});
