import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const FILE = new URL('../../../../shared/gitlab/openapi-subset.yaml', import.meta.url);

type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null;

interface Operation {
  readonly method: string;
  readonly pattern: RegExp;
  /** Length of the fixed part: of two templates that fit, the more exact one counts. */
  readonly fixed: number;
  readonly answers: ReadonlyMap<number, z.ZodType | null>;
}

/** What a REST answer is checked for. */
export interface Answer {
  readonly method: string;
  /** Below `/api/v4`, without the query. */
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** GitLab's REST API as far as it is described for the product; null where the description is missing. */
export const openApi: OpenApi | null = existsSync(FILE) ? readOpenApi(readFileSync(FILE, 'utf8')) : null;

export interface OpenApi {
  /** Problems of the answer, one line each; null when the description has no such route. */
  check(answer: Answer): readonly string[] | null;
}

function readOpenApi(text: string): OpenApi {
  const document = parse(text) as Record<string, Json>;
  const operations = operationsOf(document);
  const anyError = schemaOf(document, { $ref: '#/components/schemas/AnyError' });
  return {
    check: (answer) => {
      const operation = operations.find(({ method, pattern }) => method === answer.method && pattern.test(answer.path));
      return operation === undefined ? null : problemsOf(answer, operation, anyError);
    },
  };
}

function problemsOf(answer: Answer, operation: Operation, anyError: z.ZodType): readonly string[] {
  const declared = operation.answers.get(answer.status);
  // Every route of a moved project redirects, and a part of a text has the status of a part.
  if (answer.status === 301 || (answer.status === 206 && answer.type.startsWith('text/plain'))) return [];
  if (declared === undefined && answer.status < 400) return [`status ${String(answer.status)} is not declared`];
  // Grape refuses parameters in a form of its own on any route.
  const schema = declared === undefined || answer.status === 400 ? anyError : declared;
  if (schema === null) return answer.status === 204 && answer.text !== '' ? ['204 with a body'] : [];
  // Rate limits and routes that stream are declared as plain text as well.
  if (!answer.type.startsWith('application/json')) return answer.type.startsWith('text/plain') ? [] : [answer.type];
  const result = schema.safeParse(JSON.parse(answer.text));
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

function operationsOf(document: Record<string, Json>): readonly Operation[] {
  const operations: Operation[] = [];
  for (const [template, item] of Object.entries(objectOf(document['paths'])))
    for (const [method, operation] of Object.entries(objectOf(item))) {
      if (method === 'parameters') continue;
      operations.push({
        method: method.toUpperCase(),
        pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`),
        fixed: template.replace(/\{[^}]+\}/g, '').length,
        answers: answersOf(document, objectOf(objectOf(operation)['responses'])),
      });
    }
  return operations.sort((left, right) => right.fixed - left.fixed);
}

function answersOf(document: Record<string, Json>, responses: Readonly<Record<string, Json>>): Operation['answers'] {
  return new Map(
    Object.entries(responses).map(([status, response]) => {
      const content = objectOf(objectOf(resolve(document, response))['content']);
      const json = objectOf(content['application/json'])['schema'];
      return [Number(status), json === undefined ? null : schemaOf(document, json)] as const;
    }),
  );
}

/** OpenAPI 3.0 differs from JSON Schema in `nullable`; references are written out. */
function schemaOf(document: Record<string, Json>, schema: Json): z.ZodType {
  const plain = (value: Json): unknown => {
    if (Array.isArray(value)) return (value as readonly Json[]).map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const { nullable, ...rest } = objectOf(resolve(document, value));
    const own = Object.fromEntries(
      Object.entries(rest)
        .filter(([key]) => key !== 'description' && !key.startsWith('x-'))
        .map(([key, inner]) => [key, key === 'properties' ? eachOf(inner, plain) : plain(inner)]),
    );
    return nullable === true ? { anyOf: [own, { type: 'null' }] } : own;
  };
  return z.fromJSONSchema(plain(schema) as Parameters<typeof z.fromJSONSchema>[0]);
}

function eachOf(properties: Json, change: (value: Json) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(objectOf(properties)).map(([name, value]) => [name, change(value)]));
}

function resolve(document: Record<string, Json>, value: Json): Json {
  const reference = objectOf(value)['$ref'];
  if (typeof reference !== 'string') return value;
  const target = reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<Json>((at, key) => objectOf(at)[key] ?? null, document);
  return resolve(document, target);
}

function objectOf(value: Json | undefined): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, Json>) : {};
}
