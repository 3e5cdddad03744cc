import type { GraphQLResolveInfo } from 'graphql';
import type { GraphqlContext } from '../context.ts';

/** A resolver as the schema holds it: source and arguments are what the type and the SDL say. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- graphql-js types sources and arguments the same way
export type Resolver = (source: any, args: any, context: GraphqlContext, info: GraphQLResolveInfo) => unknown;

/** Type name, field name, resolver. */
export type ResolverMap = Readonly<Record<string, Readonly<Record<string, Resolver>>>>;

/** Fixes source and argument types where a resolver is written; the map erases them again. */
export interface TypedResolver<Source, Args> {
  (source: Source, args: Args, context: GraphqlContext): unknown;
}

/** Puts a typed resolver into the map. */
export function resolver<Source, Args = object>(resolve: TypedResolver<Source, Args>): Resolver {
  return resolve;
}
