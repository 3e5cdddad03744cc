import { z } from 'zod';
import { epochMs, type EpochMs } from '../../../domain/values.ts';

/** What GitLab sends, reduced to the fields in use. Enum values of later releases become `unknown`, not an error. */

/** What GitLab counts its rows by, as far as a number here holds it exactly: a larger one would name another row. */
const id = z.int().positive();

/** `gid://gitlab/Project/123` → 123. */
export const gid = z
  .string()
  .regex(/^gid:\/\/gitlab\/[A-Za-z:]+\/\d+$/)
  .transform((text) => Number(text.slice(text.lastIndexOf('/') + 1)))
  .pipe(id);

/** The global id by which GraphQL names a project. */
export const projectGid = (id: number): string => `gid://gitlab/Project/${id}`;

/** ISO 8601 in, milliseconds out. */
export const moment = z.string().transform((text, issue): EpochMs => {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) issue.addIssue({ code: 'custom', message: 'no moment in ISO 8601' });
  return epochMs(ms);
});

/** A visibility that this version does not know is `unknown`, which no rule takes for public. */
export const visibility = z.enum(['private', 'internal', 'public', 'unknown']).catch('unknown');

const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() });

/** A GraphQL connection; single nodes may be null where they could not be resolved. */
export const connection = <T extends z.ZodType>(
  node: T,
): z.ZodObject<{ pageInfo: typeof pageInfo; nodes: z.ZodArray<z.ZodNullable<T>> }> =>
  z.object({ pageInfo, nodes: z.array(node.nullable()) });

/** One entry; the policies are there where the schema has them. */
export const EntryNode = z.object({
  createdAt: moment.nullish(),
  defaultPermissions: z.boolean().nullish(),
  jobTokenPolicies: z.array(z.string()).nullish(),
  addedBy: z.object({ username: z.string() }).nullish(),
  target: z.object({ id: gid, fullPath: z.string() }).nullish(),
});

/** One row of the authentication log; without a project where the token may not see it. */
export const LogNode = z.object({
  lastAuthorizedAt: moment,
  originProject: z.object({ id: gid, fullPath: z.string() }).nullish(),
});

/** A project as an inventory reads it. */
export const ProjectNode = z.object({
  id: gid,
  fullPath: z.string(),
  visibility: z.string().nullish().pipe(visibility),
  archived: z.boolean().nullish(),
  maxAccessLevel: z.object({ integerValue: z.number().nullish() }).nullish(),
  group: z.object({ id: gid }).nullish(),
  lastActivityAt: moment.nullish(),
  ciConfigPathOrDefault: z.string().nullish(),
  ciCdSettings: z
    .object({
      inboundJobTokenScopeEnabled: z.boolean().nullish(),
      crossProjectPushForJobTokenAllowed: z.boolean().nullish(),
    })
    .nullish(),
  ciJobTokenScopeAllowlist: z
    .object({ projectsAllowlist: connection(EntryNode).nullish(), groupsAllowlist: connection(EntryNode).nullish() })
    .nullish(),
  ciJobTokenAuthLogs: connection(LogNode).nullish(),
});
/** A project of one page of GraphQL, as it was answered. */
export type ProjectNode = z.infer<typeof ProjectNode>;

/** The inner lists alone: what a follow-up page of one project brings. */
export const InnerListsNode = ProjectNode.pick({ id: true, ciJobTokenScopeAllowlist: true, ciJobTokenAuthLogs: true });
export type InnerListsNode = z.infer<typeof InnerListsNode>;

/** A page of projects; `count` where it was asked for. */
export const projectConnection = <T extends z.ZodType>(
  node: T,
): z.ZodObject<{
  count: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
  pageInfo: typeof pageInfo;
  nodes: z.ZodArray<z.ZodNullable<T>>;
}> => z.object({ count: z.number().nullish(), pageInfo, nodes: z.array(node.nullable()) });

const ActivityPipelines = connection(
  z.object({
    id: gid,
    status: z.string(),
    totalJobs: z.number().nullish(),
    failedJobsCount: z.number().nullish(),
    warnings: z.boolean().nullish(),
    retried: z.object({ count: z.number() }).nullish(),
  }),
).nullish();

/** A project with its latest pipelines. */
export const ActivityNode = z.object({
  id: gid,
  fullPath: z.string(),
  jobsEnabled: z.boolean().nullish(),
  maxAccessLevel: z.object({ integerValue: z.number().nullish() }).nullish(),
  pipelines: ActivityPipelines,
  children: ActivityPipelines,
});
export type ActivityNode = z.infer<typeof ActivityNode>;

// ---------------------------------------------------------------- REST

const level = z.string().nullish();

/** A project as REST shows it; what the role of the token hides is missing. */
export const RestProject = z.object({
  id,
  path_with_namespace: z.string(),
  visibility: z.string().nullish().pipe(visibility),
  archived: z.boolean().nullish(),
  last_activity_at: moment.nullish(),
  public_jobs: z.boolean().nullish(),
  ci_config_path: z.string().nullish(),
  repository_access_level: level,
  builds_access_level: level,
  container_registry_access_level: level,
  package_registry_access_level: level,
  releases_access_level: level,
  environments_access_level: level,
  namespace: z.object({ kind: z.string() }).nullish(),
  permissions: z
    .object({
      project_access: z.object({ access_level: z.number() }).nullish(),
      group_access: z.object({ access_level: z.number() }).nullish(),
    })
    .nullish(),
});
/** A project of one page of REST, as it was answered. */
export type RestProject = z.infer<typeof RestProject>;

/** A group by id and full path. */
export const RestGroup = z.object({ id, full_path: z.string() });

/** A project entry. */
export const RestAllowedProject = z.object({ id, path_with_namespace: z.string() });

/** A group entry; its address alone tells the path. */
export const RestAllowedGroup = z.object({ id, web_url: z.string() });

/** Whether the allowlist is on, after the switch of the instance has had its say. */
export const RestScope = z.object({ inbound_enabled: z.boolean() });

/** A member by access level, 0 to 60. */
export const RestMember = z.object({ access_level: z.number() });

/** A member with the name to ask; `state` tells who is blocked. */
export const RestNamedMember = RestMember.extend({ username: z.string(), state: z.string().nullish() });

/** Settings of the instance, which administrators may read. */
export const RestSettings = z.object({
  enforce_ci_inbound_job_token_scope_enabled: z.boolean().nullish(),
  throttle_authenticated_api_enabled: z.boolean().nullish(),
  throttle_authenticated_api_requests_per_period: z.number().nullish(),
  throttle_authenticated_api_period_in_seconds: z.number().nullish(),
});
export type RestSettings = z.infer<typeof RestSettings>;

/** Which GitLab this is. */
export const RestVersion = z.object({ version: z.string(), enterprise: z.boolean().nullish() });

/** Whom the token belongs to. */
export const RestUser = z.object({
  id,
  username: z.string(),
  bot: z.boolean().nullish(),
  is_admin: z.boolean().nullish(),
});

/** The access token itself, without its value. */
export const RestToken = z.object({ scopes: z.array(z.string()).nullish(), expires_at: z.string().nullish() });

/** A job with its pipeline and user. */
export const RestJob = z.object({
  id,
  name: z.string(),
  status: z.string(),
  created_at: moment.nullish(),
  started_at: moment.nullish(),
  finished_at: moment.nullish(),
  failure_reason: z.string().nullish(),
  allow_failure: z.boolean().nullish(),
  user: z.object({ id, username: z.string() }).nullish(),
  web_url: z.string().nullish(),
  pipeline: z.object({ id }).nullish(),
});
export type RestJob = z.infer<typeof RestJob>;

/** A pipeline. */
export const RestPipeline = z.object({ id, status: z.string(), created_at: moment.nullish() });

/** A schedule of pipelines; `cron` as GitLab keeps it. */
export const RestSchedule = z.object({
  id,
  cron: z.string(),
  active: z.boolean().nullish(),
  owner: z.object({ id }).nullish(),
  next_run_at: moment.nullish(),
  last_pipeline: z.object({ id }).nullish(),
});

/** A file or folder of a repository; `id` changes with its content. */
export const RestTreeNode = z.object({ id: z.string(), path: z.string(), type: z.string() });

/** A file; `content` is Base64. */
export const RestFile = z.object({ size: z.number(), content: z.string() });
