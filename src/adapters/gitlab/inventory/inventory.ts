import type { AllowlistEntry } from '../../../domain/project.ts';
import { counted, type ProjectId } from '../../../domain/values.ts';
import type { Clock, InventoryPage, ProjectReading, ScopeQuery } from '../../../engine/ports.ts';
import { Bundle, joinPages } from './again.ts';
import type { Features } from '../capabilities.ts';
import type { GitlabClient } from '../http/client.ts';
import { completeLists, nextCursor } from './complete.ts';
import { pageAlias, pageIn, severalPagesDocument, type SeveralPages } from '../graphql/documents-again.ts';
import { inventoryDocument, projectsByIdDocument, type Along, type Parts } from '../graphql/documents.ts';
import { forgeError, HttpFailure, isForgeError } from '../http/errors.ts';
import {
  asksForLess,
  isPassing,
  readSized,
  TooComplex,
  type GraphqlAnswer,
  type GraphqlClient,
  type Problem,
} from '../graphql/graphql.ts';
import type { InstanceEnforcement } from '../identity.ts';
import { PageSizer } from '../http/page-size.ts';
import { Places } from '../http/places.ts';
import { rawReading, toReading, withNames, type RawReading } from './readings.ts';
import { restEntries } from '../http/rest-lists.ts';
import { projectGid, type ProjectNode } from '../graphql/schema.ts';

/** What reading many projects takes. */
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
  readonly #bundle = new Bundle();
  readonly #places = new Places();

  constructor(deps: InventoryDeps, features: Features) {
    this.#deps = deps;
    this.#features = features;
    this.#sizer = new PageSizer(features.entryPermissions ? LARGEST_PAGE : LARGEST_MIXED_PAGE);
  }

  async page(scope: ScopeQuery, after: string | null): Promise<InventoryPage> {
    const document = inventoryDocument(scope.kind, this.#features.parts);
    const variables = await scopeVariables(scope, after, this.#deps.membershipOnly);
    const operation = `read the projects of ${scopeName(scope)}`;
    const { data, problems } = await readSized(this.#deps.client, operation, this.#sizer, (first) =>
      this.#deps.graphql.query(document, { ...variables, first }),
    );
    const list = projectsOf(data, scope, problems, operation);
    this.#noteHidden(list.nodes.filter((node) => node === null).length);
    const next = nextCursor(list.pageInfo, after, operation);
    this.#places.check(scopeName(scope), after, next, operation);
    return {
      items: await this.#complete(list.nodes, problems, this.#features.parts),
      ...{ next, total: list.count ?? null, ends: next === null ? [] : [next], used: 0 },
    };
  }

  /**
   * Several pages at once, of a list that was read before.
   *
   * @param ahead - where its pages began then, behind `after`; stale ones cost a request, never a project
   */
  async again(scope: ScopeQuery, after: string | null, ahead: readonly string[]): Promise<InventoryPage> {
    const operation = `read the projects of ${scopeName(scope)}`;
    const starts: (string | null)[] = [];
    const answer = await this.#askBundle(scope, operation, (pages) => {
      starts.splice(0, starts.length, after, ...ahead.slice(0, pages - 1));
      return starts;
    });
    if (answer === null) return this.page(scope, after);
    const { data, problems, complexity } = answer;
    const lists = starts.map((_, n) => pageIn(data, n, scope.kind) ?? missingPage(problems, operation));
    const { nodes, ends, hidden, used: looked } = joinPages(lists, starts, operation);
    this.#noteHidden(hidden);
    const parts = this.#features.parts;
    const raws = nodes.map(({ page, index, node }) =>
      rawReading(
        node,
        problemsOf(
          problems.filter(({ path }) => path[0] === pageAlias(page)),
          index,
        ),
        parts,
      ),
    );
    this.#bundle.succeeded(starts.length, complexity, shareOfLong(nodes.map(({ node }) => node)));
    const next = ends.at(-1) ?? null;
    this.#places.check(scopeName(scope), after, next, operation);
    const used = looked + (next !== null && next === ahead[looked] ? 1 : 0);
    return {
      ...{ items: await this.#finish(raws, parts), next, total: null, used },
      ends: ends.filter((end) => end !== null),
    };
  }

  /** Null where the server does not answer so much at once. */
  #askBundle(
    scope: ScopeQuery,
    operation: string,
    startsOf: (pages: number) => readonly (string | null)[],
  ): Promise<GraphqlAnswer<SeveralPages> | null> {
    const { client, graphql, membershipOnly } = this.#deps;
    const attempt = async (): Promise<GraphqlAnswer<SeveralPages> | null> => {
      if (!this.#bundle.next()) return null;
      const starts = startsOf(this.#bundle.pages);
      const document = severalPagesDocument(scope.kind, this.#features.parts, starts.length, this.#bundle.along);
      const { count: _, after: _after, ...common } = await scopeVariables(scope, null, membershipOnly);
      const cursors = Object.fromEntries(starts.map((start, n) => [`after${n}`, start]));
      try {
        const answer = await graphql.query(document, { ...common, ...cursors, first: LARGEST_PAGE });
        if (answer.problems.some(isPassing)) throw new HttpFailure('unavailable', 'a part of the page timed out');
        return answer;
      } catch (error) {
        if (!(error instanceof TooComplex)) throw error;
        this.#bundle.fit(error.complexity, starts.length);
        return attempt();
      }
    };
    return client.read(operation, attempt, ({ kind }) => {
      if (asksForLess(kind)) this.#bundle.shrink();
    });
  }

  #noteHidden(count: number): void {
    if (count === 0) return;
    this.#deps.notify(`GitLab hides ${counted(count, 'project')} of this page, which the inventory leaves out`);
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
    const raws = nodes.flatMap((node, index) =>
      node === null ? [] : [rawReading(node, problemsOf(problems, index), parts)],
    );
    return this.#finish(raws, parts);
  }

  /** Completes what did not fit, and puts it into the words of the port. */
  async #finish(raws: readonly RawReading[], parts: Parts): Promise<readonly ProjectReading[]> {
    const { client, graphql } = this.#deps;
    const whole = parts.entries
      ? await completeLists({ client, graphql }, raws, parts)
      : await Promise.all(raws.map((raw) => this.#restEntries(raw)));
    const named = await Promise.all(whole.map((raw) => this.#named(raw)));
    const storedOff = named.filter(({ node }) => node.ciCdSettings?.inboundJobTokenScopeEnabled === false);
    const enforced = storedOff.length === 0 ? null : await this.#deps.enforcement.known(mayRead(storedOff));
    const readAt = this.#deps.clock.now();
    return named.map((raw) => toReading(raw, enforced, readAt));
  }

  /** Entries of a server whose GraphQL has none. */
  async #restEntries(raw: RawReading): Promise<RawReading> {
    return this.#withRest(raw, (listed) => ({ ...raw, entries: [...listed] }));
  }

  /** Entries of those whom the token may not see come without a name, which would leave the whole project unread. */
  async #named(raw: RawReading): Promise<RawReading> {
    if (raw.nameless.length === 0) return raw;
    return this.#withRest(raw, (listed) => {
      const entries = withNames(raw, listed);
      const unread = `of ${raw.nameless.length} entries for projects or groups that are hidden from the token it cannot be told which grants what`;
      return entries === null ? { ...raw, entries, unread } : { ...raw, entries, nameless: [] };
    });
  }

  /** A project that refuses its entries becomes unread; the others of its page stand. */
  async #withRest(raw: RawReading, use: (listed: readonly AllowlistEntry[]) => RawReading): Promise<RawReading> {
    if (raw.unread !== null) return raw;
    try {
      return use(await restEntries(this.#deps.client, raw.node.id, raw.node.fullPath));
    } catch (error) {
      if (!isForgeError(error, 'FORGE_REFUSED', 'FORGE_NOT_FOUND', 'FORGE_UNAVAILABLE', 'FORGE_UNREADABLE'))
        throw error;
      return { ...raw, entries: null, unread: error.message };
    }
  }
}

/** GitLab takes at most 50 paths or ids in one list. */
const MAX_IDS = 50;

/** Projects whose scope the token can probably read come first. */
function mayRead(raws: readonly RawReading[]): readonly number[] {
  return [...raws]
    .sort((a, b) => (b.node.maxAccessLevel?.integerValue ?? 0) - (a.node.maxAccessLevel?.integerValue ?? 0))
    .map(({ node }) => node.id);
}

/** How many of the projects have lists that go on, as shares. */
function shareOfLong(nodes: readonly ProjectNode[]): Along {
  const share = (goesOn: (node: ProjectNode) => boolean | undefined): number =>
    nodes.length === 0 ? 0 : nodes.filter(goesOn).length / nodes.length;
  return {
    entries: share(
      ({ ciJobTokenScopeAllowlist: lists }) =>
        (lists?.projectsAllowlist?.pageInfo.hasNextPage ?? false) || lists?.groupsAllowlist?.pageInfo.hasNextPage,
    ),
    log: share(({ ciJobTokenAuthLogs: log }) => log?.pageInfo.hasNextPage),
  };
}

/** A part of the answer that is not there at all. */
function missingPage(problems: readonly Problem[], operation: string): never {
  throw forgeError(new HttpFailure('unreadable', problems[0]?.message ?? 'a page is missing'), operation);
}

/** Errors of the n-th project: their path holds `nodes` followed by its index. */
export function problemsOf(problems: readonly Problem[], index: number): readonly Problem[] {
  return problems.filter(({ path }) => path[path.indexOf('nodes') + 1] === index && path.includes('nodes'));
}

/** A scope in words, for messages. */
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
