import type { Job } from '../../domain/watch/job.ts';
import type { ProjectId } from '../../domain/values.ts';
import type { GitlabClient } from './http/client.ts';
import { isForgeError } from './http/errors.ts';
import { RestProject } from './graphql/schema.ts';

/**
 * GitLab refuses the job list of a project whose CI is switched off, in the same words as one that the token may not read. The
 * former runs nothing that could fail, and must keep no wave waiting; the latter is unread.
 */
export async function unlessCiIsOff(
  client: GitlabClient,
  project: ProjectId,
  read: () => Promise<readonly Job[]>,
): Promise<readonly Job[]> {
  try {
    return await read();
  } catch (error) {
    if (isForgeError(error, 'FORGE_REFUSED') && (await isCiOff(client, project))) return [];
    throw error;
  }
}

/** By the project's own level: `jobs_enabled` says what this user may do. */
async function isCiOff(client: GitlabClient, project: ProjectId): Promise<boolean> {
  const found = await client.readOr(null, `look up project ${project}`, async () =>
    RestProject.parse((await client.transport.json('GET', `api/v4/projects/${project}`)).body),
  );
  return found?.builds_access_level === 'disabled';
}
