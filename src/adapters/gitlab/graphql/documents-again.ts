import { z } from 'zod';
import { COST, projectFields, type Along, type Parts, type ProjectsPage } from './documents.ts';
import type { Document } from './graphql.ts';
import { projectConnection, ProjectNode } from './schema.ts';

/** Page `n` of a request for several. */
export const pageAlias = (n: number): string => `page${n}`;

const projects = projectConnection(ProjectNode).nullish();
const Pages = z.record(z.string(), z.unknown());

/** The parts of several lists that came in one answer, by alias. */
export type SeveralPages = z.infer<typeof Pages>;

/** The list of one page; null where GitLab did not answer that part. */
export function pageIn(
  data: SeveralPages,
  n: number,
  kind: 'group' | 'all',
): ProjectsPage<typeof ProjectNode>['projects'] | null {
  const part = data[pageAlias(n)];
  return (kind === 'group' ? z.object({ projects }).nullish().parse(part)?.projects : projects.parse(part)) ?? null;
}

/** Several inventory pages in one request, each beginning after a cursor of its own (`$after0` …). */
export function severalPagesDocument(
  kind: 'group' | 'all',
  parts: Parts,
  count: number,
  along: Along,
): Document<SeveralPages> {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const cursors = numbers.map((n) => `$after${n}: String`).join(', ');
  const list = (n: number, more: string): string =>
    `projects(${more}first: $first, after: $after${n}) { pageInfo { hasNextPage endCursor } nodes { ...fields } }`;
  const archived = parts.archivedArgument ? 'archived: INCLUDE, ' : '';
  const page = (n: number): string =>
    kind === 'group'
      ? `${pageAlias(n)}: group(fullPath: $group) { ${list(n, 'includeSubgroups: true, includeArchived: true, ')} }`
      : `${pageAlias(n)}: ${list(n, `membership: $membership, ${archived}`)}`;
  const text = `query Again(${kind === 'group' ? '$group: ID!' : '$membership: Boolean'}, $first: Int!, ${cursors}) {
${numbers.map((n) => `  ${page(n)}`).join('\n')}
  ${COST}
}
fragment fields on Project {${projectFields(parts, along)}
}`;
  return { text, data: Pages };
}
