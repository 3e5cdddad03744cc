import { z } from 'zod';
import { COST } from './documents.ts';
import type { Document } from './graphql.ts';
import { gid, projectConnection } from './schema.ts';

/** What of a project's facts this server's GraphQL tells. */
export interface FactFields {
  readonly packages: boolean;
  readonly terraformStates: boolean;
  /** Null where there is no `projectMembers`. */
  readonly members: MemberFields | null;
}

/** How this GitLab lets the members of a project be asked for. */
export interface MemberFields {
  /** Values of `ProjectMemberRelation` to ask for: whoever has a role, however he came by it. Empty: GitLab's default. */
  readonly relations: readonly string[];
  /** Whether members can be selected by role; else the first hundred have to do. */
  readonly byRole: boolean;
}

/** From so many on, people who may push count in full (docs/decisions/0043): more need not be told apart. */
export const PUSHERS_ALONG = 50;
/** As `PUSHERS_ALONG`, of maintainers: one page of them is read along with a project. */
export const MAINTAINERS_ALONG = 100;

const Count = z.object({ count: z.number().int().nonnegative() }).nullish();
const MemberPage = z
  .object({
    pageInfo: z.object({ hasNextPage: z.boolean() }),
    nodes: z.array(
      z
        .object({
          accessLevel: z.object({ integerValue: z.number().nullish() }).nullish(),
          user: z.object({ id: gid, state: z.string().nullish() }).nullish(),
        })
        .nullable(),
    ),
  })
  .nullish();
export type MemberPage = z.infer<typeof MemberPage>;

/** What a project tells of the facts that bear on risk; a field that the document left out is undefined. */
export const FactsNode = z.object({
  id: gid,
  maxAccessLevel: z.object({ integerValue: z.number().nullish() }).nullish(),
  forksCount: z.number().int().nonnegative().nullish(),
  packages: Count,
  terraformStates: Count,
  developers: MemberPage,
  maintainers: MemberPage,
  members: MemberPage,
});
export type FactsNode = z.infer<typeof FactsNode>;

const Data = z.object({ projects: projectConnection(FactsNode).nullish() });

const PAGE = '{ pageInfo { hasNextPage } nodes { accessLevel { integerValue } user { id state } } }';

function membersOf({ relations, byRole }: MemberFields): string {
  const whose = relations.length === 0 ? '' : `relations: [${relations.join(', ')}], `;
  return byRole
    ? `developers: projectMembers(${whose}accessLevels: [DEVELOPER], first: ${PUSHERS_ALONG}) ${PAGE}
      maintainers: projectMembers(${whose}accessLevels: [MAINTAINER, OWNER], first: ${MAINTAINERS_ALONG}) ${PAGE}`
    : `members: projectMembers(${whose}first: ${MAINTAINERS_ALONG}) ${PAGE}`;
}

/** What bears on risk, of projects by id. */
export function factsDocument(
  { packages, terraformStates, members }: FactFields,
  archivedArgument: boolean,
): Document<z.infer<typeof Data>> {
  const text = `query RiskFacts($ids: [ID!], $first: Int!) {
  projects(ids: $ids, first: $first${archivedArgument ? ', archived: INCLUDE' : ''}) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id forksCount
      maxAccessLevel { integerValue }
      ${packages ? 'packages(first: 1) { count }' : ''}
      ${terraformStates ? 'terraformStates(first: 1) { count }' : ''}
      ${members === null ? '' : membersOf(members)}
    }
  }
  ${COST}
}`;
  return { text, data: Data };
}
