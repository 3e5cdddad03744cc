import type { Instance } from './reach/instance.ts';
import { REGISTRY, TOKEN, secret, unknown } from './marks.ts';

/** Set for every job, to what only the job knows. */
const ALWAYS_SET =
  `CI_DEFAULT_BRANCH CI_JOB_ID CI_JOB_URL CI_JOB_STARTED_AT CI_PIPELINE_ID CI_PIPELINE_IID CI_PIPELINE_URL
  CI_PIPELINE_CREATED_AT CI_COMMIT_SHA CI_COMMIT_SHORT_SHA CI_COMMIT_REF_NAME CI_COMMIT_REF_SLUG CI_RUNNER_ID
  CI_RUNNER_VERSION GITLAB_USER_ID GITLAB_USER_LOGIN`.split(/\s+/u);

/** Variables that GitLab sets for every job, as far as they follow from caller and instance. */
export function predefinedVariables(instance: Instance): ReadonlyMap<string, string> {
  const path = instance.caller;
  const namespace = path.split('/').slice(0, -1).join('/');
  const root = path.split('/')[0] ?? path;
  const registry = instance.registry ?? REGISTRY;
  const proxy = `${instance.fqdn}/${root}/dependency_proxy/containers`.toLowerCase();
  return new Map([
    ['CI', 'true'],
    ['GITLAB_CI', 'true'],
    ['CI_JOB_TOKEN', TOKEN],
    ['CI_REGISTRY_PASSWORD', TOKEN],
    ['CI_REGISTRY_USER', 'gitlab-ci-token'],
    ['CI_REGISTRY', registry],
    ['CI_REGISTRY_IMAGE', `${registry}/${path.toLowerCase()}`],
    ['CI_DEPENDENCY_PROXY_USER', 'gitlab-ci-token'],
    ['CI_DEPENDENCY_PROXY_PASSWORD', TOKEN],
    ['CI_DEPENDENCY_PROXY_SERVER', `${instance.host}:${instance.port}`],
    ['CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX', proxy],
    ['CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX', `${instance.fqdn}/${namespace}/dependency_proxy/containers`],
    ['CI_DEPLOY_USER', 'gitlab-deploy-token'],
    ['CI_DEPLOY_PASSWORD', secret('CI_DEPLOY_PASSWORD')],
    ['CI_REPOSITORY_URL', `${instance.scheme}://gitlab-ci-token:${TOKEN}@${instance.fqdn}${instance.root}/${path}.git`],
    ['CI_SERVER_URL', instance.url],
    ['CI_SERVER_HOST', instance.host],
    ['CI_SERVER_PORT', instance.port],
    ['CI_SERVER_PROTOCOL', instance.scheme],
    ['CI_SERVER_FQDN', instance.fqdn],
    ['CI_SERVER_SHELL_SSH_HOST', instance.host],
    ['CI_SERVER_SHELL_SSH_PORT', '22'],
    ['CI_SERVER', 'yes'],
    ['CI_SERVER_NAME', 'GitLab'],
    ['CI_API_V4_URL', `${instance.url}/api/v4`],
    ['CI_API_GRAPHQL_URL', `${instance.url}/api/graphql`],
    ['CI_PROJECT_ID', instance.ownId],
    ['CI_PROJECT_PATH', path],
    ['CI_PROJECT_PATH_SLUG', path.toLowerCase().replace(/[^a-z0-9]/gu, '-')],
    ['CI_PROJECT_NAME', path.split('/').at(-1) ?? path],
    ['CI_PROJECT_NAMESPACE', namespace],
    ['CI_PROJECT_ROOT_NAMESPACE', root],
    ['CI_PROJECT_URL', `${instance.url}/${path}`],
    ['CI_PROJECT_DIR', `/builds/${path}`],
    ['CI_BUILDS_DIR', '/builds'],
    ...ALWAYS_SET.map((name) => [name, unknown(name)] as const),
    ['HOME', '~'],
    ['PWD', `/builds/${path}`],
    ['USER', 'root'],
  ]);
}
