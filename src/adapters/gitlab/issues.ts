import { z } from 'zod';
import type { IssueNote, Permit } from '../../engine/ports.ts';
import type { GitlabClient } from './http/client.ts';

const RestIssue = z.object({ iid: z.number(), web_url: z.string().nullish(), description: z.string().nullish() });
type RestIssue = z.infer<typeof RestIssue>;
const RestNote = z.object({ body: z.string() });

/**
 * Adds a note to the one issue that carries a marker, and opens that issue when there is none. Both are looked for first,
 * so that asking again after an answer that was lost doubles neither.
 *
 * @returns the address of the issue; null where GitLab tells none
 */
export async function addNoteOnce(client: GitlabClient, wanted: IssueNote, permit: Permit): Promise<string | null> {
  const issue = (await findIssue(client, wanted)) ?? (await openIssue(client, wanted, permit));
  if (!(await hasNote(client, wanted, issue))) {
    const path = `${issuesOf(wanted)}/${issue.iid}/notes`;
    await client.write(`add a note to issue ${issue.iid} of ${wanted.project}`, permit, () =>
      client.transport.json('POST', `api/v4/${path}`, { body: wanted.note }),
    );
  }
  return issue.web_url ?? null;
}

const issuesOf = ({ project }: IssueNote): string => `projects/${encodeURIComponent(project)}/issues`;

async function findIssue(client: GitlabClient, wanted: IssueNote): Promise<RestIssue | null> {
  const search = new URLSearchParams({ search: wanted.marker, in: 'description', state: 'all', per_page: '100' });
  const operation = `look for the issue of ${wanted.project} that holds ${wanted.marker}`;
  const found: RestIssue[] = [];
  for await (const { items } of client.pages(operation, issuesOf(wanted), search, RestIssue)) found.push(...items);
  // GitLab's search may also find words that are merely alike. The oldest counts, whatever was opened beside it.
  return (
    found.filter(({ description }) => description?.includes(wanted.marker) === true).sort((a, b) => a.iid - b.iid)[0] ??
    null
  );
}

async function openIssue(client: GitlabClient, wanted: IssueNote, permit: Permit): Promise<RestIssue> {
  const { title, description, marker } = wanted;
  const body = { title, description: `${description}\n\n${marker}` };
  const { body: opened } = await client.write(`open an issue in ${wanted.project}`, permit, () =>
    client.transport.json('POST', `api/v4/${issuesOf(wanted)}`, body),
  );
  return RestIssue.parse(opened);
}

async function hasNote(client: GitlabClient, wanted: IssueNote, { iid }: RestIssue): Promise<boolean> {
  const search = new URLSearchParams({ sort: 'desc', order_by: 'created_at', per_page: '100' });
  const operation = `read the notes of issue ${iid} of ${wanted.project}`;
  for await (const { items } of client.pages(operation, `${issuesOf(wanted)}/${iid}/notes`, search, RestNote)) {
    if (items.some(({ body }) => body.trim() === wanted.note.trim())) return true;
  }
  return false;
}
