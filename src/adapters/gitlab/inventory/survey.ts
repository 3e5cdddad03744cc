import { z } from 'zod';
import { decodedText } from '../../../domain/encoding.ts';
import type { Schedule } from '../../../domain/edges/survey.ts';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';
import type { FileText, RepositoryListing } from '../../../engine/ports.ts';
import type { GitlabClient } from '../http/client.ts';
import { isForgeError } from '../http/errors.ts';
import { readAll } from '../http/rest-lists.ts';
import { RestFile, RestPipeline, RestSchedule, RestTreeNode } from '../graphql/schema.ts';
import { longestPauseMs } from './cron.ts';

/** A schedule that pauses less than this has come round within any sensible observation; its last run is not looked up. */
const RARE_MS = 7 * 86_400_000;
const TREE_PAGES = 10;
const LARGEST_FILE = 1_000_000;

const encoded = (project: ProjectId | string): string => encodeURIComponent(project);

/** Active pipeline schedules; when a rare one last ran takes two requests more. */
export async function schedulesOf(client: GitlabClient, project: ProjectId): Promise<readonly Schedule[]> {
  const operation = `read the pipeline schedules of project ${project}`;
  const endpoint = `projects/${project}/pipeline_schedules`;
  const listed = await readAll(client, operation, endpoint, new URLSearchParams({ per_page: '100' }), RestSchedule);
  const active = listed.filter(({ active }) => active !== false);
  return Promise.all(
    active.map(async ({ id, cron, owner, next_run_at }): Promise<Schedule> => {
      const everyMs = longestPauseMs(cron);
      const lastRunAt = everyMs >= RARE_MS ? await lastRunOf(client, operation, project, id) : null;
      const nextRunAt = next_run_at ?? null;
      return { id, cron: cron.slice(0, 100), everyMs, owner: owner?.id ?? null, lastRunAt, nextRunAt };
    }),
  );
}

async function lastRunOf(
  client: GitlabClient,
  operation: string,
  project: ProjectId,
  id: number,
): Promise<EpochMs | null> {
  const get = async <T>(path: string, shape: z.ZodType<T>): Promise<T | null> =>
    client.readOr(null, operation, async () => shape.parse((await client.transport.json('GET', path)).body));
  const schedule = await get(`api/v4/projects/${project}/pipeline_schedules/${id}`, RestSchedule);
  const last = schedule?.last_pipeline ?? null;
  if (last === null) return null;
  return (await get(`api/v4/projects/${project}/pipelines/${last.id}`, RestPipeline))?.created_at ?? null;
}

/** Every file of the default branch, or as many as ten pages list; null for a project without a repository. */
export async function repositoryOf(client: GitlabClient, project: ProjectId): Promise<RepositoryListing | null> {
  const operation = `list the files of project ${project}`;
  const search = new URLSearchParams({ recursive: 'true', per_page: '100', pagination: 'keyset' });
  const files: { path: string; id: string }[] = [];
  const pages = client.pages(operation, `projects/${project}/repository/tree`, search, RestTreeNode);
  let read = 0;
  let more = false;
  try {
    for await (const page of pages) {
      files.push(...page.items.filter(({ type }) => type === 'blob'));
      more = page.more;
      read += 1;
      if (read === TREE_PAGES) break;
    }
    return { files, whole: !more };
  } catch (error) {
    if (isForgeError(error, 'FORGE_NOT_FOUND') && EMPTY.test(error.message)) return null;
    throw error;
  }
}

/** What GitLab says of a repository without a commit; a project that is gone or hidden is another matter. */
const EMPTY = /\b(?:tree|repository) not found/i;

/** The text of one file; null when there is none. `ref` null: the default branch. */
export async function fileOf(
  client: GitlabClient,
  project: ProjectId | string,
  path: string,
  ref: string | null,
): Promise<FileText | null> {
  const query = `ref=${encodeURIComponent(ref ?? 'HEAD')}`;
  const url = `api/v4/projects/${encoded(project)}/repository/files/${encodeURIComponent(path)}?${query}`;
  return client.readOr(null, `read ${path} of project ${project}`, async () => {
    const { size, content } = RestFile.parse((await client.transport.json('GET', url)).body);
    if (size > LARGEST_FILE) return { text: null, why: `larger than ${LARGEST_FILE} bytes` };
    const text = decodedText(Buffer.from(content, 'base64'));
    return text === null ? { text, why: 'no text' } : { text, why: null };
  });
}
