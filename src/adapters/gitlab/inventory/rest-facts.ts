import { z } from 'zod';
import type { FactReading } from '../../../domain/decisions/facts.ts';
import type { ProjectId } from '../../../domain/values.ts';
import type { Identity, ProjectFactsReading } from '../../../engine/ports.ts';
import type { GitlabClient } from '../http/client.ts';
import { isForgeError } from '../http/errors.ts';
import { readAll } from '../http/rest-lists.ts';
import { tell, unread } from './fact-readings.ts';

const DEVELOPER = 30;
const MAINTAINER = 40;
/** 500 members: beyond that everybody may push. */
const MEMBER_PAGES = 5;

const Forked = z.object({ forks_count: z.number().int().nonnegative().optional() });
const Item = z.object({ id: z.number() });
const Named = z.object({ name: z.string() });
const Member = z.object({ id: z.number(), access_level: z.number(), state: z.string().nullish() });

/** The facts of one project where GraphQL does not answer: about three requests. */
export async function restFacts(client: GitlabClient, project: ProjectId): Promise<ProjectFactsReading> {
  const forks = await orWhy(() =>
    client.read(`read project ${project}`, async () => {
      const { body } = await client.transport.json('GET', `api/v4/projects/${project}`);
      return Forked.parse(body).forks_count ?? null;
    }),
  );
  const packages = await orWhy(() =>
    firstPage(client, `packages of project ${project}`, `projects/${project}/packages`, Item),
  );
  const members = await orWhy(() => membersOf(client, project));
  const people =
    members.value === null
      ? { facts: [unread('pushers', members.why), unread('maintainers', members.why)], maintainers: null }
      : tell(members.value);
  return {
    project,
    facts: [
      factOf('forks', forks),
      factOf('packages', packages),
      unread('terraformStates', 'GitLab tells them by GraphQL alone, which does not answer'),
      ...people.facts,
    ],
    maintainers: people.maintainers,
  };
}

/** Environments that not everybody may deploy to: told by REST alone, one request per project. */
export class ProtectedEnvironments {
  readonly #client: GitlabClient;
  /** What GitLab said when it had no such route at all: asking for the next project would tell no more. */
  #absent: string | null = null;

  constructor(client: GitlabClient) {
    this.#client = client;
  }

  async read(project: ProjectId): Promise<FactReading> {
    if (this.#absent !== null) return unread('protectedEnvironments', this.#absent);
    const answer = await orWhy(() =>
      firstPage(
        this.#client,
        `protected environments of project ${project}`,
        `projects/${project}/protected_environments`,
        Named,
      ),
    );
    // "404 Not Found" is a route that is not there (an edition without it); a project is "404 Project Not Found".
    if (answer.value === null && answer.missing && !/project not found/i.test(answer.why)) this.#absent = answer.why;
    return factOf('protectedEnvironments', answer);
  }
}

/** Administrators by user id; null for a token that is not one's: GitLab tells nobody else. */
export async function administrators(
  client: GitlabClient,
  identity: () => Promise<Pick<Identity, 'admin'>>,
): Promise<readonly number[] | null> {
  if (!(await identity()).admin) return null;
  const search = new URLSearchParams({ admins: 'true', active: 'true', per_page: '100' });
  const found = await orWhy(() => readAll(client, 'list the administrators', 'users', search, Item));
  return found.value?.map(({ id }) => id) ?? null;
}

type Answer<T> = { readonly value: T } | { readonly value: null; readonly why: string; readonly missing: boolean };

const factOf = (fact: FactReading['fact'], answer: Answer<number | null>): FactReading =>
  answer.value !== null
    ? { fact, count: answer.value, problem: null }
    : unread(fact, 'why' in answer ? answer.why : 'this GitLab does not tell');

/** What is refused or missing is unread; an outage is the caller's affair. */
async function orWhy<T>(
  work: () => Promise<T>,
): Promise<Answer<T> & { readonly why: string; readonly missing: boolean }> {
  try {
    return { value: await work(), why: '', missing: false };
  } catch (error) {
    if (!isForgeError(error, 'FORGE_REFUSED', 'FORGE_NOT_FOUND')) throw error;
    return { value: null, why: error.message, missing: error.code === 'FORGE_NOT_FOUND' };
  }
}

/** One page is enough: whether there are any is what counts. */
async function firstPage(client: GitlabClient, what: string, path: string, item: z.ZodType): Promise<number> {
  const search = new URLSearchParams({ per_page: '20' });
  const first = await client.pages(`read the ${what}`, path, search, item).next();
  return first.done === true ? 0 : first.value.items.length;
}

async function membersOf(client: GitlabClient, project: ProjectId): Promise<Parameters<typeof tell>[0]> {
  const search = new URLSearchParams({ per_page: '100' });
  const members: z.infer<typeof Member>[] = [];
  let pages = 0;
  let cut = false;
  for await (const page of client.pages(
    `read the members of project ${project}`,
    `projects/${project}/members/all`,
    search,
    Member,
  )) {
    members.push(...page.items);
    pages += 1;
    cut = page.more;
    if (pages === MEMBER_PAGES) break;
  }
  const able = members.filter(
    ({ access_level, state }) => access_level >= DEVELOPER && (state ?? 'active') === 'active',
  );
  const owners = able.filter(({ access_level }) => access_level >= MAINTAINER).map(({ id }) => id);
  return { able: able.length, owners, cutAble: cut, cutOwners: cut };
}
