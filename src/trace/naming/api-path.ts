/** What stands after `/projects/:id/` in GitLab's API (lib/api of GitLab): where an unescaped path of a project ends. */
const PARTS: ReadonlySet<string> = new Set([
  ...['-', 'access_requests', 'access_tokens', 'approval_rules', 'approvals', 'archive', 'audit_events', 'avatar'],
  ...['badges', 'boards', 'catalog', 'cluster_agents', 'clusters', 'custom_attributes', 'dependencies', 'deploy_keys'],
  ...['deploy_tokens', 'deployments', 'environments', 'error_tracking', 'events', 'export', 'feature_flags'],
  ...['feature_flags_user_lists', 'fork', 'forks', 'freeze_periods', 'groups', 'hooks', 'housekeeping', 'import'],
  ...['integrations', 'invitations', 'issues', 'issues_statistics', 'iterations', 'job_token_scope', 'jobs', 'labels'],
  ...['languages', 'members', 'merge_requests', 'merge_trains', 'milestones', 'packages', 'pages', 'pipeline'],
  ...['pipeline_schedules', 'pipelines', 'protected_branches', 'protected_environments', 'protected_tags', 'push_rule'],
  ...['ref', 'registry', 'releases', 'remote_mirrors', 'repository', 'resource_groups', 'runners', 'search'],
  ...['secure_files', 'services', 'share', 'snapshot', 'snippets', 'star', 'starrers', 'statistics', 'storage'],
  ...['templates', 'terraform', 'transfer', 'trigger', 'triggers', 'unarchive', 'uploads', 'users', 'variables'],
  ...['vulnerabilities', 'vulnerability_findings', 'wikis', 'work_items'],
]);

/**
 * Tells the project of an API address from what was asked of it. Clients of GitLab's Go library (glab, release tools) print
 * the address decoded, so that the slashes of the project's path stand there as they are.
 *
 * @param parts - the segments after `/projects/`; the first is not empty
 * @returns `key` an id, an encoded path, or a path with its slashes
 */
export function projectOfApiPath(parts: readonly string[]): { readonly key: string; readonly rest: string } {
  const [key = '', ...rest] = parts;
  if (/^(?:\d+|:.*)$|%2f|[$<{[]/i.test(key) || rest.length === 0 || PARTS.has(rest[0] ?? ''))
    return { key, rest: rest.join('/') };
  const end = parts.findIndex((part, at) => at >= 2 && (part === '' || PARTS.has(part)));
  return end === -1
    ? { key: parts.join('/'), rest: '' }
    : { key: parts.slice(0, end).join('/'), rest: parts.slice(end).join('/') };
}
