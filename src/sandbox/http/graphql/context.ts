import { GraphQLError } from 'graphql';
import type { EpochMs, Project } from '../../world/world.ts';
import type { Stand, Viewer } from '../env.ts';
import { canAdmin } from '../lookup.ts';
import { NOT_AVAILABLE } from '../answers/refusals.ts';
import type { ComplexityScore } from './limits/complexity.ts';

/** What the resolvers of one request share. */
export interface GraphqlContext {
  readonly stand: Stand;
  readonly viewer: Viewer | null;
  readonly complexity: ComplexityScore;
  /** Calls of fields that GitLab resolves for a limited number of objects per request. */
  readonly fieldCalls: Map<string, number>;
}

/** GitLab's answer to whatever may not be seen or done. */
export function notAvailable(): GraphQLError {
  return new GraphQLError(NOT_AVAILABLE);
}

/** `authorize! :admin_project`: an error with the field's path, null in its place. */
export function authorizeAdmin(context: GraphqlContext, project: Project): void {
  if (!canAdmin(context.stand.world, context.viewer, project)) throw notAvailable();
}

/** `FieldCallCount`: a field that is resolved for a limited number of objects per request. */
export function limitCalls(context: GraphqlContext, owner: string, field: string, limit: number): void {
  const key = `${owner}.${field}`;
  const calls = (context.fieldCalls.get(key) ?? 0) + 1;
  context.fieldCalls.set(key, calls);
  if (calls > limit)
    throw new GraphQLError(`"${field}" field can be requested only for ${limit} ${owner}(s) at a time.`);
}

/** `gid://gitlab/Project/42` */
export function globalId(model: string, id: number): string {
  return `gid://gitlab/${model}/${id}`;
}

/** The number in a global id of this model; GitLab also takes the bare number in most places. */
export function numberOf(gid: string, model: string): number | null {
  const match = /^(?:gid:\/\/gitlab\/([A-Za-z:]+)\/)?(\d{1,15})$/.exec(gid);
  if (match?.[2] === undefined || (match[1] !== undefined && match[1] !== model)) return null;
  return Number(match[2]);
}

/** A moment as GraphQL gives it. */
export function isoTime(at: EpochMs): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
