import { lineFinder, readYaml, showPath } from '../../lines.ts';
import { z } from 'zod';
import { ROLES, type Role } from '../../world/vocabulary.ts';

/** When a rule fires. All given conditions must hold; `call` and `every` count the calls that match the other filters. */
const whenSchema = z
  .strictObject({
    /** The n-th matching call, from 1. */
    call: z.int().min(1).optional(),
    /** Every n-th matching call. */
    every: z.int().min(1).optional(),
    /** Chance per matching call, 0 to 1. */
    rate: z.number().min(0).max(1).optional(),
    method: z
      .string()
      .regex(/^[A-Za-z]+$/, 'must be an HTTP method')
      .transform((method) => method.toUpperCase())
      .optional(),
    /** Glob over the path or the route pattern, `/api/v4/projects/*\/jobs`. */
    route: z.string().min(1).optional(),
    /** Text that the GraphQL document must contain, such as a mutation's name. */
    graphql: z.string().min(1).optional(),
  })
  .default({});

const common = { when: whenSchema, times: z.int().min(1).optional() };
const path = z.string().min(1);

/** A rule of a fault file: what goes wrong, and when. `ms` in milliseconds, `retryAfter` in seconds. */
export const faultRuleSchema = z.discriminatedUnion('what', [
  z.strictObject({ ...common, what: z.literal('rate_limited'), retryAfter: z.int().min(0).optional() }),
  z.strictObject({
    ...common,
    what: z.literal('status'),
    status: z.literal([500, 502, 503]),
  }),
  z.strictObject({ ...common, what: z.literal('reset_before') }),
  z.strictObject({ ...common, what: z.literal('reset_after') }),
  z.strictObject({ ...common, what: z.literal('slow'), ms: z.int().min(0).max(600_000) }),
  z.strictObject({ ...common, what: z.literal('truncated') }),
  z.strictObject({ ...common, what: z.literal('html_200') }),
  z.strictObject({ ...common, what: z.literal('expired_token') }),
  z.strictObject({ ...common, what: z.literal('person_adds_entry'), project: path, entry: path }),
  z.strictObject({ ...common, what: z.literal('person_removes_entry'), project: path, entry: path }),
  z.strictObject({
    ...{ ...common, what: z.literal('role_changed'), user: path, place: path },
    role: z.enum(Object.keys(ROLES) as [Role, ...Role[]]).nullable(),
  }),
  z.strictObject({ ...common, what: z.literal('project_moved'), project: path, to: path }),
  z.strictObject({ ...common, what: z.literal('project_deleted'), project: path }),
]);

const fileSchema = z.strictObject({ seed: z.int().default(1), rules: z.array(faultRuleSchema) });

/** A rule that was read. */
export type FaultRule = z.infer<typeof faultRuleSchema>;
/** A fault file with its seed, 1 where it names none. */
export type FaultFile = z.infer<typeof fileSchema>;

/** Every problem of a fault file, each with its place. */
export class FaultFileError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'FaultFileError';
    this.problems = problems;
  }
}

/**
 * Reads a fault file: JSON or YAML, either a list of rules or `{seed, rules}`.
 *
 * @throws {FaultFileError} naming all problems at once
 */
export function parseFaults(text: string): FaultFile {
  let value: unknown;
  try {
    value = readYaml(text);
  } catch (error) {
    throw new FaultFileError([error instanceof Error ? error.message : String(error)]);
  }
  const result = fileSchema.safeParse(Array.isArray(value) ? { rules: value } : value);
  if (result.success) return result.data;
  const lineOf = lineFinder(text);
  throw new FaultFileError(
    result.error.issues.map((issue) => {
      const path = showPath(Array.isArray(value) ? issue.path.slice(1) : issue.path);
      const line = lineOf(path);
      return [line === null ? '' : `line ${String(line)}: `, `${path === '' ? 'file' : path}: `, issue.message].join(
        '',
      );
    }),
  );
}
