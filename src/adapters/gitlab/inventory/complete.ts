import type { AllowlistEntry } from '../../../domain/project.ts';
import type { GitlabClient } from '../http/client.ts';
import type { Parts } from '../graphql/documents.ts';
import { alias, FROM_START, innerListsDocument, weightOf, type Rest } from '../graphql/documents-lists.ts';
import { forgeError, HttpFailure, isForgeError } from '../http/errors.ts';
import { Places } from '../http/places.ts';
import type { GraphqlClient } from '../graphql/graphql.ts';
import { hiddenRowsOf, logOf, toEntries, type RawReading } from './readings.ts';
import { projectGid, type InnerListsNode } from '../graphql/schema.ts';

/** A query of further pages stays below this, of the 250 that GitLab allows. */
const MOST_WEIGHT = 230;
/** Documents have at most 10,000 characters. */
const MOST_PROJECTS = 12;

interface ListDeps {
  readonly client: GitlabClient;
  readonly graphql: GraphqlClient;
}

interface BatchDeps extends ListDeps {
  readonly places: Places;
}

interface Open {
  readonly index: number;
  readonly rest: Rest;
}

/**
 * Follows the inner lists of many projects to their ends, several projects per request. A project that cannot be completed
 * becomes unread; the others stand.
 */
export async function completeLists(
  deps: ListDeps,
  raws: readonly RawReading[],
  parts: Pick<Parts, 'archivedArgument' | 'entryDefaults'>,
): Promise<readonly RawReading[]> {
  const done = [...raws];
  const places = new Places();
  let open: readonly Open[] = raws.flatMap((raw, index) => {
    const rest = raw.unread === null ? restOf(raw.node, `read the long lists of ${raw.node.fullPath}`) : null;
    return rest === null ? [] : [{ index, rest }];
  });
  while (open.length > 0) {
    const batches = packed(open);
    const further = await Promise.all(batches.map((batch) => readBatch({ ...deps, places }, batch, done, parts)));
    open = further.flat();
  }
  return done;
}

/** In order, as many in each as a query may cost. */
function packed(open: readonly Open[]): readonly (readonly Open[])[] {
  const batches: Open[][] = [];
  let weight = Infinity;
  for (const one of open) {
    const own = weightOf(one.rest);
    const last = batches.at(-1);
    if (last && last.length < MOST_PROJECTS && weight + own <= MOST_WEIGHT) {
      last.push(one);
      weight += own;
    } else {
      batches.push([one]);
      weight = own;
    }
  }
  return batches;
}

/** Reads one page further of each; what fails together is tried one by one, so that a single project cannot spoil the rest. */
async function readBatch(
  deps: BatchDeps,
  batch: readonly Open[],
  done: RawReading[],
  parts: Pick<Parts, 'archivedArgument' | 'entryDefaults'>,
): Promise<readonly Open[]> {
  const names = batch.map(({ index }) => done[index]?.node.fullPath ?? '').join(', ');
  const operation = `read the long lists of ${names}`;
  try {
    const nodes = await ask(deps, batch, done, parts, operation);
    // All of them or none: what fails is asked for again one by one, and no row may be taken twice.
    const taken = batch.map((one, n) => taking(deps.places, one, nodes[n] ?? null, done, operation));
    return taken.flatMap((one) => (one === null ? [] : keep(one, done)));
  } catch (error) {
    if (!isForgeError(error, ...UNREADABLE)) throw error;
    if (batch.length > 1) {
      const alone = await Promise.all(batch.map((one) => readBatch(deps, [one], done, parts)));
      return alone.flat();
    }
    for (const { index } of batch) markUnread(done, index, error);
    return [];
  }
}

/** What GitLab may say of a single project while the inventory goes on. */
const UNREADABLE = ['FORGE_REFUSED', 'FORGE_NOT_FOUND', 'FORGE_UNAVAILABLE', 'FORGE_UNREADABLE'] as const;

function markUnread(done: RawReading[], index: number, error: Error): void {
  const raw = done[index];
  if (raw) done[index] = { ...raw, entries: null, unread: error.message };
}

async function ask(
  { client, graphql }: ListDeps,
  batch: readonly Open[],
  done: readonly RawReading[],
  parts: Pick<Parts, 'archivedArgument' | 'entryDefaults'>,
  operation: string,
): Promise<readonly InnerListsNode[]> {
  const variables = Object.fromEntries(
    batch.flatMap(({ index, rest }, n) => [
      [`id${n}`, projectGid(done[index]?.node.id ?? 0)],
      ...Object.entries(rest)
        .filter(([, cursor]) => cursor !== null)
        .map(([list, cursor]) => [`${list}${n}`, cursor === FROM_START ? null : (cursor as string)]),
    ]),
  ) as Readonly<Record<string, string | null>>;
  const document = innerListsDocument(
    batch.map(({ rest }) => rest),
    parts,
  );
  return client.read(operation, async () => {
    const { data, problems } = await graphql.query(document, variables);
    if (problems[0]) throw new HttpFailure('unavailable', problems[0].message);
    return batch.map(({ rest }, n) => {
      const found = data[alias(n)]?.nodes[0];
      if (!found || !answers(found, rest)) throw new HttpFailure('unreadable', 'a part of its lists is missing');
      return found;
    });
  });
}

const LIST_OF = { project: 'projects', group: 'groups' } as const;

/** What came of one project, and what of it is still to come. */
interface Taken {
  readonly index: number;
  readonly raw: RawReading;
  readonly rest: Rest | null;
}

/** Adds what came to what was there; null where nothing is known of the project. */
function taking(
  places: Places,
  { index, rest: asked }: Open,
  node: InnerListsNode | null,
  done: readonly RawReading[],
  operation: string,
): Taken | null {
  const raw = done[index];
  if (!raw || node === null) return null;
  const lists = node.ciJobTokenScopeAllowlist;
  const further = toEntries(lists?.projectsAllowlist?.nodes ?? [], lists?.groupsAllowlist?.nodes ?? []);
  if (further === null) throw forgeError(new HttpFailure('unreadable', 'an entry is missing'), operation);
  const goesOn = ({ kind }: Pick<AllowlistEntry, 'kind'>): boolean => asked[LIST_OF[kind]] !== FROM_START;
  const rows = logOf(node.ciJobTokenAuthLogs?.nodes ?? []) ?? [];
  const rest = restOf(node, operation);
  for (const list of ['projects', 'groups', 'log'] as const) {
    places.check(`${index} ${list}`, asked[list], rest?.[list] ?? null, operation);
  }
  return {
    ...{ index, rest },
    raw: {
      ...raw,
      entries: [...(raw.entries ?? []).filter(goesOn), ...further.entries],
      nameless: [...raw.nameless.filter(goesOn), ...further.nameless],
      log: raw.log === null ? null : asked.log === FROM_START ? rows : [...raw.log, ...rows],
      hiddenRows: (asked.log === FROM_START ? 0 : raw.hiddenRows) + hiddenRowsOf(node.ciJobTokenAuthLogs?.nodes ?? []),
    },
  };
}

/** Where a list goes on, the project stays open. */
function keep({ index, raw, rest }: Taken, done: RawReading[]): readonly Open[] {
  done[index] = raw;
  return rest === null ? [] : [{ index, rest }];
}

function restOf(node: InnerListsNode, operation: string): Rest | null {
  const next = (list: { readonly pageInfo: PageInfo } | null | undefined): string | null =>
    list ? (goesOnFromStart(list.pageInfo) ? FROM_START : nextCursor(list.pageInfo, null, operation)) : null;
  const projects = next(node.ciJobTokenScopeAllowlist?.projectsAllowlist);
  const groups = next(node.ciJobTokenScopeAllowlist?.groupsAllowlist);
  const log = next(node.ciJobTokenAuthLogs);
  return projects === null && groups === null && log === null ? null : { projects, groups, log };
}

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly endCursor?: string | null | undefined;
}

/** The place where it goes on was not asked for. */
const goesOnFromStart = ({ hasNextPage, endCursor }: PageInfo): boolean => hasNextPage && endCursor === undefined;

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
