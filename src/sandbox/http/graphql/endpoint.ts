import { Hono } from 'hono';
import type { GraphQLSchema } from 'graphql';
import { z } from 'zod';
import { identify } from '../authenticate.ts';
import type { Call, Routes, SandboxEnv, Stand, Viewer } from '../env.ts';
import { ApiError } from '../answers/errors.ts';
import { runDocument, type GraphqlAnswer, type GraphqlRequest } from './run.ts';
import { schemaFor } from './schema/schema.ts';

const MAX_QUERY_LENGTH = 10_000;
const requestSchema = z.object({
  query: z.string().nullish(),
  variables: z.union([z.record(z.string(), z.unknown()), z.string()]).nullish(),
  operationName: z.string().nullish(),
});

/** `/api/graphql`: one document or, as GitLab's multiplex, a list of them. */
export function graphqlRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const schema = schemaFor(stand.can.version, heldPolicies(stand));
  routes.post('/graphql', async (call) => answer(stand, schema, call, await bodyOf(call)));
  routes.get('/graphql', (call) => answer(stand, schema, call, call.req.query()));
  return routes;
}

function heldPolicies({ world }: Stand): ReadonlySet<string> {
  return new Set(world.projects().flatMap(({ id }) => world.entries(id).flatMap(({ policies }) => policies)));
}

async function answer(stand: Stand, schema: GraphQLSchema, call: Call, body: unknown): Promise<Response> {
  const identity = identify(stand, call);
  if (identity.kind === 'unknown' || identity.kind === 'expired') {
    return call.json({ errors: [{ message: 'Invalid token' }] }, 401);
  }
  const viewer = identity.kind === 'viewer' ? identity.viewer : null;
  // A token that reaches neither reading nor writing is as good as a wrong one here.
  if (viewer !== null && !viewer.token.scopes.some((scope) => scope === 'api' || scope === 'read_api')) {
    return call.json({ errors: [{ message: 'Invalid token' }] }, 401);
  }
  const requests = (Array.isArray(body) ? (body as readonly unknown[]) : [body]).map(requestOf);
  const length = requests.reduce((sum, { query }) => sum + query.length, 0);
  if (length > MAX_QUERY_LENGTH) return call.json({ errors: [{ message: 'Query too large' }] }, 422);
  const answers: GraphqlAnswer[] = [];
  for (const request of requests) answers.push(await runOne(stand, schema, viewer, request, call.req.method));
  return call.json(Array.isArray(body) ? answers : answers[0]);
}

function runOne(
  stand: Stand,
  schema: GraphQLSchema,
  viewer: Viewer | null,
  request: GraphqlRequest,
  method: string,
): Promise<GraphqlAnswer> {
  return runDocument(schema, { stand, viewer, mutationsAllowed: method === 'POST' }, request);
}

async function bodyOf(call: Call): Promise<unknown> {
  const text = await call.req.text();
  const type = call.req.header('content-type') ?? '';
  if (type.includes('application/graphql')) return { query: text };
  if (type.includes('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, { error: 'There was a problem in the JSON you submitted' });
  }
}

function requestOf(value: unknown): GraphqlRequest {
  const request = requestSchema.safeParse(value);
  if (!request.success) throw new ApiError(400, { error: 'There was a problem in the JSON you submitted' });
  const { query, variables, operationName } = request.data;
  return {
    query: query ?? '',
    variables: typeof variables === 'string' ? parsedVariables(variables) : (variables ?? {}),
    operationName: operationName == null || operationName === '' ? null : operationName,
  };
}

function parsedVariables(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new ApiError(400, { error: 'Invalid variables' });
  }
}
