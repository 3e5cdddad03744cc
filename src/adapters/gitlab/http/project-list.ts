import type { Page, ScopeQuery } from '../../../engine/ports.ts';
import type { GitlabClient } from './client.ts';
import { RestProject } from '../graphql/schema.ts';

/** One page of a REST list of projects. The cursor is a page number below a group, else the last id. */
export async function projectList(
  client: GitlabClient,
  scope: ScopeQuery,
  after: string | null,
  membershipOnly: () => Promise<boolean>,
  more: Readonly<Record<string, string>>,
): Promise<Page<RestProject>> {
  const search = new URLSearchParams({ order_by: 'id', sort: 'asc', ...more });
  if (scope.kind === 'group') {
    search.set('include_subgroups', 'true');
    search.set('with_shared', 'false');
    search.set('page', after ?? '1');
  } else {
    search.set('pagination', 'keyset');
    if (after !== null) search.set('id_after', after);
    if (await membershipOnly()) search.set('membership', 'true');
  }
  const endpoint = scope.kind === 'group' ? `groups/${encodeURIComponent(scope.path)}/projects` : 'projects';
  const operation = `read the projects of ${scope.kind === 'group' ? `group ${scope.path}` : 'the instance'}`;
  const first = await client.pages(operation, endpoint, search, RestProject).next();
  if (first.done === true) return { items: [], next: null, total: null };
  const { items, total, more: goesOn } = first.value;
  const nextPage = scope.kind === 'group' ? Number(after ?? '1') + 1 : (items.at(-1)?.id ?? 0);
  return { items, next: goesOn && items.length > 0 ? `${nextPage}` : null, total };
}
