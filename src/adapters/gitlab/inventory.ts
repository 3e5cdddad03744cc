import type { ProjectId } from '../../domain/values.ts';
import type { Clock, Page, ProjectReading, ScopeQuery } from '../../engine/ports.ts';
import type { Features } from './capabilities.ts';
import type { GitlabClient } from './client.ts';
import { innerListsDocument, inventoryDocument, projectsByIdDocument, type Parts } from './documents.ts';
import { forgeError, HttpFailure, isForgeError } from './errors.ts';
import { readSized, type GraphqlClient, type Problem } from './graphql.ts';
import type { InstanceEnforcement } from './identity.ts';
import { PageSizer } from './page-size.ts';
import { logOf, rawReading, toEntries, toReading, type RawReading } from './readings.ts';
import { restEntries } from './rest-lists.ts';
import { projectGid, type InnerListsNode, type ProjectNode } from './schema.ts';

export interface InventoryDeps {
  readonly client: GitlabClient;
  readonly graphql: GraphqlClient;
  readonly enforcement: InstanceEnforcement;
  readonly clock: Clock;
  readonly notify: (text: string) => void;
  /** Non-administrators are asked for their own projects: "all" on a public instance would be everybody's. */
  readonly membershipOnly: () => Promise<boolean>;
}

/** GitLab resolves at most this many per request in any case. */
const LARGEST_PAGE = 100;
/** Where entries need two REST requests per project, small pages keep progress and resuming fine-grained. */
const LARGEST_MIXED_PAGE = 20;

/** Reads many projects per GraphQL request, and asks again only for what did not fit. */
export class Inventory {
  readonly #deps: InventoryDeps;
  readonly #features: Features;
  readonly #sizer: PageSizer;

  constructor(deps: InventoryDeps, features: Features) {
    this.#deps = deps;
    this.#features = features;
    this.#sizer = new PageSizer(features.entryPermissions ? LARGEST_PAGE : LARGEST_MIXED_PAGE);
  }

  async page(scope: ScopeQuery, after: string | null): Promise<Page<ProjectReading>> {
    const document = inventoryDocument(scope.kind, this.#features.parts);
    const variables = await scopeVariables(scope, after, this.#deps.membershipOnly);
    const operation = `read the projects of ${scopeName(scope)}`;
    const { data, problems } = await readSized(this.#deps.client, operation, this.#sizer, (first) =>
      this.#deps.graphql.query(document, { ...variables, first }),
    );
    const list = projectsOf(data, scope, problems, operation);
    const hidden = list.nodes.filter((node) => node === null).length;
    if (hidden > 0)
      this.#deps.notify(`${hidden} projects of this page were hidden by GitLab and are not in the inventory`);
    return {
      items: await this.#complete(list.nodes, problems, this.#features.parts),
      next: nextCursor(list.pageInfo, after, operation),
      total: list.count ?? null,
    };
  }

  /** @param parts - what to read; leaving the log out halves the cost of a read before a write */
  async byId(ids: readonly ProjectId[], parts: Parts = this.#features.parts): Promise<readonly ProjectReading[]> {
    if (ids.length === 0) return [];
    const document = projectsByIdDocument(parts);
    const readings: ProjectReading[] = [];
    for (let at = 0; at < ids.length;) {
      let asked: readonly ProjectId[] = [];
      const { data, problems } = await readSized(this.#deps.client, 'read projects by id', this.#sizer, (first) => {
        asked = ids.slice(at, at + Math.min(first, MAX_IDS));
        return this.#deps.graphql.query(document, { ids: asked.map(projectGid), first: asked.length });
      });
      readings.push(...(await this.#complete(data.projects?.nodes ?? [], problems, parts)));
      at += asked.length;
    }
    return readings;
  }

  async #complete(
    nodes: readonly (ProjectNode | null)[],
    problems: readonly Problem[],
    parts: Parts,
  ): Promise<readonly ProjectReading[]> {
    const raws = await Promise.all(
      nodes.flatMap((node, index) =>
        node === null ? [] : [this.#completeOne(node, problemsOf(problems, index), parts)],
      ),
    );
    const storedOff = raws.filter(({ node }) => node.ciCdSettings?.inboundJobTokenScopeEnabled === false);
    const enforced = storedOff.length === 0 ? null : await this.#deps.enforcement.known(mayRead(storedOff));
    const readAt = this.#deps.clock.now();
    return raws.map((raw) => toReading(raw, enforced, readAt));
  }

  /** A project that cannot be completed becomes unread; the others of its page stand. */
  async #completeOne(node: ProjectNode, problems: readonly Problem[], parts: Parts): Promise<RawReading> {
    const raw = rawReading(node, problems, parts);
    if (raw.unread !== null) return raw;
    try {
      if (parts.entries) return await this.#readOn(raw, parts);
      return { ...raw, entries: [...(await restEntries(this.#deps.client, node.id, node.fullPath))] };
    } catch (error) {
      if (!isForgeError(error, 'FORGE_REFUSED', 'FORGE_NOT_FOUND', 'FORGE_UNAVAILABLE', 'FORGE_UNREADABLE'))
        throw error;
      return { ...raw, entries: null, unread: error.message };
    }
  }

  /** Follows the inner lists of one project to their ends. */
  async #readOn(raw: RawReading, parts: Parts): Promise<RawReading> {
    const entries = [...(raw.entries ?? [])];
    const log = raw.log === null ? null : [...raw.log];
    const operation = `read the long lists of ${raw.node.fullPath}`;
    for (let rest = restOf(raw.node, operation); rest !== null;) {
      const more = await this.#innerLists(raw.node, rest, parts, operation);
      const lists = more.ciJobTokenScopeAllowlist;
      const further = toEntries([...(lists?.projectsAllowlist?.nodes ?? []), ...(lists?.groupsAllowlist?.nodes ?? [])]);
      const rows = logOf(more.ciJobTokenAuthLogs?.nodes ?? []);
      if (further === null) throw forgeError(new HttpFailure('unreadable', 'an entry names nobody'), operation);
      entries.push(...further);
      log?.push(...(rows ?? []));
      rest = restOf(more, operation);
    }
    return { ...raw, entries, log };
  }

  async #innerLists(node: ProjectNode, rest: Rest, parts: Parts, operation: string): Promise<InnerListsNode> {
    const { projects, groups, log } = rest;
    const variables = {
      ids: [projectGid(node.id)],
      projects,
      groups,
      wantProjects: projects !== null,
      wantGroups: groups !== null,
      ...(parts.log ? { log, wantLog: log !== null } : {}),
    };
    return this.#deps.client.read(operation, async () => {
      const { data, problems } = await this.#deps.graphql.query(innerListsDocument(parts), variables);
      const found = data.projects?.nodes[0];
      if (problems[0]) throw new HttpFailure('unavailable', problems[0].message);
      if (!found || !answers(found, rest)) throw new HttpFailure('unreadable', 'a part of its lists is missing');
      return found;
    });
  }
}

/** GitLab takes at most 50 paths or ids in one list. */
const MAX_IDS = 50;

/** Where the inner lists go on; null for a list that is complete. */
interface Rest {
  readonly projects: string | null;
  readonly groups: string | null;
  readonly log: string | null;
}

function restOf(node: InnerListsNode, operation: string): Rest | null {
  const next = (list: { readonly pageInfo: PageInfo } | null | undefined): string | null =>
    list ? nextCursor(list.pageInfo, null, operation) : null;
  const projects = next(node.ciJobTokenScopeAllowlist?.projectsAllowlist);
  const groups = next(node.ciJobTokenScopeAllowlist?.groupsAllowlist);
  const log = next(node.ciJobTokenAuthLogs);
  return projects === null && groups === null && log === null ? null : { projects, groups, log };
}

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly endCursor?: string | null | undefined;
}

/** Null at the end of a list. A list that says it goes on but not where would otherwise be cut without notice. */
export function nextCursor(info: PageInfo, after: string | null, operation: string): string | null {
  if (!info.hasNextPage) return null;
  const next = info.endCursor ?? null;
  if (next !== null && next !== after) return next;
  throw forgeError(new HttpFailure('unreadable', 'the list goes on, and GitLab does not say where'), operation);
}

/** Every list that was asked for has come. */
function answers(node: InnerListsNode, rest: Rest): boolean {
  const lists = node.ciJobTokenScopeAllowlist;
  return (
    (rest.projects === null || Boolean(lists?.projectsAllowlist)) &&
    (rest.groups === null || Boolean(lists?.groupsAllowlist)) &&
    (rest.log === null || Boolean(node.ciJobTokenAuthLogs))
  );
}

/** Projects whose scope the token can probably read come first. */
function mayRead(raws: readonly RawReading[]): readonly number[] {
  return [...raws]
    .sort((a, b) => (b.node.maxAccessLevel?.integerValue ?? 0) - (a.node.maxAccessLevel?.integerValue ?? 0))
    .map(({ node }) => node.id);
}

/** Errors of the n-th project: their path holds `nodes` followed by its index. */
export function problemsOf(problems: readonly Problem[], index: number): readonly Problem[] {
  return problems.filter(({ path }) => path[path.indexOf('nodes') + 1] === index && path.includes('nodes'));
}

export const scopeName = (scope: ScopeQuery): string =>
  scope.kind === 'group' ? `group ${scope.path}` : 'the instance';

/** The variables that both page documents share. */
export async function scopeVariables(
  scope: ScopeQuery,
  after: string | null,
  membershipOnly: () => Promise<boolean>,
): Promise<Readonly<Record<string, unknown>>> {
  const common = { after, count: after === null };
  if (scope.kind === 'group') return { ...common, group: scope.path };
  return { ...common, membership: (await membershipOnly()) ? true : null };
}

/** The list of a page. A scope that is not there at all is an error with GitLab's words, never an empty list. */
export function projectsOf<T>(
  data: {
    readonly projects?: T | null | undefined;
    readonly group?: { readonly projects?: T | null | undefined } | null | undefined;
  },
  scope: ScopeQuery,
  problems: readonly Problem[],
  operation: string,
): T {
  const list = scope.kind === 'group' ? data.group?.projects : data.projects;
  if (list) return list;
  const words = problems[0]?.message ?? 'it does not exist, or the token may not see it';
  throw forgeError(new HttpFailure(problems.length === 0 ? 'missing' : 'refused', words), operation);
}
