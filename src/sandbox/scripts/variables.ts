import { shaOf } from '../http/entities/ci.ts';
import type { LiveRun } from '../world/world.ts';

/** The predefined variables of a job that scripts rely on most, as the runner sets them. */
export function jobVariables(
  run: LiveRun,
  token: string,
  { url, directory }: { readonly url: string; readonly directory: string },
): Readonly<Record<string, string>> {
  const { project, user } = run;
  const server = new URL(url);
  const port = server.port === '' ? (server.protocol === 'https:' ? '443' : '80') : server.port;
  const namespace = project.fullPath.slice(0, project.fullPath.lastIndexOf('/'));
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_API_V4_URL: `${url}/api/v4`,
    CI_API_GRAPHQL_URL: `${url}/api/graphql`,
    CI_COMMIT_BRANCH: project.defaultBranch,
    CI_COMMIT_REF_NAME: project.defaultBranch,
    CI_COMMIT_SHA: shaOf(run.pipelineId),
    CI_DEFAULT_BRANCH: project.defaultBranch,
    CI_JOB_ID: String(run.id),
    CI_JOB_NAME: run.name,
    CI_JOB_STAGE: 'test',
    CI_JOB_TOKEN: token,
    CI_JOB_URL: `${url}/${project.fullPath}/-/jobs/${String(run.id)}`,
    CI_PIPELINE_ID: String(run.pipelineId),
    CI_PROJECT_DIR: directory,
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_NAME: project.path,
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_PATH: project.fullPath,
    CI_PROJECT_ROOT_NAMESPACE: namespace.split('/')[0] ?? '',
    CI_PROJECT_URL: `${url}/${project.fullPath}`,
    CI_PROJECT_VISIBILITY: project.visibility,
    CI_REPOSITORY_URL: `${url.replace('://', `://gitlab-ci-token:${token}@`)}/${project.fullPath}.git`,
    CI_SERVER: 'yes',
    CI_SERVER_FQDN: server.host,
    CI_SERVER_HOST: server.hostname,
    CI_SERVER_PORT: port,
    CI_SERVER_PROTOCOL: server.protocol.replace(':', ''),
    CI_SERVER_URL: url,
    GITLAB_USER_ID: String(user.id),
    GITLAB_USER_LOGIN: user.username,
  };
}
