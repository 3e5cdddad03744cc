import { shaOf } from '../http/entities/ci.ts';
import type { LiveRun } from '../world/world.ts';

interface Place {
  /** The stand-in's address. */
  readonly url: string;
  /** The job's checkout. */
  readonly directory: string;
  /** Commit that is checked out; null for an empty repository. */
  readonly head: string | null;
}

/** The predefined variables of a job as the runner sets them, then those that the job gives itself. */
export function jobVariables(run: LiveRun, token: string, place: Place): Readonly<Record<string, string>> {
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_SERVER: 'yes',
    ...serverVariables(place.url),
    ...projectVariables(run, token, place),
    ...commitVariables(run, place),
    CI_JOB_ID: String(run.id),
    CI_JOB_NAME: run.name,
    CI_JOB_NAME_SLUG: slugOf(run.name),
    CI_JOB_STAGE: 'test',
    CI_JOB_STATUS: 'running',
    CI_JOB_TOKEN: token,
    CI_JOB_URL: `${place.url}/${run.project.fullPath}/-/jobs/${String(run.id)}`,
    CI_JOB_STARTED_AT: isoSecond(run.at),
    CI_PIPELINE_CREATED_AT: isoSecond(run.at),
    CI_PIPELINE_ID: String(run.pipelineId),
    CI_PIPELINE_SOURCE: run.source,
    CI_PIPELINE_URL: `${place.url}/${run.project.fullPath}/-/pipelines/${String(run.pipelineId)}`,
    CI_RUNNER_ID: '1',
    CI_RUNNER_DESCRIPTION: 'shared runner',
    GITLAB_USER_EMAIL: `${run.user.username}@example.com`,
    GITLAB_USER_ID: String(run.user.id),
    GITLAB_USER_LOGIN: run.user.username,
    GITLAB_USER_NAME: run.user.username,
    ...run.variables,
  };
}

function serverVariables(url: string): Readonly<Record<string, string>> {
  const { protocol, hostname, host, port } = new URL(url);
  return {
    CI_API_V4_URL: `${url}/api/v4`,
    CI_API_GRAPHQL_URL: `${url}/api/graphql`,
    CI_SERVER_FQDN: host,
    CI_SERVER_HOST: hostname,
    CI_SERVER_NAME: 'GitLab',
    CI_SERVER_PORT: port === '' ? (protocol === 'https:' ? '443' : '80') : port,
    CI_SERVER_PROTOCOL: protocol.replace(':', ''),
    CI_SERVER_URL: url,
    CI_TEMPLATE_REGISTRY_HOST: 'registry.gitlab.com',
  };
}

function projectVariables(
  { project }: LiveRun,
  token: string,
  { url, directory }: Place,
): Readonly<Record<string, string>> {
  const namespace = project.fullPath.slice(0, project.fullPath.lastIndexOf('/'));
  // The registry answers where the stand-in does.
  const registry = new URL(url).host;
  return {
    CI_BUILDS_DIR: directory,
    CI_CONFIG_PATH: '.gitlab-ci.yml',
    CI_PROJECT_DIR: directory,
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_NAME: project.path,
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_NAMESPACE_ID: String(project.namespace.id),
    CI_PROJECT_PATH: project.fullPath,
    CI_PROJECT_PATH_SLUG: slugOf(project.fullPath),
    CI_PROJECT_ROOT_NAMESPACE: namespace.split('/')[0] ?? '',
    CI_PROJECT_TITLE: project.path,
    CI_PROJECT_URL: `${url}/${project.fullPath}`,
    CI_PROJECT_VISIBILITY: project.visibility,
    CI_REGISTRY: registry,
    CI_REGISTRY_IMAGE: `${registry}/${project.fullPath.toLowerCase()}`,
    CI_REGISTRY_USER: 'gitlab-ci-token',
    CI_REGISTRY_PASSWORD: token,
    CI_REPOSITORY_URL: `${url.replace('://', `://gitlab-ci-token:${token}@`)}/${project.fullPath}.git`,
  };
}

function commitVariables({ project, pipelineId, at }: LiveRun, { head }: Place): Readonly<Record<string, string>> {
  const sha = head ?? shaOf(pipelineId);
  return {
    CI_COMMIT_BRANCH: project.defaultBranch,
    CI_COMMIT_REF_NAME: project.defaultBranch,
    CI_COMMIT_REF_SLUG: slugOf(project.defaultBranch),
    CI_COMMIT_REF_PROTECTED: 'true',
    CI_COMMIT_SHA: sha,
    CI_COMMIT_SHORT_SHA: sha.slice(0, 8),
    CI_COMMIT_TIMESTAMP: isoSecond(at),
    CI_DEFAULT_BRANCH: project.defaultBranch,
  };
}

/** GitLab's `_SLUG` form: lower case, at most 63 characters, nothing but letters, digits and inner hyphens. */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
}

function isoSecond(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
