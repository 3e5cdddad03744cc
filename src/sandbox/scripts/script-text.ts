import { RunnerLog } from '../world/traces/traces.ts';
import type { LiveRun } from '../world/world.ts';

/**
 * The shell script of a job as the runner's shell executor builds one: sources first, then each line announced and run; the first
 * failure ends it. `GIT_STRATEGY` and `GIT_SUBMODULE_STRATEGY` are looked at as the runner does.
 */
export function scriptText({ script, project }: LiveRun, log: RunnerLog): string {
  const lines = (script ?? []).flatMap((line) => [announce(`$ ${line}`), line]);
  return [
    'set -eo pipefail',
    'exec 2>&1',
    print(log.section('get_sources', 'Getting source from Git repository')),
    ...(Object.keys(project.files).length === 0 ? ['git init --quiet .'] : SOURCES),
    print(log.section('step_script', 'Executing "step_script" stage of the job script')),
    ...lines,
    '',
  ].join('\n');
}

const UPDATE =
  'git -c "url.$CI_SERVER_PROTOCOL://gitlab-ci-token:$CI_JOB_TOKEN@$CI_SERVER_FQDN/.insteadOf=$CI_SERVER_URL/" submodule update --init --depth 20';

const SOURCES: readonly string[] = [
  'if [ "${GIT_STRATEGY:-fetch}" = none ]; then',
  announce('Skipping Git repository setup'),
  announce('Skipping Git checkout'),
  'else',
  announce('Fetching changes with git depth set to 20...'),
  'git init -b "$CI_DEFAULT_BRANCH" .',
  'git remote add origin "$CI_REPOSITORY_URL"',
  announce('Created fresh repository.'),
  'git fetch --quiet --depth 20 origin "+$CI_COMMIT_SHA:refs/pipelines/$CI_PIPELINE_ID"',
  `printf '\\033[32;1mChecking out %.8s as detached HEAD (ref is %s)...\\033[0;m\\n\\n' "$CI_COMMIT_SHA" "$CI_COMMIT_REF_NAME"`,
  'git checkout --quiet --force --detach "$CI_COMMIT_SHA"',
  'fi',
  'case "${GIT_SUBMODULE_STRATEGY:-none}" in',
  'normal)',
  announce('Updating/initializing submodules with git depth set to 20...'),
  UPDATE,
  ';;',
  'recursive)',
  announce('Updating/initializing submodules recursively with git depth set to 20...'),
  `${UPDATE} --recursive`,
  ';;',
  '*)',
  announce('Skipping Git submodules setup'),
  ';;',
  'esac',
];

/** The runner's own lines are green. */
function announce(text: string): string {
  return print(`\u001b[32;1m${text}\u001b[0;m\n`);
}

function print(text: string): string {
  return `printf '%s' ${quote(text)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
