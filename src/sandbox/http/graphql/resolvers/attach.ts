import { GraphQLError, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, type GraphQLSchema } from 'graphql';
import { isoTime } from '../context.ts';
import { CONTENTS_RESOLVERS } from './contents.ts';
import { GROUP_RESOLVERS } from './groups.ts';
import { JOB_RESOLVERS } from './jobs.ts';
import { MUTATION_RESOLVERS } from './mutations.ts';
import { PIPELINE_RESOLVERS } from './pipelines.ts';
import { PROJECT_RESOLVERS } from './projects.ts';
import { QUERY_RESOLVERS } from './query.ts';
import { SCOPE_RESOLVERS } from './scope.ts';
import type { ResolverMap } from './resolver-map.ts';

const ALL: readonly ResolverMap[] = [
  QUERY_RESOLVERS,
  GROUP_RESOLVERS,
  PROJECT_RESOLVERS,
  CONTENTS_RESOLVERS,
  SCOPE_RESOLVERS,
  MUTATION_RESOLVERS,
  JOB_RESOLVERS,
  PIPELINE_RESOLVERS,
];
/** The only concrete types behind the interfaces here. */
const CONCRETE: Readonly<Record<string, string>> = {
  ProjectInterface: 'Project',
  CiJobInterface: 'CiJob',
  MemberInterface: 'ProjectMember',
  PipelineInterface: 'Pipeline',
};

/** Gives every field of the schema its resolver; fields without one read the property of the same name. */
export function attachResolvers(schema: GraphQLSchema): void {
  for (const map of ALL) {
    for (const [typeName, fields] of Object.entries(map)) {
      const type = schema.getType(typeName);
      if (!(type instanceof GraphQLObjectType)) continue; // not in this version
      const known = type.getFields();
      for (const [name, resolve] of Object.entries(fields)) {
        const field = known[name];
        if (field !== undefined) field.resolve = resolve;
      }
    }
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (type instanceof GraphQLUnionType) type.resolveType = targetType;
    if (type instanceof GraphQLInterfaceType) type.resolveType = () => CONCRETE[type.name];
  }
  const time = schema.getType('Time');
  if (time !== undefined && 'serialize' in time) time.serialize = serializeTime;
}

/** Namespaces have a kind, projects have none. */
function targetType(value: unknown): string {
  return typeof value === 'object' && value !== null && 'kind' in value
    ? 'CiJobTokenAccessibleGroup'
    : 'CiJobTokenAccessibleProject';
}

function serializeTime(value: unknown): string {
  if (typeof value !== 'number') throw new GraphQLError('Time cannot represent a value that is no moment');
  return isoTime(value);
}
