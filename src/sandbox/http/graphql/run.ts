import {
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { Stand, Viewer } from '../env.ts';
import { complexityOf } from './limits/complexity.ts';
import { DEFAULT_PAGE } from './resolvers/connections.ts';
import type { GraphqlContext } from './context.ts';
import { depthOf, isAbsurdlyNested } from './limits/depth.ts';
import { RULES } from './limits/rules.ts';

const SIGNED_IN = { complexity: 250, depth: 20 };
const ANONYMOUS = { complexity: 200, depth: 15 };
const MAX_TOKENS = 5_000;
const MAX_ERRORS = 50;

/** A query as it came in. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

/** What is answered, with status 200 whether or not it holds errors. */
export type GraphqlAnswer = ExecutionResult | { readonly errors: readonly GraphQLError[] };

interface Caller {
  readonly stand: Stand;
  readonly viewer: Viewer | null;
  /** GET may only read. */
  readonly mutationsAllowed: boolean;
}

/** Runs one document. Everything that can be refused is refused before the first resolver runs. */
export async function runDocument(
  schema: GraphQLSchema,
  caller: Caller,
  request: GraphqlRequest,
): Promise<GraphqlAnswer> {
  const document = parsed(request.query);
  if (document instanceof GraphQLError) return { errors: [document] };
  const problems = validate(schema, document, RULES, { maxErrors: MAX_ERRORS });
  if (problems.length > 0) return { errors: problems };
  const operation = getOperationAST(document, request.operationName);
  if (operation == null) return { errors: [new GraphQLError('An operation name is required')] };
  if (operation.operation === OperationTypeNode.MUTATION && !caller.mutationsAllowed) {
    return { errors: [new GraphQLError('Mutations are forbidden in GET requests')] };
  }
  const bounds = caller.viewer === null ? ANONYMOUS : SIGNED_IN;
  const depth = depthOf(document);
  if (depth > bounds.depth) {
    return { errors: [new GraphQLError(`Query has depth of ${depth}, which exceeds max depth of ${bounds.depth}`)] };
  }
  const { allowlistPageSize } = caller.stand.can;
  const score = complexityOf(schema, document, operation, request.variables, (typeName) =>
    typeName === 'CiJobTokenScopeAllowlist' ? allowlistPageSize : DEFAULT_PAGE,
  );
  if (score > bounds.complexity) {
    const message = `Query has complexity of ${score}, which exceeds max complexity of ${bounds.complexity}`;
    return { errors: [new GraphQLError(message)] };
  }
  const contextValue: GraphqlContext = {
    stand: caller.stand,
    viewer: caller.viewer,
    complexity: { score, limit: bounds.complexity },
    fieldCalls: new Map(),
  };
  return await execute({
    schema,
    document,
    contextValue,
    variableValues: request.variables,
    operationName: request.operationName,
  });
}

function parsed(query: string): DocumentNode | GraphQLError {
  if (query.trim() === '') return new GraphQLError('Unexpected end of document');
  if (isAbsurdlyNested(query)) return new GraphQLError('Query is nested too deep');
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}
