import { z } from 'zod';
import type { Document } from './graphql.ts';
import { ActivityNode, gid, projectConnection, ProjectNode } from './schema.ts';

/** Rows of the inner lists that ride along with a page of projects; the few longer lists are read afterwards. */
export const ENTRIES_ALONG = 50;

/** Rows of the authentication log asked for along with each project; what is longer is read by itself. */
export const LOG_ALONG = 100;

const entry = ({ entryDefaults }: Pick<Parts, 'entryDefaults'>): string => `
  createdAt ${entryDefaults ? 'defaultPermissions' : ''} jobTokenPolicies
  addedBy { username }
  target { ... on CiJobTokenAccessibleProject { id fullPath } ... on CiJobTokenAccessibleGroup { id fullPath } }`;
const LOG_ROW = 'lastAuthorizedAt originProject { id fullPath }';

/** One page of entries, with the fields that this server's schema has. */
export const entryPageOf = (parts: Pick<Parts, 'entryDefaults'>): string =>
  `{ pageInfo { hasNextPage endCursor } nodes { ${entry(parts)} } }`;

/** One page of the authentication log. */
export const LOG_PAGE = `{ pageInfo { hasNextPage endCursor } nodes { ${LOG_ROW} } }`;

/** What GitLab counts the query as, to fit the next one to its limit. */
export const COST = 'queryComplexity { score limit }';

/** Which of the newer parts of the schema this server has, and the question needs. */
export interface Parts {
  readonly entries: boolean;
  readonly log: boolean;
  /** `CiJobTokenScopeAllowlistEntry.defaultPermissions` exists: 17.8, two releases after the entries themselves. */
  readonly entryDefaults: boolean;
  /** `Query.projects(archived:)` exists. */
  readonly archivedArgument: boolean;
  /** `ProjectCiCdSetting.crossProjectPushForJobTokenAllowed` exists (19.x). */
  readonly crossPush: boolean;
}

/**
 * How many rows of the inner lists ride along with each project, where room is short: a list that is longer is then read
 * from its beginning, so that it does not have to say where it goes on.
 */
export interface Along {
  readonly entries: number;
  readonly log: number;
}

/** What is read of a project; `along` adds first pages of its lists. */
export function projectFields(parts: Parts, along: Along | null = null): string {
  const { entries, log, crossPush } = parts;
  const entryPage = along === null ? entryPageOf(parts) : `{ pageInfo { hasNextPage } nodes { ${entry(parts)} } }`;
  const logPage = along === null ? LOG_PAGE : `{ pageInfo { hasNextPage } nodes { ${LOG_ROW} } }`;
  const rows = along ?? { entries: ENTRIES_ALONG, log: LOG_ALONG };
  return `
    id fullPath visibility archived lastActivityAt ciConfigPathOrDefault
    maxAccessLevel { integerValue }
    group { id }
    ciCdSettings { inboundJobTokenScopeEnabled ${crossPush ? 'crossProjectPushForJobTokenAllowed' : ''} }
    ${
      entries
        ? `ciJobTokenScopeAllowlist {
      projectsAllowlist(first: ${rows.entries}) ${entryPage}
      groupsAllowlist(first: ${rows.entries}) ${entryPage}
    }`
        : ''
    }
    ${log ? `ciJobTokenAuthLogs(first: ${rows.log}) ${logPage}` : ''}`;
}

/** Whatever lies between the root and the list of projects is `group` or nothing. */
const pageOf = <T extends z.ZodType>(
  node: T,
): z.ZodType<{
  projects?: z.infer<ReturnType<typeof projectConnection<T>>> | null | undefined;
  group?: { projects?: z.infer<ReturnType<typeof projectConnection<T>>> | null | undefined } | null | undefined;
}> => {
  const projects = projectConnection(node).nullish();
  return z.object({ projects, group: z.object({ projects }).nullish() });
};

/** One page of projects, its nodes in the form of the schema that it was asked with. */
export type ProjectsPage<T extends z.ZodType> = z.infer<ReturnType<typeof pageOf<T>>>;

function groupQuery(name: string, fields: string, variables = ''): string {
  return `query ${name}($group: ID!, $first: Int!, $after: String, $count: Boolean!${variables}) {
  group(fullPath: $group) {
    projects(includeSubgroups: true, includeArchived: true, first: $first, after: $after) {
      count @include(if: $count)
      pageInfo { hasNextPage endCursor }
      nodes { ${fields} }
    }
  }
  ${COST}
}`;
}

function allQuery(name: string, fields: string, archivedArgument: boolean, variables = ''): string {
  return `query ${name}($membership: Boolean, $first: Int!, $after: String, $count: Boolean!${variables}) {
  projects(membership: $membership, first: $first, after: $after${archivedArgument ? ', archived: INCLUDE' : ''}) {
    count @include(if: $count)
    pageInfo { hasNextPage endCursor }
    nodes { ${fields} }
  }
  ${COST}
}`;
}

/** How many projects a group holds, those below it and archived ones included. */
export const GROUP_SIZE: Document<{
  readonly group?: { readonly projects?: { readonly count: number } | null | undefined } | null | undefined;
}> = {
  text: 'query($group: ID!) { group(fullPath: $group) { projects(includeSubgroups: true, includeArchived: true) { count } } }',
  data: z.object({ group: z.object({ projects: z.object({ count: z.number() }).nullish() }).nullish() }),
};

/** One inventory page: projects with settings, entries and log. */
export function inventoryDocument(kind: 'group' | 'all', parts: Parts): Document<ProjectsPage<typeof ProjectNode>> {
  const fields = projectFields(parts);
  const text =
    kind === 'group'
      ? groupQuery('InventoryOfGroup', fields)
      : allQuery('InventoryOfAll', fields, parts.archivedArgument);
  return { text, data: pageOf(ProjectNode) };
}

/** Projects by id, so that a renamed or moved project is still the one that is meant. */
export function projectsByIdDocument(parts: Parts): Document<ProjectsPage<typeof ProjectNode>> {
  const text = `query ProjectsById($ids: [ID!], $first: Int!) {
  projects(ids: $ids, first: $first${parts.archivedArgument ? ', archived: INCLUDE' : ''}) {
    pageInfo { hasNextPage endCursor }
    nodes { ${projectFields(parts)} }
  }
  ${COST}
}`;
  return { text, data: pageOf(ProjectNode) };
}

const PathNode = z.object({ id: gid, fullPath: z.string() });

/** Today's paths of projects, by id. */
export function pathsDocument(archivedArgument: boolean): Document<ProjectsPage<typeof PathNode>> {
  const text = `query Paths($ids: [ID!], $first: Int!) {
  projects(ids: $ids, first: $first${archivedArgument ? ', archived: INCLUDE' : ''}) {
    pageInfo { hasNextPage endCursor }
    nodes { id fullPath }
  }
}`;
  return { text, data: pageOf(PathNode) };
}

/** Which optional fields of `Pipeline` this server has. */
export interface PipelineFields {
  readonly totalJobs: boolean;
  readonly failedJobsCount: boolean;
  readonly warnings: boolean;
  /** `jobs(retried:, statuses:)`: a job that failed and was run again shows nowhere else. */
  readonly retriedJobs: boolean;
}

/** Pipelines of one page of projects; `PIPELINES_ALONG` each. */
export const PIPELINES_ALONG = 20;

/**
 * GitLab lists child pipelines only where their source is asked for, and a parent that does not depend on its child passes
 * although that failed: https://docs.gitlab.com/api/pipelines/#list-project-pipelines
 */
function activityFields({ retriedJobs, ...fields }: PipelineFields): string {
  const optional = Object.entries(fields)
    .filter(([, present]) => present)
    .map(([name]) => name);
  const retried = retriedJobs ? 'retried: jobs(retried: true, statuses: [FAILED], first: 1) { count }' : '';
  const list = (args: string): string => `pipelines(updatedAfter: $since, first: ${PIPELINES_ALONG}${args}) {
        pageInfo { hasNextPage endCursor }
        nodes { id status ${optional.join(' ')} ${retried} }
      }`;
  return `id fullPath jobsEnabled maxAccessLevel { integerValue }
      ${list('')}
      children: ${list(', source: "parent_pipeline"')}`;
}

/** Asks which projects of a group, or of all, had pipelines. */
export function activityDocument(
  kind: 'group' | 'all',
  fields: PipelineFields,
  archivedArgument: boolean,
): Document<ProjectsPage<typeof ActivityNode>> {
  const node = activityFields(fields);
  const text =
    kind === 'group'
      ? groupQuery('ActivityOfGroup', node, ', $since: Time!')
      : allQuery('ActivityOfAll', node, archivedArgument, ', $since: Time!');
  return { text, data: pageOf(ActivityNode) };
}

/** The same for projects by id. */
export function activityByIdDocument(
  fields: PipelineFields,
  archivedArgument: boolean,
): Document<ProjectsPage<typeof ActivityNode>> {
  const text = `query ActivityById($ids: [ID!], $first: Int!, $since: Time!) {
  projects(ids: $ids, first: $first${archivedArgument ? ', archived: INCLUDE' : ''}) {
    pageInfo { hasNextPage endCursor }
    nodes { ${activityFields(fields)} }
  }
  ${COST}
}`;
  return { text, data: pageOf(ActivityNode) };
}
