import type { ProjectId } from '../../domain/values.ts';
import type { GitlabClient } from './http/client.ts';
import { isForgeError } from './http/errors.ts';
import { RestProject } from './graphql/schema.ts';

/** What GitLab refuses, in the same words, to everybody while it is off and to those without rights while it is on. */
type Feature = 'builds' | 'repository';

/**
 * Reads what a project has only while a feature is on. A project whose CI is off runs nothing that could fail, one without a
 * repository has no files: neither is unread, and neither may keep a wave waiting. What the token may not read is.
 *
 * @param nothing - what there is to be read while the feature is off
 */
export async function unlessOff<T>(
  client: GitlabClient,
  project: ProjectId,
  feature: Feature,
  nothing: T,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isForgeError(error, 'FORGE_REFUSED') && (await isOff(client, project, feature))) return nothing;
    throw error;
  }
}

/** By the project's own level: fields such as `jobs_enabled` say what this user may do. */
async function isOff(client: GitlabClient, project: ProjectId, feature: Feature): Promise<boolean> {
  const found = await client.readOr(null, `look up project ${project}`, async () =>
    RestProject.parse((await client.transport.json('GET', `api/v4/projects/${project}`)).body),
  );
  return found?.[`${feature}_access_level`] === 'disabled';
}
