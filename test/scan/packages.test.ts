import { describe, expect, it } from 'vitest';
import { edgesOf, job, scanFiles } from './helpers.ts';

const context = { projectIds: { 5: 'lib/five', 6: 'lib/six' }, variables: { CI_REGISTRY: 'registry.example.com' } };
const LOGIN = 'docker login -u $CI_REGISTRY_USER -p $CI_REGISTRY_PASSWORD $CI_REGISTRY';
const HOST = 'gitlab.example.com/api/v4/projects/5/packages';
const NETRC = 'echo "machine gitlab.example.com login t password $CI_JOB_TOKEN" > ~/.netrc';

describe('package managers and other tools', () => {
  it.each([
    {
      what: 'npm with a project registry',
      files: {
        ...job('npm ci'),
        '.npmrc': `@lib:registry=https://${HOST}/npm/\n//${HOST}/npm/:_authToken=\${CI_JOB_TOKEN}`,
        'package.json': '{"dependencies":{"@lib/a":"1"}}',
      },
      found: ['lib/five npm READ_PACKAGES'],
    },
    {
      what: 'npm with a stored token',
      files: {
        ...job('npm ci'),
        '.npmrc': `@lib:registry=https://${HOST}/npm/\n//${HOST}/npm/:_authToken=\${NPM_TOKEN}`,
        'package.json': '{"dependencies":{"@lib/a":"1"}}',
      },
      found: [],
    },
    {
      what: 'pip with an extra index',
      files: job(`pip install --extra-index-url https://t:$CI_JOB_TOKEN@${HOST}/pypi/simple x`),
      found: ['lib/five pypi READ_PACKAGES'],
    },
    {
      what: 'requirements from git',
      files: {
        ...job(NETRC, 'pip install -r r.txt'),
        'r.txt': 'a @ git+https://gitlab.example.com/lib/a.git@v1\n# git+https://gitlab.example.com/lib/b.git',
      },
      found: ['lib/a git'],
    },
    {
      what: 'twine',
      files: job(`TWINE_PASSWORD=$CI_JOB_TOKEN twine upload --repository-url https://${HOST}/pypi dist/*`),
      found: ['lib/five pypi ADMIN_PACKAGES'],
    },
    {
      what: 'go modules with a replacement',
      files: {
        ...job(NETRC, 'go build ./...'),
        'go.mod':
          'module x\nrequire gitlab.example.com/lib/six/pkg v1.0.0\nrequire gitlab.example.com/lib/gone v1.0.0\nreplace gitlab.example.com/lib/gone => ./local\n',
      },
      found: ['lib/six git'],
    },
    {
      what: 'docker build with a base image',
      files: {
        ...job(LOGIN, 'docker build --build-arg T=$CI_JOB_TOKEN .'),
        Dockerfile:
          'ARG T\nFROM registry.example.com/lib/six/base:1 AS b\nARG T\nRUN git clone https://t:${T}@gitlab.example.com/lib/inner.git\nFROM b\n',
      },
      found: ['lib/inner git', 'lib/six container-registry'],
    },
    {
      what: 'docker without a login',
      files: { ...job('docker build .'), Dockerfile: 'FROM registry.example.com/lib/six/base:1\n' },
      found: [],
    },
    { what: 'pushes of images', files: job(LOGIN, 'docker push registry.example.com/lib/six/x:1'), found: [] },
    {
      what: 'helm repositories',
      files: job(`helm repo add r https://${HOST}/helm/stable --username t --password $CI_JOB_TOKEN`),
      found: ['lib/five helm'],
    },
    {
      what: 'the http state of terraform',
      files: {
        '.gitlab-ci.yml': `a: { variables: { TF_HTTP_PASSWORD: $CI_JOB_TOKEN, TF_HTTP_ADDRESS: "$CI_API_V4_URL/projects/5/terraform/state/s" }, script: [terraform init, terraform apply] }`,
      },
      found: ['lib/five terraform-state ADMIN_TERRAFORM_STATE'],
    },
    {
      what: 'glab',
      files: job('glab auth login --job-token $CI_JOB_TOKEN', 'glab -R lib/g release view v1'),
      found: ['lib/g release READ_RELEASES'],
    },
    {
      what: 'make targets',
      files: {
        ...job('make fetch'),
        Makefile:
          'REPO = lib/m\nfetch: prep\n\tgit clone https://t:$(CI_JOB_TOKEN)@$(CI_SERVER_HOST)/$(REPO).git\nprep:\n\ttrue\nother:\n\tgit clone https://t:$(CI_JOB_TOKEN)@$(CI_SERVER_HOST)/lib/no.git\n',
      },
      found: ['lib/m git'],
    },
    {
      what: 'python programs',
      files: {
        ...job('python get.py'),
        'get.py':
          'import os\nP = "lib%2Fp"\nu = f"{os.environ[\'CI_API_V4_URL\']}/projects/{P}/releases"\nh = {"JOB-TOKEN": os.environ["CI_JOB_TOKEN"]}\nrequests.get(u, headers=h)\n',
      },
      found: ['lib/p release READ_RELEASES'],
    },
    {
      what: 'programs without the token',
      files: { ...job('python get.py'), 'get.py': 'u = "https://gitlab.example.com/api/v4/projects/5/releases"\n' },
      found: [],
    },
  ])('reads $what', ({ files, found }) => {
    expect(edgesOf(scanFiles(files, context))).toEqual(found);
  });
});
