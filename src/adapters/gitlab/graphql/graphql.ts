import { z } from 'zod';
import type { GitlabClient } from '../http/client.ts';
import { HttpFailure, type FailureKind } from '../http/errors.ts';
import type { Complexity, PageSizer } from '../http/page-size.ts';
import type { Transport } from '../http/transport.ts';

/** A GraphQL document with the shape of its `data`. Values go into variables, never into the text. */
export interface Document<T> {
  readonly text: string;
  readonly data: z.ZodType<T>;
}

/** One error beside data: `path` leads to the field that is null because of it. */
export interface Problem {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/** An answer that holds data; GitLab sends it with status 200 also where parts of it failed. */
export interface GraphqlAnswer<T> {
  readonly data: T;
  /** Errors of single fields; the rest of the data stands. */
  readonly problems: readonly Problem[];
  /** Where the document asks for `queryComplexity`; null otherwise. */
  readonly complexity: Complexity | null;
}

/** The query was refused unread because of its cost. */
export class TooComplex extends HttpFailure {
  readonly complexity: Complexity;

  constructor(message: string, complexity: Complexity) {
    super('refused', message);
    this.complexity = complexity;
  }
}

const Body = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(z.object({ message: z.string(), path: z.array(z.union([z.string(), z.number()])).nullish() }))
    .nullish(),
});
const Cost = z.object({ queryComplexity: z.object({ score: z.number(), limit: z.number() }) });

/** Errors that say nothing of the question: the same one may be answered next time, or in smaller pieces. */
const PASSING = /time(?:d )?[ -]?out|internal server error|statement timeout|try again/i;
/** Whatever else a document may be, it is to be taken for one that writes. */
const READS = /^\s*(?:query\b|\{)/;
const UNAUTHENTICATED = /^(?:invalid token|401\b|unauthenticated)|token (?:is|was|has) (?:expired|revoked)/i;

/** Does the error of a field say that it may be answered next time? */
export const isPassing = ({ message }: Problem): boolean => PASSING.test(message);

/** A thin GraphQL client over the transport. Errors that come with HTTP 200 are errors here. */
export class GraphqlClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends one query; null data is a failure, errors of single fields come back beside the data. */
  async query<T>(document: Document<T>, variables: Readonly<Record<string, unknown>>): Promise<GraphqlAnswer<T>> {
    const { text } = document;
    const { body } = await this.#transport.json('POST', 'api/graphql', { query: text, variables }, !READS.test(text));
    const { data, errors } = Body.parse(body);
    const problems = (errors ?? []).map(({ message, path }) => ({ message, path: path ?? [] }));
    const global = problems.find(({ path }) => path.length === 0);
    if (data === null || data === undefined || global)
      throw failureOf(global ?? problems[0] ?? { message: 'an answer without data' });
    const cost = Cost.safeParse(data);
    return { data: document.data.parse(data), problems, complexity: cost.data?.queryComplexity ?? null };
  }

  /** Sends one mutation. Both top-level errors and those of the payload are failures with GitLab's words. */
  async mutate<T extends { readonly errors: readonly string[] }>(
    document: Document<Readonly<Record<string, T | null>>>,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<T> {
    const { data, problems } = await this.query(document, variables);
    const payload = Object.values(data)[0] ?? null;
    if (problems[0] !== undefined) throw failureOf(problems[0]);
    if (payload === null) throw new HttpFailure('unreadable', 'the mutation was answered with nothing');
    if (payload.errors.length > 0) throw new HttpFailure('refused', payload.errors.join('; '));
    return payload;
  }
}

/** Too much for the server, or for a proxy that cuts what is long. */
export const asksForLess = (kind: FailureKind): boolean => kind === 'unavailable' || kind === 'unreadable';

/**
 * Reads one page whose size follows the server: fitted to its complexity limit, smaller after a timeout or a server error,
 * slowly larger again. A timeout inside the page makes the page smaller too; on a page of one it is that project's problem.
 */
export function readSized<T>(
  client: GitlabClient,
  operation: string,
  sizer: PageSizer,
  query: (first: number) => Promise<GraphqlAnswer<T>>,
): Promise<GraphqlAnswer<T>> {
  const attempt = async (): Promise<GraphqlAnswer<T>> => {
    try {
      const answer = await query(sizer.size);
      const passing = answer.problems.find(isPassing);
      if (passing && sizer.size > 1) throw new HttpFailure('unavailable', passing.message);
      sizer.succeeded(answer.complexity);
      return answer;
    } catch (error) {
      if (error instanceof TooComplex && sizer.fit(error.complexity)) return attempt();
      throw error;
    }
  };
  return client.read(operation, attempt, ({ kind }) => {
    if (asksForLess(kind)) sizer.shrink();
  });
}

function failureOf({ message }: { readonly message: string }): HttpFailure {
  const costs = /complexity of (\d+).*max complexity of (\d+)/i.exec(message);
  if (costs) return new TooComplex(message, { score: Number(costs[1]), limit: Number(costs[2]) });
  if (UNAUTHENTICATED.test(message)) return new HttpFailure('token', message);
  if (PASSING.test(message)) return new HttpFailure('unavailable', message);
  return new HttpFailure('refused', message);
}
