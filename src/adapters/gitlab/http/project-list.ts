import type { Page, ScopeQuery } from '../../../engine/ports.ts';
import type { GitlabClient } from './client.ts';
import { goesRound } from './places.ts';
import { RestProject } from '../graphql/schema.ts';

/** Where a list below a group goes on: GitLab counts pages there, so what is taken out of one moves all behind it forward. */
interface Place {
  /** From 1. */
  readonly page: number;
  /** The largest id so far. */
  readonly last: number;
  /** How many projects GitLab said there were; null where it did not. */
  readonly total: number | null;
}

/** A list whose length changes between any two requests is taken as it comes after so many. */
const MOST_TRIES = 5;

/**
 * One page of a REST list of projects, by rising id. The cursor says after which id it goes on; below a group also at which
 * page, and how long the list was.
 *
 * @param perPage - 1 to 100
 * @param more - further parameters of GitLab's
 */
export async function projectList(
  client: GitlabClient,
  scope: ScopeQuery,
  after: string | null,
  membershipOnly: () => Promise<boolean>,
  perPage: number,
  more: Readonly<Record<string, string>> = {},
): Promise<Page<RestProject>> {
  const search = new URLSearchParams({ order_by: 'id', sort: 'asc', per_page: `${perPage}`, ...more });
  return scope.kind === 'group'
    ? pageOfGroup(client, scope.path, after, search)
    : pageOfAll(client, after, (await membershipOnly()) ? withParameter(search, 'membership', 'true') : search);
}

interface Answer {
  readonly items: readonly RestProject[];
  readonly total: number | null;
  readonly more: boolean;
}

async function ask(
  client: GitlabClient,
  operation: string,
  endpoint: string,
  search: URLSearchParams,
): Promise<Answer> {
  const first = await client.pages(operation, endpoint, search, RestProject).next();
  return first.done === true ? { items: [], total: null, more: false } : first.value;
}

async function pageOfAll(
  client: GitlabClient,
  after: string | null,
  search: URLSearchParams,
): Promise<Page<RestProject>> {
  const operation = 'read the projects of the instance';
  const parameters = withParameter(search, 'pagination', 'keyset');
  const from = after === null ? parameters : withParameter(parameters, 'id_after', after);
  const { items, total, more } = await ask(client, operation, 'projects', from);
  const last = items.at(-1)?.id ?? null;
  if (last !== null && after !== null && last <= Number(after)) throw goesRound(operation);
  return { items, next: more && last !== null ? `${last}` : null, total };
}

async function pageOfGroup(
  client: GitlabClient,
  group: string,
  after: string | null,
  search: URLSearchParams,
): Promise<Page<RestProject>> {
  const operation = `read the projects of group ${group}`;
  const endpoint = `groups/${encodeURIComponent(group)}/projects`;
  const own = withParameter(withParameter(search, 'include_subgroups', 'true'), 'with_shared', 'false');
  const at = placeOf(after);
  const page = (n: number): Promise<Answer> => ask(client, operation, endpoint, withParameter(own, 'page', `${n}`));
  const perPage = Number(search.get('per_page'));
  const { items, total, more } = await wholePage(page, at, perPage);
  const last = Math.max(at.last, ...items.map(({ id }) => id));
  // A page may hold nothing new, as many projects have moved in before it; not so behind the end that GitLab itself names.
  if (more && last === at.last && (total === null || at.page * perPage >= total)) throw goesRound(operation);
  return { items, next: more ? placeText({ page: at.page + 1, last, total }) : null, total };
}

/** The page of that number, with what has moved forward from it since the page before was read. */
async function wholePage(page: (n: number) => Promise<Answer>, { page: n, last, total: told }: Place, perPage: number) {
  for (let tries = 1; ; tries += 1) {
    const here = await page(n);
    const fewer = told === null || here.total === null ? 0 : Math.max(0, told - here.total);
    const answers = [here];
    for (let back = n - 1; back >= Math.max(1, n - Math.ceil(fewer / perPage)); back -= 1)
      answers.unshift(await page(back));
    if (tries < MOST_TRIES && answers.some(({ total }) => total !== here.total)) continue;
    const fresh = new Map(answers.flatMap(({ items }) => items).map((project) => [project.id, project] as const));
    return { ...here, items: [...fresh.values()].filter(({ id }) => id > last) };
  }
}

/** Earlier versions kept the number of the page alone. */
function placeOf(cursor: string | null): Place {
  const [page = '1', last = '0', total = ''] = (cursor ?? '1').split('/');
  return { page: Number(page), last: Number(last), total: total === '' ? null : Number(total) };
}

const placeText = ({ page, last, total }: Place): string => `${page}/${last}/${total ?? ''}`;

function withParameter(search: URLSearchParams, name: string, value: string): URLSearchParams {
  const more = new URLSearchParams(search);
  more.set(name, value);
  return more;
}
