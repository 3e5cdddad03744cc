import { z } from 'zod';
import { UNREAD_FACTS, type AllowlistEntry } from '../../../domain/project.ts';
import { epochMs, projectId, type ProjectId } from '../../../domain/values.ts';
import type { Clock, InventoryPage, ProjectReading, ScopeQuery } from '../../../engine/ports.ts';
import { featuresOf } from '../inventory/features.ts';
import { projectList } from './project-list.ts';
import type { GitlabClient } from './client.ts';
import { ciConfigPathOf, inOrder } from '../inventory/readings.ts';
import { isForgeError } from './errors.ts';
import { RestAllowedGroup, RestAllowedProject, RestProject, RestScope } from '../graphql/schema.ts';

/** Readings project by project, for servers whose GraphQL lacks the allowlist or does not answer. */

const LIST_PAGE = 20;

const DEFAULT_PERMISSIONS = { defaultPermissions: true, policies: [], addedBy: null, createdAt: null } as const;

/** All items of a REST list. */
export async function readAll<T>(
  client: GitlabClient,
  operation: string,
  endpoint: string,
  search: URLSearchParams,
  item: z.ZodType<T>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const { items } of client.pages(operation, endpoint, search, item)) all.push(...items);
  return all;
}

/**
 * The entries of one callee by REST. The list of projects always starts with the callee itself; a second mention of it is a
 * self entry that somebody made.
 */
export async function restEntries(client: GitlabClient, id: number, path: string): Promise<readonly AllowlistEntry[]> {
  const operation = `read the allowlist of ${path}`;
  const search = () => new URLSearchParams({ per_page: '100' });
  const scope = `projects/${id}/job_token_scope`;
  const listed = await readAll(client, operation, `${scope}/allowlist`, search(), RestAllowedProject);
  const own = listed.findIndex((project) => project.id === id);
  const projects = own === -1 ? listed : listed.filter((_, index) => index !== own);
  const groups = await groupEntries(client, operation, `${scope}/groups_allowlist`, search());
  return inOrder([
    ...projects.map((project) => ({
      kind: 'project' as const,
      id: project.id,
      path: project.path_with_namespace,
      ...DEFAULT_PERMISSIONS,
    })),
    ...groups,
  ]);
}

async function groupEntries(
  client: GitlabClient,
  operation: string,
  endpoint: string,
  search: URLSearchParams,
): Promise<readonly AllowlistEntry[]> {
  try {
    const groups = await readAll(client, operation, endpoint, search, RestAllowedGroup);
    return groups.map(({ id, web_url }) => ({
      kind: 'group' as const,
      id,
      path: groupPath(web_url, client.transport.base.pathname),
      ...DEFAULT_PERMISSIONS,
    }));
  } catch (error) {
    // Groups as entries came with 17.0; before that the route is not there, and the project's own list has just answered.
    if (isForgeError(error, 'FORGE_NOT_FOUND')) return [];
    throw error;
  }
}

/** REST names a group by its page alone: `https://host/root/groups/a/b` → `a/b`. */
function groupPath(webUrl: string, root: string): string {
  const { pathname } = new URL(webUrl);
  const below = pathname.startsWith(root) ? pathname.slice(root.length) : pathname.slice(1);
  return decodeURIComponent(below.replace(/^groups\//, ''));
}

/** One page of projects without GraphQL. */
export async function restPage(
  client: GitlabClient,
  clock: Clock,
  scope: ScopeQuery,
  after: string | null,
  membershipOnly: () => Promise<boolean>,
): Promise<InventoryPage> {
  const list = await projectList(client, scope, after, membershipOnly, LIST_PAGE);
  const items = await Promise.all(list.items.map((project) => restReading(client, clock, project)));
  return { ...list, items, ends: [], used: 0 };
}

/** The same for named projects; those that are gone are left out. */
export async function restById(
  client: GitlabClient,
  clock: Clock,
  ids: readonly ProjectId[],
): Promise<readonly ProjectReading[]> {
  const found = await Promise.all(
    ids.map((id) =>
      client.readOr(null, `read project ${id}`, async () => RestProject.parse(await client.projects.show(id))),
    ),
  );
  const present = found.filter((project) => project !== null);
  return Promise.all(present.map((project) => restReading(client, clock, project)));
}

async function restReading(client: GitlabClient, clock: Clock, project: RestProject): Promise<ProjectReading> {
  const path = project.path_with_namespace;
  const access = [project.permissions?.project_access, project.permissions?.group_access];
  const levels = access.flatMap((grant) => (grant ? [grant.access_level] : []));
  const known = {
    id: projectId(project.id),
    path,
    visibility: project.visibility,
    archived: project.archived ?? false,
    personal: project.namespace?.kind === 'user',
    accessLevel: levels.length === 0 ? null : Math.max(...levels),
    log: null,
    facts: {
      ...UNREAD_FACTS,
      features: featuresOf(project),
      lastActivityAt: project.last_activity_at ?? null,
      ciConfigPath: ciConfigPathOf(project.ci_config_path),
    },
  };
  try {
    const effective = await client.read(`read the job token scope of ${path}`, async () => {
      return RestScope.parse(await client.scopes.show(project.id)).inbound_enabled;
    });
    const entries = await restEntries(client, project.id, path);
    // REST tells the effective setting alone (FACTS b).
    const allowlist = { stored: null, effective, entries };
    return { project: { ...known, allowlist, unread: null, readAt: epochMs(clock.now()) }, log: [] };
  } catch (error) {
    if (!isForgeError(error, 'FORGE_REFUSED', 'FORGE_NOT_FOUND', 'FORGE_UNAVAILABLE', 'FORGE_UNREADABLE')) throw error;
    return { project: { ...known, allowlist: null, unread: error.message, readAt: epochMs(clock.now()) }, log: [] };
  }
}
