import { z } from 'zod';
import type { IssueRef, IssueText, Permit } from '../../engine/ports.ts';
import type { GitlabClient } from './http/client.ts';

const RestIssue = z.object({ iid: z.number(), web_url: z.string().nullish(), description: z.string().nullish() });
type RestIssue = z.infer<typeof RestIssue>;
const RestNote = z.object({ body: z.string(), author: z.object({ username: z.string() }).nullish() });

const issuesOf = (project: string): string => `projects/${encodeURIComponent(project)}/issues`;

/** The issue of a project that carries a marker: the oldest counts, whatever was opened beside it. */
export async function findIssue(client: GitlabClient, project: string, marker: string): Promise<IssueRef | null> {
  const search = new URLSearchParams({ search: marker, in: 'description', state: 'all', per_page: '100' });
  const operation = `look for the issue of ${project} that holds ${marker}`;
  const found: RestIssue[] = [];
  for await (const { items } of client.pages(operation, issuesOf(project), search, RestIssue)) found.push(...items);
  // GitLab's search may also find words that are merely alike.
  const [oldest] = found
    .filter(({ description }) => description?.includes(marker) === true)
    .sort((a, b) => a.iid - b.iid);
  return oldest ? { iid: oldest.iid, url: oldest.web_url ?? null } : null;
}

/** Opens an issue whose description ends with the marker by which it is found again. */
export async function openIssue(client: GitlabClient, wanted: IssueText, permit: Permit): Promise<void> {
  const { project, title, description, marker } = wanted;
  const body = { title, description: `${description}\n\n${marker}` };
  await client.write(`open an issue in ${project}`, permit, () =>
    client.transport.json('POST', `api/v4/${issuesOf(project)}`, body),
  );
}

/** Does a note of the issue contain that text? */
export async function hasNote(
  client: GitlabClient,
  project: string,
  { iid }: IssueRef,
  note: string,
): Promise<boolean> {
  const search = new URLSearchParams({ sort: 'desc', order_by: 'created_at', per_page: '100' });
  const operation = `read the notes of issue ${iid} of ${project}`;
  for await (const { items } of client.pages(operation, `${issuesOf(project)}/${iid}/notes`, search, RestNote)) {
    if (items.some(({ body }) => body.trim() === note.trim())) return true;
  }
  return false;
}

/** Notes enough: a list that others write to may be of any length. */
const MOST_NOTES = 100;
/** Pages that are looked through for them. */
const MOST_PAGES = 20;

/** The newest notes of an issue by these users, newest first; at most a hundred. */
export async function latestNotes(
  client: GitlabClient,
  project: string,
  { iid }: IssueRef,
  authors: ReadonlySet<string>,
): Promise<readonly string[]> {
  const search = new URLSearchParams({ sort: 'desc', order_by: 'created_at', per_page: '100' });
  const operation = `read the notes of issue ${iid} of ${project}`;
  const notes: string[] = [];
  let pages = 0;
  for await (const { items } of client.pages(operation, `${issuesOf(project)}/${iid}/notes`, search, RestNote)) {
    notes.push(...items.flatMap(({ body, author }) => (author && authors.has(author.username) ? [body] : [])));
    pages += 1;
    if (notes.length >= MOST_NOTES || pages >= MOST_PAGES) break;
  }
  return notes.slice(0, MOST_NOTES);
}

/** Adds a note; the caller has looked that it is not there. */
export async function addNote(
  client: GitlabClient,
  project: string,
  { iid }: IssueRef,
  note: string,
  permit: Permit,
): Promise<void> {
  await client.write(`add a note to issue ${iid} of ${project}`, permit, () =>
    client.transport.json('POST', `api/v4/${issuesOf(project)}/${iid}/notes`, { body: note }),
  );
}
