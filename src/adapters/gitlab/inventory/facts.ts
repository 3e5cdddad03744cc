import type { FactReading, KeptFact } from '../../../domain/decisions/facts.ts';
import { projectId, type ProjectId } from '../../../domain/values.ts';
import type { Identity, ProjectFactsReading } from '../../../engine/ports.ts';
import type { Features } from '../capabilities.ts';
import { factsDocument, type FactsNode, type MemberPage } from '../graphql/documents-facts.ts';
import { readSized, type GraphqlClient, type Problem } from '../graphql/graphql.ts';
import { projectGid } from '../graphql/schema.ts';
import type { GitlabClient } from '../http/client.ts';
import { PageSizer } from '../http/page-size.ts';
import { problemsOf } from './inventory.ts';
import { read, tell, unread, type People } from './fact-readings.ts';
import { restFacts } from './rest-facts.ts';

/** GitLab takes at most 50 ids in one list. */
const MAX_IDS = 50;
const DEVELOPER = 30;
const MAINTAINER = 40;
const GONE = 'the project does not exist any more, or the token may not see it';

interface FactDeps {
  readonly client: GitlabClient;
  readonly graphql: GraphqlClient;
  readonly features: Features;
  readonly identity: () => Promise<Pick<Identity, 'admin'>>;
}

/** Reads what bears on the risk of edges: some dozens of projects per GraphQL request, or one by one by REST. */
export class ProjectFacts {
  readonly #deps: FactDeps;
  readonly #sizer = new PageSizer(MAX_IDS);

  constructor(deps: FactDeps) {
    this.#deps = deps;
  }

  /** A project that cannot be seen comes with every fact unread. */
  async read(ids: readonly ProjectId[]): Promise<readonly ProjectFactsReading[]> {
    const { client, features } = this.#deps;
    if (!features.graphql) return Promise.all(ids.map((id) => restFacts(client, id)));
    const readings: ProjectFactsReading[] = [];
    while (readings.length < ids.length) readings.push(...(await this.#page(ids.slice(readings.length))));
    return readings;
  }

  /** The first of these, as many as fit one request. */
  async #page(ids: readonly ProjectId[]): Promise<readonly ProjectFactsReading[]> {
    const { client, graphql, features } = this.#deps;
    const document = factsDocument(features.facts, features.parts.archivedArgument);
    let asked: readonly ProjectId[] = [];
    const { data, problems } = await readSized(client, 'read the risk facts of projects', this.#sizer, (first) => {
      asked = ids.slice(0, first);
      return graphql.query(document, { ids: asked.map(projectGid), first: asked.length });
    });
    const { admin } = await this.#deps.identity();
    const found = new Map<ProjectId, ProjectFactsReading>();
    for (const [index, node] of (data.projects?.nodes ?? []).entries()) {
      if (node !== null) found.set(projectId(node.id), readingOf(node, problemsOf(problems, index), features, admin));
    }
    return asked.map((project) => found.get(project) ?? { project, facts: allUnread(GONE), maintainers: null });
  }
}

const CONTENTS: readonly KeptFact[] = ['packages', 'terraformStates', 'pushers', 'forks', 'maintainers'];

const allUnread = (problem: string): readonly FactReading[] => CONTENTS.map((fact) => unread(fact, problem));

const NOT_TOLD = 'this GitLab does not tell';

function readingOf(
  node: FactsNode,
  problems: readonly Problem[],
  { facts: fields }: Features,
  admin: boolean,
): ProjectFactsReading {
  const wordsOf = (field: string): string => problems.find(({ path }) => path.includes(field))?.message ?? NOT_TOLD;
  const counted = (fact: 'packages' | 'terraformStates'): FactReading => {
    const count = node[fact]?.count ?? null;
    return count === null ? unread(fact, wordsOf(fact)) : read(fact, count);
  };
  // Who may read no state is shown none, without an error: that says nothing (app/graphql/resolvers/terraform).
  const level = node.maxAccessLevel?.integerValue ?? 0;
  const states = !fields.terraformStates || admin || level >= DEVELOPER;
  const { facts: people, maintainers } = peopleOf(node, wordsOf);
  return {
    project: projectId(node.id),
    facts: [
      node.forksCount == null ? unread('forks', wordsOf('forksCount')) : read('forks', node.forksCount),
      counted('packages'),
      states ? counted('terraformStates') : unread('terraformStates', 'the token is no Developer there'),
      ...people,
    ],
    maintainers,
  };
}

function peopleOf({ developers, maintainers, members }: FactsNode, wordsOf: (field: string) => string): People {
  const pages = [developers, maintainers, members].filter((page) => page != null);
  const missing = members == null && (developers == null || maintainers == null);
  if (missing) {
    const words = ['developers', 'maintainers', 'members'].map(wordsOf).find((text) => text !== NOT_TOLD) ?? NOT_TOLD;
    return { facts: [unread('pushers', words), unread('maintainers', words)], maintainers: null };
  }
  const able = pages.flatMap(activeIn).filter(({ level }) => level >= DEVELOPER);
  const owners = able.filter(({ level }) => level >= MAINTAINER).map(({ user }) => user);
  const cut = (page: MemberPage): boolean => page?.pageInfo.hasNextPage === true;
  return tell({ able: able.length, owners, cutAble: pages.some(cut), cutOwners: cut(maintainers) || cut(members) });
}

function activeIn(page: NonNullable<MemberPage>): readonly { readonly user: number; readonly level: number }[] {
  return page.nodes.flatMap((node) => {
    const level = node?.accessLevel?.integerValue ?? 0;
    const idle = node?.user?.state != null && node.user.state !== 'active';
    return node?.user == null || idle ? [] : [{ user: node.user.id, level }];
  });
}
