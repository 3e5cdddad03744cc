import type { OrganisationJob } from '../organisation/schema.ts';
import type { AccessKind } from '../vocabulary.ts';

const API = '$CI_API_V4_URL/projects';

/** The line of a script that reaches a callee; kinds that are no script lines are not here. */
const SCRIPT_LINES: Partial<Record<AccessKind, (callee: string) => string>> = {
  git: (callee) => `git clone --depth 1 "https://gitlab-ci-token:\${CI_JOB_TOKEN}@\${CI_SERVER_HOST}/${callee}.git"`,
  lfs: (callee) =>
    `git clone "https://gitlab-ci-token:\${CI_JOB_TOKEN}@\${CI_SERVER_HOST}/${callee}.git" lfs-data && git -C lfs-data lfs pull`,
  'container-registry': (callee) => `docker pull "$CI_REGISTRY/${callee}:latest"`,
  npm: (callee) =>
    `npm config set "//\${CI_SERVER_HOST}/api/v4/projects/${encodeURIComponent(callee)}/packages/npm/:_authToken" "$CI_JOB_TOKEN" && npm ci`,
  pypi: (callee) =>
    `pip install -r requirements.txt --index-url "https://gitlab-ci-token:\${CI_JOB_TOKEN}@\${CI_SERVER_HOST}/api/v4/projects/${encodeURIComponent(callee)}/packages/pypi/simple"`,
  maven: (callee) => get(callee, '/packages/maven/com/example/lib/maven-metadata.xml'),
  generic: (callee) => get(callee, '/packages/generic/tool/1.2.3/tool.tar.gz'),
  artifacts: (callee) => get(callee, '/jobs/artifacts/main/download?job=build'),
  release: (callee) => get(callee, '/releases/permalink/latest'),
  api: (callee) => get(callee, '/repository/files/README.md/raw?ref=main'),
  helm: (callee) => get(callee, '/packages/helm/stable/index.yaml'),
  go: (callee) => get(callee, '/packages/go/module/@v/list'),
  'terraform-module': (callee) => get(callee, '/packages/terraform/modules/network/aws'),
};

function get(callee: string, route: string): string {
  return `curl --fail --location --header "JOB-TOKEN: $CI_JOB_TOKEN" "${API}/${encodeURIComponent(callee)}${route}" --output download`;
}

/** `.gitlab-ci.yml` and `.gitmodules` that do what the jobs do, for whoever looks for edges in the repository. */
export function ciFiles(project: string, jobs: readonly OrganisationJob[]): Record<string, string> {
  if (jobs.length === 0) return {};
  const submodules = jobs.flatMap(({ uses }) =>
    uses.filter(({ access }) => access === 'submodule').map(({ callee }) => callee),
  );
  const variables = submodules.length === 0 ? '' : 'variables:\n  GIT_SUBMODULE_STRATEGY: recursive\n\n';
  const files = { '.gitlab-ci.yml': variables + jobs.map(jobText).join('\n') };
  if (submodules.length === 0) return files;
  const up = '../'.repeat(project.split('/').length);
  const modules = [...new Set(submodules)].map(
    (callee) => `[submodule "${callee}"]\n\tpath = vendor/${callee}\n\turl = ${up}${callee}.git\n`,
  );
  return { ...files, '.gitmodules': modules.join('') };
}

function jobText({ name, uses, schedule, allowFailure }: OrganisationJob): string {
  const lines = uses.flatMap(({ callee, access }) => SCRIPT_LINES[access]?.(callee) ?? []);
  const needs = uses
    .filter(({ access }) => access === 'needs-project')
    .map(({ callee }) => `    - { project: ${callee}, job: build, ref: main, artifacts: true }\n`);
  return [
    `${name}:\n`,
    schedule ? '  rules:\n    - if: $CI_PIPELINE_SOURCE == "schedule"\n' : '',
    allowFailure ? '  allow_failure: true\n' : '',
    needs.length === 0 ? '' : `  needs:\n${needs.join('')}`,
    '  script:\n',
    // Single quotes keep YAML from reading colons and dollars in a command.
    ...lines.map((line) => `    - '${line.replaceAll("'", "''")}'\n`),
    '    - make\n',
  ].join('');
}
