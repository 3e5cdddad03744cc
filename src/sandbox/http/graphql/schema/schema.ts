import {
  buildASTSchema,
  GraphQLScalarType,
  Kind,
  parse,
  visit,
  type ASTNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { atLeast, type GitLabVersion } from '../../versions.ts';
import { attachResolvers } from '../resolvers/attach.ts';
import { CONTENTS_SDL } from './contents.ts';
import { JOBS_SDL } from './jobs.ts';
import { MUTATIONS_SDL } from './mutations.ts';
import { PIPELINES_SDL } from './pipelines.ts';
import { PROJECTS_SDL } from './projects.ts';
import { ROOT_SDL } from './root.ts';
import { SCOPE_SDL } from './scope.ts';

const MARK = 'available';

/**
 * The schema as a GitLab of this version has it: introspection tells a client what it may use.
 *
 * @param held - values of enums that the world holds: described with a permission of a later release, an entry is served as
 *   it is, because an answer that fails on it would hide its whole project
 */
export function schemaFor(version: GitLabVersion, held: ReadonlySet<string> = new Set()): GraphQLSchema {
  const document = parse(
    [ROOT_SDL, PROJECTS_SDL, CONTENTS_SDL, SCOPE_SDL, MUTATIONS_SDL, JOBS_SDL, PIPELINES_SDL].join('\n'),
  );
  const schema = buildASTSchema(availableIn(document, version, held));
  for (const type of Object.values(schema.getTypeMap())) {
    if (type instanceof GraphQLScalarType && type.name === 'Time') parseTimesIn(type);
  }
  attachResolvers(schema);
  return schema;
}

/** Drops what this version lacks, and the marks themselves. */
function availableIn(document: DocumentNode, version: GitLabVersion, held: ReadonlySet<string>): DocumentNode {
  return visit(document, {
    enter(node: ASTNode) {
      if (node.kind === Kind.DIRECTIVE_DEFINITION && node.name.value === MARK) return null;
      if (!('directives' in node)) return undefined;
      const mark = node.directives.find((directive) => directive.name.value === MARK);
      if (mark === undefined) return undefined;
      const isHeld = node.kind === Kind.ENUM_VALUE_DEFINITION && held.has(node.name.value);
      if (!isHeld && !covers(mark as ConstDirectiveNode, version)) return null;
      return { ...node, directives: node.directives.filter((directive) => directive !== mark) };
    },
  });
}

function covers(mark: ConstDirectiveNode, version: GitLabVersion): boolean {
  const bound = (name: string): string | null => {
    const value = mark.arguments?.find((argument) => argument.name.value === name)?.value;
    return value?.kind === Kind.STRING ? value.value : null;
  };
  const [from, until] = [bound('from'), bound('until')];
  return (from === null || atLeast(version, from)) && (until === null || !atLeast(version, until));
}

/** Arguments of type Time arrive in milliseconds; answers leave as ISO 8601 texts. */
function parseTimesIn(type: GraphQLScalarType): void {
  const parseValue = (value: unknown): number => {
    const moment = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(moment)) throw new TypeError(`Time cannot represent value: ${JSON.stringify(value)}`);
    return moment;
  };
  type.parseValue = parseValue;
  type.parseLiteral = (node) => parseValue(node.kind === Kind.STRING ? node.value : null);
}
