import { z } from 'zod';
import { entryPageOf, LOG_PAGE, type Parts } from './documents.ts';
import type { Document } from './graphql.ts';
import { InnerListsNode, projectConnection } from './schema.ts';

/** A list that is to be read from its beginning. */
export const FROM_START = '';

/** After what the inner lists of one project go on; null for a list that is complete. */
export interface Rest {
  readonly projects: string | null;
  readonly groups: string | null;
  readonly log: string | null;
}

/** What a further page of each list costs at 100 rows, with room for what surrounds it. */
const WEIGHTS: Readonly<Record<keyof Rest, number>> = { projects: 30, groups: 30, log: 20 };
const PER_PROJECT = 7;

/** About what asking for the rest of one project adds to a query's complexity. */
export const weightOf = (rest: Rest): number =>
  PER_PROJECT +
  (Object.keys(WEIGHTS) as (keyof Rest)[]).reduce((sum, list) => sum + (rest[list] === null ? 0 : WEIGHTS[list]), 0);

/** The name of the index-th project within one answer. */
export const alias = (index: number): string => `p${index}`;

const Nodes = z.record(z.string(), projectConnection(InnerListsNode).nullish());

/** Further pages of the inner lists of several projects; each list is asked for only where it goes on. */
export function innerListsDocument(
  rests: readonly Rest[],
  parts: Pick<Parts, 'archivedArgument' | 'entryDefaults'>,
): Document<z.infer<typeof Nodes>> {
  const variables = rests.flatMap((rest, n) => [
    `$id${n}: ID!`,
    ...(Object.keys(WEIGHTS) as (keyof Rest)[])
      .filter((list) => rest[list] !== null)
      .map((list) => `$${list}${n}: String`),
  ]);
  const text = `query InnerLists(${variables.join(', ')}) {
${rests.map((rest, n) => oneProject(rest, n, parts)).join('\n')}
}`;
  return { text, data: Nodes };
}

function oneProject(
  { projects, groups, log }: Rest,
  n: number,
  { archivedArgument, entryDefaults }: Pick<Parts, 'archivedArgument' | 'entryDefaults'>,
): string {
  const entries = [
    projects === null ? '' : `projectsAllowlist(first: 100, after: $projects${n}) { ...entries }`,
    groups === null ? '' : `groupsAllowlist(first: 100, after: $groups${n}) { ...entries }`,
  ].join(' ');
  return `  ${alias(n)}: projects(ids: [$id${n}], first: 1${archivedArgument ? ', archived: INCLUDE' : ''}) {
    pageInfo { hasNextPage endCursor }
    nodes { id
      ${entries.trim() === '' ? '' : `ciJobTokenScopeAllowlist { ${entries.replaceAll('{ ...entries }', entryPageOf({ entryDefaults }))} }`}
      ${log === null ? '' : `ciJobTokenAuthLogs(first: 100, after: $log${n}) ${LOG_PAGE}`}
    }
  }`;
}
