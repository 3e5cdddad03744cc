import type { z } from 'zod';
import { jobSchema, organisationSchema, projectSchema, userSchema, useSchema } from './schema.ts';
import type { Organisation } from './schema.ts';
import { readYaml, showPath } from '../../lines.ts';
import { OrganisationError, suggest } from './problems.ts';
import type { Problem } from './problems.ts';
import { findReferenceProblems } from './references.ts';
import { FEATURES } from '../vocabulary.ts';

/**
 * Reads an organisation file.
 *
 * @param text - JSON or YAML
 * @throws {OrganisationError} with every problem of its form; those of its references once the form is right
 */
export function parseOrganisation(text: string): Organisation {
  return describeOrganisation(readText(text));
}

/** The same for a value that was read already (an object built in a test). */
export function describeOrganisation(value: unknown): Organisation {
  const read = organisationSchema.safeParse(value);
  if (!read.success) throw new OrganisationError(read.error.issues.flatMap(toProblems));
  const problems = findReferenceProblems(read.data);
  if (problems.length > 0) throw new OrganisationError(problems);
  return read.data;
}

function readText(text: string): unknown {
  try {
    // YAML reads JSON too, but a hundred times slower, which shows with 100,000 projects.
    if (text.trimStart().startsWith('{')) return JSON.parse(text);
  } catch {
    // A YAML flow mapping starts like JSON.
  }
  try {
    return readYaml(text);
  } catch (error) {
    throw new OrganisationError([
      { path: '', message: `neither JSON nor YAML: ${error instanceof Error ? error.message : String(error)}` },
    ]);
  }
}

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const path = showPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => ({
      path: showPath([...issue.path, key]),
      message: `unknown key${suggest(key, known)}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    const key = issue.path.at(-1);
    return [
      {
        path,
        message: `unknown key${typeof key === 'string' ? suggest(key, knownKeys(issue.path.slice(0, -1))) : ''}`,
      },
    ];
  }
  return [{ path, message: issue.message }];
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const lists: Readonly<Record<string, z.ZodObject>> = {
    projects: projectSchema,
    users: userSchema,
    jobs: jobSchema,
    uses: useSchema,
  };
  const last = path.at(-1);
  if (last === undefined) return Object.keys(organisationSchema.shape);
  if (last === 'features') return FEATURES;
  const list = path.at(-2);
  if (list === 'allowlist') return ['project', 'group', 'policies'];
  return Object.keys((typeof list === 'string' ? lists[list]?.shape : undefined) ?? {});
}
